import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedCache } from '../../../src/webhook/bounded-cache.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('an entry lasts as long as it may', async () => {
  const clock = new ManualClock();
  const cache = new BoundedCache<number>(clock, 10);
  cache.set('short', 1, 1000);
  cache.set('for good', 2, Number.POSITIVE_INFINITY);
  await clock.advance(999);
  assert.deepEqual([cache.get('short'), cache.get('for good'), cache.get('other')], [1, 2, undefined]);
  await clock.advance(1);
  assert.deepEqual([cache.get('short'), cache.size], [undefined, 1]);
  await clock.advance('9000h');
  assert.equal(cache.get('for good'), 2);
});

test('there are never more than so many: the oldest goes', () => {
  const cache = new BoundedCache<number>(new ManualClock(), 2);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    cache.set(key, value, 1000);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c'), cache.size], [3, undefined, 4, 2]);
});
