import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import { integer, oid, readDer, sequence, set, utf8 } from '../../../src/pki/der.ts';
import {
  decodeName,
  encodeName,
  formatName,
  parseLiteralSubject,
  subjectNamesOf,
  subjectOf,
} from '../../../src/pki/distinguished-name.ts';
import { noNames } from '../../../src/pki/names.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (name: ReturnType<typeof parseLiteralSubject>) =>
  name.map((relative) => relative.map(({ oid: type, value }) => `${type}=${value}`).join(' + '));

test('spec.subject: upstream order, one set a type, empty types left out', () => {
  const name = subjectOf(
    {
      serialNumber: '42',
      postalCodes: ['1'],
      streetAddresses: ['s'],
      provinces: ['p'],
      localities: ['l'],
      organizationalUnits: ['b', 'a'],
      organizations: ['o'],
      countries: ['SE'],
    },
    'cn',
  );
  assert.deepEqual(text(name), [
    '2.5.4.6=SE',
    '2.5.4.8=p',
    '2.5.4.7=l',
    '2.5.4.9=s',
    '2.5.4.17=1',
    '2.5.4.10=o',
    '2.5.4.11=b + 2.5.4.11=a',
    '2.5.4.3=cn',
    '2.5.4.5=42',
  ]);
  assert.deepEqual(subjectOf({ organizations: [], serialNumber: '' }, ''), []);
  assert.deepEqual(subjectOf(undefined, undefined), []);
});

test('sets are sorted by encoding, strings are printable where they can be', () => {
  assert.equal(
    hex(encodeName(subjectOf({ organizationalUnits: ['bb', 'c', 'é', 'a*'] }, undefined))),
    '302d312b' +
      '3008060355040b130163' +
      '3009060355040b0c02612a' +
      '3009060355040b0c02c3a9' +
      '3009060355040b13026262',
  );
});

test('the last common name and serial number count, all lists are kept in order', () => {
  const name = parseLiteralSubject('SERIALNUMBER=2,CN=last,O=b,CN=first,SERIALNUMBER=1,O=a,1.2.3=x');
  assert.deepEqual(subjectNamesOf(decodeName(readDer(encodeName(name)))), {
    ...noNames,
    commonName: 'last',
    serialNumber: '2',
    organizations: ['a', 'b'],
  });
});

const literals: [string, string[]][] = [
  ['', []],
  ['   ', []],
  ['CN=a', ['2.5.4.3=a']],
  ['CN=Foo,OU=Bar,O=Baz', ['2.5.4.10=Baz', '2.5.4.11=Bar', '2.5.4.3=Foo']],
  [' CN = a , O = b ', ['2.5.4.10=b', '2.5.4.3=a']],
  ['CN=a;O=b', ['2.5.4.10=b', '2.5.4.3=a']],
  ['CN=a+OU=b,O=c', ['2.5.4.10=c', '2.5.4.3=a + 2.5.4.11=b']],
  ['CN=a=b', ['2.5.4.3=a=b']],
  ['CN=', ['2.5.4.3=']],
  ['CN=\\,\\+\\"\\\\\\<\\>\\;\\=', ['2.5.4.3=,+"\\<>;=']],
  ['CN=\\23a', ['2.5.4.3=#a']],
  ['CN=\\#a', ['2.5.4.3=#a']],
  ['CN=b\\C3\\A9r', ['2.5.4.3=bér']],
  ['CN=bér', ['2.5.4.3=bér']],
  ['CN=\\ a\\ ', ['2.5.4.3= a ']],
  ['CN=a \\20 ', ['2.5.4.3=a  ']],
  ['CN=a\\2Cb', ['2.5.4.3=a,b']],
  ['CN=#13016a', ['2.5.4.3=j']],
  ['CN=#0C02C3A9 ,O=x', ['2.5.4.10=x', '2.5.4.3=é']],
  [
    'C=SE,SERIALNUMBER=1,L=l,ST=s,STREET=t,DC=d,UID=u',
    [
      '0.9.2342.19200300.100.1.1=u',
      '0.9.2342.19200300.100.1.25=d',
      '2.5.4.9=t',
      '2.5.4.8=s',
      '2.5.4.7=l',
      '2.5.4.5=1',
      '2.5.4.6=SE',
    ],
  ],
  ['1.3.6.1.4.1.99=x', ['1.3.6.1.4.1.99=x']],
];
for (const [given, expected] of literals) {
  test(`literal subject ${JSON.stringify(given)}`, () => assert.deepEqual(text(parseLiteralSubject(given)), expected));
}

const refused: [string, string][] = [
  ['CN', 'DN ended with incomplete type, value pair'],
  ['CN=a,', 'DN ended with incomplete type, value pair'],
  [',CN=a', 'incomplete type, value pair'],
  ['CN=a,,O=b', 'incomplete type, value pair'],
  ['CN=a+', 'DN ended with incomplete type, value pair'],
  ['CN=a\\', "got corrupted escaped character: 'a\\'"],
  ['CN=\\a', 'failed to decode escaped character: encoding/hex: invalid byte: a'],
  ['CN=\\zz', "failed to decode escaped character: encoding/hex: invalid byte: U+007A 'z'"],
  ['CN=\\C3', 'value is not UTF-8'],
  ['CN=#', 'failed to decode BER encoding: EOF'],
  ['CN=#1', 'failed to decode BER encoding: encoding/hex: odd length hex string'],
  ['CN=#zz', "failed to decode BER encoding: encoding/hex: invalid byte: U+007A 'z'"],
  ['CN=#020101', 'unsupported string type'],
  ['CN=#13ff61', 'length too large'],
  ['CN=#1384ffffffff', 'truncated value'],
  ['cn=a', 'Literal subject contains unrecognized key with value [a]'],
  ['toString=a', 'Literal subject contains unrecognized key with value [a]'],
  ['E=a', 'Literal subject contains unrecognized key with value [a]'],
  ['=a', 'DN ended with incomplete type, value pair'],
  ['9.9=a', 'invalid oid syntax'],
];
for (const [given, message] of refused) {
  test(`literal subject ${JSON.stringify(given)} is refused`, () => {
    assert.throws(
      () => parseLiteralSubject(given),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

const attribute = fc.record(
  {
    oid: fc.constantFrom('2.5.4.3', '2.5.4.10', '2.5.4.11', '0.9.2342.19200300.100.1.25', '1.3.6.1.4.1.99'),
    value: fc.string({ unit: 'grapheme' }),
  },
  { noNullPrototype: true },
);

test('any name survives DER, and RFC 4514 text', () => {
  fc.assert(
    fc.property(fc.array(fc.array(attribute, { minLength: 1, maxLength: 1 }), { maxLength: 5 }), (name) => {
      assert.deepEqual(decodeName(readDer(encodeName(name))), name);
      assert.deepEqual(parseLiteralSubject(formatName(name)), name);
    }),
  );
});

const piece = fc.constantFrom('CN=', 'O=', ',', '+', ';', '\\', '#', '=', ' ', '"', '1.2', 'ff', '30', 'é');
test('any text is a literal subject or a DecodeError', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (parts) => {
      try {
        encodeName(parseLiteralSubject(parts.join('')));
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 800 },
  );
});

const malformed: [string, Uint8Array][] = [
  ['an empty relative name', sequence(set())],
  ['a value that is no string', sequence(set(sequence(oid('2.5.4.3'), integer(1))))],
  ['an attribute without a value', sequence(set(sequence(oid('2.5.4.3'))))],
  ['an attribute with two values', sequence(set(sequence(oid('2.5.4.3'), utf8('a'), utf8('b'))))],
  ['a sequence where a set belongs', sequence(sequence(sequence(oid('2.5.4.3'), utf8('a'))))],
];
for (const [name, given] of malformed) {
  test(`decodeName refuses ${name}`, () => assert.throws(() => decodeName(readDer(given)), DecodeError));
}
