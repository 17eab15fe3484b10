import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyText } from '../../../src/kube/collection.ts';
import { type Ending, WorkQueue } from '../../../src/kube/queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const key = (text: string) => {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
};
const done: Ending = { kind: 'done', wake: 'onChange' };

function queue(): { clock: ManualClock; queue: WorkQueue; drain: () => string[] } {
  const clock = new ManualClock();
  const made = new WorkQueue({ clock, backoff: { minMs: 1_000, maxMs: 30_000 }, random: () => 1 });
  /** Takes and ends everything that is ready now. */
  const drain = (): string[] => {
    const taken: string[] = [];
    for (let next = made.take(); next !== undefined; next = made.take()) taken.push(keyText(next));
    for (const text of taken) made.end(key(text), done);
    return taken;
  };
  return { clock, queue: made, drain };
}

describe('a work queue', () => {
  it('hands out a key once, however often it was added', () => {
    const { queue: q, drain } = queue();
    for (const text of ['n/a', 'n/b', 'n/a']) q.add(key(text));
    assert.deepEqual(drain(), ['n/a', 'n/b']);
    assert.equal(q.size, 0);
  });

  it('is at most two minutes late after the machine was suspended (upstream #8464)', async () => {
    const { clock, queue: q, drain } = queue();
    const now = clock.now().getTime();
    q.addAt(key('n/a'), new Date(now + 3_600_000));
    clock.suspend('24h');
    await clock.advance('2m');
    assert.deepEqual(drain(), ['n/a']);
    assert.equal(clock.timers, 0);
  });

  it('does not let new times wait behind one that was over while the machine was suspended', async () => {
    const { clock, queue: q, drain } = queue();
    q.addAt(key('n/old'), new Date(clock.now().getTime() + 60_000));
    clock.suspend('24h');
    q.addAt(key('n/new'), new Date(clock.now().getTime() + 1_000));
    await clock.advance('1s');
    assert.deepEqual(drain().sort(), ['n/new', 'n/old']);
  });

  it('holds a key back while it is in flight, then hands it out once more', () => {
    const { queue: q, drain } = queue();
    q.add(key('n/a'));
    const taken = q.take();
    q.add(key('n/a'));
    q.add(key('n/a'));
    assert.equal(q.take(), undefined);
    q.end(taken ?? key(''), done);
    assert.deepEqual([drain(), drain()], [['n/a'], []]);
  });

  it('serves namespaces in turn', () => {
    const { queue: q, drain } = queue();
    for (const text of ['big/1', 'big/2', 'big/3', 'big/4', 'small/1', 'tiny/1', 'small/2']) q.add(key(text));
    assert.deepEqual(drain(), ['big/1', 'small/1', 'tiny/1', 'big/2', 'small/2', 'big/3', 'big/4']);
  });

  it('wakes at the earliest of several times, once', async () => {
    const { queue: q, clock, drain } = queue();
    const at = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
    q.addAt(key('n/a'), at(60));
    q.addAt(key('n/a'), at(20));
    q.addAt(key('n/a'), at(40));
    await clock.advance('19s');
    assert.deepEqual(drain(), []);
    await clock.advance('1s');
    assert.deepEqual(drain(), ['n/a']);
    await clock.advance('60s');
    assert.deepEqual(drain(), []);
  });

  it('wakes after months', async () => {
    const { queue: q, clock, drain } = queue();
    q.addAt(key('n/a'), new Date(clock.now().getTime() + 60 * 86_400_000));
    await clock.advance('59d');
    assert.deepEqual(drain(), []);
    await clock.advance('1d');
    assert.deepEqual(drain(), ['n/a']);
  });

  it('forgets a time when the key is looked at before, unless asked again', async () => {
    const { queue: q, clock, drain } = queue();
    q.addAt(key('n/a'), new Date(clock.now().getTime() + 10_000));
    q.add(key('n/a'));
    assert.deepEqual(drain(), ['n/a']);
    await clock.advance('20s');
    assert.deepEqual(drain(), []);
  });

  it('looks again when the decision said so', async () => {
    const { queue: q, clock, drain } = queue();
    q.add(key('n/a'));
    const taken = q.take();
    q.end(taken ?? key(''), { kind: 'done', wake: { at: new Date(clock.now().getTime() + 5_000) } });
    assert.equal(q.size, 1);
    await clock.advance('5s');
    assert.deepEqual(drain(), ['n/a']);
  });

  it('keeps no more times than keys, by and large, however often keys are looked at before their time', async () => {
    const { queue: q, clock, drain } = queue();
    const wake = { at: new Date(clock.now().getTime() + 60 * 86_400_000) };
    for (let round = 0; round < 1_500; round++) {
      for (const text of ['n/a', 'n/b', `n/gone-${round}`]) q.add(key(text));
      for (let next = q.take(); next !== undefined; next = q.take())
        q.end(next, keyText(next).startsWith('n/gone') && round < 1_499 ? done : { kind: 'done', wake });
    }
    assert.ok(q.times <= 1_010, `${q.times} times`);
    await clock.advance('60d');
    assert.deepEqual(drain().toSorted(), ['n/a', 'n/b', 'n/gone-1499']);
  });

  it('is at once ready for a time that has passed', () => {
    const { queue: q, drain } = queue();
    q.addAt(key('n/a'), new Date(0));
    assert.deepEqual(drain(), ['n/a']);
  });

  /** The pauses after endings in a row, in milliseconds; undefined: not a failure. */
  const pauses = (endings: readonly Ending[]): (number | undefined)[] => {
    const { queue: q } = queue();
    return endings.map((ending) => {
      q.add(key('n/a'));
      const taken = q.take();
      return q.end(taken ?? key(''), ending);
    });
  };
  const failed = (kind: string, retryAfterMs?: number): Ending => ({ kind: 'failed', class: kind, retryAfterMs });
  const table: readonly [string, readonly Ending[], readonly (number | undefined)[]][] = [
    [
      'the pause doubles up to its maximum',
      Array(7).fill(failed('x')),
      [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
    ],
    ['it starts over after a success', [failed('x'), failed('x'), done, failed('x')], [1_000, 2_000, undefined, 1_000]],
    [
      'another kind of error starts over',
      [failed('x'), failed('x'), failed('y'), failed('y')],
      [1_000, 2_000, 1_000, 2_000],
    ],
    ['the server may ask for longer', [failed('429', 60_000), failed('429', 10)], [60_000, 2_000]],
  ];
  for (const [name, endings, expected] of table)
    it(`backs off: ${name}`, () => assert.deepEqual(pauses(endings), expected));

  it('looks again at once after a conflict, but not for ever', async () => {
    const { queue: q, clock } = queue();
    q.add(key('n/a'));
    let looks = 0;
    for (let taken = q.take(); taken !== undefined; taken = q.take()) {
      looks++;
      q.end(taken, { kind: 'conflict' });
    }
    assert.equal(looks, 6);
    await clock.advance('1s');
    assert.deepEqual(q.take(), key('n/a'));
  });

  it('a change comes before the end of a back-off', () => {
    const { queue: q, drain } = queue();
    q.add(key('n/a'));
    q.end(q.take() ?? key(''), failed('x'));
    assert.deepEqual(drain(), []);
    q.add(key('n/a'));
    assert.deepEqual(drain(), ['n/a']);
  });

  it('says when there is something to take', async () => {
    const { queue: q, clock } = queue();
    let calls = 0;
    q.onReady = () => calls++;
    q.add(key('n/a'));
    q.addAt(key('n/b'), new Date(clock.now().getTime() + 1_000));
    assert.equal(calls, 1);
    await clock.advance('1s');
    assert.equal(calls, 2);
  });

  it('never loses a key and never hands one out twice at the same time, whatever happens', async () => {
    const act = fc.tuple(fc.nat(4), fc.nat(5), fc.nat(20));
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 100, size: 'max' }), async (acts) => {
        const { queue: q, clock } = queue();
        const inFlight = new Set<string>();
        const wanted = new Map<string, number>();
        for (const [what, which, detail] of acts) {
          const text = `n${which % 2}/${which}`;
          const now = clock.now().getTime();
          if (what === 0) {
            q.add(key(text));
            wanted.set(text, now);
          } else if (what === 1) {
            q.addAt(key(text), new Date(now + detail * 100));
            wanted.set(text, Math.min(wanted.get(text) ?? Number.POSITIVE_INFINITY, now + detail * 100));
          } else if (what === 2) {
            const taken = q.take();
            if (taken === undefined) continue;
            assert.ok(!inFlight.has(keyText(taken)));
            inFlight.add(keyText(taken));
            wanted.delete(keyText(taken));
          } else if (what === 3) {
            const [first] = inFlight;
            if (first === undefined) continue;
            inFlight.delete(first);
            q.end(key(first), done);
          } else await clock.advance(detail * 50);
        }
        for (const text of inFlight) q.end(key(text), done);
        await clock.advance(5_000);
        const left: string[] = [];
        for (let taken = q.take(); taken !== undefined; taken = q.take()) left.push(keyText(taken));
        assert.deepEqual(left.sort(), [...wanted.keys()].sort());
      }),
      { numRuns: 60 },
    );
  });
});
