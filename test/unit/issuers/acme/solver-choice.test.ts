// The table of precedence; all else is compared with upstream's own code in test/oracle/orders.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Solver } from '../../../../src/api/solver.ts';
import { selects, solverFor } from '../../../../src/issuers/acme/solver-choice.ts';
import { anOrder } from '../../../support/order-builders.ts';

const http = { url: 'u', token: 't', type: 'http-01' };
const dns = { url: 'v', token: 't', type: 'dns-01' };
const offered = [http, dns];

const ingress = (name: string, selector?: Solver['selector']): Solver => ({
  ...(selector === undefined ? {} : { selector }),
  http01: { ingress: { name } },
});
const zone = (name: string, ...dnsZones: string[]) => ingress(name, { dnsZones });

const nameOf = (answer: ReturnType<typeof solverFor>): string | undefined =>
  answer.kind === 'chosen' ? answer.solver.http01?.ingress?.name : answer.error;

const none = 'no configured challenge solvers can be used for this challenge';
const labelled = { app: 'web', tier: 'front' };

const choices: readonly (readonly [string, string, readonly Solver[], string])[] = [
  ['no solver at all', 'a.example.com', [], none],
  ['one for everything', 'a.example.com', [ingress('all')], 'all'],
  ['of two for everything the first', 'a.example.com', [ingress('all'), ingress('empty', {})], 'all'],
  [
    'the longest zone',
    'a.b.example.com',
    [zone('short', 'example.com'), zone('long', 'b.example.com'), zone('other', 'example.org')],
    'long',
  ],
  [
    'the longest zone of several in one',
    'a.b.example.com',
    [zone('one', 'b.example.com'), zone('two', 'com', 'A.b.Example.com')],
    'two',
  ],
  [
    'a zone before labels',
    'a.example.com',
    [ingress('labels', { matchLabels: labelled }), zone('zone', 'com')],
    'zone',
  ],
  [
    'a name before a zone',
    'a.example.com',
    [zone('zone', 'a.example.com'), ingress('name', { dnsNames: ['a.example.com'] })],
    'name',
  ],
  [
    'more labels',
    'a.example.com',
    [ingress('one', { matchLabels: { app: 'web' } }), ingress('two', { matchLabels: labelled })],
    'two',
  ],
  ['labels that are others', 'a.example.com', [ingress('x', { matchLabels: { app: 'db' } })], none],
  [
    'a label named like a member of every object',
    'a.example.com',
    [ingress('x', { matchLabels: { constructor: 'y' } })],
    none,
  ],
  ['a zone that is only the end of a label', 'a.myexample.com', [zone('x', 'example.com')], none],
  ['a wildcard by its literal name', '*.example.com', [ingress('x', { dnsNames: ['*.example.com'] })], 'x'],
  ['a wildcard in its zone', '*.example.com', [zone('x', 'example.com')], 'x'],
  ['names are compared as they are written', 'a.example.com', [ingress('x', { dnsNames: ['A.example.com'] })], none],
  [
    'a name that is right in a zone that is wrong',
    'a.example.com',
    [ingress('x', { dnsNames: ['a.example.com'], dnsZones: ['example.org'] })],
    none,
  ],
];
for (const [name, domain, solvers, expected] of choices) {
  test(`chosen: ${name}`, () => {
    assert.equal(
      nameOf(solverFor(domain, offered, solvers, anOrder({ metadata: { labels: labelled } }).metadata)),
      expected,
    );
  });
}

test('a solver whose challenge is not offered is passed over', () => {
  const metadata = anOrder().metadata;
  const solvers: Solver[] = [ingress('x'), { dns01: { route53: {} } }];
  assert.deepEqual(solverFor('*.example.com', [dns], solvers, metadata), {
    kind: 'chosen',
    solver: solvers[1],
    challenge: dns,
  });
  assert.deepEqual(solverFor('a.example.com', [http], [{ dns01: {} }], metadata), { kind: 'unsolvable', error: none });
});

const key = (name: string) => `acme.cert-manager.io/http01-${name}`;
const full: Solver = {
  http01: { ingress: { name: 'n', class: 'c', ingressClassName: 'i', serviceType: 'ClusterIP' } },
};
const gateway: Solver = {
  http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'g', namespace: 'app' }, { name: 'h' }] } },
};
const parent = { name: 'g', kind: 'Gateway', namespace: 'app' };

const overrides: readonly (readonly [string, Solver, Record<string, string>, Solver['http01'] | string])[] = [
  ['nothing', full, {}, full.http01],
  ['the name', full, { 'override-ingress-name': 'web' }, { ingress: { serviceType: 'ClusterIP', name: 'web' } }],
  ['the class', full, { 'override-ingress-class': 'x' }, { ingress: { serviceType: 'ClusterIP', class: 'x' } }],
  [
    'the class name',
    full,
    { 'override-ingress-ingressclassname': '' },
    { ingress: { serviceType: 'ClusterIP', ingressClassName: '' } },
  ],
  [
    'two at once',
    full,
    { 'override-ingress-name': 'web', 'override-ingress-class': 'x' },
    'may not specify more than one of: name, class, ingressClassName override annotations',
  ],
  ['an Ingress for a route', gateway, { 'override-ingress-name': 'web' }, gateway.http01],
  [
    'a parent, in the namespace of the Order',
    gateway,
    { parentrefname: 'g', parentrefkind: 'Gateway' },
    { gatewayHTTPRoute: { parentRefs: [{ name: 'h' }, parent] } },
  ],
  [
    'a parent of another namespace',
    gateway,
    { parentrefname: 'g', parentrefkind: 'Gateway', parentrefnamespace: 'b' },
    {
      gatewayHTTPRoute: { parentRefs: [{ name: 'g', namespace: 'app' }, { name: 'h' }, { ...parent, namespace: 'b' }] },
    },
  ],
  [
    'half a parent',
    gateway,
    { parentrefname: 'g' },
    'cannot specify only one of parentRefName, parentRefKind override annotations',
  ],
  [
    'no parent at all',
    { http01: { gatewayHTTPRoute: {} } },
    { other: 'x' },
    'must specify parentRefs either through annotations or solver config',
  ],
  ['no parent and no annotation', { http01: { gatewayHTTPRoute: {} } }, {}, { gatewayHTTPRoute: {} }],
];
for (const [name, solver, given, expected] of overrides) {
  test(`overridden: ${name}`, () => {
    const annotations = Object.fromEntries(Object.entries(given).map(([each, value]) => [key(each), value]));
    const answer = solverFor('a.example.com', offered, [solver], anOrder({ metadata: { annotations } }).metadata);
    assert.deepEqual(answer.kind === 'chosen' ? answer.solver.http01 : answer.error, expected);
  });
}

test('whether a selector lets a solver prove a name', () => {
  const { metadata } = anOrder();
  assert.deepEqual(
    [zone('x', 'example.com'), zone('x', 'example.org')].map((each) => selects(each, 'a.example.com', metadata)),
    [true, false],
  );
});
