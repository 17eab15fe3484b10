// Replicas that share a serving CA in one Secret, on a real API server, with the rights of the webhook's Role and no others.
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import type { KubeObject } from '../../../src/api/meta.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import type { Log } from '../../../src/base/log.ts';
import type { AuthoritySecret } from '../../../src/controllers/serving-authority/authority.ts';
import { authorityLifetimeMs, newAuthority } from '../../../src/controllers/serving-authority/certificates.ts';
import { keepServing } from '../../../src/controllers/serving-authority/controller.ts';
import { secretFor, secretWith } from '../../../src/controllers/serving-authority/manifest.ts';
import type { Client } from '../../../src/kube/client.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { clientFor } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { grantedRoles } from '../../support/rbac.ts';
import { until } from '../../support/until.ts';

const name = 'cert-manager-webhook-ca';
const names = ['webhook.svc', 'localhost'];
const day = 24 * 3600 * 1000;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** One replica of the webhook, as far as certificates go. */
class Replica {
  readonly pairs: Pair[] = [];
  readonly said: string[] = [];
  problem: string | undefined;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  readonly #client: Client;

  constructor(client: Client, namespace: string, clock: Clock = systemClock) {
    this.#client = client;
    const say = (fields: object, message: string): void => void this.said.push(`${message} ${JSON.stringify(fields)}`);
    const log: Log = { debug: say, info: say, warn: say, error: say };
    this.#done = keepServing({
      client,
      secret: { namespace, name },
      leaf: { names, lifetimeMs: 7 * day },
      managedBy: 'cert-manager-webhook',
      use: (pair) => {
        this.pairs.push(pair);
        this.problem = undefined;
      },
      lack: (problem) => {
        this.problem = problem;
      },
      log,
      clock,
      signal: this.#end.signal,
    });
  }

  get pair(): Pair | undefined {
    return this.pairs.at(-1);
  }

  get founded(): number {
    return this.said.filter((line) => line.startsWith('new serving CA ')).length;
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
    this.#client.close();
  }
}

/** Whether a TLS client that trusts nothing but `ca` accepts the pair. */
async function verifies(pair: Pair, ca: string): Promise<boolean> {
  const server = createServer({ cert: pair.cert, key: pair.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise<boolean>((resolve) => {
      const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', servername: 'webhook.svc', ca }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  } finally {
    server.close();
  }
}

const p384 = () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const textOf = (secret: AuthoritySecret | undefined, key: string): string =>
  Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();

describe('serving authority', () => {
  let plane: ControlPlane;
  let admin: Client;
  const running: Replica[] = [];

  before(async () => {
    plane = await sharedControlPlane();
    admin = clientFor(plane.admin.access);
  });
  after(async () => {
    await Promise.all(running.map((replica) => replica.stop()));
    admin.close();
  });

  async function place(): Promise<{
    namespace: string;
    replica: (clock?: Clock, elsewhere?: string) => Promise<Replica>;
  }> {
    const namespace = await plane.createNamespace('serving');
    const user = `webhook-of-${namespace}`;
    for (const { resource, manifest } of grantedRoles('webhook', user, { leases: 'kube-system', pods: namespace }))
      await plane.client.apply(resource, manifest, 'install');
    const { access } = await plane.user(user);
    return {
      namespace,
      replica: async (clock, elsewhere = namespace) => {
        const replica = new Replica(clientFor(access), elsewhere, clock);
        running.push(replica);
        return replica;
      },
    };
  }

  const stored = (namespace: string): Promise<AuthoritySecret | undefined> => admin.find(secrets, { namespace, name });

  /** Waits until every replica serves what the CA in the Secret verifies; answers the Secret. */
  async function converged(
    namespace: string,
    replicas: readonly Replica[],
    differentFrom = '',
  ): Promise<AuthoritySecret> {
    return until('all replicas serve under the CA in the Secret', async () => {
      const secret = await stored(namespace);
      const ca = textOf(secret, 'tls.crt');
      if (secret === undefined || ca === differentFrom || !ca.includes('BEGIN CERTIFICATE')) return false;
      for (const { pair } of replicas) if (pair === undefined || !(await verifies(pair, ca))) return false;
      return secret;
    });
  }

  test('two replicas that start at once make one CA', async () => {
    const { namespace, replica } = await place();
    const both = await Promise.all([replica(), replica()]);
    const secret = await converged(namespace, both);
    assert.equal(both[0].founded + both[1].founded, 1);
    assert.equal(textOf(secret, 'ca.crt'), textOf(secret, 'tls.crt'));
    assert.deepEqual(
      [secret.type, secret.metadata.labels, secret.metadata.annotations],
      [
        'Opaque',
        { 'app.kubernetes.io/managed-by': 'cert-manager-webhook' },
        { 'cert-manager.io/allow-direct-injection': 'true' },
      ],
    );
    assert.notEqual(both[0].pair?.key, both[1].pair?.key);
    const leaf = new X509Certificate(both[0].pair?.cert ?? '');
    assert.equal(leaf.subjectAltName, 'DNS:webhook.svc, DNS:localhost');
    assert.deepEqual([both[0].pairs.length, both[1].pairs.length], [1, 1]);
    const noKey = [...both[0].said, ...both[1].said].every((line) => !/PRIVATE KEY|tls\.key/.test(line));
    assert.ok(noKey);
  });

  test('a replica that starts later, or again, uses the CA that is there', async () => {
    const { namespace, replica } = await place();
    const first = await replica();
    const secret = await converged(namespace, [first]);
    const second = await replica();
    const same = await converged(namespace, [first, second]);
    assert.equal(same.metadata.resourceVersion, secret.metadata.resourceVersion);
    assert.equal(second.founded, 0);
  });

  test('a deleted Secret comes back with a new CA, and who trusts the old one is served on', async () => {
    const { namespace, replica } = await place();
    const both = await Promise.all([replica(), replica()]);
    const old = textOf(await converged(namespace, both), 'tls.crt');
    await admin.delete(secrets, { namespace, name });
    const ca = textOf(await converged(namespace, both, old), 'tls.crt');
    assert.notEqual(ca, old);
    for (const { pair } of both) assert.ok(pair !== undefined && (await verifies(pair, old)));
    assert.equal(both[0].founded + both[1].founded, 2);
    // One that starts now, and never knew the old CA, bridges as well.
    const third = await replica();
    await converged(namespace, [...both, third]);
    assert.ok(third.pair !== undefined && (await verifies(third.pair, old)));
  });

  const spoilt: [string, (secret: AuthoritySecret) => object][] = [
    ['no data', () => ({ data: {} })],
    ['half of it', ({ data }) => ({ data: { ...data, 'tls.key': undefined } })],
    ['another bundle', ({ data }) => ({ data: { ...data, 'ca.crt': 'eA==' } })],
    ['a key that is none', ({ data }) => ({ data: { ...data, 'tls.key': Buffer.from('no key').toString('base64') } })],
    [
      'far too much',
      () => ({ data: { 'tls.crt': 'QUFB'.repeat(100_000), 'ca.crt': 'QUFB'.repeat(100_000), 'tls.key': 'QUFB' } }),
    ],
  ];
  for (const [what, spoil] of spoilt) {
    test(`a Secret that was spoilt heals: ${what}`, async () => {
      const { namespace, replica } = await place();
      const mine = await replica();
      const secret = await converged(namespace, [mine]);
      const old = textOf(secret, 'tls.crt');
      await admin.update(secrets, { ...secret, ...spoil(secret) } as KubeObject);
      await converged(namespace, [mine], old);
      assert.ok(mine.pair !== undefined && (await verifies(mine.pair, old)));
      assert.equal(mine.founded, 2);
    });
  }

  test("somebody else's Secret of that name is used for ours, and keeps its type, labels and other data", async () => {
    const { namespace, replica } = await place();
    const foreign = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, labels: { team: 'a' } },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': 'eA==', 'tls.key': 'eA==', other: 'eA==' },
    };
    await admin.create(secrets, foreign);
    const secret = await converged(namespace, [await replica()]);
    assert.deepEqual([secret.type, secret.metadata.labels], ['kubernetes.io/tls', { team: 'a' }]);
    assert.equal(secret.data?.['other'], 'eA==');
  });

  test('a CA of cert-manager that is near its end is rotated, all replicas follow, and no client is lost on the way', async () => {
    const { namespace, replica } = await place();
    // Two thirds of its life end in four seconds.
    const toleranceMs = 300_000;
    const near = newAuthority(
      p384(),
      new Date(Date.now() + 4_000 + toleranceMs - (2 / 3) * (authorityLifetimeMs + toleranceMs)),
    );
    await admin.create(secrets, secretFor({ namespace, name }, near, 'cert-manager-webhook'));
    const both = await Promise.all([replica(), replica()]);
    await converged(namespace, both);
    assert.equal(both[0].founded + both[1].founded, 0);
    await converged(namespace, both, near.certificate.pem);
    for (const { pair } of both) assert.ok(pair !== undefined && (await verifies(pair, near.certificate.pem)));
    assert.equal(both[0].founded + both[1].founded, 1);
  });

  test('a CA that cert-manager has rotated is followed, with a bridge of our own', async () => {
    const { namespace, replica } = await place();
    const mine = await replica();
    const secret = await converged(namespace, [mine]);
    const old = textOf(secret, 'tls.crt');
    await admin.update(secrets, secretWith(secret, newAuthority(p384(), new Date())));
    await converged(namespace, [mine], old);
    assert.equal(mine.founded, 1);
    assert.ok(mine.pair !== undefined && (await verifies(mine.pair, old)));
  });

  test('a Secret that nobody may change is said to be the problem, and heals once it is gone', async () => {
    const { namespace, replica } = await place();
    const locked = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, immutable: true };
    await admin.create(secrets, locked);
    const mine = await replica();
    await until('it says why', () => mine.problem?.includes('immutable'));
    assert.equal(mine.said.filter((line) => line.startsWith('the serving CA cannot be kept up')).length, 1);
    await admin.delete(secrets, { namespace, name });
    await converged(namespace, [mine]);
    assert.equal(mine.problem, undefined);
  });

  test('a namespace that comes late is waited for', async () => {
    const { namespace, replica } = await place();
    const later = `${namespace}-later`;
    const roles = grantedRoles('webhook', `webhook-of-${namespace}`, { leases: 'kube-system', pods: later });
    const inNamespace = roles.filter(({ manifest }) => manifest.metadata.namespace === later);
    const mine = await replica(systemClock, later);
    await until('it lacks a certificate', () => mine.problem !== undefined);
    await plane.kubectl(['create', 'namespace', later]);
    for (const { resource, manifest } of inNamespace) await plane.client.apply(resource, manifest, 'install');
    await converged(later, [mine]);
  });

  test('leaf and CA are renewed as time goes by', async () => {
    const { namespace, replica } = await place();
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
    const mine = await replica(clock);
    const first = await converged(namespace, [mine]);
    // An event wakes it earlier than its next look at the clock.
    const nudge = (): Promise<unknown> =>
      admin.patch(secrets, { namespace, name }, { metadata: { annotations: { nudge: String(aheadMs) } } });
    const data = (secret: AuthoritySecret | undefined): unknown => secret?.data;
    aheadMs = 5 * day;
    await nudge();
    await until('a new leaf', () => mine.pairs.length === 2);
    assert.deepEqual(data(await stored(namespace)), data(first));
    aheadMs = 245 * day;
    await nudge();
    await until('a new CA and a leaf of it', () => mine.founded === 2 && mine.pairs.length === 3);
    assert.notEqual(textOf(await stored(namespace), 'tls.crt'), textOf(first, 'tls.crt'));
    assert.match(textOf(await stored(namespace), 'bridges.crt'), /^-----BEGIN CERTIFICATE-----/);
  });

  test('who replaces our CA again and again meets a limit', async () => {
    const { namespace, replica } = await place();
    const mine = await replica();
    await converged(namespace, [mine]);
    let deletions = 0;
    while (!mine.said.some((line) => line.startsWith('the serving CA was replaced again and again'))) {
      assert.ok(deletions++ < 8);
      const before = mine.founded;
      await admin.delete(secrets, { namespace, name });
      await until('it is back, or not', () => mine.founded > before || mine.said.at(-1)?.includes('again and again'));
    }
    assert.equal(mine.founded, 6);
    assert.ok(mine.problem === undefined && mine.pair !== undefined);
  });
});
