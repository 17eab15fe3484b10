import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Turns } from '../../../../../src/solvers/dns01/akamai/turns.ts';

const signal = new AbortController().signal;

/** Actions that end when they are told to; `log` has who began and ended. */
function stage() {
  const log: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const action = (name: string) => async () => {
    log.push(`${name} begins`);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    ends.set(name, { resolve, reject });
    return promise.finally(() => log.push(`${name} ends`));
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    log,
    action,
    settled,
    end: (name: string) => ends.get(name)?.resolve(name),
    fail: (name: string, error: Error) => ends.get(name)?.reject(error),
  };
}

describe('taking turns', () => {
  test('one after the other for one key, at once for two', async () => {
    const { log, action, end, settled } = stage();
    const turns = new Turns();
    const all = [
      turns.take('k', action('a'), signal),
      turns.take('k', action('b'), signal),
      turns.take('l', action('c'), signal),
    ];
    await settled();
    assert.deepEqual(log, ['a begins', 'c begins']);
    for (const name of ['a', 'b', 'c']) {
      end(name);
      await settled();
    }
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c']);
    assert.deepEqual(log, ['a begins', 'c begins', 'a ends', 'b begins', 'b ends', 'c ends']);
    assert.equal(turns.size, 0);
  });

  test('a failure is its own', async () => {
    const { action, end, fail, settled } = stage();
    const turns = new Turns();
    const first = assert.rejects(turns.take('k', action('a'), signal), /no/);
    const second = turns.take('k', action('b'), signal);
    await settled();
    fail('a', new Error('no'));
    await first;
    await settled();
    end('b');
    assert.equal(await second, 'b');
  });

  test('who gives up while waiting lets nobody in early', async () => {
    const { log, action, end, settled } = stage();
    const turns = new Turns();
    const controller = new AbortController();
    const reason = new Error('stop');
    const first = turns.take('k', action('a'), signal);
    const second = turns.take('k', action('b'), controller.signal);
    const third = turns.take('k', action('c'), signal);
    controller.abort(reason);
    await assert.rejects(second, (error) => error === reason);
    await settled();
    assert.deepEqual(log, ['a begins']);
    end('a');
    await first;
    await settled();
    end('c');
    assert.equal(await third, 'c');
    assert.deepEqual(log, ['a begins', 'a ends', 'c begins', 'c ends']);
    await settled();
    assert.equal(turns.size, 0);
  });

  test('who comes too late does not begin', async () => {
    const { log, action } = stage();
    await assert.rejects(new Turns().take('k', action('a'), AbortSignal.abort()), { name: 'AbortError' });
    assert.deepEqual(log, []);
  });
});
