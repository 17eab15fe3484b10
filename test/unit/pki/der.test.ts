import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  bitString,
  boolean,
  children,
  context,
  DerCursor,
  encode,
  explicit,
  explicitTag,
  implicit,
  integer,
  maximumDepth,
  namedBits,
  nullValue,
  octetString,
  oid,
  only,
  printableString,
  readBitString,
  readBitStringBytes,
  readBoolean,
  readDer,
  readInteger,
  readNull,
  readOctetString,
  readOid,
  readSmallInteger,
  sequence,
  setOf,
  tags,
  utf8,
} from '../../../src/pki/der.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const from = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const refused: [string, string, string][] = [
  ['nothing', '', 'truncated value'],
  ['a lone tag', '30', 'truncated value'],
  ['content too short', '0402aa', 'truncated value'],
  ['trailing bytes', '0400 00', 'trailing bytes'],
  ['indefinite length', '3080 0000', 'indefinite length'],
  ['long form for a short length', '048101aa', 'length is not minimal'],
  ['leading zero in the length', `04820080${'00'.repeat(128)}`, 'length is not minimal'],
  ['five length bytes', '04850000000001aa', 'length too large'],
  ['truncated length', '0482ff', 'truncated length'],
  ['a length beyond the end', '0484ffffffff', 'truncated value'],
  ['multi-byte tag', '1f8100', 'multi-byte tag'],
  ['end-of-contents', '0000', 'tag zero'],
];
for (const [name, given, expected] of refused) {
  test(`readDer refuses ${name}`, () => {
    assert.throws(() => readDer(from(given)), new DecodeError('DER', expected));
  });
}

const integers: [string, bigint][] = [
  ['020100', 0n],
  ['02017f', 127n],
  ['02020080', 128n],
  ['0201ff', -1n],
  ['020180', -128n],
  ['0202ff7f', -129n],
  ['0209010000000000000000', 1n << 64n],
];
for (const [encoded, value] of integers) {
  test(`integer ${value}`, () => {
    assert.equal(readInteger(readDer(from(encoded))), value);
    assert.equal(hex(integer(value)), encoded);
  });
}

const refusedPrimitives: [string, string, (value: ReturnType<typeof readDer>) => unknown, string][] = [
  ['empty integer', '0200', readInteger, 'empty integer'],
  ['padded integer', '02020001', readInteger, 'integer is not minimal'],
  ['padded negative integer', '0202ff80', readInteger, 'integer is not minimal'],
  ['integer with another tag', '040100', readInteger, 'unexpected tag 0x4, want 0x2'],
  ['negative small integer', '0201ff', readSmallInteger, 'integer out of range'],
  ['large small integer', '02050100000000', readSmallInteger, 'integer out of range'],
  ['huge small integer', '0206010000000000', readSmallInteger, 'integer too large'],
  ['boolean of one', '010101', readBoolean, 'malformed boolean'],
  ['boolean of two bytes', '0102ffff', readBoolean, 'malformed boolean'],
  ['null with content', '050100', readNull, 'malformed null'],
  ['empty bit string', '0300', readBitString, 'malformed bit string'],
  ['eight unused bits', '030208ff', readBitString, 'malformed bit string'],
  ['unused bits of nothing', '030101', readBitString, 'malformed bit string'],
  ['dirty padding', '030201ff', readBitString, 'bit string with dirty padding'],
  ['half a byte', '030204f0', readBitStringBytes, 'bit string is not whole bytes'],
  ['empty oid', '0600', readOid, 'malformed object identifier'],
  ['padded arc', '06032a8001', readOid, 'object identifier is not minimal'],
  ['unfinished arc', '06022a81', readOid, 'truncated object identifier'],
  ['huge arc', `0615 2a ${'ff'.repeat(19)}7f`, readOid, 'object identifier too large'],
  ['huge oid', `0681c8${'01'.repeat(200)}`, readOid, 'malformed object identifier'],
];
for (const [name, given, read, expected] of refusedPrimitives) {
  test(`refuses ${name}`, () => {
    assert.throws(() => read(readDer(from(given))), new DecodeError('DER', expected));
  });
}

const identifiers: [string, string][] = [
  ['0.0', '060100'],
  ['0.39', '060127'],
  ['1.0', '060128'],
  ['1.39', '06014f'],
  ['2.0', '060150'],
  ['2.999.3', '0603883703'],
  ['1.2.840.113549.1.9.14', '06092a864886f70d01090e'],
  ['2.25.340282366920938463463374607431768211455', '06146983ffffffffffffffffffffffffffffffffff7f'],
];
for (const [dotted, encoded] of identifiers) {
  test(`oid ${dotted}`, () => {
    assert.equal(hex(oid(dotted)), encoded);
    assert.equal(readOid(readDer(from(encoded))), dotted);
  });
}

for (const dotted of [
  '',
  '1',
  '3.1',
  '0.40',
  '1.40',
  '1.2.',
  '.1.2',
  '1..2',
  '1.02',
  '1.a',
  '1.-2',
  ` 1.2`,
  `1.2${'.1'.repeat(300)}`,
]) {
  test(`oid refuses ${JSON.stringify(dotted.slice(0, 20))}`, () => {
    assert.throws(() => oid(dotted), DecodeError);
  });
}

const written: [string, Uint8Array, string][] = [
  ['true', boolean(true), '0101ff'],
  ['false', boolean(false), '010100'],
  ['null', nullValue(), '0500'],
  ['integer from bytes', integer(from('0000ff')), '020200ff'],
  ['integer from no bytes', integer(from('')), '020100'],
  ['sequence', sequence(integer(1), nullValue()), '30050201010500'],
  ['sorted set', setOf([utf8('b'), utf8('a'), integer(1)]), '31090201010c01610c0162'],
  ['explicit', explicit(3, integer(1)), 'a303020101'],
  ['implicit primitive', implicit(2, octetString(from('aa'))), '8201aa'],
  ['implicit constructed', implicit(0, sequence(integer(1))), 'a003020101'],
  ['no named bits', namedBits(0), '030100'],
  ['first named bit', namedBits(1), '03020780'],
  ['named bits over two bytes', namedBits((1 << 8) | 1), '0303078080'],
  ['bit string', bitString(from('aabb')), '030300aabb'],
  ['128 bytes', octetString(new Uint8Array(128)), `048180${'00'.repeat(128)}`],
  ['256 bytes', octetString(new Uint8Array(256)), `04820100${'00'.repeat(256)}`],
  ['65536 bytes', octetString(new Uint8Array(65536)), `0483010000${'00'.repeat(65536)}`],
];
for (const [name, given, expected] of written) test(`writes ${name}`, () => assert.equal(hex(given), expected));

test('implicit leaves its argument alone', () => {
  const inner = octetString(from('aa'));
  implicit(1, inner);
  assert.equal(hex(inner), '0401aa');
});

test('a cursor reads in order, optional values included', () => {
  const cursor = new DerCursor(
    readDer(sequence(integer(7), encode(context(1), from('aa')), explicit(2, nullValue()))),
    tags.sequence,
  );
  assert.equal(readSmallInteger(cursor.next()), 7);
  assert.equal(cursor.optional(context(0)), undefined);
  assert.equal(hex(cursor.optional(context(1))!.content), 'aa');
  assert.equal(only(cursor.next(explicitTag(2))).tag, tags.null);
  cursor.end();
  assert.equal(cursor.atEnd, true);
  assert.throws(() => cursor.next(), new DecodeError('DER', 'missing value'));
});

test('a cursor refuses what is left over and what is not constructed', () => {
  assert.throws(() => new DerCursor(readDer(sequence(integer(7)))).end(), new DecodeError('DER', 'trailing bytes'));
  assert.throws(() => new DerCursor(readDer(integer(7))), new DecodeError('DER', 'value is not constructed'));
  assert.throws(() => only(readDer(sequence(integer(7), integer(8)))), new DecodeError('DER', 'trailing bytes'));
});

test('nesting ends at the depth limit', () => {
  let nested = sequence();
  for (let level = 0; level < maximumDepth * 2; level++) nested = sequence(nested);
  let value = readDer(nested);
  assert.throws(() => {
    for (;;) value = only(value);
  }, new DecodeError('DER', 'nested too deeply'));
  assert.equal(value.depth, maximumDepth);
});

test('a list of a hundred thousand values is read one after the other', () => {
  const value = readDer(
    encode(
      tags.sequence,
      new Uint8Array(200_000).map((_, index) => (index % 2 ? 0 : 5)),
    ),
  );
  assert.equal(children(value).length, 100_000);
});

test('any integer comes back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (value) => {
      assert.equal(readInteger(readDer(integer(value))), value);
    }),
  );
});

test('any octet string comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      assert.deepEqual(new Uint8Array(readOctetString(readDer(octetString(bytes)))), bytes);
    }),
  );
});

test('named bits come back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 511 }), (bits) => {
      const { bytes } = readBitString(readDer(namedBits(bits)));
      let found = 0;
      for (let bit = 0; bit < 9; bit++) if (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) found |= 1 << bit;
      assert.equal(found, bits);
    }),
  );
});

test('any bytes are a value or a DecodeError, and what is a value encodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const value = readDer(bytes);
        assert.equal(hex(encode(value.tag, value.content)), hex(bytes));
      } catch (error) {
        assert.ok(error instanceof DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('printable strings refuse what their charset lacks', () => {
  assert.throws(() => printableString('a@b'), new DecodeError('DER', 'invalid PrintableString'));
  assert.throws(() => utf8('\ud800'), new DecodeError('DER', 'invalid UTF-8'));
});
