import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freeWrites } from '../../../../src/controllers/cainjector/decide.ts';
import { InjectionMemory } from '../../../../src/controllers/cainjector/memory.ts';

const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1000);

describe('what is remembered of a target', () => {
  it('is since when it is in trouble, whatever the trouble', () => {
    const memory = new InjectionMemory();
    assert.deepEqual(memory.look('a', 'x', at(0)), { past: { writes: [], troubledSince: at(0) }, isNews: true });
    assert.deepEqual(memory.look('a', 'x', at(1)), { past: { writes: [], troubledSince: at(0) }, isNews: false });
    assert.deepEqual(memory.look('a', 'y', at(2)), { past: { writes: [], troubledSince: at(0) }, isNews: true });
    assert.deepEqual(memory.look('b', 'x', at(3)), { past: { writes: [], troubledSince: at(3) }, isNews: true });
    assert.deepEqual(memory.look('a', undefined, at(4)), { past: { writes: [] }, isNews: false });
    assert.deepEqual(memory.look('a', 'x', at(5)), { past: { writes: [], troubledSince: at(5) }, isNews: true });
  });

  it('is when its bundle was set, the last few times', () => {
    const memory = new InjectionMemory();
    for (let count = 0; count < freeWrites + 3; count++) memory.wrote('a', at(count));
    memory.look('a', 'x', at(50));
    const { writes } = memory.look('a', undefined, at(60)).past;
    assert.deepEqual(
      writes,
      Array.from({ length: freeWrites }, (_, index) => at(index + 3)),
    );
    assert.deepEqual(memory.look('b', undefined, at(60)).past.writes, []);
  });

  it('is bounded', () => {
    const memory = new InjectionMemory();
    for (let count = 0; count <= 10_000; count++) memory.look(`uid ${count}`, 'x', at(0));
    assert.equal(memory.look('uid 0', 'x', at(9)).isNews, true);
    assert.equal(memory.look('uid 10000', 'x', at(9)).isNews, false);
  });
});
