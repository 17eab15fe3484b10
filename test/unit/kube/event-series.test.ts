import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EventAction, EventSeries } from '../../../src/kube/event-series.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const event = (uid: string, message: string, by = 'component'): EventAction => ({
  kind: 'event',
  by,
  about: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', uid, resourceVersion: '1', creationTimestamp: '' } },
  type: 'Normal',
  reason: 'Issuing',
  message,
});

describe('events that repeat themselves', () => {
  it('are one series as long as object, source, type, reason and text are the same', async () => {
    const clock = new ManualClock('2026-01-01T00:00:00Z');
    const series = new EventSeries(clock);
    const first = series.count(event('u', 'm'));
    await clock.advance('1m');
    const again = series.count(event('u', 'm'));
    assert.equal(again, first);
    assert.deepEqual(
      [first?.count, first?.first, first?.last],
      [2, new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')],
    );
    for (const other of [event('u', 'n'), event('v', 'm'), event('u', 'm', 'other')])
      assert.equal(series.count(other)?.count, 1);
  });

  it('fall silent when one source says too much about one object, and only then', async () => {
    const clock = new ManualClock();
    const series = new EventSeries(clock);
    const said = (uid: string): number =>
      Array.from({ length: 40 }, (_, i) => series.count(event(uid, `m${i}`))).filter(Boolean).length;
    assert.deepEqual([said('u'), said('v')], [25, 25]);
    await clock.advance('10m');
    assert.equal(said('u'), 2);
  });

  it('take no more memory after a while', () => {
    const series = new EventSeries(new ManualClock());
    for (let i = 0; i < 10_000; i++) series.count(event(`u${i}`, 'm'));
    // The first ones are forgotten: they count from one again.
    assert.equal(series.count(event('u0', 'm'))?.count, 1);
    assert.equal(series.count(event('u9999', 'm'))?.count, 2);
  });
});
