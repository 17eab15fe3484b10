import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { txtStrings, txtText, txtValue } from '../../../../src/solvers/dns01/txt-text.ts';

/** [what, as a zone file or an API shows it, value]. */
const shown: readonly [string, string, string][] = [
  ['quoted', '"abc"', 'abc'],
  ['unquoted', 'abc', 'abc'],
  ['several strings', '"abc" "def"', 'abcdef'],
  ['several without a space', '"abc""def"', 'abcdef'],
  ['with a space', '"a b" c', 'a bc'],
  ['escaped', String.raw`"a\"b\\c\100"`, 'a"b\\cd'],
  ['without an end', '"abc', 'abc'],
  ['a lone backslash', '\\', ''],
  ['nothing', '', ''],
  ['empty', '""', ''],
];

describe('TXT records as text', () => {
  for (const [what, text, value] of shown) test(`reads ${what}`, () => assert.equal(txtValue(text), value));

  test('cuts into strings of 255', () => {
    const lengths = [0, 1, 255, 256, 510, 511].map((length) =>
      txtStrings('x'.repeat(length)).map((part) => part.length),
    );
    assert.deepEqual(lengths, [[0], [1], [255], [255, 1], [255, 255], [255, 255, 1]]);
  });

  test('reads what it writes', () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 700,
    });
    fc.assert(fc.property(ascii, (value) => txtValue(txtText(value)) === value));
  });

  test('reads anything', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof txtValue(text) === 'string'));
  });
});
