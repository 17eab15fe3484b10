import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Key } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { keyText } from '../../../src/kube/collection.ts';
import { startController } from '../../../src/kube/controller.ts';
import type { Action, Controller, Wake } from '../../../src/kube/reconcile.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const key = (name: string): Key => ({ namespace: 'n', name });
const event: Action = {
  kind: 'event',
  by: 'c',
  about: {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  },
  type: 'Normal',
  reason: 'R',
  message: 'm',
};

/** A controller that does what `decide` says for each look, counted per key. */
function started(
  look: (name: string, times: number, now: Date) => Wake | Error,
  options: { concurrency?: number; execute?: () => Promise<void> } = {},
) {
  const clock = new ManualClock('2026-01-01T00:00:00Z');
  const looks: string[] = [];
  const counts = { syncs: 0, errors: 0, conflicts: 0 };
  const controller: Controller<string> = {
    name: 'test',
    observe: async (seen) => seen.name,
    decide: (name, now) => {
      const at = now.toISOString().slice(11, 23);
      const outcome = look(name, looks.filter((each) => each.startsWith(`${name} `)).length, now);
      looks.push(`${name} ${at}`);
      if (outcome instanceof Error) throw outcome;
      return { kind: 'write', actions: options.execute === undefined ? [] : [event], wake: outcome };
    },
  };
  const ended = new AbortController();
  const running = startController(controller, {
    execute: options.execute ?? (async () => undefined),
    clock,
    log: silentLog,
    hooks: { onSync: () => counts.syncs++, onError: () => counts.errors++, onConflict: () => counts.conflicts++ },
    concurrency: options.concurrency ?? 5,
    backoff: { minMs: 1_000, maxMs: 4_000 },
    random: () => 1,
    signal: ended.signal,
  });
  return { clock, looks, counts, running, ended };
}

describe('a running controller', () => {
  it('looks when it is told to, and again at the time that it asked for', async () => {
    const { clock, looks, running } = started((_, times, now) =>
      times < 2 ? { at: new Date(now.getTime() + 60_000) } : 'onChange',
    );
    running.enqueue(key('a'));
    await clock.advance('1h');
    assert.deepEqual(looks, ['a 00:00:00.000', 'a 00:01:00.000', 'a 00:02:00.000']);
    assert.equal(running.queued, 0);
  });

  it('backs off from what is thrown, and counts it', async () => {
    const { clock, looks, counts, running } = started((_, times) => (times < 4 ? new Error('x') : 'onChange'));
    running.enqueue(key('a'));
    await clock.advance('1m');
    assert.deepEqual(looks, ['a 00:00:00.000', 'a 00:00:01.000', 'a 00:00:03.000', 'a 00:00:07.000', 'a 00:00:11.000']);
    assert.deepEqual(counts, { syncs: 5, errors: 4, conflicts: 0 });
  });

  it('looks again at once after a conflict, and counts it', async () => {
    let left = 2;
    const execute = async (): Promise<void> => {
      if (left-- > 0) throw new ApiError(409, 'Conflict', 'changed');
    };
    const { clock, looks, counts, running } = started(() => 'onChange', { execute });
    running.enqueue(key('a'));
    await clock.advance(10);
    assert.deepEqual(looks, ['a 00:00:00.000', 'a 00:00:00.000', 'a 00:00:00.000']);
    assert.deepEqual(counts, { syncs: 3, errors: 0, conflicts: 2 });
  });

  it('works on so many keys at the same time, never on one key twice', async () => {
    let atOnce = 0;
    let most = 0;
    const execute = async (): Promise<void> => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
    };
    const { looks, running } = started(() => 'onChange', { execute, concurrency: 3 });
    for (let i = 0; i < 10; i++) running.enqueue(key(`k${i}`));
    running.enqueue(key('k0'));
    await running.idle();
    assert.deepEqual([most, looks.length], [3, 10]);
  });

  it('leaves room for others between keys', async () => {
    const { running } = started(() => 'onChange');
    for (let i = 0; i < 1000; i++) running.enqueue(key(`k${i}`));
    let turns = 0;
    let isIdle = false;
    void running.idle().then(() => {
      isIdle = true;
    });
    while (!isIdle) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    assert.ok(turns > 50, `${turns} turns of the event loop`);
  });

  it('takes nothing more once it is stopped, or its signal has aborted', async () => {
    for (const halt of ['stop', 'abort'] as const) {
      const { clock, looks, running, ended } = started((_, __, now) => ({ at: new Date(now.getTime() + 1_000) }));
      running.enqueue(key('a'));
      await clock.advance('1s');
      if (halt === 'stop') await running.stop();
      else ended.abort();
      running.enqueue(key('b'));
      await clock.advance('1m');
      assert.deepEqual([looks.length, running.queued], [2, 0]);
    }
  });
});

it('keys are written namespace first', () => {
  assert.deepEqual([keyText(key('a')), keyText({ name: 'a' })], ['n/a', 'a']);
});
