// What the controller itself keeps: slots, progress, the refusals of the API server. In memory; the API server is a list of what was written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcmeClient } from '../../../../src/acme/client.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import { challenges as challengeType } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { ApiError, ProviderError } from '../../../../src/base/errors.ts';
import {
  type ChallengeControllerOptions,
  createChallengeController,
} from '../../../../src/controllers/challenge/controller.ts';
import { challengeIndexes, solverObjectIndexes } from '../../../../src/controllers/challenge/observe.ts';
import { createBackendIo } from '../../../../src/issuers/io.ts';
import { keyOf } from '../../../../src/kube/collection.ts';
import { reconcileOnce } from '../../../../src/kube/controller.ts';
import type { Execute } from '../../../../src/kube/execute.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { createCollection } from '../../../../src/kube/store.ts';
import type { AnyDns01Provider } from '../../../../src/solvers/dns01.ts';
import { dnsSolver } from '../../../support/challenge-builders.ts';
import { plainSettings } from '../../../support/http01-builders.ts';
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

const start = new Date('2026-11-22T19:30:00Z');
const signal = new AbortController().signal;
const names = ['a.example.com', 'b.example.com', 'c.example.com'];

function world(options: { readonly slots?: number; readonly solver?: object } = {}) {
  const { slots = 60, solver = dnsSolver } = options;
  const state = { now: start, version: '1', fails: true, added: 0, ran: [] as string[], woken: [] as string[] };
  const provider: AnyDns01Provider = {
    type: 'rfc2136',
    needsZone: () => false,
    config: ({ rfc2136 }) => rfc2136,
    credentials: () => [{ name: 'tsig', key: 'secret' }],
    open: async () => ({
      add: async () => {
        state.added++;
        if (state.fails) throw new ProviderError('rfc2136', 'Unauthorized', 'the key is wrong');
      },
      remove: async () => undefined,
    }),
  };
  const issuer = anAcmeIssuer({ solvers: [solver] });
  const request = anAcmeRequest({ dnsNames: names });
  const status = aPlacedStatus({ authorizations: names.map((name) => anAuthorization(name)) });
  const order = anOrder({ request, spec: { dnsNames: names }, status });
  const stored = challengesOf(order, issuer, undefined, { finalizers: ['acme.cert-manager.io/finalizer'] });
  const challenges = createCollection<Challenge>({
    resource: challengeType,
    indexes: challengeIndexes([provider], 'cert-manager'),
    freeze: true,
  });
  const put = (challenge: Challenge) => challenges.put(structuredClone(challenge));
  for (const each of stored) put(each);
  const none = collectionOf<KubeObject>([], solverObjectIndexes(undefined));
  const surroundings = {
    challenges,
    orders: collectionOf([order]),
    requests: collectionOf([request]),
    issuers: collectionOf([issuer], { secretReferences: () => [] }),
    clusterIssuers: collectionOf<typeof issuer>([], { secretReferences: () => [] }),
    ...{ pods: none, services: none, ingresses: none, httpRoutes: none },
    accounts: {
      open: async () => ({ kind: 'open', client: { thumbprint } as AcmeClient }) as const,
      pausedUntil: () => undefined,
      pause: () => undefined,
    },
    io: createBackendIo({
      now: () => state.now,
      http: { open: () => assert.fail(), close: () => undefined },
      secretVersion: () => undefined,
      fetchSecret: async () => undefined,
    }),
    providers: [provider],
    resolver: { checkTxt: async () => ({ visible: false, ttlSeconds: 0, answers: [], problem: 'not there' }) },
    http: { open: () => async () => assert.fail(), close: () => undefined },
    reader: {},
    tokens: async () => '',
    secretVersion: () => state.version,
    environment: {},
    endpoints: {},
    readFile: async () => '',
    now: () => state.now,
    settings: {
      maxConcurrentChallenges: slots,
      clusterResourceNamespace: 'cert-manager',
      issuerAmbient: false,
      clusterIssuerAmbient: true,
      checkPeriodMs: 10_000,
      recursiveNameserversOnly: false,
      selfCheckDeadlineMs: 180_000,
      gatewayApi: false,
      http01: plainSettings,
    },
  } as unknown as ChallengeControllerOptions;
  const created = createChallengeController(surroundings);
  created.onWake(({ name }) => state.woken.push(name));
  let version = 1;
  const write = (action: Action): void => {
    if (action.kind === 'event') state.ran.push(action.reason);
    if (action.kind !== 'status') return;
    const { object } = action;
    put({
      ...object,
      metadata: { ...object.metadata, resourceVersion: `${++version}` },
      status: action.status,
    } as Challenge);
  };
  const look = (index: number, execute: Execute = async (actions) => actions.forEach(write)) =>
    reconcileOnce(created.controller, keyOf(stored[index] as Challenge), {
      execute: created.guard(execute),
      now: () => state.now,
      signal,
    });
  const get = (index: number) => challenges.get(keyOf(stored[index] as Challenge));
  const nameOf = (index: number) => stored[index]?.metadata.name ?? '';
  return { state, look, get, put, nameOf, created, challenges, stored };
}

test('who fails to present gives the slot to the next, who is woken', async () => {
  const { look, state, nameOf, get, created } = world({ slots: 1 });
  await look(0);
  assert.deepEqual(created.load, { held: 1, waiting: 0 });
  await look(1);
  assert.equal(state.added, 1);
  await look(0);
  assert.deepEqual(state.woken, [nameOf(1)]);
  await look(1);
  assert.deepEqual([get(0)?.status?.failedAttempts, get(1)?.status?.failedAttempts], [1, 1]);
});

test('one that had to wait says when it begins', async () => {
  const { look, state } = world({ slots: 1 });
  state.fails = false;
  await look(0);
  await look(1);
  assert.deepEqual(state.ran, ['Presented']);
  state.now = new Date(start.getTime() + 900_000);
  await look(1);
  assert.deepEqual(state.ran, ['Presented', 'Started', 'Presented']);
});

test('a slot comes back when its Challenge is gone', async () => {
  const { look, state, stored, challenges, nameOf, created } = world({ slots: 1 });
  state.fails = false;
  await look(0);
  await look(1);
  const [first] = stored;
  challenges.gone(keyOf(first as Challenge), first?.metadata.uid ?? '');
  await look(0);
  assert.deepEqual([state.woken, created.load], [[nameOf(1)], { held: 1, waiting: 0 }]);
});

test('after a restart what is presented has its slot before any other', async () => {
  const { look, state, put, stored, created } = world({ slots: 1 });
  const presented = {
    processing: true,
    presented: true,
    presentedAt: '2026-11-22T19:29:59Z',
    state: 'pending',
  } as const;
  put({
    ...(stored[2] as Challenge),
    metadata: { ...(stored[2] as Challenge).metadata, resourceVersion: '2' },
    status: presented,
  });
  await look(0);
  assert.deepEqual([state.added, created.load], [0, { held: 1, waiting: 1 }]);
});

test('what failed is tried again at once with other credentials, and only then', async () => {
  const { look, state, get } = world();
  await look(0);
  await look(0);
  assert.equal(state.added, 1);
  state.version = '2';
  state.fails = false;
  await look(0);
  assert.deepEqual([state.added, get(0)?.status?.presented], [2, true]);
});

test('what the API server refuses becomes a status; a conflict does not', async () => {
  const { look, get, state } = world({ solver: { http01: { ingress: {} } } });
  const failing = (error: ApiError) => async () => {
    throw error;
  };
  await assert.rejects(look(0, failing(new ApiError(409, 'Conflict', 'changed'))));
  await assert.rejects(look(0, failing(new ApiError(409, 'AlreadyExists', 'there'))));
  await assert.rejects(look(0, failing(new ApiError(500, 'InternalError', 'oh'))));
  assert.equal(get(0)?.status, undefined);
  await assert.rejects(look(0, failing(new ApiError(403, 'Forbidden', 'pods "x" is forbidden'))));
  await look(0);
  assert.deepEqual([get(0)?.status?.reason, state.ran], ['pods "x" is forbidden', ['PresentError']]);
  state.now = new Date(start.getTime() + 6_000);
  await look(0);
  assert.equal(get(0)?.status?.presented, true);
});
