import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { controllerReference, controllerUid } from '../../../../src/api/meta.ts';
import type { Order } from '../../../../src/api/order.ts';
import { createOrderController } from '../../../../src/controllers/order/controller.ts';
import {
  type ObserveDeps,
  observeOrder,
  orderIndexes,
  orderMappings,
} from '../../../../src/controllers/order/observe.ts';
import { noProgress, type Standing } from '../../../../src/controllers/order/seen.ts';
import type { BackendIoFactory } from '../../../../src/issuers/io.ts';
import { keyOf } from '../../../../src/kube/collection.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { scriptedAccount } from '../../../support/acme-script.ts';
import { collectionOf } from '../../../support/memory-collection.ts';
import {
  anAcmeIssuer,
  anAcmeRequest,
  anOrder,
  aPlacedStatus,
  challengesOf,
  thumbprint,
} from '../../../support/order-builders.ts';
import { anIssuer, aRequest, deepFreeze } from '../../../support/request-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const { signal } = new AbortController();
const request = anAcmeRequest();
const issuer = anAcmeIssuer();
const order = anOrder();
const placed = anOrder({ status: aPlacedStatus() });
const done = anOrder({ status: aPlacedStatus({ state: 'valid', certificate: 'eA==' }) });
const owner = { owner: ({ metadata }: Challenge) => [controllerUid(metadata) ?? ''] };

interface World {
  readonly orders?: readonly Order[];
  readonly challenges?: readonly Challenge[];
  readonly requests?: readonly CertificateRequest[];
  readonly issuers?: readonly Issuer[];
  readonly clusterIssuers?: readonly Issuer[];
  readonly unavailable?: string;
}

/** `opened`: the namespaces in which credentials were looked for. */
function world(given: World = {}): { readonly deps: ObserveDeps; readonly opened: string[] } {
  const opened: string[] = [];
  const io = {
    open: ({ resourceNamespace }: { resourceNamespace: string }) => {
      opened.push(resourceNamespace);
      return {};
    },
  } as unknown as BackendIoFactory;
  const deps: ObserveDeps = {
    orders: collectionOf(given.orders ?? [order], orderIndexes),
    challenges: collectionOf(given.challenges ?? [], owner),
    requests: collectionOf(given.requests ?? [request]),
    issuers: collectionOf(given.issuers ?? [issuer]),
    clusterIssuers: collectionOf(given.clusterIssuers ?? []),
    accounts: scriptedAccount({}, given.unavailable).accounts,
    io,
    clusterResourceNamespace: 'cert-manager',
    limits: defaultPemLimits,
    now: () => now,
  };
  return { deps, opened };
}

const observed = (deps: ObserveDeps, of = order) => observeOrder(keyOf(of), deps, () => noProgress, signal);

describe('what is seen of an Order', () => {
  it('everything', async () => {
    const challenges = challengesOf(placed, issuer);
    const { deps, opened } = world({ orders: [placed], challenges });
    assert.deepEqual(await observed(deps, placed), {
      order: placed,
      standing: { kind: 'ours', request },
      account: { kind: 'open', issuer, thumbprint },
      challenges,
      progress: noProgress,
    });
    assert.deepEqual(opened, ['app']);
  });

  it('nothing, where it is gone', async () => assert.equal(await observed(world({ orders: [] }).deps), undefined));

  const foreign = anOrder({
    metadata: { ownerReferences: [{ ...controllerReference(request), apiVersion: 'example.com/v1' }] },
  });
  const orphan: Standing = { kind: 'orphan' };
  const standings: readonly (readonly [string, Order, World, Standing])[] = [
    ['its request is gone', order, { requests: [] }, orphan],
    [
      'its request was made anew',
      order,
      { requests: [{ ...request, metadata: { ...request.metadata, uid: 'new' } }] },
      orphan,
    ],
    [
      'it has no owner',
      anOrder({ metadata: { ownerReferences: [] } }),
      {},
      { kind: 'stranger', why: 'no CertificateRequest owns it' },
    ],
    ['its owner is something else', foreign, {}, { kind: 'stranger', why: 'its owner is no CertificateRequest' }],
    [
      'it is not what its request asks for',
      anOrder({ spec: { dnsNames: ['evil.example.com'] } }),
      {},
      { kind: 'stranger', why: 'it asks for other names than its signing request' },
    ],
    ['it has ended, and nothing is left over', done, {}, orphan],
  ];
  for (const [name, of, more, standing] of standings) {
    it(`${name}: no credentials are looked for`, async () => {
      const { deps, opened } = world({ orders: [of], ...more });
      const seen = await observed(deps, of);
      assert.deepEqual([seen?.standing, seen?.account, opened], [standing, { kind: 'noIssuer' }, []]);
    });
  }

  it('one that has ended, with Challenges: whether they are ours to delete', async () => {
    const challenges = challengesOf(done, issuer);
    const { deps, opened } = world({ orders: [done], challenges });
    const seen = await observed(deps, done);
    assert.deepEqual([seen?.standing.kind, seen?.challenges, opened], ['ours', challenges, []]);
  });

  const cluster = {
    ...issuer,
    kind: 'ClusterIssuer',
    metadata: { ...issuer.metadata, namespace: undefined },
  } as unknown as Issuer;
  const clusterRequest = anAcmeRequest(undefined, { spec: { issuerRef: { name: 'acme', kind: 'ClusterIssuer' } } });
  const ofCluster = anOrder({ request: clusterRequest });
  const foreignRequest = anAcmeRequest(undefined, { spec: { issuerRef: { name: 'acme', group: 'example.com' } } });
  const accounts: readonly (readonly [string, Order, World, unknown, readonly string[]])[] = [
    ['no issuer', order, { issuers: [] }, { kind: 'noIssuer' }, []],
    ['an issuer of another type', order, { issuers: [anIssuer({ name: 'acme' })] }, { kind: 'noIssuer' }, []],
    [
      'an issuer of another group',
      anOrder({ request: foreignRequest }),
      { requests: [foreignRequest] },
      { kind: 'noIssuer' },
      [],
    ],
    [
      'a ClusterIssuer',
      ofCluster,
      { requests: [clusterRequest], clusterIssuers: [cluster] },
      { kind: 'open', issuer: cluster, thumbprint },
      ['cert-manager'],
    ],
    [
      'a ClusterIssuer where there is an Issuer only',
      ofCluster,
      { requests: [clusterRequest] },
      { kind: 'noIssuer' },
      [],
    ],
    [
      'an account that cannot be used',
      order,
      { unavailable: 'no key' },
      { kind: 'unavailable', message: 'no key' },
      ['app'],
    ],
  ];
  for (const [name, of, more, account, namespaces] of accounts) {
    it(name, async () => {
      const { deps, opened } = world({ orders: [of], ...more });
      const seen = await observed(deps, of);
      assert.deepEqual([seen?.account, opened], [account, namespaces]);
    });
  }

  it('until when the issuer rests', async () => {
    const { deps } = world();
    const until = new Date('2026-11-22T20:05:00Z');
    deps.accounts.pause(issuer, until);
    assert.deepEqual((await observed(deps))?.account, { kind: 'open', issuer, thumbprint, pausedUntil: until });
  });
});

describe('which Orders a change concerns', () => {
  const other = anOrder({ request: anAcmeRequest(undefined, { name: 'other-1', spec: { issuerRef: { name: 'b' } } }) });
  const { deps } = world({ orders: [order, other, { ...done, metadata: { ...done.metadata, name: 'done' } }] });
  const maps = orderMappings(deps);
  const [challenge] = challengesOf(placed, issuer) as [Challenge];

  it('its own', () => assert.deepEqual(maps.orders(order, undefined), [keyOf(order)]));
  it('one that is gone', () => assert.deepEqual(maps.orders(undefined, order), []));
  it('a Challenge', () => assert.deepEqual(maps.challenges(challenge, undefined), [keyOf(placed)]));
  it('a Challenge that is gone', () => assert.deepEqual(maps.challenges(undefined, challenge), [keyOf(placed)]));
  it('a Challenge of nobody', () => {
    assert.deepEqual(
      maps.challenges({ ...challenge, metadata: { ...challenge.metadata, ownerReferences: [] } }, undefined),
      [],
    );
  });
  it('its request', () =>
    assert.deepEqual(maps.requests(request, request), [keyOf(order), { namespace: 'app', name: 'done' }]));
  it('another request', () => assert.deepEqual(maps.requests(aRequest({ name: 'x' }), undefined), []));
  it('its issuer: those that are open', () => assert.deepEqual(maps.issuers(issuer, undefined), [keyOf(order)]));
  it('an issuer that is gone', () => assert.deepEqual(maps.issuers(undefined, issuer), [keyOf(order)]));
  it('a ClusterIssuer of that name', () => assert.deepEqual(maps.clusterIssuers(issuer, undefined), []));
});

describe('the controller', () => {
  it('says once that an Order is not ours, and remembers how far each is', async () => {
    const stranger = deepFreeze(anOrder({ metadata: { ownerReferences: [] } }));
    const { deps } = world({ orders: [stranger] });
    const { controller } = createOrderController({ ...deps, settings: { clusterResourceNamespace: 'cert-manager' } });
    const look = async () => {
      const seen = await controller.observe(keyOf(stranger), signal);
      const decision = seen && controller.decide(seen, now);
      return decision?.kind === 'write' ? decision.actions.map(({ kind }) => kind) : undefined;
    };
    assert.deepEqual([await look(), await look()], [['event'], []]);
  });
});
