import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SecretData } from '../../../src/issuers/backend.ts';
import { createBackendIo, type FetchedSecret } from '../../../src/issuers/io.ts';
import { noHttp } from '../../support/signing-builders.ts';

const textOf = (data: SecretData): string => Buffer.from(data['text'] ?? []).toString();
const lengthOf = (data: SecretData): number => data['text']?.length ?? 0;
const now = () => new Date('2026-11-22T19:00:00Z');

/** Secrets by `namespace/name`; counts what is fetched. */
function secrets(initial: Record<string, string> = {}) {
  const stored = new Map<string, FetchedSecret>();
  const fetched: string[] = [];
  let version = 0;
  const source = {
    fetched,
    put(key: string, text: string) {
      version += 1;
      stored.set(key, { resourceVersion: `${version}`, data: { text: Buffer.from(text) } });
    },
    remove: (key: string) => stored.delete(key),
    secretVersion: (namespace: string, name: string) => stored.get(`${namespace}/${name}`)?.resourceVersion,
    fetchSecret: async (namespace: string, name: string, signal: AbortSignal) => {
      fetched.push(`${namespace}/${name}`);
      await Promise.resolve();
      signal.throwIfAborted();
      return stored.get(`${namespace}/${name}`);
    },
  };
  for (const [key, text] of Object.entries(initial)) source.put(key, text);
  return source;
}

const signal = new AbortController().signal;

describe('createBackendIo', () => {
  it('reads a Secret of the resource namespace once per version and parse function', async () => {
    const source = secrets({ 'ns/a': 'one' });
    const io = createBackendIo({ ...source, http: noHttp, now }).open({ resourceNamespace: 'ns', signal });
    assert.deepEqual(await Promise.all([io.secret('a', textOf), io.secret('a', textOf)]), ['one', 'one']);
    assert.equal(await io.secret('a', textOf), 'one');
    assert.deepEqual(source.fetched, ['ns/a']);
    assert.equal(await io.secret('a', lengthOf), 3);
    source.put('ns/a', 'two');
    assert.equal(await io.secret('a', textOf), 'two');
    assert.deepEqual(source.fetched, ['ns/a', 'ns/a', 'ns/a']);
  });

  it('asks nobody about a Secret that the store does not know, and drops what it kept of one that is gone', async () => {
    const source = secrets({ 'ns/a': 'one' });
    const factory = createBackendIo({ ...source, http: noHttp, now });
    const io = factory.open({ resourceNamespace: 'ns', signal });
    assert.equal(await io.secret('b', textOf), undefined);
    await io.secret('a', textOf);
    assert.equal(factory.size, 1);
    source.remove('ns/a');
    assert.equal(await io.secret('a', textOf), undefined);
    assert.equal(factory.size, 0);
    assert.deepEqual(source.fetched, ['ns/a']);
  });

  it('keeps nothing of a Secret of the request, and nothing of a read that failed', async () => {
    const source = secrets({ 'app/key': 'k' });
    const factory = createBackendIo({ ...source, http: noHttp, now });
    const io = factory.open({ resourceNamespace: 'ns', requestNamespace: 'app', signal });
    assert.equal(await io.requestSecret('key', textOf), 'k');
    assert.equal(await io.requestSecret('key', textOf), 'k');
    assert.equal(await io.requestSecret('other', textOf), undefined);
    const broken = factory.open({ resourceNamespace: 'app', signal });
    const parse = (): never => {
      throw new Error('bad');
    };
    await assert.rejects(broken.secret('key', parse), /bad/);
    assert.equal(factory.size, 0);
    assert.deepEqual(source.fetched, ['app/key', 'app/key', 'app/key']);
  });

  it('does not fail one reader because another gave up', async () => {
    const source = secrets({ 'ns/a': 'one' });
    const factory = createBackendIo({ ...source, http: noHttp, now });
    const leaving = new AbortController();
    const first = factory.open({ resourceNamespace: 'ns', signal: leaving.signal }).secret('a', textOf);
    const second = factory.open({ resourceNamespace: 'ns', signal }).secret('a', textOf);
    leaving.abort();
    await assert.rejects(first, { name: 'AbortError' });
    assert.equal(await second, 'one');
  });

  it('keeps no more Secrets than it may, the longest unused go', async () => {
    const source = secrets({ 'ns/a': '1', 'ns/b': '2', 'ns/c': '3' });
    const factory = createBackendIo({ ...source, http: noHttp, now, limit: 2 });
    const io = factory.open({ resourceNamespace: 'ns', signal });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await io.secret(name, textOf);
    assert.equal(factory.size, 2);
    assert.deepEqual(source.fetched, ['ns/a', 'ns/b', 'ns/c', 'ns/b']);
    factory.forget('ns', 'a');
    assert.equal(factory.size, 1);
  });

  it('refuses after an abort', async () => {
    const source = secrets({ 'ns/a': '1' });
    const io = createBackendIo({ ...source, http: noHttp, now }).open({
      resourceNamespace: 'ns',
      signal: AbortSignal.abort(),
    });
    await assert.rejects(io.secret('a', textOf), { name: 'AbortError' });
    assert.deepEqual(source.fetched, []);
  });
});
