import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { DueHeap } from '../../../src/kube/due.ts';

it('what is due comes out in order, whatever the order in which it went in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (times) => {
      const heap = new DueHeap<number>();
      for (const at of times) heap.push({ at, item: at });
      const out: number[] = [];
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next.item);
      assert.deepEqual(
        out,
        [...times].sort((a, b) => a - b),
      );
    }),
  );
});
