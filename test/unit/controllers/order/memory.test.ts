import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrderMemory } from '../../../../src/controllers/order/memory.ts';
import { noProgress } from '../../../../src/controllers/order/seen.ts';

const busy = { ...noProgress, looks: 1 };

test('what is not known is nothing yet; what has ended is forgotten', () => {
  const memory = new OrderMemory();
  assert.equal(memory.of('a'), noProgress);
  memory.note('a', busy);
  assert.equal(memory.of('a'), busy);
  memory.note('a', noProgress);
  assert.equal(memory.size, 0);
});

test('the oldest goes where there are too many', () => {
  const memory = new OrderMemory();
  for (let index = 0; index < 10_005; index++) memory.note(`${index}`, busy);
  assert.deepEqual([memory.size, memory.of('4'), memory.of('5')], [10_000, noProgress, busy]);
});
