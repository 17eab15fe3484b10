import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  duplicate,
  type FieldError,
  forbidden,
  formatErrors,
  formatFieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../src/webhook/findings.ts';

// What field.Error of k8s.io/apimachinery 0.36 prints.
const rows: readonly (readonly [string, FieldError, string])[] = [
  ['required', required('spec.a', 'must be specified'), 'spec.a: Required value: must be specified'],
  ['required, nothing to add', required('spec.a', ''), 'spec.a: Required value'],
  ['forbidden', forbidden('spec', 'no'), 'spec: Forbidden: no'],
  ['invalid text', invalid('spec.a', 'a"\u0001', 'bad'), 'spec.a: Invalid value: "a\\"\\x01": bad'],
  ['invalid empty text', invalid('spec', '', 'bad'), 'spec: Invalid value: "": bad'],
  ['invalid number', invalid('a', 2047, 'bad'), 'a: Invalid value: 2047: bad'],
  [
    'invalid large number',
    invalid('a', 9_223_372_036_854_775_807n, 'bad'),
    'a: Invalid value: 9223372036854775807: bad',
  ],
  ['invalid truth value', invalid('a', false, 'bad'), 'a: Invalid value: false: bad'],
  ['invalid null', invalid('a', null, 'bad'), 'a: Invalid value: null: bad'],
  ['invalid list', invalid('a', ['x', '<'], 'bad'), 'a: Invalid value: ["x","\\u003c"]: bad'],
  ['invalid object', invalid('a', { B: null, A: true }, 'bad'), 'a: Invalid value: {"B":null,"A":true}: bad'],
  ['nothing to show', invalid('a', undefined, 'bad'), 'a: Invalid value: bad'],
  ['duplicate', duplicate('a[type]', 'DER'), 'a[type]: Duplicate value: "DER"'],
  [
    'not supported text',
    notSupported('a', 'x', ['Disabled', 'Renew"Before']),
    'a: Unsupported value: "x": supported values: "Disabled", "Renew\\"Before"',
  ],
  [
    'not supported number',
    notSupported('a', 512, ['256', '384']),
    'a: Unsupported value: 512: supported values: "256", "384"',
  ],
  ['nothing is supported', notSupported('a', 'x', []), 'a: Unsupported value: "x"'],
  ['too long', tooLong('a', 64), 'a: Too long: may not be more than 64 bytes'],
  ['too long for one byte', tooLong('a', 1), 'a: Too long: may not be more than 1 byte'],
];

for (const [name, error, expected] of rows) {
  test(`as text: ${name}`, () => {
    assert.equal(formatFieldError(error), expected);
  });
}

const lists: readonly (readonly [string, readonly string[], string])[] = [
  ['none', [], ''],
  ['one', ['a'], 'a'],
  ['one twice', ['a', 'a'], 'a'],
  ['several, none twice', ['a', 'b', 'a'], '[a, b]'],
];

for (const [name, messages, expected] of lists) {
  test(`together: ${name}`, () => {
    assert.equal(formatErrors(messages), expected);
  });
}
