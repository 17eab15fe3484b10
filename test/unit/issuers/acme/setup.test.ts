import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AcmeClient } from '../../../../src/acme/client.ts';
import type { ACMEIssuerSpec } from '../../../../src/api/acme-issuer.ts';
import type { Condition } from '../../../../src/api/conditions.ts';
import type { IssuerStatus } from '../../../../src/api/issuer.ts';
import { AcmeProblem, ApiError } from '../../../../src/base/errors.ts';
import { accountKeyReaders } from '../../../../src/issuers/acme/account-key.ts';
import { type AcmeAccounts, createAcmeAccounts } from '../../../../src/issuers/acme/accounts.ts';
import { setUp } from '../../../../src/issuers/acme/setup.ts';
import type { CheckOutcome } from '../../../../src/issuers/backend.ts';
import { HttpError } from '../../../../src/net/http.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { type AcmeScript, scriptedAccount } from '../../../support/acme-script.ts';
import { aCondition, anIssuer } from '../../../support/request-builders.ts';
import { secretData, type TestIo, testIo, testKey } from '../../../support/signing-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const server = 'https://ca.example/directory';
const url = 'https://ca.example/acct/1';
const keyData = secretData({ 'tls.key': encodePrivateKey(testKey('RSA 2048', 'account'), 'PKCS1') });
const key = accountKeyReaders(defaultPemLimits)('tls.key')(keyData);
const hash = key.kind === 'ok' ? key.hash : '';
const registered: NonNullable<IssuerStatus['acme']> = {
  uri: url,
  lastRegisteredEmail: 'a@example.com',
  lastPrivateKeyHash: hash,
};
const readyCondition = aCondition('Ready', 'True', 'ACMEAccountRegistered', 'm');

interface Given {
  readonly config?: Partial<ACMEIssuerSpec>;
  readonly status?: IssuerStatus['acme'];
  readonly conditions?: readonly Condition[];
  readonly script?: AcmeScript;
  readonly secrets?: TestIo;
  readonly solverSecrets?: readonly { name: string; key: string }[];
  readonly pausedUntil?: Date;
  readonly isLost?: boolean;
}

/** One look at an issuer, with what was asked of the server. */
async function look(given: Given) {
  const { client, asked } = scriptedAccount(given.script ?? {});
  const accounts = withClient(client, given.isLost ?? false);
  const spec: ACMEIssuerSpec = {
    server,
    email: 'a@example.com',
    privateKeySecretRef: { name: 'account' },
    solvers: [{}],
    ...given.config,
  };
  const issuer = anIssuer({
    spec: { acme: spec },
    ...(given.conditions === undefined ? {} : { conditions: given.conditions }),
    ...(given.status === undefined ? {} : { status: { acme: given.status } }),
  });
  if (given.pausedUntil !== undefined) accounts.pause(issuer, given.pausedUntil);
  const io = given.secrets ?? testIo({ 'app/account': keyData }, () => now);
  const scope = { resourceNamespace: 'app', signal: new AbortController().signal };
  const deps = { accounts, solverSecrets: () => given.solverSecrets ?? [] };
  const outcome = await setUp(spec, io.factory.open(scope), issuer, deps);
  return { outcome, asked, pausedUntil: accounts.pausedUntil(issuer, now) };
}

function withClient(client: AcmeClient, isLost: boolean): AcmeAccounts {
  const real = createAcmeAccounts({});
  return {
    open: (issuer, io) => real.open(issuer, io),
    clientFor: () => client,
    key: (config, io) => real.key(config, io),
    pausedUntil: (issuer, at) => real.pausedUntil(issuer, at),
    pause: (issuer, until) => real.pause(issuer, until),
    isLost: () => isLost,
    onChange: (listen) => real.onChange(listen),
    forget: (uid) => real.forget(uid),
  };
}

const text = 'The ACME account was registered with the ACME server';
const ready = { kind: 'ready', reason: 'ACMEAccountRegistered', message: text } as const;
const notReady = (reason: string, message: string, rest: object = {}) => ({
  kind: 'notReady',
  reason,
  message,
  ...rest,
});
const account = (contact: readonly string[] = ['mailto:a@example.com']) => ({ url, status: 'valid', contact });
const problem = (status: number, type: string, detail: string, retryAfter?: Date) =>
  new AcmeProblem({ status, type, detail, retryAfter });
const newAccount = ['createAccount', { contact: ['mailto:a@example.com'] }] as const;

const forbidden = new ApiError(403, 'Forbidden', 'secrets "account" is forbidden');
const unreadable = testIo({ 'app/account': keyData }, () => now);
unreadable.failWith(forbidden);
const down = new HttpError('ECONNREFUSED', 'the server refused the connection');
const eab = { keyID: 'kid', keySecretRef: { name: 'eab', key: 'secret' } };
const withBinding = (secret: string) =>
  testIo({ 'app/account': keyData, 'app/eab': secretData({ secret }) }, () => now);

const withoutServer: [string, Given, unknown][] = [
  ...(
    [
      ['https://acme-v01.api.letsencrypt.org/directory/', 'https://acme-v02.api.letsencrypt.org/directory'],
      ['https://acme-staging.api.letsencrypt.org/directory', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
    ] as const
  ).map(([first, second]): [string, Given, unknown] => [
    `a server of the first version, ${first}`,
    { config: { server: first } },
    notReady(
      'InvalidConfig',
      `Your ACME server URL is set to a v1 endpoint (${first}). You should update the spec.acme.server field to "${second}"`,
    ),
  ]),
  [
    'no key, and none may be made',
    { config: { disableAccountKeyGeneration: true }, secrets: testIo() },
    notReady(
      'ErrVerifyACMEAccount',
      `Failed to verify ACME account: the ACME issuer config has 'disableAccountKeyGeneration' set to true, but the secret was not found: secrets "account" not found`,
      {
        initError: `Failed to verify ACME account: the ACME issuer config has 'disableAccountKeyGeneration' set to true, but the secret was not found: secrets "account" not found`,
      },
    ),
  ],
  [
    'a key that cannot be read',
    { secrets: unreadable },
    notReady('ErrVerifyACMEAccount', 'Failed to verify ACME account: secrets "account" is forbidden', {
      initError: 'Failed to verify ACME account: secrets "account" is forbidden',
      error: forbidden,
    }),
  ],
  [
    'a Secret without the key',
    { secrets: testIo({ 'app/account': secretData({ other: 'x' }) }) },
    notReady('ErrVerifyACMEAccount', `Account private key is invalid: no data for "tls.key" in secret 'app/account'`),
  ],
  [
    'a key that is none',
    { secrets: testIo({ 'app/account': secretData({ 'tls.key': 'x' }) }) },
    notReady('ErrVerifyACMEAccount', 'Account private key is invalid: error decoding private key PEM block'),
  ],
  [
    'a key that is not RSA',
    { secrets: testIo({ 'app/account': secretData({ 'tls.key': encodePrivateKey(testKey(), 'PKCS8') }) }) },
    notReady('ErrVerifyACMEAccount', 'ACME private key in "account" is not of type RSA'),
  ],
  [
    'Secrets of solvers that are missing, or lack what is looked for; each once',
    {
      secrets: testIo({ 'app/account': keyData, 'app/there': secretData({ a: '1' }) }),
      solverSecrets: [
        { name: 'there', key: 'a' },
        { name: 'there', key: 'b' },
        { name: 'gone', key: 'x' },
        { name: 'gone', key: 'x' },
        { name: '', key: '' },
      ],
    },
    notReady(
      'InvalidSolver',
      'the secret "there" does not have key "b"; failed to get secret "gone": secrets "gone" not found',
    ),
  ],
  [
    'a server that is no URL',
    { config: { server: 'ca.example' } },
    notReady('InvalidURL', 'Failed to parse existing ACME server URI "ca.example": it is no URL', { announce: true }),
  ],
  [
    'an account that is no URL',
    { status: { uri: 'acct/1' } },
    notReady('InvalidURL', 'Failed to parse existing ACME account URI "acct/1": it is no URL', { announce: true }),
  ],
  ['all as it was', { status: registered, conditions: [readyCondition] }, { ...ready, acme: registered }],
  [
    'all as it was, and the server wants rest: the status says until when',
    { status: registered, conditions: [readyCondition], pausedUntil: new Date('2026-11-22T20:10:00Z') },
    {
      ...ready,
      acme: { ...registered, pausedUntil: '2026-11-22T20:10:00Z' },
      recheckAt: new Date('2026-11-22T20:10:00Z'),
    },
  ],
  [
    'a new e-mail address waits for the end of a rest: the issuer can be used meanwhile',
    {
      config: { email: 'new@example.com' },
      status: registered,
      conditions: [readyCondition],
      pausedUntil: new Date('2026-11-22T20:10:00Z'),
    },
    {
      ...ready,
      acme: { ...registered, pausedUntil: '2026-11-22T20:10:00Z' },
      recheckAt: new Date('2026-11-22T20:10:00Z'),
    },
  ],
  [
    'a rest that is over leaves the status',
    { status: { ...registered, pausedUntil: '2026-11-22T19:59:00Z' }, conditions: [readyCondition] },
    { ...ready, acme: registered },
  ],
  [
    'a rest that the status kept over a restart: an issuer that is not ready asks for nothing',
    { status: { pausedUntil: '2026-11-22T20:30:00Z' } },
    notReady(
      'ErrRegisterACMEAccount',
      'Failed to register ACME account: the ACME server asked for rest until 2026-11-22T20:30:00Z',
      { acme: { pausedUntil: '2026-11-22T20:30:00Z' }, recheckAt: new Date('2026-11-22T20:30:00Z') },
    ),
  ],
  [
    'an external account without its Secret',
    { config: { externalAccountBinding: eab } },
    notReady('ErrRegisterACMEAccount', 'Failed to register ACME account: secrets "eab" not found', { announce: true }),
  ],
  [
    'an external account whose key is padded',
    { config: { externalAccountBinding: eab }, secrets: withBinding('YQ==') },
    notReady(
      'ErrRegisterACMEAccount',
      'Failed to register ACME account: failed to decode external account binding key data: it is not base64url without padding',
      { announce: true },
    ),
  ],
];

describe('the set-up of an ACME issuer, without a word to the server', () => {
  for (const [name, given, expected] of withoutServer) {
    it(name, async () => {
      const { outcome, asked } = await look(given);
      assert.deepEqual(outcome, expected);
      assert.deepEqual(asked, []);
    });
  }

  it('a key is made where there is none, and the account forgotten', async () => {
    const { outcome, asked } = await look({ secrets: testIo(), status: registered, conditions: [readyCondition] });
    assert.ok(outcome.kind === 'unfinished');
    const { uri: _uri, ...rest } = registered;
    assert.deepEqual(outcome.acme, rest);
    assert.deepEqual(asked, []);
    const [change] = outcome.changes ?? [];
    assert.ok(change?.kind === 'create' && outcome.changes?.length === 1);
    assert.deepEqual(change.object.metadata, {
      name: 'account',
      namespace: 'app',
      labels: { 'app.kubernetes.io/managed-by': 'cert-manager' },
    });
    assert.deepEqual(change.refused, {
      reason: 'ErrRegisterACMEAccount',
      message: 'Failed to register ACME account',
    });
  });
});

const withServer: [string, Given, unknown, readonly unknown[]][] = [
  ['a new account', { script: { createAccount: [account()] } }, { ...ready, acme: registered }, [newAccount]],
  [
    'no e-mail address',
    { config: { email: '' }, script: { createAccount: [account([])] } },
    { ...ready, acme: { ...registered, lastRegisteredEmail: '' } },
    [['createAccount', { contact: [] }]],
  ],
  [
    'capitals are sent in lower case, remembered as written, and no reason to write again',
    { config: { email: 'A@Example.com' }, script: { createAccount: [account()] } },
    { ...ready, acme: { ...registered, lastRegisteredEmail: 'A@Example.com' } },
    [newAccount],
  ],
  [
    'an account that has another address is brought up to date',
    { script: { createAccount: [account(['mailto:old@example.com'])], updateAccount: [account()] } },
    { ...ready, acme: registered },
    [newAccount, ['updateAccount', { contact: ['mailto:a@example.com'] }]],
  ],
  [
    'an address that was taken back',
    {
      config: { email: '' },
      status: registered,
      conditions: [readyCondition],
      script: { createAccount: [account()], updateAccount: [account([])] },
    },
    { ...ready, acme: { ...registered, lastRegisteredEmail: '' } },
    [
      ['createAccount', { contact: [] }],
      ['updateAccount', { contact: [] }],
    ],
  ],
  [
    'an external account',
    {
      config: { externalAccountBinding: eab },
      secrets: withBinding('YWJj'),
      script: { createAccount: [account()] },
    },
    { ...ready, acme: registered },
    [
      [
        'createAccount',
        { contact: ['mailto:a@example.com'], externalAccount: { keyId: 'kid', key: Buffer.from('abc') } },
      ],
    ],
  ],
  ...(
    [
      ['another server', { status: { ...registered, uri: 'https://other.example/acct/1' } }],
      ['another key', { status: { ...registered, lastPrivateKeyHash: 'other' } }],
      ['an issuer that is not ready', { conditions: [aCondition('Ready', 'False', 'r', 'm')] }],
      ['an account that the server does not know any more', { isLost: true }],
      ['no account known', { status: { ...registered, uri: '' } }],
    ] as [string, Given][]
  ).map(([name, given]): [string, Given, unknown, readonly unknown[]] => [
    `${name}: registered anew`,
    { status: registered, conditions: [readyCondition], ...given, script: { createAccount: [account()] } },
    { ...ready, acme: registered },
    [newAccount],
  ]),
  [
    'a refusal is for good',
    { script: { createAccount: [problem(400, 'invalidContact', 'no such host')] } },
    notReady(
      'ErrRegisterACMEAccount',
      'Failed to register ACME account: 400 urn:ietf:params:acme:error:invalidContact: no such host',
    ),
    [newAccount],
  ],
  [
    'a refusal of the new address is for good',
    {
      script: {
        createAccount: [account(['mailto:old@example.com'])],
        updateAccount: [problem(403, 'unauthorized', 'no')],
      },
    },
    notReady('ErrUpdateACMEAccount', 'Failed to update ACME account:403 urn:ietf:params:acme:error:unauthorized: no', {
      announce: true,
    }),
    [newAccount, ['updateAccount', { contact: ['mailto:a@example.com'] }]],
  ],
  [
    'a new address that the server does not get: again, later',
    { script: { createAccount: [account(['mailto:old@example.com'])], updateAccount: [down] } },
    notReady('ErrUpdateACMEAccount', `Failed to update ACME account:${down.message}`, {
      announce: true,
      initError: down.message,
      error: down,
    }),
    [newAccount, ['updateAccount', { contact: ['mailto:a@example.com'] }]],
  ],
  [
    'no answer: again, later',
    { script: { createAccount: [down] } },
    notReady('ErrRegisterACMEAccount', `Failed to register ACME account: ${down.message}`, {
      initError: down.message,
      error: down,
    }),
    [newAccount],
  ],
];

describe('the set-up of an ACME issuer', () => {
  for (const [name, given, expected, requests] of withServer) {
    it(name, async () => {
      const { outcome, asked } = await look(given);
      assert.deepEqual(outcome, expected as CheckOutcome);
      assert.deepEqual(asked, requests);
    });
  }

  for (const [name, status, type] of [
    ['an error of the server: again, later', 500, 'serverInternal'],
    ['nonces that are no good: again, later', 400, 'badNonce'],
  ] as const) {
    it(name, async () => {
      const error = problem(status, type, 'd');
      const { outcome } = await look({ script: { createAccount: [error] } });
      assert.ok(outcome.kind === 'notReady');
      assert.equal(outcome.error, error);
    });
  }

  it('a registration that is refused for a limit is a rest, kept in memory and in the status', async () => {
    const until = new Date('2026-11-22T21:00:00Z');
    const { outcome, pausedUntil } = await look({
      script: { createAccount: [problem(429, 'rateLimited', 'too many', until)] },
    });
    assert.deepEqual(
      outcome,
      notReady(
        'ErrRegisterACMEAccount',
        'Failed to register ACME account: the ACME server asked for rest until 2026-11-22T21:00:00Z',
        { acme: { pausedUntil: '2026-11-22T21:00:00Z' }, recheckAt: until },
      ),
    );
    assert.deepEqual(pausedUntil, until);
  });
});
