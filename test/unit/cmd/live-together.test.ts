import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { type Companion, createEnding, liveTogether } from '../../../src/cmd/live-together.ts';
import { whenAborted } from '../../../src/cmd/process-events.ts';

interface World {
  readonly said: string[];
  readonly process: AbortController;
  readonly fail: (error: Error) => void;
  /** Ends one of the lives from within. */
  readonly end: (name: string, how: number | Error) => void;
  readonly code: Promise<number>;
}

/** Two lives of equal rank, and one that goes last; each takes a moment to stop. */
function live(): World {
  const said: string[] = [];
  const process = new AbortController();
  const ending = createEnding(process.signal);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const ends = new Map<string, (how: number | Error) => void>();
  const companion = (name: string, isLast: boolean): Companion => ({
    name,
    isLast,
    life: {
      live: async () => {
        const own = new Promise<number | Error>((resolve) => ends.set(name, resolve));
        const how = await Promise.race([own, whenAborted(isLast ? ending.last : ending.asked)]);
        said.push(`${name} is asked`);
        await new Promise((resolve) => setImmediate(resolve));
        said.push(`${name} has ended`);
        if (how instanceof Error) throw how;
        return how ?? 0;
      },
    },
  });
  const companions = [companion('a', false), companion('last', true), companion('b', false)];
  const log = { ...silentLog, error: (_: object, message: string) => said.push(message) };
  const code = liveTogether(companions, ending, failed, log);
  return { said, process, fail, end: (name, how) => ends.get(name)?.(how), code };
}

const orderly = ['a is asked', 'b is asked', 'a has ended', 'b has ended', 'last is asked', 'last has ended'];

describe('several components in one process', () => {
  test('a signal stops them in order', async () => {
    const { process, code, said } = live();
    process.abort();
    assert.deepEqual([await code, said], [0, orderly]);
  });

  test('one that ends takes the others along; its code counts', async () => {
    const { end, code, said } = live();
    end('b', 3);
    assert.equal(await code, 3);
    assert.deepEqual(said.slice(0, 2), ['b is asked', 'b has ended']);
    assert.deepEqual(said.slice(-2), ['last is asked', 'last has ended']);
  });

  test('one that fails is told, and the code is 1', async () => {
    const { end, code, said } = live();
    end('a', new Error('broken'));
    assert.equal(await code, 1);
    assert.equal(said.includes('the a cannot run'), true);
    assert.deepEqual(said.slice(-2), ['last is asked', 'last has ended']);
  });

  test('the last one that fails takes the others along', async () => {
    const { end, code, said } = live();
    end('last', new Error('broken'));
    assert.equal(await code, 1);
    assert.deepEqual(said.slice(0, 3), ['last is asked', 'last has ended', 'the last cannot run']);
    assert.deepEqual(said.slice(-2), ['a has ended', 'b has ended']);
  });

  test('what is interrupted by the stop is no failure', async () => {
    const { process, end, code, said } = live();
    end('a', new Error('interrupted'));
    process.abort();
    assert.deepEqual([await code, said.includes('the a cannot run')], [0, false]);
  });

  test('what fails beside them ends them all', async () => {
    const { fail, code, said } = live();
    fail(new Error('no certificate'));
    assert.equal(await code, 1);
    assert.deepEqual(said, ['the process cannot go on', ...orderly]);
  });
});
