// Watches against a real API server that restarts, forgets, cuts and refuses. A collection must always end up with what is stored.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '../../../src/api/meta.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Client } from '../../../src/kube/client.ts';
import { configMaps, secrets } from '../../../src/kube/resources.ts';
import { watchSecrets } from '../../../src/kube/secret-watches.ts';
import { createCollection, type StoredCollection } from '../../../src/kube/store.ts';
import { startWatch, type WatchOptions } from '../../../src/kube/watch.ts';
import { type ConfigMap, clientFor, configMap } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { startAnsweringProxy, startCuttingProxy } from '../../support/faulty-proxy.ts';
import { until } from '../../support/until.ts';

let plane: ControlPlane;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  plane = await sharedControlPlane();
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

interface Setup {
  readonly namespace: string;
  readonly collection: StoredCollection<ConfigMap>;
  readonly client: Client;
  readonly relists: () => number;
  readonly errors: unknown[];
  readonly synced: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A watch of the ConfigMaps of a namespace of its own. */
async function watching(
  options: Partial<WatchOptions> & { readonly server?: string; readonly cluster?: ControlPlane } = {},
): Promise<Setup> {
  const { cluster = plane, server = cluster.server, ...rest } = options;
  const namespace = options.namespace ?? (await cluster.createNamespace('watch'));
  const client = clientFor(cluster.admin.access, { server, qps: -1 });
  const collection = createCollection<ConfigMap>({ resource: configMaps });
  const ended = new AbortController();
  const errors: unknown[] = [];
  let relists = 0;
  const hooks = { onRelist: () => relists++, onWatchError: (error: unknown) => errors.push(error) };
  const watch = startWatch({
    client,
    collection,
    namespace,
    log: silentLog,
    signal: ended.signal,
    hooks,
    random: () => 0,
    ...rest,
  });
  const stop = async (): Promise<void> => {
    ended.abort();
    await watch.stopped;
    client.close();
  };
  cleanups.push(stop);
  return { namespace, collection, client, relists: () => relists, errors, synced: watch.synced, stop };
}

const shown = (collection: StoredCollection<ConfigMap>): Record<string, string | undefined> =>
  Object.fromEntries(
    [...collection.all()]
      .map(({ metadata, data }): [string, string | undefined] => [metadata.name, data?.['v']])
      // A controller manager puts one into every namespace.
      .filter(([name]) => name !== 'kube-root-ca.crt')
      .sort(),
  );

const put = (namespace: string, name: string, v: string, cluster = plane): Promise<KubeObject> =>
  cluster.client.apply(configMaps, configMap(namespace, name, { v }));

const same = (setup: Setup, expected: Record<string, string>): Promise<boolean> =>
  until(JSON.stringify(expected), () => JSON.stringify(shown(setup.collection)) === JSON.stringify(expected));

describe('a watch', () => {
  for (const [name, options] of [
    ['with a streamed list', {}],
    ['with a paged list', { paged: true }],
  ] as const) {
    it(`${name} follows creations, changes and deletions`, async () => {
      const namespace = await plane.createNamespace('watch');
      for (const each of ['a', 'b', 'c']) await put(namespace, each, '1');
      const setup = await watching({ ...options, namespace });
      await setup.synced;
      assert.deepEqual(shown(setup.collection), { a: '1', b: '1', c: '1' });
      await put(namespace, 'a', '2');
      await put(namespace, 'd', '1');
      await plane.client.delete(configMaps, { namespace, name: 'b' });
      await same(setup, { a: '2', c: '1', d: '1' });
      assert.deepEqual([setup.relists(), setup.errors], [1, []]);
      await setup.stop();
    });
  }

  it('pages through more than a page', async () => {
    const namespace = await plane.createNamespace('watch');
    await Promise.all(
      Array.from({ length: 501 }, (_, i) => plane.client.create(configMaps, configMap(namespace, `m${i}`))),
    );
    const setup = await watching({ paged: true, namespace });
    await setup.synced;
    assert.equal(Object.keys(shown(setup.collection)).length, 501);
    await setup.stop();
  });

  it('reads its own writes at once, and is not taken back by the watch', async () => {
    const setup = await watching();
    await setup.synced;
    for (let i = 0; i < 20; i++) {
      const answer = await setup.client.apply<ConfigMap>(
        configMaps,
        configMap(setup.namespace, 'own', { v: String(i) }),
        { as: 'x' },
      );
      setup.collection.put(answer);
      for (let look = 0; look < 3; look++) {
        assert.deepEqual(shown(setup.collection), { own: String(i) });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const { uid } = setup.collection.get({ namespace: setup.namespace, name: 'own' })?.metadata ?? { uid: '' };
    await setup.client.delete(configMaps, { namespace: setup.namespace, name: 'own' }, { uid });
    setup.collection.gone({ namespace: setup.namespace, name: 'own' }, uid);
    assert.deepEqual(shown(setup.collection), {});
    await put(setup.namespace, 'later', '1');
    await same(setup, { later: '1' });
    await setup.stop();
  });

  it('goes on where it was after its connection was reset, without a new list', async () => {
    const proxy = await startCuttingProxy(plane.server);
    cleanups.push(proxy.stop);
    const setup = await watching({ server: proxy.server });
    await setup.synced;
    for (const v of ['1', '2', '3']) {
      proxy.cut();
      await put(setup.namespace, 'a', v);
      await same(setup, { a: v });
    }
    assert.deepEqual([setup.relists(), setup.errors.length], [1, 3]);
    await setup.stop();
  });

  it('survives being cut in the middle of a line', async () => {
    const proxy = await startAnsweringProxy(plane.admin.access);
    cleanups.push(() => proxy.stop());
    let cuts = 0;
    proxy.fault = (_, path) =>
      path.includes('resourceVersion=') && cuts++ < 3 ? { kind: 'cutAfter', bytes: 150 } : undefined;
    const setup = await watching({ server: proxy.server, paged: true });
    await setup.synced;
    for (const v of ['1', '2', '3', '4']) {
      await put(setup.namespace, 'a', v);
      await same(setup, { a: v });
    }
    assert.ok(cuts > 3, `${cuts} watches`);
    assert.equal(setup.relists(), 1);
    await setup.stop();
  });

  it('starts a streamed list over that was cut before its end', async () => {
    const proxy = await startAnsweringProxy(plane.admin.access);
    cleanups.push(() => proxy.stop());
    let cuts = 0;
    proxy.fault = (_, path) =>
      path.includes('sendInitialEvents') && cuts++ < 2 ? { kind: 'cutAfter', bytes: 300 } : undefined;
    const namespace = await plane.createNamespace('watch');
    for (const name of ['a', 'b', 'c']) await put(namespace, name, '1');
    const setup = await watching({ server: proxy.server, namespace });
    await setup.synced;
    await same(setup, { a: '1', b: '1', c: '1' });
    assert.equal(setup.relists(), 3);
    await setup.stop();
  });

  it('notices a connection that says nothing any more', async () => {
    const proxy = await startCuttingProxy(plane.server);
    cleanups.push(proxy.stop);
    const setup = await watching({ server: proxy.server, silenceMs: 700 });
    await setup.synced;
    proxy.freeze();
    await put(setup.namespace, 'a', '1');
    await same(setup, { a: '1' });
    await setup.stop();
  });

  it('falls back to pages where the server refuses to stream', async () => {
    const proxy = await startAnsweringProxy(plane.admin.access);
    cleanups.push(() => proxy.stop());
    proxy.fault = (_, path) => (path.includes('sendInitialEvents') ? { kind: 'answer', status: 422 } : undefined);
    const setup = await watching({ server: proxy.server });
    await setup.synced;
    await put(setup.namespace, 'a', '1');
    await same(setup, { a: '1' });
    assert.ok(proxy.seen.some((request) => request.includes('limit=500')));
    await setup.stop();
  });

  it('lists again after 410, and goes on after 429, 500 and 403', async () => {
    const proxy = await startAnsweringProxy(plane.admin.access);
    cleanups.push(() => proxy.stop());
    const statuses = [500, 429, 403, 410, 500];
    proxy.fault = (_, path) => {
      const status = path.includes('watch=true') && !path.includes('sendInitialEvents') ? statuses.shift() : undefined;
      return status === undefined
        ? undefined
        : { kind: 'answer', status, headers: status === 429 ? { 'retry-after': '1' } : {} };
    };
    const setup = await watching({ server: proxy.server, paged: true });
    await setup.synced;
    await put(setup.namespace, 'a', '1');
    await same(setup, { a: '1' });
    await until('all faults were met', () => statuses.length === 0 && setup.errors.length === 5);
    await put(setup.namespace, 'a', '2');
    await same(setup, { a: '2' });
    assert.ok(setup.relists() >= 2);
    await setup.stop();
  });

  it('waits for a server that is not there yet', async () => {
    const proxy = await startCuttingProxy(plane.server);
    cleanups.push(proxy.stop);
    proxy.refuse(true);
    const setup = await watching({ server: proxy.server });
    await until('it failed twice', () => setup.errors.length >= 2);
    proxy.refuse(false);
    await setup.synced;
    await setup.stop();
  });
});

describe('the two watches of Secrets', () => {
  interface Kept extends KubeObject {
    readonly whole: boolean;
    readonly value: string | undefined;
  }
  const transform = (raw: KubeObject): Kept => {
    const { data, type, ...rest } = raw as KubeObject & { data?: Record<string, string>; type?: string };
    return { ...rest, whole: type !== undefined, value: data?.['v'] };
  };
  const secret = (namespace: string, name: string, v: string, full: boolean) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels: { 'controller.cert-manager.io/fao': String(full) } },
    data: { v },
  });

  it('keep ours in full, the others as metadata, and never lose one whose label changes', async () => {
    const namespace = await plane.createNamespace('secrets');
    const client = clientFor(plane.admin.access);
    const collection = createCollection<Kept>({ resource: secrets, transform });
    const ended = new AbortController();
    cleanups.push(async () => ended.abort());
    const apply = (name: string, v: string, full: boolean) =>
      plane.client.apply(secrets, secret(namespace, name, v, full));
    await apply('ours', 'YQ==', true);
    await apply('other', 'YQ==', false);
    const watch = watchSecrets({ client, collection, namespace, log: silentLog, signal: ended.signal });
    await watch.synced;
    const kept = (name: string) => {
      const found = collection.get({ namespace, name });
      return found && { whole: found.whole, value: found.value };
    };
    assert.deepEqual(
      [kept('ours'), kept('other')],
      [
        { whole: true, value: 'YQ==' },
        { whole: false, value: undefined },
      ],
    );
    let missing = 0;
    collection.onChange((object) => {
      if (object === undefined) missing++;
    });
    for (const full of [false, true, false, true]) {
      await apply('ours', full ? 'Yg==' : 'YQ==', full);
      await until(`whole: ${full}`, () => kept('ours')?.whole === full);
    }
    assert.deepEqual([kept('ours'), missing], [{ whole: true, value: 'Yg==' }, 0]);
    await plane.client.delete(secrets, { namespace, name: 'ours' });
    await until('deleted', () => collection.get({ namespace, name: 'ours' }) === undefined);
    await plane.client.delete(secrets, { namespace, name: 'other' });
    await until('deleted', () => collection.size === 0);
    ended.abort();
    await watch.stopped;
    client.close();
  });
});

describe('a watch of an API server of its own', () => {
  let cluster: ControlPlane;
  before(async () => {
    cluster = await startControlPlane({ apiserverFlags: ['--etcd-compaction-interval=1s'] });
  });
  after(() => cluster.stop());

  it('survives that it restarts, orderly and abruptly', async () => {
    const setup = await watching({ cluster });
    await setup.synced;
    await put(setup.namespace, 'a', '1', cluster);
    await same(setup, { a: '1' });
    for (const [v, abruptly] of [
      ['2', false],
      ['3', true],
    ] as const) {
      await cluster.restartApiserver({ abruptly });
      await put(setup.namespace, 'a', v, cluster);
      await same(setup, { a: v });
    }
    await setup.stop();
  });

  it('lists again when what it missed was compacted away', async () => {
    const proxy = await startCuttingProxy(cluster.server);
    cleanups.push(proxy.stop);
    const setup = await watching({ cluster, server: proxy.server });
    await setup.synced;
    await put(setup.namespace, 'a', '1', cluster);
    await put(setup.namespace, 'b', '1', cluster);
    await same(setup, { a: '1', b: '1' });
    proxy.refuse(true);
    proxy.cut();
    await put(setup.namespace, 'a', '2', cluster);
    await cluster.client.delete(configMaps, { namespace: setup.namespace, name: 'b' });
    // Two compactions later, and with an empty watch cache, the server cannot tell what happened in between.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await cluster.restartApiserver();
    proxy.refuse(false);
    await same(setup, { a: '2' });
    assert.equal(setup.relists(), 2);
    await setup.stop();
  });
});
