import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { annotationErrors, labelErrors, labelKeyProblems } from '../../../../src/webhook/rules/label-syntax.ts';

// The words of k8s.io/apimachinery 0.36.
const word =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const value =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const notWord = `name part ${word}`;

const keys: readonly (readonly [string, readonly string[]])[] = [
  ['a', []],
  ['App_1.x-Y', []],
  ['a.b-c.d/x', []],
  [`${'a'.repeat(253)}/${'B'.repeat(63)}`, []],
  ['', ['name part must be non-empty', notWord]],
  ['a.', [notWord]],
  ['-a', [notWord]],
  ['a b', [notWord]],
  ['é', [notWord]],
  ['a\n', [notWord]],
  ['a'.repeat(64), ['name part must be no more than 63 bytes']],
  ['é'.repeat(32), ['name part must be no more than 63 bytes', notWord]],
  ['/a', ['prefix part must be non-empty']],
  ['/', ['prefix part must be non-empty', 'name part must be non-empty', notWord]],
  ['a/', ['name part must be non-empty', notWord]],
  ['A/a', [`prefix part ${subdomain}`]],
  [`${'a'.repeat(254)}/a`, ['prefix part must be no more than 253 bytes']],
  ['a/b/c', [`a valid label key ${word} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]],
];

for (const [key, expected] of keys) {
  test(`label key ${JSON.stringify(key.slice(0, 20))}`, () => {
    assert.deepEqual(labelKeyProblems(key), expected);
  });
}

const values: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['a.B_c-1', []],
  ['a'.repeat(63), []],
  ['a'.repeat(64), ['must be no more than 63 bytes']],
  ['-a', [value]],
  ['a/b', [value]],
  [`${'a'.repeat(63)}-`, ['must be no more than 63 bytes', value]],
];

for (const [text, problems] of values) {
  test(`label value ${JSON.stringify(text.slice(0, 20))}`, () => {
    const expected = problems.map((problem) => `spec.labels: Invalid value: "${text}": ${problem}`);
    assert.deepEqual(labelErrors({ a: text }, 'spec.labels').map(formatFieldError), expected);
  });
}

test('a key is shown before its value', () => {
  assert.deepEqual(labelErrors({ '-': '-' }, 'spec.labels').map(formatFieldError), [
    `spec.labels: Invalid value: "-": ${notWord}`,
    `spec.labels: Invalid value: "-": ${value}`,
  ]);
});

test('keys of annotations may have any case, and values any text', () => {
  assert.deepEqual(annotationErrors({ 'Example.COM/Key': '\n<é>' }, 'a'), []);
  assert.deepEqual(annotationErrors({ 'Example.COM/-': '' }, 'a').map(formatFieldError), [
    `a: Invalid value: "Example.COM/-": ${notWord}`,
  ]);
});

test('annotations are counted in bytes, keys and values together', () => {
  const most = 256 * 1024;
  assert.deepEqual(annotationErrors({ ab: 'é'.repeat(most / 2 - 1) }, 'a'), []);
  assert.deepEqual(annotationErrors({ abc: 'é'.repeat(most / 2 - 1) }, 'a').map(formatFieldError), [
    'a: Too long: may not be more than 262144 bytes',
  ]);
});
