import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChallengeSpec } from '../../../../src/api/challenge.ts';
import type { OrderSpec } from '../../../../src/api/order.ts';
import { challengeName, fnv1, orderName } from '../../../../src/issuers/acme/names.ts';

// The hash's own test vectors.
const hashes: readonly (readonly [string, number])[] = [
  ['', 0x811c9dc5],
  ['a', 0x050c5d7e],
  ['foobar', 0x31f0b262],
];
for (const [text, expected] of hashes) {
  test(`the hash of "${text}"`, () => assert.equal(fnv1(Buffer.from(text)), expected));
}

const acme = { name: 'acme', kind: 'ClusterIssuer' };
const long = 'long-'.repeat(11);

// The first two were left by cert-manager v1.21 in a real cluster.
const orders: readonly (readonly [string, string, Omit<OrderSpec, 'request'>, string])[] = [
  [
    'one name',
    'acme-pending-1',
    { issuerRef: { ...acme, name: 'acme-slow' }, dnsNames: ['p.example.com'] },
    'acme-pending-1-915941625',
  ],
  ['two names', 'acme-1', { issuerRef: acme, dnsNames: ['a.example.com', 'b.example.com'] }, 'acme-1-2686190705'],
  [
    'what is empty does not count',
    'acme-1',
    { issuerRef: { ...acme, group: '' }, commonName: '', profile: '', dnsNames: ['a.example.com', 'b.example.com'] },
    'acme-1-2686190705',
  ],
  [
    'durations count by length',
    'a',
    { issuerRef: acme, duration: '90m' },
    orderName('a', { issuerRef: acme, duration: '1h30m0s' }),
  ],
  [
    'a long name is cut to its last letter',
    `${long}x`,
    { issuerRef: acme },
    'long-long-long-long-long-long-long-long-long-long-lo-816964196',
  ],
];
for (const [name, request, spec, expected] of orders) {
  test(`the name of an Order: ${name}`, () => assert.equal(orderName(request, spec), expected));
}

test('two requests of one long prefix do not share an Order', () => {
  assert.notEqual(orderName(`${long}a`, { issuerRef: acme }), orderName(`${long}b`, { issuerRef: acme }));
});

const pending: ChallengeSpec = {
  url: 'https://127.0.0.1:43600/chalZ/4xgmzg91sMpp4CtW633G2PhNz8d6_mlZVTB0qBWK1zk',
  authorizationURL: 'https://127.0.0.1:43600/authZ/c7WO4_JjWPO_tJNa3iXcLWdkBOqyVOeQn-AXwLrurMw',
  dnsName: 'p.example.com',
  wildcard: false,
  type: 'HTTP-01',
  token: '75n_No7Z_Dw4D4QX9Zkw0ybPqmP25g_DnpldkennBRU',
  key: 'whatever it is',
  solver: { http01: { ingress: { ingressClassName: 'none' } }, waitInsteadOfSelfCheck: '10h' },
  issuerRef: { ...acme, name: 'acme-slow' },
};

test('the name of a Challenge, as cert-manager v1.21 left it in a real cluster', () => {
  assert.equal(challengeName('acme-pending-1-915941625', pending), 'acme-pending-1-915941625-1707264755');
});

test('the answer does not count, nor the order of members', () => {
  const { key: _key, ...rest } = pending;
  const turned = Object.fromEntries(Object.entries(rest).reverse()) as typeof rest;
  assert.equal(challengeName('o', turned), challengeName('o', pending));
});
