import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readsSame } from '../../../../src/webhook/rules/unchanged.ts';

const rows: readonly (readonly [string, unknown, unknown, boolean])[] = [
  ['equal', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, true],
  ['another order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ['another order of items', ['a', 'b'], ['b', 'a'], false],
  ['nothing and what is read as nothing', {}, { a: null, b: '', c: false, d: undefined }, true],
  ['nothing and true', {}, { a: true }, false],
  ['nothing and zero', {}, { a: 0 }, false],
  ['nothing and an empty list', {}, { a: [] }, false],
  ['nothing and an empty map', {}, { a: {} }, false],
  ['items stay, whatever they are', ['', null], [], false],
  ['one duration written in two ways', { duration: '1h30m' }, { duration: '90m' }, true],
  ['two durations', { duration: '1h' }, { duration: '2h' }, false],
  ['no duration at all', { duration: 'x' }, { duration: 'y' }, false],
  ['texts that look like durations', { name: '1h' }, { name: '60m' }, false],
  ['no spec and an empty one', undefined, {}, false],
];

for (const [name, before, after, expected] of rows) {
  test(`reads the same: ${name}`, () => {
    assert.equal(readsSame(before, after), expected);
    assert.equal(readsSame(after, before), expected);
  });
}
