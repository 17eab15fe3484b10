import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, Budgets, type Rate, rateFor } from '../../../src/kube/budget.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** When each of `count` requests made at once may go, in milliseconds from now. */
async function departures(
  budget: { take(): Promise<void> | undefined },
  clock: ManualClock,
  count: number,
): Promise<number[]> {
  const start = clock.now().getTime();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const wait = budget.take();
    if (wait === undefined) times.push(0);
    else void wait.then(() => times.push(clock.now().getTime() - start));
  }
  await clock.advance('1m');
  return times;
}

describe('a budget', () => {
  it('lets a burst go at once, then keeps to its rate', async () => {
    const clock = new ManualClock();
    assert.deepEqual(await departures(new Budget(clock, { qps: 2, burst: 3 }), clock, 6), [0, 0, 0, 500, 1000, 1500]);
  });

  it('fills up again', async () => {
    const clock = new ManualClock();
    const budget = new Budget(clock, { qps: 1, burst: 2 });
    await departures(budget, clock, 2);
    assert.deepEqual(await departures(budget, clock, 3), [0, 0, 1000]);
  });

  it('has no limit where there is none, but honours a pause', async () => {
    const clock = new ManualClock();
    const budget = new Budget(clock, undefined);
    assert.deepEqual(await departures(budget, clock, 100), Array(100).fill(0));
    budget.pause(3_000);
    assert.deepEqual(await departures(budget, clock, 2), [3000, 3000]);
  });

  it('is not confused by a clock that goes back', () => {
    const start = new Date('2026-01-01T00:00:10Z');
    let now = start;
    const budget = new Budget({ now: () => now, after: () => () => undefined }, { qps: 1, burst: 2 });
    now = new Date('2026-01-01T00:00:00Z');
    assert.deepEqual([budget.take(), budget.take()], [undefined, undefined]);
  });

  it('does not make an hour of a pause when the clock goes back by one', () => {
    let now = new Date('2026-01-01T01:00:00Z');
    const waits: number[] = [];
    const after = (ms: number) => {
      waits.push(ms);
      return () => undefined;
    };
    const budget = new Budget({ now: () => now, after }, undefined);
    budget.pause(3_000);
    now = new Date('2026-01-01T00:00:00Z');
    void budget.take();
    now = new Date('2026-01-01T00:00:01Z');
    void budget.take();
    assert.deepEqual(waits, [3_000, 2_000]);
  });
});

describe('the rate that counts', () => {
  const table: readonly [string, [number | undefined, number | undefined, boolean], Rate][] = [
    ['nothing set, fairness', [undefined, undefined, true], undefined],
    ['nothing set, no fairness', [undefined, undefined, false], { qps: 20, burst: 50 }],
    ['set, in spite of fairness', [5, 10, true], { qps: 5, burst: 10 }],
    ['only the rate', [100, undefined, true], { qps: 100, burst: 100 }],
    ['only the burst', [undefined, 70, true], { qps: 20, burst: 70 }],
    ['no limit wanted', [-1, -1, false], undefined],
  ];
  for (const [name, [qps, burst, fairness], expected] of table) {
    it(name, () => assert.deepEqual(rateFor({ qps, burst }, fairness), expected));
  }
});

describe('the budgets of a client', () => {
  it('keep the lanes apart', async () => {
    const clock = new ManualClock();
    const budgets = new Budgets(clock, { qps: 1, burst: 1 }, async () => true);
    assert.equal(budgets.take('reconcile'), undefined);
    assert.notEqual(budgets.take('reconcile'), undefined);
    assert.deepEqual([budgets.take('leases'), budgets.take('events')], [undefined, undefined]);
  });

  it('ask the server once, and again some time after it could not be asked', async () => {
    const clock = new ManualClock();
    const answers = [Promise.reject(new Error('down')), Promise.resolve(true)];
    let asked = 0;
    const budgets = new Budgets(clock, {}, () => answers[asked++] ?? Promise.resolve(false));
    await Promise.all([budgets.take('reconcile'), budgets.take('reconcile')]);
    const limited = Array.from({ length: 60 }, () => budgets.take('reconcile')).filter(
      (wait) => wait !== undefined,
    ).length;
    assert.deepEqual([asked, limited], [1, 12]);
    await clock.advance('31s');
    await budgets.take('reconcile');
    const unlimited = Array.from({ length: 200 }, () => budgets.take('reconcile')).filter(
      (wait) => wait !== undefined,
    ).length;
    assert.deepEqual([asked, unlimited], [2, 0]);
  });
});
