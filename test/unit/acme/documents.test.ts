import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  accountOf,
  authorizationOf,
  challengeOf,
  checkedUrl,
  directoryOf,
  orderOf,
  renewalInfoOf,
} from '../../../src/acme/documents.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import type { HttpAnswer } from '../../../src/net/http.ts';

const now = new Date('2026-11-23T03:00:00Z');
const base = 'https://acme.example/dir';

function answer(body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(text) };
}

const directory = { newNonce: `${base}/n`, newAccount: `${base}/a`, newOrder: `${base}/o` };

test('a directory with all that RFC 8555 and its additions know', () => {
  const whole = {
    ...directory,
    revokeCert: `${base}/r`,
    keyChange: `${base}/k`,
    renewalInfo: `${base}/i`,
    meta: {
      termsOfService: 'https://acme.example/terms',
      website: 'https://acme.example',
      caaIdentities: ['acme.example', 5],
      externalAccountRequired: true,
      profiles: { shortlived: 'six days', odd: { toString: 1 } },
    },
    unknown: 'https://elsewhere.example',
  };
  assert.deepEqual(directoryOf(answer(whole), base), {
    ...directory,
    revokeCert: `${base}/r`,
    keyChange: `${base}/k`,
    renewalInfo: `${base}/i`,
    termsOfService: 'https://acme.example/terms',
    website: 'https://acme.example',
    caaIdentities: ['acme.example'],
    externalAccountRequired: true,
    profiles: { shortlived: 'six days', odd: '' },
  });
});

test('a directory with no more than it must have', () => {
  const minimal = { ...directory, caaIdentities: [], externalAccountRequired: false };
  assert.deepEqual(directoryOf(answer(directory), base), minimal);
});

const authorization = {
  status: 'pending',
  identifier: { type: 'dns', value: 'example.com' },
  wildcard: true,
  expires: '2026-11-24T00:00:00Z',
  challenges: [
    { type: 'dns-01', url: `${base}/c`, status: 'pending', token: 'abc' },
    { type: 'dns-persist-01', url: `${base}/p`, status: 'pending', 'issuer-domain-names': ['acme.example'] },
  ],
};

test('an authorization, with challenges of kinds that nobody knows', () => {
  assert.deepEqual(authorizationOf(answer(authorization, { 'retry-after': '3' }), `${base}/z`, now), {
    url: `${base}/z`,
    status: 'pending',
    identifier: { type: 'dns', value: 'example.com' },
    wildcard: true,
    challenges: [
      { url: `${base}/c`, type: 'dns-01', status: 'pending', token: 'abc' },
      { url: `${base}/p`, type: 'dns-persist-01', status: 'pending' },
    ],
    expires: new Date('2026-11-24T00:00:00Z'),
    retryAfter: new Date('2026-11-23T03:00:03Z'),
  });
});

const order = {
  status: 'invalid',
  identifiers: [
    { type: 'dns', value: 'a.example.com' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'TNAuthList', value: 'x' },
  ],
  authorizations: [`${base}/z`],
  finalize: `${base}/f`,
  error: { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids it', status: 403 },
};

test('an order, with its error', () => {
  assert.deepEqual(orderOf(answer(order), `${base}/o/1`, now), {
    url: `${base}/o/1`,
    status: 'invalid',
    identifiers: [
      { type: 'dns', value: 'a.example.com' },
      { type: 'ip', value: '2001:db8::1' },
    ],
    authorizations: [`${base}/z`],
    finalize: `${base}/f`,
    error: { type: 'caa', status: 403, detail: 'CAA forbids it', subproblems: [] },
  });
});

type Parser = (answer: HttpAnswer) => unknown;
const asOrder: Parser = (given) => orderOf(given, `${base}/o/1`, now);
const asAuthorization: Parser = (given) => authorizationOf(given, `${base}/z`, now);
const asChallenge: Parser = (given) => challengeOf(given, `${base}/c`, now);
const asDirectory: Parser = (given) => directoryOf(given, base);
const asRenewal: Parser = (given) => renewalInfoOf(given, now);

const bad: readonly (readonly [string, Parser, HttpAnswer, RegExp])[] = [
  ['no JSON', asOrder, answer('<html>'), /is no JSON/],
  ['a page', asOrder, answer(order, { 'content-type': 'text/html' }), /is no JSON/],
  ['a list', asOrder, answer([]), /is no object/],
  ['an order of an unknown status', asOrder, answer({ ...order, status: 'lost' }), /status of the order/],
  ['an order without a finalize address', asOrder, answer({ ...order, finalize: undefined }), /has no finalize/],
  ['an order that leads to plain HTTP', asOrder, answer({ ...order, finalize: 'http://x/f' }), /no https URL/],
  [
    'an order that leads to a file',
    asOrder,
    answer({ ...order, authorizations: ['file:///etc/passwd'] }),
    /no https URL/,
  ],
  [
    'an order whose authorization is an object',
    asOrder,
    answer({ ...order, authorizations: [{ toString: 1 }] }),
    /no URL/,
  ],
  ['an order whose address is a number', asOrder, answer({ ...order, finalize: 5 }), /no URL/],
  ['an order without authorizations', asOrder, answer({ ...order, authorizations: 'none' }), /has no authorizations/],
  ['an authorization of no identifier', asAuthorization, answer({ ...authorization, identifier: {} }), /identifier/],
  ['a token with a slash', asChallenge, answer({ type: 'http-01', status: 'pending', token: '../a' }), /token/],
  [
    'a token that is too long',
    asChallenge,
    answer({ type: 'http-01', status: 'pending', token: 'a'.repeat(300) }),
    /token/,
  ],
  ['a challenge without a type', asChallenge, answer({ status: 'pending' }), /no type/],
  ['a directory without newOrder', asDirectory, answer({ ...directory, newOrder: '' }), /has no newOrder/],
  [
    'a window that ends before it starts',
    asRenewal,
    answer({ suggestedWindow: { start: '2026-11-24T00:00:00Z', end: '2026-11-23T00:00:00Z' } }),
    /no window/,
  ],
  ['no window', asRenewal, answer({}), /no window/],
];

for (const [name, parse, given, message] of bad) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => parse(given),
      (error) => error instanceof DecodeError && message.test(error.message),
    );
  });
}

test('plain HTTP leads to plain HTTP, as servers inside a cluster do', () => {
  assert.equal(checkedUrl('http://acme.local/x', 'address', 'http://acme.local/dir'), 'http://acme.local/x');
  assert.equal(checkedUrl('/x', 'address', 'http://acme.local/dir'), 'http://acme.local/x');
});

test('whatever a server answers is read or refused, never anything else', () => {
  const parsers: readonly Parser[] = [
    asOrder,
    asAuthorization,
    asChallenge,
    asDirectory,
    asRenewal,
    (given) => accountOf(given, `${base}/1`),
  ];
  const members = fc.dictionary(
    fc.constantFrom(
      ...['status', 'url', 'type', 'token', 'error', 'authorizations', 'identifiers', 'identifier', 'challenges'],
      ...[
        'finalize',
        'expires',
        'contact',
        'meta',
        'newNonce',
        'newOrder',
        'newAccount',
        'suggestedWindow',
        'wildcard',
      ],
    ),
    fc.anything({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(members, (document) => {
      const text = JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
      for (const parse of parsers) {
        try {
          parse(answer(text));
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }
    }),
  );
});
