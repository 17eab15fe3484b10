// Which requests a call makes, in which order, and what it makes of the answers; the server is a script.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order } from '../../../../src/api/order.ts';
import { AcmeProblem, DecodeError } from '../../../../src/base/errors.ts';
import { performOrder } from '../../../../src/controllers/order/perform.ts';
import type { OrderCall, OrderOutcome } from '../../../../src/controllers/order/seen.ts';
import type { BackendIo } from '../../../../src/issuers/backend.ts';
import { HttpError } from '../../../../src/net/http.ts';
import { decodeCsr } from '../../../../src/pki/csr.ts';
import { type AcmeScript, scriptedAccount } from '../../../support/acme-script.ts';
import {
  anAcmeAuthorization,
  anAcmeIssuer,
  anAcmeOrder,
  anAuthorization,
  anOrder,
  aPlacedStatus,
} from '../../../support/order-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const name = 'a.example.com';
const authz = `https://ca.example/authz/${name}`;
const url = 'https://ca.example/order/1';
const fresh = anOrder();
const placed = anOrder({ status: aPlacedStatus() });
const pending = anAcmeOrder();
const authorization = anAcmeAuthorization(name);
const valid = anAcmeOrder({ status: 'valid', certificate: 'https://ca.example/cert/1' });
const processing = anAcmeOrder({ status: 'processing' });
const invalid = anAcmeOrder({ status: 'invalid' });
const fault = { type: 'dns', status: 400, detail: 'no such name', subproblems: [] };
const failedAuthorization = anAcmeAuthorization(name, {
  status: 'invalid',
  wildcard: true,
  challenges: [{ url: 'u', type: 'dns-01', token: 't', status: 'invalid', error: fault }],
});
const directory = { newNonce: 'n', newAccount: 'a', newOrder: 'o', caaIdentities: [], externalAccountRequired: false };
const problem = (status: number, type: string, retryAfter?: Date) =>
  new AcmeProblem({ status, type, detail: 'why', retryAfter });
const identifiers = [{ type: 'dns', value: name }];
const csrDer = decodeCsr(Buffer.from(placed.spec.request, 'base64')).der;
const finalization = { finalizeUrl: `${url}/finalize`, orderUrl: url, csrDer: Buffer.from(csrDer) };
const issued: OrderOutcome = { kind: 'issued', certificatePem: 'PEM' };
const trouble = (
  during: 'create' | 'retrieve' | 'authorize' | 'finalize' | 'download',
  error: Error,
): OrderOutcome => ({ kind: 'trouble', trouble: { during, error } });

const io = (signal = new AbortController().signal) => ({ now: () => now, signal }) as unknown as BackendIo;

async function performed(kind: OrderCall['kind'], order: Order, script: AcmeScript, more: Partial<OrderCall> = {}) {
  const account = scriptedAccount(script);
  const call = { kind, order, issuer: anAcmeIssuer(), hasFailures: false, ...more };
  const outcome = await performOrder(call, { accounts: account.accounts, io: io(), requestBytes: 36_500 });
  const asked = account.asked.map(([method, argument]) =>
    (method === 'finalizeOrder' ? [method, comparable(argument)] : [method, argument]).filter(
      (each) => each !== undefined,
    ),
  );
  return { outcome, asked, pauses: account.pauses };
}

const comparable = (argument: unknown) => ({
  ...(argument as object),
  csrDer: Buffer.from((argument as { csrDer: Uint8Array }).csrDer),
});

type Row = readonly [
  string,
  OrderCall['kind'],
  Order,
  AcmeScript,
  OrderOutcome,
  readonly unknown[],
  Partial<OrderCall>?,
];

const withProfile = anOrder({ spec: { profile: 'short' } });
const replacing = anOrder({ spec: { replaces: 'a.b' } });
const withAri = { ...directory, renewalInfo: 'r' };
const unknown = problem(404, 'malformed');
const forbidden = problem(403, 'orderNotReady');
const caa = problem(403, 'caa');
const twoNames = anOrder({
  status: aPlacedStatus({ authorizations: [anAuthorization(name), { url: 'https://ca.example/authz/b' }] }),
});

const rows: readonly Row[] = [
  [
    'places',
    'place',
    fresh,
    { newOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [
      ['newOrder', { identifiers }],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'places with a time',
    'place',
    anOrder({ spec: { duration: '1h' } }),
    { newOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [
      ['newOrder', { identifiers, notAfter: new Date('2026-11-22T21:00:00Z') }],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'places with a profile',
    'place',
    withProfile,
    {
      directory: [{ ...directory, profiles: { short: 's' } }],
      newOrder: [pending],
      fetchAuthorization: [authorization],
    },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [['directory'], ['newOrder', { identifiers, profile: 'short' }], ['fetchAuthorization', authz]],
  ],
  [
    'a profile where there are none',
    'place',
    withProfile,
    { directory: [directory] },
    { kind: 'refused', during: 'create', error: 'acme: certificate authority does not support profiles' },
    [['directory']],
  ],
  [
    'another profile',
    'place',
    withProfile,
    { directory: [{ ...directory, profiles: {} }] },
    {
      kind: 'refused',
      during: 'create',
      error: 'acme: certificate authority does not advertise a profile with name short',
    },
    [['directory']],
  ],
  [
    'replaces a certificate',
    'place',
    replacing,
    { directory: [withAri], newOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [['directory'], ['newOrder', { identifiers, replaces: 'a.b' }], ['fetchAuthorization', authz]],
  ],
  [
    'replaces one that was replaced already',
    'place',
    replacing,
    { directory: [withAri], newOrder: [problem(409, 'alreadyReplaced'), pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [
      ['directory'],
      ['newOrder', { identifiers, replaces: 'a.b' }],
      ['newOrder', { identifiers }],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'replaces nothing at a server that knows no such thing',
    'place',
    replacing,
    { directory: [directory], newOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [['directory'], ['newOrder', { identifiers }], ['fetchAuthorization', authz]],
  ],
  [
    'is refused twice',
    'place',
    replacing,
    { directory: [withAri], newOrder: [problem(400, 'malformed'), problem(400, 'rejectedIdentifier')] },
    trouble('create', problem(400, 'rejectedIdentifier')),
    [['directory'], ['newOrder', { identifiers, replaces: 'a.b' }], ['newOrder', { identifiers }]],
  ],
  [
    'is refused for another reason',
    'place',
    replacing,
    { directory: [withAri], newOrder: [problem(400, 'rejectedIdentifier')] },
    trouble('create', problem(400, 'rejectedIdentifier')),
    [['directory'], ['newOrder', { identifiers, replaces: 'a.b' }]],
  ],
  [
    'an authorization that fails is no reason to forget the order',
    'place',
    fresh,
    { newOrder: [pending], fetchAuthorization: [problem(500, '')] },
    { kind: 'placed', order: pending, authorizations: [], trouble: { during: 'authorize', error: problem(500, '') } },
    [
      ['newOrder', { identifiers }],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'a new order that is invalid already',
    'place',
    fresh,
    { newOrder: [invalid], fetchAuthorization: [failedAuthorization] },
    { kind: 'failed', order: invalid, faults: [{ identifier: `*.${name}`, fault }] },
    [
      ['newOrder', { identifiers }],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'reads what is missing',
    'read',
    twoNames,
    { fetchAuthorization: [authorization] },
    { kind: 'placed', authorizations: [authorization] },
    [['fetchAuthorization', 'https://ca.example/authz/b']],
  ],
  [
    'reads everything',
    'read',
    anOrder({ status: { url } }),
    { fetchOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'placed', order: pending, authorizations: [authorization] },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'reads an order that is not known',
    'read',
    anOrder({ status: { url } }),
    { fetchOrder: [unknown] },
    trouble('retrieve', unknown),
    [['fetchOrder', url]],
  ],
  [
    'finalizes',
    'finalize',
    placed,
    { finalizeOrder: [valid], fetchCertificate: ['PEM'] },
    issued,
    [
      ['finalizeOrder', finalization],
      ['fetchCertificate', valid.certificate],
    ],
  ],
  [
    'finalizes, and the server takes its time',
    'finalize',
    placed,
    { finalizeOrder: [processing] },
    { kind: 'waiting', order: processing },
    [['finalizeOrder', finalization]],
  ],
  [
    'finalizes what was finalized before',
    'finalize',
    placed,
    { finalizeOrder: [forbidden], fetchOrder: [valid], fetchCertificate: ['PEM'] },
    issued,
    [
      ['finalizeOrder', finalization],
      ['fetchOrder', url],
      ['fetchCertificate', valid.certificate],
    ],
  ],
  [
    'finalizes too early',
    'finalize',
    placed,
    { finalizeOrder: [forbidden], fetchOrder: [pending] },
    { kind: 'waiting', order: pending },
    [
      ['finalizeOrder', finalization],
      ['fetchOrder', url],
    ],
  ],
  [
    'finalizes what may not be',
    'finalize',
    placed,
    { finalizeOrder: [caa], fetchOrder: [anAcmeOrder({ status: 'ready' })] },
    trouble('finalize', caa),
    [
      ['finalizeOrder', finalization],
      ['fetchOrder', url],
    ],
  ],
  [
    'finalizes what the server does not want',
    'finalize',
    placed,
    { finalizeOrder: [problem(400, 'badCSR')] },
    trouble('finalize', problem(400, 'badCSR')),
    [['finalizeOrder', finalization]],
  ],
  [
    'looks, and it is ready',
    'look',
    placed,
    { fetchOrder: [anAcmeOrder({ status: 'ready' })], finalizeOrder: [processing] },
    { kind: 'waiting', order: processing },
    [
      ['fetchOrder', url],
      ['finalizeOrder', finalization],
    ],
  ],
  [
    'looks, and it is valid',
    'look',
    placed,
    { fetchOrder: [valid], fetchCertificate: ['PEM'] },
    issued,
    [
      ['fetchOrder', url],
      ['fetchCertificate', valid.certificate],
    ],
  ],
  [
    'looks, and the certificate cannot be had',
    'look',
    placed,
    { fetchOrder: [valid], fetchCertificate: [problem(404, '')] },
    trouble('download', problem(404, '')),
    [
      ['fetchOrder', url],
      ['fetchCertificate', valid.certificate],
    ],
  ],
  [
    'looks, and it is pending',
    'look',
    placed,
    { fetchOrder: [pending] },
    { kind: 'waiting', order: pending },
    [['fetchOrder', url]],
  ],
  [
    'looks, and it has failed',
    'look',
    placed,
    { fetchOrder: [invalid], fetchAuthorization: [failedAuthorization] },
    { kind: 'failed', order: invalid, faults: [{ identifier: `*.${name}`, fault }] },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'looks, and the order says why it has failed, but not with which name',
    'look',
    placed,
    { fetchOrder: [{ ...invalid, error: fault }], fetchAuthorization: [failedAuthorization] },
    { kind: 'failed', order: { ...invalid, error: fault }, faults: [{ identifier: `*.${name}`, fault }] },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'looks, and nobody but the order says why it has failed',
    'look',
    placed,
    { fetchOrder: [{ ...invalid, error: fault }], fetchAuthorization: [problem(500, '')] },
    { kind: 'failed', order: { ...invalid, error: fault }, faults: [] },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'looks for why it has failed, and cannot',
    'look',
    placed,
    { fetchOrder: [invalid], fetchAuthorization: [problem(500, '')] },
    trouble('authorize', problem(500, '')),
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
  ],
  [
    'looks into a pending order of which a Challenge failed',
    'look',
    placed,
    { fetchOrder: [pending], fetchAuthorization: [authorization] },
    { kind: 'failed', order: pending, faults: [] },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
    { hasFailures: true },
  ],
  [
    'a Challenge failed, but everything is proved',
    'look',
    placed,
    { fetchOrder: [pending], fetchAuthorization: [{ ...authorization, status: 'valid' }] },
    { kind: 'waiting', order: pending },
    [
      ['fetchOrder', url],
      ['fetchAuthorization', authz],
    ],
    { hasFailures: true },
  ],
  [
    'no answer',
    'look',
    placed,
    { fetchOrder: [new HttpError('ECONNREFUSED', 'no')] },
    trouble('retrieve', new HttpError('ECONNREFUSED', 'no')),
    [['fetchOrder', url]],
  ],
  [
    'an answer that is none',
    'place',
    fresh,
    { newOrder: [new DecodeError('ACME order', 'no')] },
    trouble('create', new DecodeError('ACME order', 'no')),
    [['newOrder', { identifiers }]],
  ],
];

describe('what an Order asks of the server', () => {
  for (const [text, kind, order, script, expected, requests, more] of rows) {
    it(text, async () => {
      const { outcome, asked, pauses } = await performed(kind, order, script, more);
      assert.deepEqual(asked, requests);
      assert.deepEqual(outcome, expected);
      assert.deepEqual(pauses, []);
    });
  }

  it('asks for the chain that the issuer prefers', async () => {
    const account = scriptedAccount({ fetchOrder: [valid], fetchCertificate: ['PEM'] });
    const options: unknown[] = [];
    const { fetchCertificate } = account.client;
    const client = {
      ...account.client,
      fetchOrder: account.client.fetchOrder,
      fetchCertificate: (...args: Parameters<typeof fetchCertificate>) => {
        options.push(args[1]);
        return fetchCertificate(...args);
      },
    };
    const accounts = { ...account.accounts, open: async () => ({ kind: 'open' as const, client }) };
    const call = {
      kind: 'look',
      order: placed,
      issuer: anAcmeIssuer({ preferredChain: 'Root X' }),
      hasFailures: false,
    } as const;
    await performOrder(call, { accounts, io: io(), requestBytes: 36_500 });
    assert.deepEqual(options, [{ preferredChain: 'Root X' }]);
  });

  it('a request that is no PEM is sent as it is', async () => {
    const order = anOrder({
      spec: { request: Buffer.from([48, 3, 2, 1, 5]).toString('base64') },
      status: aPlacedStatus(),
    });
    const { asked } = await performed('finalize', order, { finalizeOrder: [processing] });
    assert.deepEqual(asked, [['finalizeOrder', { ...finalization, csrDer: Buffer.from([48, 3, 2, 1, 5]) }]]);
  });

  it('a request that is too large is not sent', async () => {
    const order = anOrder({ spec: { request: 'A'.repeat(60_000) }, status: aPlacedStatus() });
    const { outcome, asked } = await performed('finalize', order, {});
    assert.deepEqual(
      [outcome, asked],
      [{ kind: 'refused', during: 'finalize', error: 'provided PEM data was larger than the maximum 36500B' }, []],
    );
  });

  it('many authorizations are fetched a few at a time', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `https://ca.example/authz/${index}`);
    let [under, most] = [0, 0];
    const { accounts, client } = scriptedAccount({ newOrder: [anAcmeOrder({ authorizations: many })] });
    const slow = {
      newOrder: client.newOrder,
      fetchAuthorization: async (each: string) => {
        most = Math.max(most, ++under);
        await new Promise((resolve) => setImmediate(resolve));
        under--;
        return { ...authorization, url: each };
      },
    } as unknown as typeof client;
    const call = { kind: 'place', order: fresh, issuer: anAcmeIssuer(), hasFailures: false } as const;
    const outcome = await performOrder(call, {
      accounts: { ...accounts, open: async () => ({ kind: 'open', client: slow }) },
      io: io(),
      requestBytes: 1,
    });
    assert.deepEqual(outcome.kind === 'placed' && outcome.authorizations.map((each) => each.url), many);
    assert.equal(most, 5);
  });
});

describe('rest that the server asks for', () => {
  const at = (text: string) => new Date(`2026-11-22T${text}Z`);
  const rests: readonly (readonly [string, OrderCall['kind'], Error, Date])[] = [
    ['for new orders, as long as it says', 'place', problem(429, 'rateLimited', at('20:05:00')), at('20:05:00')],
    [
      'for new orders, a quarter of an hour at most: the limit may be that of one name',
      'place',
      problem(429, 'rateLimited', at('23:00:00')),
      at('20:15:00'),
    ],
    ['for everything else, as long as it says', 'look', problem(429, 'rateLimited', at('23:00:00')), at('23:00:00')],
    ['a day at most', 'look', problem(503, '', new Date('2027-11-22T00:00:00Z')), new Date('2026-11-23T20:00:00Z')],
    ['a minute where it does not say', 'look', problem(429, ''), at('20:01:00')],
  ];
  for (const [text, kind, error, until] of rests) {
    it(text, async () => {
      const { pauses, outcome } = await performed(kind, kind === 'place' ? fresh : placed, {
        newOrder: [error],
        fetchOrder: [error],
      });
      assert.deepEqual(pauses, [['acme', until]]);
      assert.equal(outcome.kind, 'trouble');
    });
  }

  it('also where an authorization could not be read', async () => {
    const { pauses } = await performed('place', fresh, {
      newOrder: [pending],
      fetchAuthorization: [problem(429, 'rateLimited')],
    });
    assert.deepEqual(pauses, [['acme', at('20:01:00')]]);
  });
});

describe('what is no answer', () => {
  it('an account that cannot be used', async () => {
    const { accounts } = scriptedAccount({}, 'no key');
    const call = { kind: 'look', order: placed, issuer: anAcmeIssuer(), hasFailures: false } as const;
    assert.deepEqual(await performOrder(call, { accounts, io: io(), requestBytes: 1 }), {
      kind: 'noAccount',
      message: 'no key',
    });
  });

  it('a bug is thrown on', async () => {
    await assert.rejects(performed('look', placed, { fetchOrder: [new TypeError('a bug')] }), TypeError);
  });

  it('a signal is thrown on', async () => {
    const { accounts } = scriptedAccount({ fetchOrder: [new HttpError('ABORTED', 'x')] });
    const call = { kind: 'look', order: placed, issuer: anAcmeIssuer(), hasFailures: false } as const;
    const stopped = performOrder(call, { accounts, io: io(AbortSignal.abort(new Error('stopping'))), requestBytes: 1 });
    await assert.rejects(stopped, /stopping/);
  });
});
