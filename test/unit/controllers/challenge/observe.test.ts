// Who may have a Challenge worked on: the rows are the ways in which somebody may try to have it done in another's name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcmeClient } from '../../../../src/acme/client.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { annotations, labels } from '../../../../src/api/labels.ts';
import { controllerReference } from '../../../../src/api/meta.ts';
import type { Order } from '../../../../src/api/order.ts';
import {
  type ChallengeCollections,
  challengeIndexes,
  challengeMappings,
  cleanUpOf,
  deadlineOf,
  foundObjects,
  secretKeysOf,
  solverObjectIndexes,
  standingOf,
} from '../../../../src/controllers/challenge/observe.ts';
import type { BackendIo } from '../../../../src/issuers/backend.ts';
import type { AnyDns01Provider } from '../../../../src/solvers/dns01.ts';
import { aChallenge, dnsSolver, stored, wantedObjects } from '../../../support/challenge-builders.ts';
import { collectionOf } from '../../../support/memory-collection.ts';
import {
  anAcmeIssuer,
  anAcmeRequest,
  anAuthorization,
  anOrder,
  aPlacedStatus,
  challengesOf,
  thumbprint,
} from '../../../support/order-builders.ts';
import { anIssuer, deepFreeze } from '../../../support/request-builders.ts';

const provider = {
  type: 'rfc2136',
  config: (solver: { rfc2136?: unknown }) => solver.rfc2136,
  credentials: () => [
    { name: 'tsig', key: 'key' },
    { name: 'tsig', key: 'other' },
  ],
} as unknown as AnyDns01Provider;

const indexes = challengeIndexes([provider], 'cert-manager');
const shared = { namespace: 'cert-manager', name: 'answering' };

interface Store {
  readonly challenges?: readonly Challenge[];
  readonly orders?: readonly Order[];
  readonly requests?: readonly CertificateRequest[];
  readonly issuers?: readonly Issuer[];
  readonly clusterIssuers?: readonly Issuer[];
}

function storeOf(store: Store, objects: Partial<ChallengeCollections> = {}): ChallengeCollections {
  const bySecret = { secretReferences: (issuer: Issuer) => [`app/${issuer.spec.acme?.privateKeySecretRef.name}`] };
  const none = collectionOf([], solverObjectIndexes(shared));
  return {
    challenges: collectionOf(store.challenges ?? [], indexes),
    orders: collectionOf(store.orders ?? []),
    requests: collectionOf(store.requests ?? []),
    issuers: collectionOf(store.issuers ?? [], bySecret),
    clusterIssuers: collectionOf(store.clusterIssuers ?? [], bySecret),
    pods: none,
    services: none,
    ingresses: none,
    httpRoutes: none,
    ...objects,
  };
}

const issuer = anAcmeIssuer();
const request = anAcmeRequest();
const order = anOrder({ request, status: aPlacedStatus() });
const [challenge = aChallenge()] = challengesOf(order, issuer);
const whole = { challenges: [challenge], orders: [order], requests: [request], issuers: [issuer] };
const changed = <T extends object>(object: T, change: object): T => deepFreeze({ ...object, ...change });
const unowned = changed(challenge, { metadata: { ...challenge.metadata, ownerReferences: [] } });
const attackers = { dns01: { acmeDNS: { host: 'https://attacker.example', accountSecretRef: { name: 'account' } } } };
const moved = changed(order, { spec: { ...order.spec, issuerRef: { kind: 'ClusterIssuer', name: 'acme' } } });
const clusterIssuer = anIssuer({ kind: 'ClusterIssuer', name: 'acme', spec: issuer.spec });

/** Opens the account of every issuer, and tells whose. */
function accounts(opened: string[] = []) {
  return {
    open: async ({ kind, metadata }: Issuer) => {
      opened.push(`${kind} ${metadata.name}`);
      return { kind: 'open', client: { thumbprint } as AcmeClient } as const;
    },
  };
}

const backendIo = () => ({}) as BackendIo;
const signal = new AbortController().signal;

type Row = readonly [name: string, challenge: Challenge, store: Store, expected: string, opened?: readonly string[]];

const rows: readonly Row[] = [
  ['one that its Order asks for', challenge, whole, 'ours', ['Issuer acme']],
  ['no owner', unowned, whole, 'the Order that owns it does not exist'],
  ['an owner that does not exist', challenge, { ...whole, orders: [] }, 'the Order that owns it does not exist'],
  [
    'an owner of that name, but another uid',
    challenge,
    { ...whole, orders: [changed(order, { metadata: { ...order.metadata, uid: 'other' } })] },
    'the Order that owns it does not exist',
  ],
  [
    'an Order without a request',
    challenge,
    { ...whole, requests: [] },
    `the CertificateRequest of its Order "${order.metadata.name}" does not exist`,
  ],
  [
    'an Order of a request that nobody approved',
    challenge,
    { ...whole, requests: [changed(request, { status: {} })] },
    `its Order "${order.metadata.name}" is not ours: its CertificateRequest is not approved`,
  ],
  [
    'an Order that was led to another issuer',
    challenge,
    { ...whole, orders: [moved], clusterIssuers: [clusterIssuer] },
    `its Order "${order.metadata.name}" is not ours: its issuer is not that of its CertificateRequest`,
  ],
  [
    'another solver than the issuer has',
    changed(challenge, { spec: { ...challenge.spec, solver: attackers } }),
    whole,
    'its name or spec is not what its Order and issuer ask for',
    ['Issuer acme'],
  ],
  [
    'the right spec under another name',
    changed(challenge, { metadata: { ...challenge.metadata, name: 'other' } }),
    whole,
    'its name or spec is not what its Order and issuer ask for',
    ['Issuer acme'],
  ],
  [
    'another issuer than the Order has',
    changed(challenge, { spec: { ...challenge.spec, issuerRef: { kind: 'ClusterIssuer', name: 'acme' } } }),
    { ...whole, clusterIssuers: [clusterIssuer] },
    'its name or spec is not what its Order and issuer ask for',
    ['Issuer acme'],
  ],
  [
    'a name that the Order does not ask for',
    changed(challenge, { spec: { ...challenge.spec, authorizationURL: 'https://ca.example/authz/other' } }),
    whole,
    'its Order has no open authorization "https://ca.example/authz/other"',
    ['Issuer acme'],
  ],
  ['no issuer', challenge, { ...whole, issuers: [] }, 'unknown'],
  ['an issuer of another type', challenge, { ...whole, issuers: [anIssuer({ name: 'acme' })] }, 'unknown'],
];

for (const [name, given, store, expected, opened = []] of rows) {
  test(name, async () => {
    const asked: string[] = [];
    const deps = { accounts: accounts(asked), backendIo, limits: undefined };
    const standing = await standingOf(given, storeOf(store), deps, signal);
    assert.equal(standing.kind === 'stranger' ? standing.why : standing.kind, expected);
    assert.deepEqual(asked, opened);
  });
}

test('an account that cannot be used yet', async () => {
  const closed = { open: async () => ({ kind: 'unavailable', message: 'no key' }) as const };
  const deps = { accounts: closed, backendIo, limits: undefined };
  assert.deepEqual(await standingOf(challenge, storeOf(whole), deps, signal), { kind: 'unknown' });
});

const dnsIssuer = anAcmeIssuer({ solvers: [{ ...dnsSolver, selector: { dnsZones: ['example.com'] } }] });
const dnsOrder = anOrder({ request, status: aPlacedStatus() });
const [dnsChallenge = aChallenge()] = challengesOf(dnsOrder, dnsIssuer);
const cleanUps: readonly [
  name: string,
  challenge: Challenge,
  store: Store,
  expected: { allowed: boolean; isShared: boolean },
][] = [
  ['presented by us', aChallenge({ status: { presented: true } }), {}, { allowed: true, isShared: false }],
  ['not presented, and no issuer', aChallenge(), {}, { allowed: false, isShared: false }],
  [
    "not presented, by one of the issuer's solvers",
    dnsChallenge,
    { issuers: [dnsIssuer], orders: [dnsOrder] },
    { allowed: true, isShared: false },
  ],
  [
    "by one of the issuer's solvers that is not for this name",
    changed(dnsChallenge, { spec: { ...dnsChallenge.spec, dnsName: 'example.org' } }),
    { issuers: [dnsIssuer], orders: [dnsOrder] },
    { allowed: false, isShared: false },
  ],
  [
    'by another solver',
    changed(dnsChallenge, { spec: { ...dnsChallenge.spec, solver: attackers } }),
    { issuers: [dnsIssuer], orders: [dnsOrder] },
    { allowed: false, isShared: false },
  ],
  [
    'presented, but changed since by somebody',
    aChallenge({ generation: 2, status: { presented: true } }),
    {},
    { allowed: false, isShared: false },
  ],
  [
    'presented, and being deleted: that alone counts as a change',
    aChallenge({ generation: 2, deletionTimestamp: '2026-11-22T19:00:00Z', status: { presented: true } }),
    {},
    { allowed: true, isShared: false },
  ],
  [
    'with another one at work that has the same answer',
    aChallenge({ status: { presented: true } }),
    { challenges: [aChallenge({ name: 'twin', namespace: 'shop', status: { presented: true, state: 'pending' } })] },
    { allowed: true, isShared: true },
  ],
  [
    'with another one that is done',
    aChallenge({ status: { presented: true } }),
    { challenges: [aChallenge({ name: 'twin', status: { presented: true, state: 'valid' } })] },
    { allowed: true, isShared: false },
  ],
];

for (const [name, given, store, expected] of cleanUps) {
  test(`clean-up: ${name}`, () => {
    const { allowed, isShared } = cleanUpOf(given, { kind: 'unknown' }, storeOf(store));
    assert.deepEqual({ allowed, isShared }, expected);
  });
}

test('clean-up: not presented, but wanted', () => {
  assert.equal(cleanUpOf(challenge, { kind: 'ours', issuer }, storeOf({})).allowed, true);
  assert.equal(cleanUpOf(challenge, { kind: 'stranger', why: 'no' }, storeOf({})).allowed, false);
});

test('the deadline of the issuer, of the flag, or none', () => {
  const of = (text?: string) =>
    changed(issuer, {
      metadata: {
        ...issuer.metadata,
        annotations: text === undefined ? {} : { [annotations.selfCheckDeadline]: text },
      },
    });
  const given = [of(), of('90s'), of('never'), of('soon'), of('-1s'), of('0s')];
  assert.deepEqual(
    given.map((each) => deadlineOf(each, 180_000)),
    [180_000, 90_000, undefined, 180_000, 180_000, 0],
  );
  assert.equal(deadlineOf(undefined, undefined), undefined);
});

const web = aChallenge({ type: 'HTTP-01' });
const { pod, ingress } = wantedObjects(web);
const sharedIngress = stored({
  ...ingress,
  metadata: {
    name: 'solver',
    namespace: 'cert-manager',
    labels: { [labels.http01ChallengeUid]: web.metadata.uid },
    annotations: { [annotations.http01Challenge]: 'app/web-1-1-1' },
  },
});
const foreign = stored({ ...pod, metadata: { ...pod.metadata, ownerReferences: [] } }, { name: 'foreign' });

test('what a Challenge owns is found, and what was made for it beside the answering Service', () => {
  const objectIndexes = solverObjectIndexes(shared);
  const own = stored(pod, { name: 'own' });
  const store = storeOf(
    {},
    {
      pods: collectionOf([foreign, own], objectIndexes),
      ingresses: collectionOf([stored(ingress), sharedIngress], objectIndexes),
    },
  );
  const { pods, ingresses, services, httpRoutes } = foundObjects(web, store);
  assert.deepEqual([pods, ingresses, services, httpRoutes], [[own], [stored(ingress), sharedIngress], [], []]);
});

const keys = [{ namespace: 'app', name: 'web-1-1-1' }];
const mappings = challengeMappings(
  storeOf({ challenges: [web, aChallenge({ name: 'dns' })], issuers: [anAcmeIssuer()] }),
);

test('a change of a solver object wakes its Challenge', () => {
  assert.deepEqual(mappings.solverObjects(undefined, stored(pod)), keys);
  assert.deepEqual(mappings.solverObjects(sharedIngress, undefined), keys);
  assert.deepEqual(mappings.solverObjects(foreign, undefined), []);
});

test('a change of an Order, an issuer or a Secret wakes those that depend on it', () => {
  const both = [...keys, { namespace: 'app', name: 'dns' }];
  const owner = controllerReference(changed(order, { metadata: { ...order.metadata, uid: 'uid-web-1-1' } }));
  assert.deepEqual(
    mappings.orders(changed(order, { metadata: { ...order.metadata, uid: owner.uid } }), undefined),
    both,
  );
  assert.deepEqual(mappings.issuers(undefined, anAcmeIssuer()), both);
  assert.deepEqual(mappings.issuers(clusterIssuer, undefined), []);
  const secret = (name: string) => stored({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'app', name } });
  assert.deepEqual(mappings.secrets(secret('tsig'), undefined), [{ namespace: 'app', name: 'dns' }]);
  assert.deepEqual(mappings.secrets(secret('account'), undefined), both);
  assert.deepEqual(mappings.secrets(secret('other'), undefined), []);
});

test('the Secrets of a ClusterIssuer stand in the cluster resource namespace', () => {
  const given = aChallenge({ spec: { issuerRef: { kind: 'ClusterIssuer', name: 'acme' } } });
  assert.deepEqual(secretKeysOf(given, [provider], 'cert-manager'), ['cert-manager/tsig']);
  assert.deepEqual(secretKeysOf(aChallenge(), [provider], 'cert-manager'), ['app/tsig']);
  assert.deepEqual(secretKeysOf(web, [provider], 'cert-manager'), []);
});

test('an authorization that was valid from the start needs no Challenge', async () => {
  const done = aPlacedStatus({ authorizations: [anAuthorization('a.example.com', { initialState: 'valid' })] });
  const store = storeOf({ ...whole, orders: [changed(order, { status: done })] });
  const deps = { accounts: accounts(), backendIo, limits: undefined };
  const standing = await standingOf(challenge, store, deps, signal);
  assert.equal(standing.kind, 'stranger');
});
