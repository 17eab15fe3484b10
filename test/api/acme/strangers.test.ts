// Challenges and Orders that somebody made by hand, copied or changed: GHSA-8rvj-mm4h-c258. Whoever may write them in one namespace must not be able to
// have the credentials of another used: no Secret is read for them, nobody is asked anything, and an event says so.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer as createSite } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { Challenge } from '../../../src/api/challenge.ts';
import { isTrue } from '../../../src/api/conditions.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import {
  certificateRequests,
  certificates,
  challenges,
  clusterIssuers,
  issuers,
  orders,
} from '../../../src/api/kinds.ts';
import { controllerReference, type KubeObject } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import { declaredRoles } from '../../../src/cmd/access/roles.ts';
import { challengesFor } from '../../../src/issuers/acme/challenge-for.ts';
import { events, namespaces, secrets } from '../../../src/kube/resources.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import * as audit from '../../support/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { interfering } from '../../support/interfering.ts';
import { type Operator, operatorUser, startOperator } from '../../support/operator.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { grantedRoles } from '../../support/rbac.ts';
import { until } from '../../support/until.ts';

/** Somebody who would like to be sent credentials, and only writes down that he was spoken to. */
interface Listener {
  readonly address: string;
  readonly heard: readonly string[];
  stop(): void;
}

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly uid: string };
}

const apiVersion = 'acme.cert-manager.io/v1';
const issuerRef = { name: 'shared', kind: 'ClusterIssuer' } as const;
const finalizer = 'acme.cert-manager.io/finalizer';

describe('GHSA-8rvj-mm4h-c258: Challenges and Orders of somebody else', () => {
  let plane: ControlPlane;
  let pebble: Pebble;
  let proxy: AcmeProxy;
  let site: Awaited<ReturnType<typeof startGoodServer>>;
  let listener: Listener;
  let operator: Operator;
  /** The one that we made, presented and waiting. */
  let genuine: Challenge;
  let order: Order;
  let offset: number;
  let asked: number;
  /** Held, so that somebody else can be there first. */
  let held: { readonly free: () => void; readonly reached: Promise<unknown> };
  let race: { readonly made: Challenge };
  let own: { readonly order: Order };

  before(async () => {
    // Without its garbage collector, which would take away half of what is tried here.
    [plane, pebble] = await Promise.all([startControlPlane({ crds: true }), startPebble()]);
    proxy = await startAcmeProxy(pebble);
    site = await startGoodServer();
    listener = await startListener();
    held = await startOperatorHeld();
    await operator.started;
    genuine = await genuineChallenge('tenant');
    order = await plane.client.get<Order>(orders, { namespace: 'tenant', name: ownerOf(genuine) });
    const theirs = await genuineChallenge('own');
    own = { order: await plane.client.get<Order>(orders, { namespace: 'own', name: ownerOf(theirs) }) };
    await makeCertificate('race');
    await held.reached;
    await audit.untilAuditIsQuiet(plane.auditLog);
    offset = audit.auditOffset(plane.auditLog);
    asked = proxy.asked.length;
    race = { made: await takeName() };
  });
  after(async () => {
    await operator?.stop();
    listener?.stop();
    site?.stop();
    await proxy?.stop();
    await Promise.all([plane?.stop(), pebble?.stop()]);
  });

  async function startOperatorHeld(): Promise<typeof held> {
    let free = (): void => {};
    let seen = (): void => {};
    const reached = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const client = plane.client;
    for (const name of ['cert-manager', 'tenant', 'own', 'race', 'elsewhere'])
      await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const accounts = Object.fromEntries(
      ['tenant', 'own', 'race'].map((name) => [
        `${name}.example.com`,
        { subdomain: 's', username: 'u', password: 'p' },
      ]),
    );
    for (const namespace of ['cert-manager', 'own']) {
      await makeSecret(namespace, 'dns', { accounts: JSON.stringify(accounts) });
    }
    // Nobody of ours ever refers to it.
    await makeSecret('cert-manager', 'other', { secret: Buffer.from('a key of somebody').toString('base64') });
    const solver = {
      dns01: { acmeDNS: { host: site.address, accountSecretRef: { name: 'dns', key: 'accounts' } } },
      selector: { dnsZones: ['example.com'] },
      waitInsteadOfSelfCheck: '10h',
    };
    const spec = { acme: { ...proxy.spec, privateKeySecretRef: { name: 'account' }, solvers: [solver] } };
    const typed = { apiVersion: 'cert-manager.io/v1', spec };
    await client.create(clusterIssuers, { ...typed, kind: 'ClusterIssuer', metadata: { name: 'shared' } });
    await client.create(issuers, { ...typed, kind: 'Issuer', metadata: { name: 'own', namespace: 'own' } });
    operator = await startOperator(plane, {
      flags: [`--dns01-recursive-nameservers=${listener.address}`, '--dns01-recursive-nameservers-only'],
      interfere: interfering(async ({ verb, resource, namespace }, send) => {
        if (verb !== 'create' || resource.plural !== 'challenges' || namespace !== 'race') return send();
        seen();
        await freed;
        return send();
      }),
    });
    return { free, reached };
  }

  /** Somebody is there first, under the very name that our next Challenge gets. */
  async function takeName(): Promise<Challenge> {
    const [placed] = await plane.client.list<Order>(orders, 'race');
    const issuer = await plane.client.get<Issuer>(clusterIssuers, { name: 'shared' });
    // The name is the same for every account.
    const wanted = challengesFor(placed as Order, issuer, 'any');
    assert.ok(wanted.kind === 'wanted');
    const name = wanted.challenges[0]?.name ?? '';
    const made = await makeChallenge({ name, namespace: 'race' }, greedySpec());
    held.free();
    return made;
  }

  const makeSecret = (namespace: string, name: string, stringData: object) =>
    plane.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });

  const makeCertificate = (namespace: string) =>
    plane.client.create(certificates, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'web', namespace },
      spec: {
        secretName: 'web-tls',
        dnsNames: [`${namespace}.example.com`],
        issuerRef: namespace === 'own' ? { name: 'own' } : issuerRef,
      },
    });

  async function genuineChallenge(namespace: string): Promise<Challenge> {
    await makeCertificate(namespace);
    return until(`the Challenge of ${namespace} is presented`, async () => {
      const all = await plane.client.list<Challenge>(challenges, namespace);
      return all.find(({ status }) => status?.presented === true);
    });
  }

  /** A spec that would send what is in the Secret `other` of the issuer's namespace, or a proof of it, to the listener. */
  const greedySpec = () => {
    const rfc2136 = {
      nameserver: listener.address,
      tsigKeyName: 'key',
      tsigAlgorithm: 'HMACSHA256',
      tsigSecretSecretRef: { name: 'other', key: 'secret' },
    };
    return { ...genuine.spec, dnsName: 'victim.example.org', solver: { dns01: { rfc2136 } } };
  };

  const makeChallenge = (metadata: Partial<Challenge['metadata']>, spec: object) =>
    plane.client.create<Challenge>(challenges, {
      apiVersion,
      kind: 'Challenge',
      metadata: aPlace({ namespace: 'tenant', ...metadata }),
      spec,
    });

  const untilSaid = (object: KubeObject): Promise<string> => untilTold(object, 'NotOurs');

  async function untilTold(object: KubeObject, what: string): Promise<string> {
    return until(`${what} is an event of ${object.metadata.name}`, async () => {
      const all = await plane.client.list<Event>(events, object.metadata.namespace);
      return all.find(({ reason, involvedObject }) => reason === what && involvedObject.uid === object.metadata.uid)
        ?.message;
    });
  }

  /** No Secret was read, nobody was spoken to. */
  async function assertUntouched(): Promise<void> {
    const rows = audit.auditCounts(plane.auditLog, { user: operatorUser, sinceOffset: offset });
    const reads = rows.filter(({ verb, resource }) => verb === 'get' && resource === 'secrets');
    assert.deepEqual(reads, []);
    assert.deepEqual(listener.heard, []);
  }

  it('made by hand, with no owner, a made-up one or another’s: no credential is read, nobody is asked, an event says so', async () => {
    const wrongUid = { ...controllerReference(order), uid: randomUUID() };
    const nobody = { ...wrongUid, name: 'nobody' };
    const made = await Promise.all([
      makeChallenge({ name: 'no-owner' }, greedySpec()),
      makeChallenge({ name: 'nobody', ownerReferences: [nobody] }, greedySpec()),
      makeChallenge({ name: 'wrong-uid', ownerReferences: [wrongUid] }, greedySpec()),
      makeChallenge({ name: 'with-finalizer', finalizers: [finalizer] }, greedySpec()),
      makeChallenge({ name: genuine.metadata.name, namespace: 'elsewhere' }, genuine.spec),
      makeChallenge({ name: 'as-copied', namespace: 'tenant' }, genuine.spec),
    ]);
    const said = await Promise.all(made.map(untilSaid));
    for (const text of said)
      assert.equal(text, 'Nothing is done for this Challenge: the Order that owns it does not exist');
    for (const { metadata } of made) {
      const { status } = await plane.client.get<Challenge>(challenges, metadata);
      assert.deepEqual(status ?? {}, {});
    }
    await assertUntouched();
  });

  it('of a real Order, but not what it asks for: deleted, with nothing read and nobody asked', async () => {
    const ownerReferences = [controllerReference(order)];
    const spec = greedySpec();
    const made = await makeChallenge({ name: 'one-more', ownerReferences, finalizers: [finalizer] }, spec);
    await untilGone(made);
    await assertUntouched();
  });

  it('deleted with our finalizer on them: let go, with nothing read and nobody asked', async () => {
    const made = await makeChallenge({ name: 'let-go', finalizers: [finalizer] }, greedySpec());
    await plane.client.delete(challenges, made.metadata);
    await untilGone(made);
    await assertUntouched();
  });

  it('with the name of one that is about to be made: the other one is not taken for ours, and the Order says what is in its way', async () => {
    const { made } = race;
    await untilSaid(made);
    const reason = await until('the Order says so', async () => {
      const [waiting] = await plane.client.list<Order>(orders, 'race');
      return waiting?.status?.reason;
    });
    const taken = `challenges.acme.cert-manager.io "${made.metadata.name}" already exists`;
    assert.equal(reason, `Failed to create Challenge: ${taken}`);
    const left = await plane.client.get<Challenge>(challenges, made.metadata);
    assert.deepEqual([left.metadata.uid, left.status ?? {}], [made.metadata.uid, {}]);
    await assertUntouched();
  });

  it('Orders made by hand: without owner, or with other names than the request that they name', async () => {
    const [request] = await plane.client.list<CertificateRequest>(certificateRequests, 'tenant');
    assert.ok(request !== undefined && isTrue(request.status?.conditions, 'Approved'));
    const spec = { ...order.spec, dnsNames: ['victim.example.org'] };
    const typed = { apiVersion, kind: 'Order', spec };
    const [alone, owned] = await Promise.all([
      plane.client.create<Order>(orders, { ...typed, metadata: { name: 'alone', namespace: 'tenant' } }),
      plane.client.create<Order>(orders, {
        ...typed,
        metadata: aPlace({ name: 'owned', namespace: 'tenant', ownerReferences: [controllerReference(request)] }),
      }),
    ]);
    assert.equal(await untilSaid(alone), 'Nothing is done for this Order: no CertificateRequest owns it');
    assert.equal(
      await untilSaid(owned),
      'Nothing is done for this Order: it asks for other names than its signing request',
    );
    await assertUntouched();
  });

  it('an Order whose issuer was changed: nothing is asked of the other issuer', async () => {
    await plane.client.merge(orders, own.order.metadata, { spec: { issuerRef } });
    assert.equal(
      await untilSaid(own.order),
      'Nothing is done for this Order: its issuer is not that of its CertificateRequest',
    );
    await assertUntouched();
  });

  it('one of ours whose solver was changed, and which is then deleted: what stands in it now is not trusted', async () => {
    const { dns01 } = greedySpec().solver;
    await plane.client.merge(challenges, genuine.metadata, {
      spec: { solver: { dns01: { acmeDNS: null, ...dns01 } } },
    });
    await untilGone(genuine);
    const said = await untilTold(genuine, 'CleanUpAbandoned');
    assert.match(said, /left behind, remove it by hand: somebody has changed what the Challenge says$/);
    // The Order has made another one, whose own credential was read.
    assert.deepEqual(listener.heard, []);
  });

  it('the ACME server was asked nothing for any of them', () => {
    const since = proxy.asked.slice(asked).map(({ endpoint }) => endpoint);
    assert.deepEqual(
      since.filter((each) => each !== 'authorization'),
      [],
    );
  });

  it('and people who may edit a namespace cannot make them', async () => {
    const may = declaredRoles
      .filter(({ holder }) => holder === 'people')
      .flatMap(({ rules }) => rules)
      .filter(({ apiGroups }) => apiGroups.includes('acme.cert-manager.io'))
      .flatMap(({ verbs }) => verbs);
    assert.ok(may.length > 0 && !may.includes('create') && !may.includes('*'));
    const user = await plane.user('editor');
    for (const { resource, manifest } of grantedRoles('people', user.name, { leases: 'tenant', pods: 'tenant' })) {
      await plane.client.apply(resource, manifest, 'install');
    }
    for (const kind of ['challenges.acme.cert-manager.io', 'orders.acme.cert-manager.io']) {
      const can = (verb: string) => plane.kubectl(['auth', 'can-i', verb, kind, '-n', 'tenant', '--as', 'editor']);
      await until(`${kind} can be read`, async () => (await can('list').catch(() => 'no')).trim() === 'yes');
      assert.match(await can('create').catch((error: Error) => error.message), /no|exit|kubectl auth/);
    }
  });

  async function untilGone({ metadata }: KubeObject): Promise<void> {
    await until(`${metadata.name} is gone`, async () => {
      const found = await plane.client.find<Challenge>(challenges, metadata);
      return found?.metadata.uid !== metadata.uid;
    });
  }
});

/** Metadata that somebody writes. */
const aPlace = (metadata: Partial<Challenge['metadata']>) => metadata as { readonly name: string };

const ownerOf = ({ metadata }: Challenge): string => metadata.ownerReferences?.[0]?.name ?? '';

/** The DNS provider of our own issuers: an acme-dns that takes everything. */
async function startGoodServer(): Promise<{ readonly address: string; stop(): void }> {
  const server = createSite((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"txt":""}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => void server.close().closeAllConnections(),
  };
}

async function startListener(): Promise<Listener> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    heard.push('TCP');
    socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4', () => void heard.push('UDP'));
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${port}`,
    heard,
    stop: () => {
      server.close();
      socket.close();
    },
  };
}
