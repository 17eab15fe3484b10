// Controllers on a real API server: what a decision writes arrives, conflicts and faults are dealt with, events are seen, and nothing is written
// twice.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { controllerReference, type Key, type KubeObject } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Client } from '../../../src/kube/client.ts';
import { enqueueFrom, type RunningController, reconcileOnce, startController } from '../../../src/kube/controller.ts';
import { createRecorder, type Recorder } from '../../../src/kube/events.ts';
import { createExecutor, type Execute } from '../../../src/kube/execute.ts';
import { type Action, type Controller, nothing, write } from '../../../src/kube/reconcile.ts';
import { configMaps, events } from '../../../src/kube/resources.ts';
import { createCollection, type StoredCollection } from '../../../src/kube/store.ts';
import { startWatch } from '../../../src/kube/watch.ts';
import { type ConfigMap, clientFor, configMap } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { type AnsweringProxy, startAnsweringProxy } from '../../support/faulty-proxy.ts';
import { until } from '../../support/until.ts';

const certificates = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
  namespaced: true,
};
interface Certificate extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly revision?: number };
}
interface StoredEvent extends KubeObject {
  readonly involvedObject: object;
  readonly source: object;
  readonly count: number;
  readonly message: string;
  readonly reason: string;
}

const by = 'cert-manager-certificates-issuing';
let plane: ControlPlane;
let proxy: AnsweringProxy;
let client: Client;
let namespace: string;
let recorder: Recorder;
let things: StoredCollection<Certificate>;
let maps: StoredCollection<ConfigMap>;
let execute: Execute;
const ended = new AbortController();

before(async () => {
  plane = await sharedControlPlane();
  proxy = await startAnsweringProxy(plane.admin.access);
  client = clientFor(plane.admin.access, { server: proxy.server, qps: -1 });
  namespace = await plane.createNamespace('runtime');
  recorder = createRecorder({ client, log: silentLog });
  things = createCollection<Certificate>({ resource: certificates, freeze: true });
  maps = createCollection<ConfigMap>({ resource: configMaps });
  execute = createExecutor({ client, collections: [things, maps], recorder });
  const options = { client, namespace, log: silentLog, signal: ended.signal };
  await Promise.all([
    startWatch({ ...options, collection: things }).synced,
    startWatch({ ...options, collection: maps }).synced,
  ]);
});
after(async () => {
  ended.abort();
  client.close();
  await proxy.stop();
});

const manifest = (name: string) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name, namespace },
  spec: { secretName: name, dnsNames: ['example.com'], issuerRef: { name: 'ca' } },
});
const keyFor = (name: string): Key => ({ namespace, name });
const stored = async (name: string): Promise<Certificate> => {
  const created = await plane.client.create<Certificate>(certificates, manifest(name));
  things.put(structuredClone(created));
  return things.get(keyFor(name)) as Certificate;
};
const statusOf = (object: Certificate, revision: number): Action => ({
  kind: 'status',
  by,
  resource: certificates,
  object,
  status: { revision },
});
const mapFor = (name: string, data: Record<string, string>): Action => ({
  kind: 'create',
  by,
  resource: configMaps,
  manifest: configMap(namespace, name, data),
});
const eventOn = (about: KubeObject, message: string): Action => ({
  kind: 'event',
  by,
  about,
  type: 'Normal',
  reason: 'Issuing',
  message,
});
const eventsAbout = async (object: KubeObject): Promise<StoredEvent[]> => {
  const query = { namespace, fieldSelector: `involvedObject.uid=${object.metadata.uid}` };
  return (await client.list<StoredEvent>(events, query)).items;
};
const refusal = (call: Promise<unknown>): Promise<unknown[]> =>
  call.then(
    () => [],
    (error: unknown) => (error instanceof ApiError ? [error.status, error.reason] : [error]),
  );
/** How many writes `run` made. */
async function writesOf(run: () => Promise<unknown>): Promise<string[]> {
  const before = proxy.seen.length;
  await run();
  return proxy.seen
    .slice(before)
    .filter((request) => !request.startsWith('GET') && !request.includes('/events'))
    .map((request) => request.split(' ')[0] ?? '');
}

describe('the executor', () => {
  it('shows every write in the store before it returns', async () => {
    const certificate = await stored('a');
    await execute([statusOf(certificate, 1), mapFor('a', { x: '1' })]);
    assert.deepEqual([things.get(keyFor('a'))?.status, maps.get(keyFor('a'))?.data], [{ revision: 1 }, { x: '1' }]);
    const map = maps.get(keyFor('a')) as ConfigMap;
    await execute([{ kind: 'delete', by, resource: configMaps, key: keyFor('a'), uid: map.metadata.uid }]);
    assert.equal(maps.get(keyFor('a')), undefined);
  });

  it('does not write a status that is there already', async () => {
    const certificate = await stored('same');
    await execute([statusOf(certificate, 1)]);
    const now = things.get(keyFor('same')) as Certificate;
    assert.deepEqual(
      await writesOf(() =>
        execute([statusOf(now, 1), { ...statusOf(now, 1), status: { revision: 1, conditions: undefined } } as Action]),
      ),
      [],
    );
  });

  it('holds a deleted object by a finalizer until it is taken off, and then knows that it is gone', async () => {
    const certificate = await stored('held');
    const finalizer = 'acme.cert-manager.io/finalizer';
    const finalizers = (object: KubeObject, names: readonly string[]): Action => ({
      kind: 'finalizers',
      by,
      resource: certificates,
      object,
      finalizers: names,
    });
    await execute([finalizers(certificate, [finalizer]), statusOf(certificate, 1)]);
    const held = things.get(keyFor('held')) as Certificate;
    assert.deepEqual([held.metadata.finalizers, held.status], [[finalizer], { revision: 1 }]);
    assert.deepEqual(await writesOf(() => execute([finalizers(held, [finalizer])])), []);
    await execute([{ kind: 'delete', by, resource: certificates, key: keyFor('held'), uid: held.metadata.uid }]);
    const going = things.get(keyFor('held')) as Certificate;
    assert.notEqual(going.metadata.deletionTimestamp, undefined);
    const another = 'example.com/another';
    const wrong = { ...held, metadata: { ...held.metadata, finalizers: [finalizer, another] } };
    assert.deepEqual(await refusal(execute([finalizers(wrong, [])])), [409, 'Conflict']);
    const successor = { ...held, metadata: { ...held.metadata, uid: 'of another object by that name' } };
    assert.deepEqual(await refusal(execute([finalizers(successor, [])])), [409, 'Conflict']);
    // That it is being deleted by now is no conflict.
    await execute([finalizers(held, [])]);
    assert.equal(things.get(keyFor('held')), undefined);
    assert.equal(await plane.client.find(certificates, keyFor('held')), undefined);
    await execute([finalizers(going, [])]);
  });

  it('writes two statuses of one object in a row', async () => {
    const certificate = await stored('twice');
    await execute([statusOf(certificate, 1), statusOf(certificate, 2)]);
    assert.deepEqual(things.get(keyFor('twice'))?.status, { revision: 2 });
  });

  it('after a conflict has the object as it is now', async () => {
    const certificate = await stored('changed');
    await plane.client.merge(certificates, keyFor('changed'), { metadata: { labels: { a: 'b' } } });
    // Older than what the watch may know by now: exactly what a late watch gives.
    assert.deepEqual(await refusal(execute([statusOf(certificate, 1)])), [409, 'Conflict']);
    assert.deepEqual(things.get(keyFor('changed'))?.metadata.labels, { a: 'b' });
  });

  it('after the object was deleted knows that it is gone', async () => {
    const certificate = await stored('deleted');
    await plane.client.delete(certificates, keyFor('deleted'));
    assert.deepEqual(await refusal(execute([statusOf(certificate, 1)])), [409, 'Conflict']);
    assert.equal(things.get(keyFor('deleted')), undefined);
  });

  it('adopts what the same owner created before, and nothing else', async () => {
    const owner = await stored('owner');
    const stranger = await stored('stranger');
    const owned = (controller: KubeObject, data: Record<string, string>): Action => ({
      kind: 'create',
      by,
      resource: configMaps,
      manifest: configMap(namespace, 'adopted', data, { ownerReferences: [controllerReference(controller)] }),
    });
    await execute([owned(owner, { v: '1' })]);
    await execute([owned(owner, { v: '2' })]);
    assert.deepEqual(maps.get(keyFor('adopted'))?.data, { v: '1' });
    assert.deepEqual(await refusal(execute([owned(stranger, { v: '3' })])), [409, 'AlreadyExists']);
    assert.deepEqual(await refusal(execute([mapFor('adopted', {})])), [409, 'AlreadyExists']);
  });

  it('counts a deletion as done when the object is gone, or another one by now', async () => {
    const gone = { kind: 'delete', by, resource: configMaps, key: keyFor('never'), uid: 'x' } as const;
    await execute([mapFor('other', {})]);
    await execute([gone, { ...gone, key: keyFor('other') }]);
    assert.ok(await client.find(configMaps, keyFor('other')));
  });

  it('stops at the first write that fails, and tells no event that depends on it', async () => {
    const certificate = await stored('stops');
    await execute([mapFor('there', {})]);
    const actions = [
      eventOn(certificate, 'before'),
      mapFor('there', {}),
      eventOn(certificate, 'after'),
      statusOf(certificate, 9),
    ];
    assert.deepEqual(await refusal(execute(actions)), [409, 'AlreadyExists']);
    await recorder.flush();
    assert.deepEqual(
      (await eventsAbout(certificate)).map(({ message }) => message),
      ['before'],
    );
    assert.equal((await plane.client.get<Certificate>(certificates, keyFor('stops'))).status, undefined);
  });
});

describe('events', () => {
  it('stand in kubectl describe, from the component, once with a count', async () => {
    const certificate = await stored('told');
    for (let i = 0; i < 3; i++) await execute([eventOn(certificate, 'again')]);
    await execute([eventOn(certificate, 'once')]);
    await recorder.flush();
    await execute([eventOn(certificate, 'again')]);
    await recorder.flush();
    const told = (await eventsAbout(certificate)).sort((a, b) => a.message.localeCompare(b.message));
    assert.deepEqual(
      told.map(({ message, count, reason, source }) => ({ message, count, reason, source })),
      [
        { message: 'again', count: 4, reason: 'Issuing', source: { component: by } },
        { message: 'once', count: 1, reason: 'Issuing', source: { component: by } },
      ],
    );
    assert.match(told[0]?.metadata.name ?? '', /^told\.[0-9a-f]{16}$/);
    const { apiVersion, kind, metadata } = certificate;
    assert.deepEqual(told[0]?.involvedObject, {
      apiVersion,
      kind,
      namespace,
      name: 'told',
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    });
    assert.match(
      await plane.kubectl(['-n', namespace, 'describe', 'certificate', 'told']),
      /Issuing\s+.*\(x4 over .*\)\s+cert-manager-certificates-issuing\s+again/,
    );
  });

  it('about cluster-scoped objects are in the namespace default', async () => {
    const about = await plane.client.get<KubeObject>(
      { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
      { name: namespace },
    );
    recorder.record({
      kind: 'event',
      by,
      about: { ...about, apiVersion: 'v1', kind: 'Namespace' },
      type: 'Warning',
      reason: 'R',
      message: namespace,
    });
    await recorder.flush();
    const { items } = await client.list<StoredEvent>(events, { namespace: 'default' });
    assert.ok(items.some(({ message }) => message === namespace));
  });

  it('are sent again after a fault, and never stand in the way', async () => {
    const certificate = await stored('faulty');
    let faults = 2;
    proxy.fault = (method, path) =>
      method === 'POST' && path.includes('/events') && faults-- > 0 ? { kind: 'answer', status: 500 } : undefined;
    recorder.record(eventOn(certificate, 'late') as Extract<Action, { kind: 'event' }>);
    await recorder.flush();
    proxy.fault = () => undefined;
    assert.deepEqual(
      (await eventsAbout(certificate)).map(({ message }) => message),
      ['late'],
    );
  });
});

describe('a running controller', () => {
  /** Counts status.revision up to 5, one at a time. */
  const counting: Controller<Certificate> = {
    name: 'counting',
    observe: async (key) => things.get(key),
    decide: (certificate) => {
      const revision = certificate.status?.revision ?? 0;
      return revision >= 5 ? nothing : write([statusOf(certificate, revision + 1)]);
    },
  };

  interface Counts {
    syncs: number;
    errors: number;
    conflicts: number;
  }
  function running(
    controller: Controller<Certificate>,
    names: readonly string[],
  ): { controller: RunningController; counts: Counts; stop(): Promise<void> } {
    const counts: Counts = { syncs: 0, errors: 0, conflicts: 0 };
    const hooks = {
      onSync: () => counts.syncs++,
      onError: () => counts.errors++,
      onConflict: () => counts.conflicts++,
    };
    const stopping = new AbortController();
    const options = { execute, log: silentLog, hooks, backoff: { minMs: 50, maxMs: 200 }, signal: stopping.signal };
    const started = startController(controller, options);
    let isOn = true;
    enqueueFrom(things, { enqueue: (key) => isOn && names.includes(key.name) && started.enqueue(key) });
    for (const name of names) started.enqueue(keyFor(name));
    const stop = async (): Promise<void> => {
      isOn = false;
      await started.stop();
      stopping.abort();
    };
    return { controller: started, counts, stop };
  }
  const reached = (names: readonly string[]): Promise<boolean> =>
    until('all at 5', () => names.every((name) => things.get(keyFor(name))?.status?.revision === 5));

  it('goes on by its own writes, each once, without a conflict', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `count-${i}`);
    for (const name of names) await stored(name);
    const { counts, stop } = running(counting, names);
    const writes = await writesOf(() => reached(names));
    await stop();
    assert.deepEqual([writes.length, counts.conflicts, counts.errors], [150, 0, 0]);
  });

  it('gets over conflicts with somebody who keeps changing the object, and over faults', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `fight-${i}`);
    for (const name of names) await stored(name);
    let fault = 0;
    proxy.fault = (method) => {
      if (method !== 'PUT') return undefined;
      const statuses = [429, undefined, 500, undefined, undefined, 503, undefined];
      const status = statuses[fault++ % statuses.length];
      return status === undefined
        ? undefined
        : { kind: 'answer', status, headers: status === 429 ? { 'retry-after': '0' } : {} };
    };
    const { counts, stop } = running(counting, names);
    for (let i = 0; i < 4; i++) {
      await Promise.all(
        names.map((name) =>
          plane.client.merge(certificates, keyFor(name), { metadata: { labels: { turn: String(i) } } }),
        ),
      );
    }
    await reached(names);
    await stop();
    proxy.fault = () => undefined;
    assert.ok(counts.errors > 0);
  });

  it('lets no error out, whatever is thrown', async () => {
    await stored('throws');
    const thrown: unknown[] = [new TypeError('a bug'), 'a string', undefined, new ApiError(403, 'Forbidden', 'no')];
    const failing: Controller<Certificate> = {
      ...counting,
      observe: async (key) => (thrown.length > 0 ? Promise.reject(thrown.shift()) : things.get(key)),
    };
    const { counts, stop } = running(failing, ['throws']);
    await reached(['throws']);
    await stop();
    assert.equal(counts.errors, 4);
  });

  it('waits for what is in flight when it is stopped', async () => {
    const certificate = await stored('slow');
    proxy.fault = (method) => (method === 'PUT' ? { kind: 'delay', ms: 200 } : undefined);
    const { controller, stop } = running(counting, ['slow']);
    await until('in flight', () => controller.queued > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop();
    proxy.fault = () => undefined;
    assert.equal(
      (await plane.client.get<Certificate>(certificates, keyFor(certificate.metadata.name))).status?.revision,
      1,
    );
  });
});

describe('a controller with a call', () => {
  it('performs and settles', async () => {
    const certificate = await stored('call');
    const asked: string[] = [];
    const calling: Controller<Certificate, { readonly ask: string }, number> = {
      name: 'calling',
      observe: async (key) => things.get(key),
      decide: (seen) => (seen.status === undefined ? { kind: 'call', call: { ask: 'what' } } : nothing),
      perform: async ({ ask }) => asked.push(ask),
      settle: (seen, _, outcome) => write([statusOf(seen, outcome)], { at: new Date(5) }),
    };
    const wake = await reconcileOnce(calling, keyFor(certificate.metadata.name), { execute, now: () => new Date(0) });
    assert.deepEqual(
      [wake, asked, things.get(keyFor('call'))?.status],
      [{ at: new Date(5) }, ['what'], { revision: 1 }],
    );
    assert.equal(await reconcileOnce(calling, keyFor('call'), { execute, now: () => new Date(0) }), 'onChange');
    assert.equal(await reconcileOnce(calling, keyFor('absent'), { execute, now: () => new Date(0) }), 'onChange');
  });
});
