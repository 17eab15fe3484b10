import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { Solver } from '../../../../src/api/solver.ts';
import { challengesFor, isWanted, strangerReason } from '../../../../src/issuers/acme/challenge-for.ts';
import {
  anAcmeIssuer,
  anAuthorization,
  anOrder,
  aPlacedStatus,
  challengesOf,
} from '../../../support/order-builders.ts';
import { deepFreeze } from '../../../support/request-builders.ts';

// RFC 8555 section 8.1 and RFC 7638 section 3.1: a real key's thumbprint.
const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const issuer = anAcmeIssuer({
  solvers: [{ http01: { ingress: {} } }, { selector: { dnsNames: ['*.b.example.com'] }, dns01: { route53: {} } }],
});
const order = anOrder({
  status: aPlacedStatus({
    authorizations: [
      anAuthorization('a.example.com'),
      anAuthorization('done.example.com', { initialState: 'valid' }),
      anAuthorization('b.example.com', { wildcard: true }),
    ],
  }),
});

test('one Challenge for each authorization that is not valid, with its answer', () => {
  const wanted = challengesFor(order, issuer, thumbprint);
  assert.equal(wanted.kind, 'wanted');
  const [page, record] = wanted.kind === 'wanted' ? wanted.challenges : [];
  assert.deepEqual(page?.spec, {
    url: 'https://ca.example/chall/http/a.example.com',
    authorizationURL: 'https://ca.example/authz/a.example.com',
    dnsName: 'a.example.com',
    wildcard: false,
    type: 'HTTP-01',
    token: 'http-a.example.com',
    key: `http-a.example.com.${thumbprint}`,
    solver: { http01: { ingress: {} } },
    issuerRef: { name: 'acme' },
  });
  assert.deepEqual([record?.spec.type, record?.spec.dnsName, record?.spec.wildcard], ['DNS-01', 'b.example.com', true]);
  // printf %s 'dns-b.example.com.NzbLs…' | openssl dgst -sha256 -binary | basenc --base64url
  assert.equal(record?.spec.key, 'IZ4xNDLLysXF7polNi4AaS4uwzOptTU5uiJktIXp_e8');
});

test('one that cannot be solved spoils the rest, in upstream’s words', () => {
  assert.deepEqual(challengesFor(order, anAcmeIssuer({ solvers: [] }), thumbprint), {
    kind: 'unsolvable',
    message:
      'Failed to determine a valid solver configuration for the set of domains on the Order: no configured challenge solvers can be used for this challenge',
  });
});

test('an order that was not placed wants none', () => {
  assert.deepEqual(challengesFor(anOrder(), issuer, thumbprint), { kind: 'wanted', challenges: [] });
});

const [stored] = challengesOf(order, issuer) as [Challenge];
const changed = (change: Partial<Challenge['spec']>): Challenge => ({ ...stored, spec: { ...stored.spec, ...change } });
const other = 'its name or spec is not what its Order and issuer ask for';

const strangers: readonly (readonly [string, Challenge, string | undefined])[] = [
  ['as we made it', stored, undefined],
  [
    'another owner',
    { ...stored, metadata: { ...stored.metadata, ownerReferences: [] } },
    `it does not belong to the Order "${order.metadata.name}"`,
  ],
  [
    'another namespace',
    { ...stored, metadata: { ...stored.metadata, namespace: 'b' } },
    `it does not belong to the Order "${order.metadata.name}"`,
  ],
  ['another name', { ...stored, metadata: { ...stored.metadata, name: 'x' } }, other],
  ['another answer', changed({ key: 'x' }), other],
  ['another domain', changed({ dnsName: 'evil.example.com' }), other],
  ['another solver', changed({ solver: { dns01: { route53: {} } } }), other],
  ['another issuer', changed({ issuerRef: { name: 'b' } }), other],
  ['another type', changed({ type: 'DNS-01' }), other],
  ['another address', changed({ url: 'https://evil.example' }), other],
  [
    'an authorization that the order has not',
    changed({ authorizationURL: 'x' }),
    'its Order has no open authorization "x"',
  ],
  [
    'an authorization that needs no proof',
    changed({ authorizationURL: 'https://ca.example/authz/done.example.com' }),
    'its Order has no open authorization "https://ca.example/authz/done.example.com"',
  ],
];
for (const [name, challenge, expected] of strangers) {
  test(`a stored Challenge: ${name}`, () => {
    assert.equal(strangerReason(deepFreeze(challenge), order, issuer, 'thumbprint'), expected);
  });
}

test('a key that is none of ours any more makes every Challenge a stranger', () => {
  assert.equal(strangerReason(stored, order, issuer, 'other'), other);
});

// What cert-manager and the API server make of a spec when they write it.
const solvers: readonly (readonly [string, Solver, Solver])[] = [
  [
    'durations',
    { waitInsteadOfSelfCheck: '90m', http01: { ingress: {} } },
    { waitInsteadOfSelfCheck: '1h30m0s', http01: { ingress: {} } },
  ],
  [
    'quantities and empty parts',
    { http01: { ingress: { podTemplate: { spec: { resources: { limits: { memory: '1024Mi', cpu: 1 } } } } } } },
    {
      http01: {
        ingress: { podTemplate: { metadata: {}, spec: { resources: { limits: { cpu: '1', memory: '1Gi' } } } } },
      },
    },
  ],
  [
    'defaults of parents',
    { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'g', kind: 'Gateway', namespace: 'n' }] } } },
    {
      http01: {
        gatewayHTTPRoute: {
          parentRefs: [{ group: 'gateway.networking.k8s.io', name: 'g', kind: 'Gateway', namespace: 'n' }],
        },
      },
    },
  ],
];
for (const [name, solver, written] of solvers) {
  test(`written in other words: ${name}`, () => {
    const one = anAcmeIssuer({ solvers: [solver] });
    const [made] = challengesOf(order, one) as [Challenge];
    const wanted = challengesFor(order, one, 'thumbprint');
    const [first] = wanted.kind === 'wanted' ? wanted.challenges : [];
    assert.ok(first !== undefined && isWanted({ ...made, spec: { ...made.spec, solver: written } }, first));
  });
}
