import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcmeClient } from '../../../../src/acme/client.ts';
import type { Challenge as AcmeChallenge, Authorization } from '../../../../src/acme/resources.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import { AcmeProblem, ApiError, ProviderError } from '../../../../src/base/errors.ts';
import { type PerformDeps, perform } from '../../../../src/controllers/challenge/perform.ts';
import type { ChallengeCall, ChallengeOutcome } from '../../../../src/controllers/challenge/seen.ts';
import { DnsError, type DnsResolver } from '../../../../src/dns/resolver.ts';
import type { BackendIo } from '../../../../src/issuers/backend.ts';
import { HttpError } from '../../../../src/net/http.ts';
import type { AnyDns01Provider, Dns01Io, TxtRecord } from '../../../../src/solvers/dns01.ts';
import { aChallenge, anAcmeIssuer, server } from '../../../support/challenge-builders.ts';

const now = new Date('2026-11-22T19:30:00Z');
const later = new Date('2026-11-22T19:40:00Z');
const signal = new AbortController().signal;
const challenge = aChallenge();
const issuer = anAcmeIssuer();

type Done = (change: 'add' | 'remove', record: TxtRecord) => void;

function provider(done: Done, needsZone = true): AnyDns01Provider {
  return {
    type: 'rfc2136',
    needsZone: () => needsZone,
    config: ({ rfc2136 }) => rfc2136,
    credentials: () => [],
    open: async () => ({
      add: async (record) => done('add', record),
      remove: async (record) => done('remove', record),
    }),
  };
}

const resolver: DnsResolver = {
  findZone: async () => 'example.com.',
  followCnames: async () => 'delegated.example.net.',
  checkTxt: async () => ({ visible: true, ttlSeconds: 60, answers: [], problem: '' }),
  addresses: async () => [],
};

function depsOf(change: Partial<PerformDeps> & { readonly client?: Partial<AcmeClient> }): PerformDeps {
  const { client = {}, ...rest } = change;
  return {
    accounts: { open: async () => ({ kind: 'open', client: client as AcmeClient }), pause: () => undefined },
    backendIo: () => ({}) as BackendIo,
    dns01Io: () => ({}) as Dns01Io,
    resourceNamespace: () => 'app',
    providers: [],
    resolver,
    recursiveOnly: false,
    pages: async () => ({ status: 200, headers: {}, body: Buffer.from('token-1.thumbprint') }),
    fetchIngress: async () => undefined,
    now: () => now,
    log: undefined,
    ...rest,
  };
}

const dns = (kind: 'present' | 'cleanUp', given: Challenge, deps: Partial<PerformDeps>) =>
  perform({ kind, challenge: given }, depsOf(deps), signal);

const record: TxtRecord = {
  zone: 'example.com.',
  fqdn: '_acme-challenge.web.example.com.',
  value: 'digest-1',
  dnsName: 'web.example.com',
  challengeUid: 'uid-web-1-1-1',
  resourceNamespace: 'app',
};
const following = aChallenge({
  spec: { solver: { dns01: { rfc2136: { nameserver: 'x' }, cnameStrategy: 'Follow' } } },
});

test('the record is put where the name is', async () => {
  const calls: unknown[] = [];
  const providers = [provider((...call) => calls.push(call))];
  assert.deepEqual(await dns('present', challenge, { providers }), { kind: 'done' });
  assert.deepEqual(await dns('cleanUp', challenge, { providers }), { kind: 'done' });
  assert.deepEqual(calls, [
    ['add', record],
    ['remove', record],
  ]);
});

test('or where its CNAME leads, where that is wished', async () => {
  const calls: unknown[] = [];
  const providers = [provider((...call) => calls.push(call), false)];
  await dns('present', following, { providers });
  assert.deepEqual(calls, [['add', { ...record, zone: '', fqdn: 'delegated.example.net.' }]]);
});

const thrown: readonly [name: string, error: unknown, expected: ChallengeOutcome][] = [
  [
    'the provider refuses',
    new ProviderError('rfc2136', 'Unauthorized', 'the key is wrong', { retryAfterMs: 7_000 }),
    { kind: 'failed', message: 'the key is wrong', retryAfterMs: 7_000 },
  ],
  [
    'nobody answers',
    new HttpError('ECONNREFUSED', 'cannot reach dns.example: ECONNREFUSED'),
    { kind: 'failed', message: 'cannot reach dns.example: ECONNREFUSED', retryAfterMs: undefined },
  ],
  [
    'no zone',
    new DnsError('NO_ZONE', 'no zone for x'),
    { kind: 'failed', message: 'no zone for x', retryAfterMs: undefined },
  ],
  [
    'the API server says no',
    new ApiError(403, 'Forbidden', 'may not create x'),
    { kind: 'failed', message: 'may not create x', retryAfterMs: undefined },
  ],
  [
    'what others say may hold anything',
    new Error('request 7f3a with token s3cr3t failed'),
    { kind: 'failed', message: 'unexpected error, see the log of the controller', retryAfterMs: undefined },
  ],
];

for (const [name, error, expected] of thrown) {
  test(`not put there: ${name}`, async () => {
    const fail = () => {
      throw error;
    };
    assert.deepEqual(await dns('present', challenge, { providers: [provider(fail)] }), expected);
  });
}

test('no provider that we know', async () => {
  const message = 'no DNS provider is configured for this challenge';
  assert.deepEqual(await dns('present', challenge, {}), { kind: 'failed', message });
});

test('an end of the process is no failure of the provider', async () => {
  const ended = AbortSignal.abort(new Error('the end'));
  const fail = () => {
    throw new ProviderError('rfc2136', 'Unreachable', 'aborted');
  };
  const call = { kind: 'present', challenge } as const;
  await assert.rejects(perform(call, depsOf({ providers: [provider(fail)] }), ended), /the end/);
});

test('a look at DNS tells who answered what', async () => {
  const asked: unknown[] = [];
  const answers = [{ server: '192.0.2.1:53', authoritative: true, found: false, answer: 'NXDOMAIN' }];
  const checkTxt: DnsResolver['checkTxt'] = async (...[fqdn, value, options]) => {
    asked.push(fqdn, value, options);
    return { visible: false, ttlSeconds: 30, answers, problem: '' };
  };
  const deps = depsOf({ resolver: { ...resolver, checkTxt }, recursiveOnly: true });
  assert.deepEqual(await perform({ kind: 'look', challenge }, deps, signal), {
    kind: 'looked',
    look: {
      isVisible: false,
      ttlSeconds: 30,
      answers: [{ server: '192.0.2.1:53', answer: 'NXDOMAIN' }],
      problem: 'DNS record for "web.example.com" not yet propagated',
    },
  });
  assert.deepEqual(asked, ['_acme-challenge.web.example.com.', 'digest-1', { recursiveOnly: true }]);
});

test('a look at a page', async () => {
  const call = { kind: 'look', challenge: aChallenge({ type: 'HTTP-01' }) } as const;
  const outcome = await perform(call, depsOf({}), signal);
  assert.deepEqual(outcome, { kind: 'looked', look: { isVisible: true, ttlSeconds: 0, answers: [], problem: '' } });
});

const own: AcmeChallenge = { url: `${server}/challenge/1`, type: 'dns-01', status: 'pending', token: 'token-1' };
const authorization: Authorization = {
  url: `${server}/authorization/1`,
  status: 'pending',
  identifier: { type: 'dns', value: 'web.example.com' },
  wildcard: false,
  challenges: [own, { ...own, url: `${server}/challenge/2`, type: 'http-01' }],
};
const fault = { type: 'unauthorized', status: 403, detail: 'another value', subproblems: [] };
const withOwn = (change: Partial<AcmeChallenge>): Partial<Authorization> => ({ challenges: [{ ...own, ...change }] });
const malformed = new AcmeProblem({ status: 400, type: 'malformed', detail: 'not pending' });
const urn = 'urn:ietf:params:acme:error:';
const refused = {
  kind: 'refused',
  state: 'invalid',
  error: `acme: authorization error for web.example.com: 403 ${urn}unauthorized: another value`,
} as const;

type Asked = 'fetchState' | 'accept' | 'poll';
const ask = (kind: Asked, client: Partial<AcmeClient>, deps: Partial<PerformDeps> = {}) =>
  perform({ kind, challenge, issuer } as ChallengeCall, depsOf({ ...deps, client }), signal);

type Row = readonly [
  name: string,
  kind: Asked,
  challenge: Partial<AcmeChallenge> | Error,
  authorization: Partial<Authorization> | Error,
  expected: ChallengeOutcome,
];

const never = new Error('not asked');
const silence = new HttpError('TIMEOUT', 'no answer in time');
const rows: readonly Row[] = [
  [
    'told',
    'accept',
    { status: 'processing', retryAfter: later },
    never,
    { kind: 'checking', isPending: false, retryAfter: later },
  ],
  ['told, and it was valid already', 'accept', { status: 'valid' }, never, { kind: 'valid' }],
  [
    'told, and refused at once: the authorization says why',
    'accept',
    { status: 'invalid' },
    never,
    { kind: 'checking', isPending: false, retryAfter: undefined },
  ],
  ['told twice, and it was valid meanwhile', 'accept', malformed, { status: 'valid' }, { kind: 'valid' }],
  [
    'told twice, and it is at work',
    'accept',
    malformed,
    withOwn({ status: 'processing' }),
    { kind: 'checking', isPending: false, retryAfter: undefined },
  ],
  [
    'told twice, and it was refused meanwhile',
    'accept',
    malformed,
    { status: 'invalid', ...withOwn({ status: 'invalid', error: fault }) },
    refused,
  ],
  ['malformed, and it knows nothing of us', 'accept', malformed, {}, { kind: 'trouble', error: malformed }],
  ['malformed, and no more can be learned now', 'accept', malformed, silence, { kind: 'trouble', error: silence }],
  [
    'at work',
    'poll',
    never,
    { retryAfter: later, ...withOwn({ status: 'processing' }) },
    { kind: 'checking', isPending: false, retryAfter: later },
  ],
  ['not begun', 'poll', never, {}, { kind: 'checking', isPending: true, retryAfter: undefined }],
  ['valid', 'poll', never, { status: 'valid' }, { kind: 'valid' }],
  ['refused', 'poll', never, { status: 'invalid', ...withOwn({ status: 'invalid', error: fault }) }, refused],
  ['refused, said by the challenge first', 'poll', never, withOwn({ status: 'invalid', error: fault }), refused],
  [
    'expired',
    'poll',
    never,
    { status: 'expired' },
    {
      kind: 'refused',
      state: 'expired',
      error: 'acme: authorization error for web.example.com: the authorization is expired',
    },
  ],
  [
    'deactivated',
    'poll',
    never,
    { status: 'deactivated' },
    {
      kind: 'refused',
      state: 'invalid',
      error: 'acme: authorization error for web.example.com: the authorization is deactivated',
    },
  ],
  ['trouble', 'poll', never, malformed, { kind: 'trouble', error: malformed }],
  [
    'the state of one that another version made',
    'fetchState',
    never,
    {},
    { kind: 'state', state: 'pending', reason: '' },
  ],
  [
    'a state with its error',
    'fetchState',
    never,
    withOwn({ status: 'invalid', error: fault }),
    { kind: 'state', state: 'invalid', reason: 'another value' },
  ],
  [
    'not in its authorization',
    'fetchState',
    never,
    { challenges: [] },
    {
      kind: 'state',
      state: 'errored',
      reason: 'unexpected non-ACME API error: challenge was not present in authorization',
    },
  ],
];

for (const [name, kind, answer, given, expected] of rows) {
  test(`the ACME server: ${name}`, async () => {
    const outcome = await ask(kind, {
      acceptChallenge: async (url) => {
        assert.equal(url, own.url);
        if (answer instanceof Error) throw answer;
        return { ...own, ...answer };
      },
      fetchAuthorization: async (url) => {
        assert.equal(url, authorization.url);
        if (given instanceof Error) throw given;
        return { ...authorization, ...given };
      },
    });
    assert.deepEqual(outcome, expected);
  });
}

test('a server that asks for rest gives it to the whole issuer', async () => {
  const pauses: unknown[] = [];
  const problem = new AcmeProblem({ status: 429, type: 'rateLimited', detail: '', retryAfter: later });
  const client: Partial<AcmeClient> = {
    acceptChallenge: async () => {
      throw problem;
    },
  };
  const accounts: PerformDeps['accounts'] = {
    open: async () => ({ kind: 'open', client: client as AcmeClient }),
    pause: ({ metadata }, until) => pauses.push(metadata.name, until),
  };
  assert.deepEqual(await ask('accept', {}, { accounts }), { kind: 'trouble', error: problem });
  assert.deepEqual(pauses, ['acme', later]);
});

test('an account that is gone', async () => {
  const accounts: PerformDeps['accounts'] = {
    open: async () => ({ kind: 'unavailable', message: 'no key' }),
    pause: () => undefined,
  };
  assert.deepEqual(await ask('accept', {}, { accounts }), { kind: 'noAccount' });
});
