import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepEqual } from '../../../src/base/deep-equal.ts';

describe('deepEqual', () => {
  const table: readonly [string, unknown, unknown, boolean][] = [
    ['the same values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
    ['members in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['undefined is absent', { a: 1, b: undefined }, { a: 1 }, true],
    ['absent is undefined', { a: 1 }, { a: 1, b: undefined }, true],
    ['null is not absent', { a: null }, {}, false],
    ['elements in another order', [1, 2], [2, 1], false],
    ['an array is not an object', [], {}, false],
    ['nor the other way around', {}, [], false],
    ['1 is not "1"', 1, '1', false],
    ['names of Object.prototype', { toString: 1 }, {}, false],
    ['and absent ones', {}, { constructor: undefined }, true],
  ];
  for (const [name, a, b, expected] of table) it(name, () => assert.equal(deepEqual(a, b), expected));

  it('agrees with a round trip through JSON', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) =>
          deepEqual(value, JSON.parse(JSON.stringify(value).replaceAll('-0', '0'))) ||
          JSON.stringify(value).includes('-0'),
      ),
    );
  });

  it('agrees with node:assert', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
        let expected = true;
        try {
          assert.deepEqual(a, b);
        } catch {
          expected = false;
        }
        return deepEqual(a, b) === expected || Object.is(a, -0) || Object.is(b, -0);
      }),
    );
  });
});
