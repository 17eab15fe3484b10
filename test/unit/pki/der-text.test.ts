import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import { encode, readDer, tags, time, utf8 } from '../../../src/pki/der.ts';
import { readString, readTime } from '../../../src/pki/der-text.ts';

const strings: [string, number, string, string | DecodeError][] = [
  ['UTF-8', tags.utf8String, 'c3a9', 'é'],
  ['a byte order mark as it is', tags.utf8String, 'efbbbf61', '\ufeffa'],
  ['printable', tags.printableString, '612e2a26', 'a.*&'],
  ['numeric', tags.numericString, '312032', '1 2'],
  ['IA5', tags.ia5String, '6140', 'a@'],
  ['teletex as Latin-1', tags.teletexString, 'e9', 'é'],
  ['BMP', tags.bmpString, '00e90061', 'éa'],
  ['broken UTF-8', tags.utf8String, 'c3', new DecodeError('DER', 'invalid UTF-8')],
  ['overlong UTF-8', tags.utf8String, 'c0af', new DecodeError('DER', 'invalid UTF-8')],
  ['printable with @', tags.printableString, '40', new DecodeError('DER', 'invalid PrintableString')],
  [
    'printable with a newline at its end',
    tags.printableString,
    '610a',
    new DecodeError('DER', 'invalid PrintableString'),
  ],
  ['numeric with letters', tags.numericString, '61', new DecodeError('DER', 'invalid NumericString')],
  ['IA5 with eight bits', tags.ia5String, 'e9', new DecodeError('DER', 'invalid IA5String')],
  ['half a BMP character', tags.bmpString, '00', new DecodeError('DER', 'invalid BMPString')],
  ['BMP surrogate', tags.bmpString, 'd800', new DecodeError('DER', 'invalid BMPString')],
  ['UniversalString', 0x1c, '00000061', new DecodeError('DER', 'unsupported string type')],
  ['an integer', tags.integer, '01', new DecodeError('DER', 'unsupported string type')],
];
for (const [name, tag, content, expected] of strings) {
  test(`readString: ${name}`, () => {
    const value = readDer(encode(tag, Buffer.from(content, 'hex')));
    if (typeof expected === 'string') assert.equal(readString(value), expected);
    else assert.throws(() => readString(value), expected);
  });
}

const malformed = new DecodeError('DER', 'malformed time');
const times: [number, string, string | DecodeError][] = [
  [tags.utcTime, '491231235959Z', '2049-12-31T23:59:59.000Z'],
  [tags.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
  [tags.utcTime, '991231235959Z', '1999-12-31T23:59:59.000Z'],
  [tags.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
  [tags.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  [tags.utcTime, '2601010000Z', malformed],
  [tags.utcTime, '260101000000+0000', malformed],
  [tags.utcTime, '260229000000Z', malformed],
  [tags.utcTime, '261301000000Z', malformed],
  [tags.utcTime, '260101246000Z', malformed],
  [tags.utcTime, '260101000060Z', malformed],
  [tags.utcTime, '26010100000 Z', malformed],
  [tags.generalizedTime, '20260101000000.5Z', malformed],
  [tags.generalizedTime, '260101000000Z', malformed],
  [tags.utf8String, '260101000000Z', malformed],
];
for (const [tag, text, expected] of times) {
  test(`readTime ${text}`, () => {
    const value = readDer(encode(tag, Buffer.from(text)));
    if (typeof expected === 'string') assert.equal(readTime(value).toISOString(), expected);
    else assert.throws(() => readTime(value), expected);
  });
}

test('any second from 0001 to 9999 comes back, in the type RFC 5280 asks for', () => {
  // 0001-01-01 to 9999-12-31.
  const [min, max] = [-62_135_596_800, 253_402_300_799];
  fc.assert(
    fc.property(fc.integer({ min, max }), (seconds) => {
      const date = new Date(seconds * 1000);
      const value = readDer(time(date));
      const year = date.getUTCFullYear();
      assert.equal(value.tag, year >= 1950 && year < 2050 ? tags.utcTime : tags.generalizedTime);
      assert.equal(readTime(value).getTime(), date.getTime());
    }),
  );
});

test('time refuses years beyond four digits', () => {
  assert.throws(() => time(new Date(Date.UTC(10_000, 0, 1))), new DecodeError('DER', 'time out of range'));
  assert.throws(() => time(new Date(Number.NaN)), new DecodeError('DER', 'time out of range'));
});

test('any text comes back from UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(readString(readDer(utf8(text))), text)),
  );
});
