import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goJson, goQuote, goQuoteRune } from '../../../src/base/go-text.ts';

// What strconv.Quote of Go 1.26 gives.
const quoted: readonly (readonly [string, string])[] = [
  ['', '""'],
  ['plain text', '"plain text"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["it's", '"it\'s"'],
  ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
  ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
  ['é 漢 😀', '"é 漢 😀"'],
  ['a\u0301', '"a\u0301"'],
  ['\u00a0\u2028\ufeff', '"\\u00a0\\u2028\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['<&>', '"<&>"'],
  ['half \ud800', '"half \ufffd"'],
];

for (const [text, expected] of quoted) {
  test(`quoted: ${JSON.stringify(text)}`, () => {
    assert.equal(goQuote(text), expected);
  });
}

const runes: readonly (readonly [string, string])[] = [
  ['a', "'a'"],
  ["'", "'\\''"],
  ['"', "'\"'"],
  ['\u0001', "'\\x01'"],
];

for (const [char, expected] of runes) {
  test(`one character: ${JSON.stringify(char)}`, () => {
    assert.equal(goQuoteRune(char), expected);
  });
}

// What encoding/json gives.
const written: readonly (readonly [string, unknown, string])[] = [
  ['nothing', null, 'null'],
  ['no value at all', undefined, 'null'],
  ['a list', ['a', 1, false, null], '["a",1,false,null]'],
  ['members in their order', { Critical: false, Excluded: null, A: [] }, '{"Critical":false,"Excluded":null,"A":[]}'],
  ['markup and line separators', ['<&>\u2028\u2029'], '["\\u003c\\u0026\\u003e\\u2028\\u2029"]'],
  ['control characters', ['\b\f\n\u0001\u007f'], '["\\b\\f\\n\\u0001\u007f"]'],
  ['half of a pair', ['\udc00'], '["\ufffd"]'],
];

for (const [name, value, expected] of written) {
  test(`JSON: ${name}`, () => {
    assert.equal(goJson(value), expected);
  });
}
