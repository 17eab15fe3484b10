// The client against a real API server: what it sends is what was meant, and what the server answers arrives as it is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import type { Client } from '../../../src/kube/client.ts';
import { configMaps, events, namespaces, secrets } from '../../../src/kube/resources.ts';
import { type ConfigMap, clientFor, configMap } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { type AnsweringProxy, startAnsweringProxy } from '../../support/faulty-proxy.ts';

const certificates = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
  namespaced: true,
};
interface Certificate extends KubeObject {
  readonly spec: { readonly secretName: string };
  readonly status?: { readonly revision?: number; readonly conditions?: readonly object[] };
}

let plane: ControlPlane;
let client: Client;
let namespace: string;

before(async () => {
  plane = await sharedControlPlane();
  client = clientFor(plane.admin.access);
  namespace = await plane.createNamespace('client');
});
after(() => client.close());

const manifest = (name: string) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name, namespace, labels: { mine: 'yes' }, annotations: { a: 'b' } },
  spec: { secretName: name, dnsNames: ['example.com'], issuerRef: { name: 'ca' } },
});

const managers = (object: KubeObject): string[] =>
  (object.metadata.managedFields ?? []).map(({ manager, operation, subresource }) =>
    [manager, operation, subresource].filter(Boolean).join(' '),
  );

describe('the client', () => {
  it('creates, reads, lists, patches and deletes', async () => {
    const created = await client.create<ConfigMap>(configMaps, configMap(namespace, 'a', { x: '1' }), {
      as: 'component-a',
    });
    assert.deepEqual(created.data, { x: '1' });
    const key = { namespace, name: 'a' };
    const patched = await client.patch<ConfigMap>(configMaps, key, { data: { y: '2' } }, { as: 'component-b' });
    assert.deepEqual(patched.data, { x: '1', y: '2' });
    assert.deepEqual(managers(patched), ['component-a Update', 'component-b Update']);
    const list = await client.list<ConfigMap>(configMaps, { namespace, fieldSelector: 'metadata.name=a' });
    assert.deepEqual(
      list.items.map(({ data }) => data),
      [{ x: '1', y: '2' }],
    );
    assert.equal(await client.delete(configMaps, key, { uid: created.metadata.uid }), undefined);
    assert.equal(await client.find(configMaps, key), undefined);
  });

  it('says with status and reason why a call was refused', async () => {
    const refused = async (call: Promise<unknown>): Promise<unknown[]> => {
      const error = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof ApiError);
      return [error.status, error.reason];
    };
    const key = { namespace, name: 'b' };
    await client.create(configMaps, configMap(namespace, 'b'));
    assert.deepEqual(await refused(client.get(configMaps, { namespace, name: 'nothing' })), [404, 'NotFound']);
    assert.deepEqual(await refused(client.create(configMaps, configMap(namespace, 'b'))), [409, 'AlreadyExists']);
    assert.deepEqual(await refused(client.delete(configMaps, key, { uid: 'another' })), [409, 'Conflict']);
    assert.deepEqual(await refused(client.create(configMaps, configMap(namespace, 'B_'))), [422, 'Invalid']);
  });

  it('answers a delete with the object while it waits for a finalizer', async () => {
    await client.create(configMaps, configMap(namespace, 'held', {}, { finalizers: ['example.com/hold'] }));
    const left = await client.delete(configMaps, { namespace, name: 'held' });
    assert.ok(left?.metadata.deletionTimestamp);
  });

  it('writes a status and nothing else, with the body cut down to it', async () => {
    const created = await client.create<Certificate>(certificates, manifest('s'), { as: 'somebody' });
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Ready', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    const written = await client.updateStatus<Certificate>(
      certificates,
      created,
      { revision: 3, conditions },
      { as: 'cert-manager-certificates-issuing' },
    );
    assert.deepEqual(written.status, { revision: 3, conditions });
    assert.deepEqual(written.spec, created.spec);
    const { resourceVersion: _, managedFields: __, ...kept } = written.metadata;
    const { resourceVersion: ___, managedFields: ____, ...before } = created.metadata;
    assert.deepEqual(kept, before);
    assert.deepEqual(managers(written).sort(), ['cert-manager-certificates-issuing Update status', 'somebody Update']);
    const conflict = await client.updateStatus(certificates, created, { revision: 4 }).catch((error: unknown) => error);
    assert.ok(conflict instanceof ApiError && conflict.reason === 'Conflict');
  });

  it('applies by server-side apply: owns what it states, lets go of what it no longer states', async () => {
    const secret = (data: Record<string, string>, labels: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { namespace, name: 'applied', labels },
      data: { 'tls.crt': '', 'tls.key': '', ...data },
    });
    interface Secret extends KubeObject {
      readonly data: Record<string, string>;
    }
    const as = 'cert-manager-certificates-issuing';
    await client.apply<Secret>(secrets, secret({ 'ca.crt': 'YQ==' }, { one: '1', two: '2' }), { as });
    await plane.client.merge(secrets, { namespace, name: 'applied' }, { metadata: { labels: { foreign: 'f' } } });
    const second = await client.apply<Secret>(secrets, secret({}, { one: '3' }), { as });
    assert.deepEqual(
      [Object.keys(second.data).sort(), second.metadata.labels],
      [['tls.crt', 'tls.key'], { one: '3', foreign: 'f' }],
    );
    assert.ok(managers(second).includes(`${as} Apply`));
  });

  it('names the component in the User-Agent', async () => {
    await client.get(namespaces, { name: namespace }, { as: 'cert-manager-certificates-trigger' });
    const { readFile } = await import('node:fs/promises');
    assert.match(
      await readFile(plane.auditLog, 'utf8'),
      /"userAgent":"cert-manager-certificates-trigger\/v0\.0\.0 \(\w+\/\w+\) cert-manager\/unknown"/,
    );
  });

  it('pages through a list', async () => {
    for (const name of ['p1', 'p2', 'p3'])
      await client.create(configMaps, configMap(namespace, name, {}, { labels: { page: 'x' } }));
    const first = await client.list<ConfigMap>(configMaps, { namespace, labelSelector: 'page=x', limit: 2 });
    const rest = await client.list<ConfigMap>(configMaps, {
      namespace,
      labelSelector: 'page=x',
      limit: 2,
      continue: first.metadata.continue ?? '',
    });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ metadata }) => metadata.name),
      ['p1', 'p2', 'p3'],
    );
  });

  it('asks for metadata only', async () => {
    await client.create(configMaps, configMap(namespace, 'big', { big: 'x'.repeat(1000) }));
    const list = await client.list<ConfigMap>(configMaps, {
      namespace,
      metadataOnly: true,
      fieldSelector: 'metadata.name=big',
    });
    assert.deepEqual(
      list.items.map((item) => [item.metadata.name, item.data]),
      [['big', undefined]],
    );
  });

  it('writes nothing through a gate that has closed, and still reads', async () => {
    const gate = new AbortController();
    const gated = client.gated(gate.signal);
    await gated.create(configMaps, configMap(namespace, 'gated'));
    gate.abort(new Error('lost'));
    await assert.rejects(gated.delete(configMaps, { namespace, name: 'gated' }), /lost/);
    assert.equal((await gated.get<ConfigMap>(configMaps, { namespace, name: 'gated' })).metadata.name, 'gated');
    const asked = client.gated(new AbortController().signal, () => {
      throw new Error('not held');
    });
    await assert.rejects(asked.create(configMaps, configMap(namespace, 'never')), /not held/);
    assert.equal(await client.find(configMaps, { namespace, name: 'never' }), undefined);
  });

  it('refuses an answer that is larger than it may be', async () => {
    const small = clientFor(plane.admin.access, { maxAnswerBytes: 500 });
    const error = await small.get(configMaps, { namespace, name: 'big' }).catch((reason: unknown) => reason);
    small.close();
    assert.ok(error instanceof ApiError && error.reason === 'TooLarge');
  });
});

describe('the client behind a proxy that fails', () => {
  let proxy: AnsweringProxy;
  let through: Client;
  before(async () => {
    proxy = await startAnsweringProxy(plane.admin.access);
    through = clientFor(plane.admin.access, { server: proxy.server, qps: -1, timeoutMs: 2_000 });
  });
  after(async () => {
    through.close();
    await proxy.stop();
  });

  /** Answers the first `times` requests that match with `status`. */
  const failing = (method: string, times: number, status: number, headers?: Record<string, string>): void => {
    let left = times;
    proxy.fault = (asked) =>
      asked === method && left-- > 0 ? { kind: 'answer', status, ...(headers ? { headers } : {}) } : undefined;
  };

  it('comes back after 429 when the server said so, with every method', async () => {
    failing('POST', 2, 429, { 'retry-after': '1' });
    const before = proxy.seen.length;
    await through.create(configMaps, configMap(namespace, 'throttled'));
    assert.equal(proxy.seen.length - before, 3);
  });

  it('comes back after 503 with Retry-After for what may be repeated', async () => {
    failing('PATCH', 1, 503, { 'retry-after': '1' });
    await through.patch(configMaps, { namespace, name: 'throttled' }, { data: { a: 'b' } });
  });

  it('gives up on a 500 without Retry-After, and says so', async () => {
    failing('GET', 1, 500);
    const error = await through.get(configMaps, { namespace, name: 'throttled' }).catch((reason: unknown) => reason);
    assert.ok(error instanceof ApiError && error.status === 500);
    await through.get(configMaps, { namespace, name: 'throttled' });
  });

  it('gives up on a server that does not answer', async () => {
    proxy.fault = () => ({ kind: 'swallow' });
    const error = await through
      .get(configMaps, { namespace, name: 'throttled' }, { timeoutMs: 300 })
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof ApiError && error.status === 0 && error.reason === 'Unreachable');
  });

  it('stops waiting as soon as the caller does', async () => {
    proxy.fault = () => ({ kind: 'swallow' });
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error('enough')), 50);
    await assert.rejects(
      through.get(configMaps, { namespace, name: 'throttled' }, { signal: leaving.signal }),
      /enough/,
    );
  });

  it('abandons a write under way when its gate closes', async () => {
    proxy.fault = () => ({ kind: 'swallow' });
    const gate = new AbortController();
    setTimeout(() => gate.abort(new Error('lost')), 50);
    await assert.rejects(through.gated(gate.signal).create(configMaps, configMap(namespace, 'abandoned')), /lost/);
  });

  it('reports an answer that was cut', async () => {
    proxy.fault = () => ({ kind: 'cutAfter', bytes: 20 });
    const error = await through.get(configMaps, { namespace, name: 'throttled' }).catch((reason: unknown) => reason);
    assert.ok(error instanceof ApiError && error.reason === 'Unreachable');
    proxy.fault = () => undefined;
    await through.list(events, { namespace });
  });
});
