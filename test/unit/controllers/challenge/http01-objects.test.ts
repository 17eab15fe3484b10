import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectActions, removalActions } from '../../../../src/controllers/challenge/http01-objects.ts';
import type { FoundObjects, Http01Seen } from '../../../../src/controllers/challenge/seen.ts';
import { type Action, write } from '../../../../src/kube/reconcile.ts';
import { aChallenge, nothingFound, stored, wantedObjects } from '../../../support/challenge-builders.ts';
import { short } from '../../../support/short-decision.ts';

const objects = wantedObjects(aChallenge({ type: 'HTTP-01' }));
const { pod, service, ingress } = objects;
const routeSpec = {
  parentRefs: [{ name: 'gate' }],
  hostnames: ['web.example.com'],
  rules: [
    {
      matches: [{ path: { type: 'Exact', value: '/' } }],
      backendRefs: [{ kind: 'Service', name: 'solver', port: 8089 }],
    },
  ],
};
const httpRoute = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { ...ingress.metadata, labels: { solver: 'true' } },
  spec: routeSpec,
};
const running = stored(pod, { phase: 'Running' });
const all: FoundObjects = {
  ...nothingFound,
  pods: [running],
  services: [stored(service)],
  ingresses: [stored(ingress)],
};
const byRoute = { wanted: { pod, service, httpRoute } };
const defaulted = {
  ...routeSpec,
  parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gate' }],
  rules: [
    { ...routeSpec.rules[0], backendRefs: [{ group: '', kind: 'Service', name: 'solver', port: 8089, weight: 1 }] },
  ],
};
const shared = {
  wanted: {
    ingress: { ...ingress, spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'answering' } } }] } }] } },
  },
};

const rows: readonly [name: string, seen: Partial<Http01Seen>, expected: readonly string[]][] = [
  ['nothing there', { found: nothingFound }, ['create Pod solver', 'create Service solver', 'create Ingress solver']],
  ['everything there', { found: all }, []],
  ['a pod that is not started yet is good', { found: { ...all, pods: [stored(pod, { phase: 'Pending' })] } }, []],
  [
    'one that has ended is replaced at once, under another name',
    { found: { ...all, pods: [stored(pod, { phase: 'Succeeded', uid: 'abcdefgh' })] } },
    ['delete Pod abcdefgh', 'create Pod solver-abcde'],
  ],
  [
    'so is one that was evicted',
    { found: { ...all, pods: [stored(pod, { phase: 'Failed', uid: 'abcdefgh' })] } },
    ['delete Pod abcdefgh', 'create Pod solver-abcde'],
  ],
  [
    'and one that will not go',
    { found: { ...all, pods: [stored(pod, { phase: 'Running', uid: 'abcdefgh', deleted: true })] } },
    ['create Pod solver-abcde'],
  ],
  [
    'but only once',
    {
      found: {
        ...all,
        pods: [
          stored(pod, { uid: 'abcdefgh', deleted: true }),
          stored(pod, { name: 'solver-abcde', phase: 'Running' }),
        ],
      },
    },
    [],
  ],
  [
    'of several one stays',
    { found: { ...all, pods: [running, stored(pod, { name: 'b' }), stored(pod, { name: 'c' })] } },
    ['delete Pod pod-b', 'delete Pod pod-c'],
  ],
  [
    'the one that works',
    { found: { ...all, pods: [stored(pod, { name: 'a', phase: 'Failed' }), running] } },
    ['delete Pod pod-a'],
  ],
  [
    'names that another version generated are as good',
    {
      found: {
        ...nothingFound,
        pods: [stored(pod, { name: 'cm-acme-http-solver-x7k2p' })],
        services: [stored(service, { name: 'cm-acme-http-solver-8dq4m' })],
        ingresses: [stored(leadingTo('cm-acme-http-solver-8dq4m'), { name: 'cm-acme-http-solver-z9wfn' })],
      },
    },
    [],
  ],
  [
    'an Ingress that leads to another Service is made anew',
    { found: { ...all, ingresses: [stored(leadingTo('lost'), { uid: 'abcdefgh' })] } },
    ['delete Ingress abcdefgh', 'create Ingress solver-abcde'],
  ],
  ['a route', { ...byRoute, found: { ...all, ingresses: [] } }, ['create HTTPRoute solver']],
  [
    'a route with the defaults of the server',
    { ...byRoute, found: { ...all, ingresses: [], httpRoutes: [stored({ ...httpRoute, spec: defaulted })] } },
    [],
  ],
  [
    'a route that somebody changed',
    {
      ...byRoute,
      found: {
        ...all,
        ingresses: [],
        httpRoutes: [stored({ ...httpRoute, spec: { ...defaulted, hostnames: ['other.example.com'] } })],
      },
    },
    ['update HTTPRoute solver'],
  ],
  [
    'the pod is not needed any more',
    { ...shared, found: all },
    [
      'delete Pod pod-solver',
      'delete Service service-solver',
      'delete Ingress ingress-solver',
      'create Ingress solver-ingre',
    ],
  ],
  ['one Service for all', { ...shared, found: { ...nothingFound, ingresses: [stored(shared.wanted.ingress)] } }, []],
];

for (const [name, seen, expected] of rows) {
  test(name, () => {
    const http01 = { found: nothingFound, wanted: objects, namedIngress: undefined, ...seen };
    assert.deepEqual(short(write(objectActions(http01)), new Date(0)), expected);
  });
}

test('a new Ingress leads to the Service by the name that it has', () => {
  const services = [stored(service, { name: 'cm-acme-http-solver-8dq4m' })];
  const actions = objectActions({
    found: { ...all, services, ingresses: [] },
    wanted: objects,
    namedIngress: undefined,
  });
  assert.deepEqual(specsOf(actions), [leadingTo('cm-acme-http-solver-8dq4m').spec]);
});

test('so does a new route', () => {
  const services = [stored(service, { name: 'old' })];
  const actions = objectActions({ found: { ...all, services, ingresses: [] }, ...byRoute, namedIngress: undefined });
  const [rule] = routeSpec.rules;
  const backendRefs = [{ kind: 'Service', name: 'old', port: 8089 }];
  assert.deepEqual(specsOf(actions), [{ ...routeSpec, rules: [{ ...rule, backendRefs }] }]);
});

test('all that is not going already is removed', () => {
  const found = { ...all, pods: [running, stored(pod, { name: 'b', deleted: true })], httpRoutes: [stored(httpRoute)] };
  assert.deepEqual(short(write(removalActions(found)), new Date(0)), [
    'delete Pod pod-solver',
    'delete Service service-solver',
    'delete Ingress ingress-solver',
    'delete HTTPRoute httproute-solver',
  ]);
});

function leadingTo(name: string) {
  const backend = { service: { name, port: { number: 8089 } } };
  return { ...ingress, spec: { rules: [{ host: 'web.example.com', http: { paths: [{ path: '/', backend }] } }] } };
}

function specsOf(actions: readonly Action[]): readonly unknown[] {
  return actions.flatMap((action) => (action.kind === 'create' ? [action.manifest['spec']] : []));
}
