// What an answer of the ACME server makes of an Order: one row an outcome, the classes of failures among them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fault } from '../../../../src/acme/resources.ts';
import { orders } from '../../../../src/api/kinds.ts';
import type { Order, OrderStatus } from '../../../../src/api/order.ts';
import { AcmeProblem, DecodeError } from '../../../../src/base/errors.ts';
import {
  type During,
  noProgress,
  type OrderOutcome,
  type OrderSeen,
  type Progress,
} from '../../../../src/controllers/order/seen.ts';
import { type Settled, settleOrder } from '../../../../src/controllers/order/settle.ts';
import type { Action, Wake } from '../../../../src/kube/reconcile.ts';
import { HttpError } from '../../../../src/net/http.ts';
import { decodeCsr } from '../../../../src/pki/csr.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { signRequest } from '../../../../src/pki/signer.ts';
import {
  anAcmeAuthorization,
  anAcmeIssuer,
  anAcmeOrder,
  anAcmeRequest,
  anAuthorization,
  anOrder,
  aPlacedStatus,
  challengesOf,
  thumbprint,
} from '../../../support/order-builders.ts';
import { aCsr, aRoot, aSigner, options } from '../../../support/pki-builders.ts';
import { deepFreeze } from '../../../support/request-builders.ts';

const now = new Date('2026-11-22T20:00:00.250Z');
const at = (text: string): Date => new Date(`2026-11-22T${text}Z`);
const nowText = '2026-11-22T20:00:00Z';
const by = 'cert-manager-orders';
const request = anAcmeRequest();
const issuer = anAcmeIssuer();
const fresh = anOrder();
const placed = anOrder({ status: aPlacedStatus() });

function seen(order: Order, progress: Progress = noProgress, challenges: OrderSeen['challenges'] = []): OrderSeen {
  return deepFreeze({
    order,
    standing: { kind: 'ours', request },
    account: { kind: 'open', issuer, thumbprint },
    challenges,
    progress,
  });
}

const settled = (given: OrderSeen, outcome: OrderOutcome): Settled =>
  settleOrder(given, outcome, now, defaultPemLimits);
const status = (order: Order, next: OrderStatus): Action => ({
  kind: 'status',
  by,
  resource: orders,
  object: order,
  status: next,
});
const result = (actions: readonly Action[], wake: Wake = 'onChange', progress: Progress = noProgress): Settled => ({
  writes: { kind: 'write', actions, wake },
  progress,
});

const problem = (code: number, type: string, retryAfter?: Date): AcmeProblem =>
  new AcmeProblem({ status: code, type, detail: 'why', retryAfter });
/** A wait is remembered as well as written. */
const waiting = (actions: readonly Action[], until: Date, progress: Progress = noProgress): Settled =>
  result(actions, { at: until }, { ...progress, notBefore: until });
const trouble = (during: During, error: unknown): OrderOutcome => ({ kind: 'trouble', trouble: { during, error } });
const urn = 'urn:ietf:params:acme:error:';

const csr = decodeCsr(Buffer.from(request.spec.request, 'base64'));
const right = signRequest(csr, aSigner(aRoot('ca')), options()).certificatePem;
const somebodyElses = signRequest(
  aCsr({ dnsNames: ['a.example.com'] }, aRoot('somebody else').key),
  aSigner(aRoot('ca')),
  options(),
).certificatePem;
const twoNames = anAcmeRequest({ dnsNames: ['a.example.com', 'b.example.com'] });

describe('an order that was placed', () => {
  const order = anAcmeOrder();
  const authorizations = [anAcmeAuthorization('a.example.com')];
  const outcome: OrderOutcome = { kind: 'placed', order, authorizations };

  it('one write says all', () => {
    assert.deepEqual(
      settled(seen(fresh), outcome),
      result([status(fresh, aPlacedStatus())], 'onChange', { ...noProgress, placed: outcome }),
    );
  });

  it('is counted no less for having failed before, and says no more that it waits', () => {
    const again = anOrder({ status: { state: 'pending', failedAttempts: 2, nextAttemptAt: nowText, reason: 'x' } });
    assert.deepEqual(settled(seen(again), outcome).writes.actions, [
      status(again, aPlacedStatus({ failedAttempts: 2 })),
    ]);
  });

  it('states of authorizations that our API has no name for', () => {
    const gone = {
      kind: 'placed' as const,
      order,
      authorizations: [anAcmeAuthorization('a.example.com', { status: 'deactivated', wildcard: true })],
    };
    const [action] = settled(seen(fresh), gone).writes.actions;
    const expected = [anAuthorization('a.example.com', { initialState: 'invalid', wildcard: true })];
    assert.deepEqual(action?.kind === 'status' && (action.status as OrderStatus).authorizations, expected);
  });

  it('what was read is written, what failed is tried again', () => {
    const part: OrderOutcome = {
      ...outcome,
      authorizations: [],
      trouble: { during: 'authorize', error: problem(500, 'serverInternal') },
    };
    const reason = `Failed to fetch authorization: 500 ${urn}serverInternal: why`;
    const next = aPlacedStatus({
      authorizations: [{ url: 'https://ca.example/authz/a.example.com' }],
      reason,
      nextAttemptAt: '2026-11-22T20:00:06Z',
    });
    assert.deepEqual(
      settled(seen(fresh), part),
      waiting([status(fresh, next)], at('20:00:06'), { ...noProgress, failures: 1, placed: part }),
    );
  });

  it('authorizations that were known by their address only', () => {
    const short = anOrder({
      status: aPlacedStatus({ authorizations: [{ url: 'https://ca.example/authz/a.example.com' }] }),
    });
    assert.deepEqual(settled(seen(short), { kind: 'placed', authorizations }).writes.actions, [
      status(short, aPlacedStatus()),
    ]);
  });

  it('an answer that changes nothing does not make it spin', () => {
    assert.deepEqual(settled(seen(placed), { kind: 'placed', authorizations: [] }).writes, {
      kind: 'write',
      actions: [],
      wake: { at: at('20:00:30.250') },
    });
  });
});

describe('a certificate', () => {
  const challenges = challengesOf(placed, issuer, { state: 'valid' });

  it('ends the order', () => {
    const waiting = anOrder({ status: aPlacedStatus({ reason: 'x', nextAttemptAt: nowText }) });
    const { writes } = settled(seen(waiting, { ...noProgress, looking: true }, challenges), {
      kind: 'issued',
      certificatePem: right,
    });
    assert.deepEqual(
      writes.actions[0],
      status(waiting, aPlacedStatus({ state: 'valid', certificate: Buffer.from(right).toString('base64') })),
    );
    assert.deepEqual(writes.actions[1], {
      kind: 'event',
      by,
      about: waiting,
      type: 'Normal',
      reason: 'Complete',
      message: 'Order completed successfully',
    });
    assert.deepEqual([writes.actions[2]?.kind, writes.actions.length, writes.wake], ['delete', 3, 'onChange']);
  });

  const wrong: readonly (readonly [string, Order, OrderSeen['standing'], string, string])[] = [
    [
      'of another key',
      placed,
      { kind: 'ours', request },
      somebodyElses,
      'its public key is not that of the signing request',
    ],
    [
      'without a name',
      anOrder({ request: twoNames, spec: { dnsNames: ['a.example.com', 'B.example.com'] }, status: aPlacedStatus() }),
      { kind: 'ours', request },
      right,
      'it is not for "B.example.com"',
    ],
    [
      'without an address',
      anOrder({ spec: { ipAddresses: ['10.0.0.1'] }, status: aPlacedStatus() }),
      { kind: 'ours', request },
      right,
      'it is not for "10.0.0.1"',
    ],
    ['that is none', placed, { kind: 'ours', request }, 'nonsense', 'error decoding certificate PEM block'],
    [
      'that is too much',
      placed,
      { kind: 'ours', request },
      right.repeat(200),
      'provided PEM data was larger than the maximum 95000B',
    ],
  ];
  for (const [name, order, standing, pem, why] of wrong) {
    it(`${name} fails it`, () => {
      const reason = `Invalid certificate retrieved from ACME server: ${why}`;
      const expected = { ...order.status, state: 'errored', reason, failureTime: nowText } as const;
      assert.deepEqual(
        settled({ ...seen(order), standing }, { kind: 'issued', certificatePem: pem }),
        result([status(order, expected)]),
      );
    });
  }
});

describe('an order that the server still works on', () => {
  const processing = anAcmeOrder({ status: 'processing' });
  const rows: readonly (readonly [string, Progress, Date | undefined, string, boolean])[] = [
    ['the first look, after two seconds', noProgress, undefined, '20:00:02.250', false],
    ['the second, after four: users are told', { ...noProgress, looks: 1 }, undefined, '20:00:04.250', true],
    ['the tenth, after thirty', { ...noProgress, looks: 9 }, undefined, '20:00:30.250', true],
    ['as the server says', noProgress, at('20:00:10.250'), '20:00:10.250', false],
    ['at once, says the server: a second', noProgress, at('19:00:00'), '20:00:01.250', false],
    ['next week, says the server: an hour', noProgress, new Date('2026-11-29T20:00:00Z'), '21:00:00.250', false],
  ];
  for (const [name, progress, retryAfter, expected, isTold] of rows) {
    it(name, () => {
      const order = retryAfter === undefined ? processing : { ...processing, retryAfter };
      const next = { looking: true, looks: progress.looks + 1, failures: 0, notBefore: at(expected) };
      const actions = isTold ? [status(placed, aPlacedStatus({ state: 'processing' }))] : [];
      assert.deepEqual(
        settled(seen(placed, progress), { kind: 'waiting', order }),
        result(actions, { at: at(expected) }, next),
      );
    });
  }
});

describe('failures', () => {
  const rest = `Rate limited by the ACME server until 2026-11-22T20:`;
  const create = 'Failed to create Order';
  /** What the status becomes, besides what it is; and when the order is looked at again. */
  const rows: readonly (readonly [string, Order, OrderOutcome, OrderStatus, string?, Progress?])[] = [
    [
      'rateLimited: as long as the server says',
      fresh,
      trouble('create', problem(429, 'rateLimited', at('20:07:00'))),
      { reason: `${rest}07:00Z: why`, nextAttemptAt: '2026-11-22T20:07:00Z' },
      '20:07:00',
    ],
    [
      'rateLimited without a time: a minute',
      fresh,
      trouble('create', problem(403, 'rateLimited')),
      { reason: `${rest}01:01Z: why`, nextAttemptAt: '2026-11-22T20:01:01Z' },
      '20:01:01',
    ],
    [
      '429 of another type',
      placed,
      trouble('finalize', problem(429, 'x:y')),
      { reason: `${rest}01:01Z: why`, nextAttemptAt: '2026-11-22T20:01:01Z' },
      '20:01:01',
    ],
    [
      '503 with a time',
      placed,
      trouble('retrieve', problem(503, '', at('20:02:00'))),
      { reason: `${rest}02:00Z: why`, nextAttemptAt: '2026-11-22T20:02:00Z' },
      '20:02:00',
    ],
    [
      '503 without a time',
      placed,
      trouble('retrieve', problem(503, '')),
      { reason: 'Failed to retrieve Order resource: 503: why', nextAttemptAt: '2026-11-22T20:00:06Z' },
      '20:00:06',
      { ...noProgress, failures: 1 },
    ],
    [
      'no answer',
      fresh,
      trouble('create', new HttpError('ECONNREFUSED', 'cannot reach ca')),
      { reason: `${create}: cannot reach ca`, nextAttemptAt: '2026-11-22T20:00:06Z' },
      '20:00:06',
      { ...noProgress, failures: 1 },
    ],
    [
      'an answer that is none',
      fresh,
      trouble('create', new DecodeError('ACME order', 'no order')),
      { reason: `${create}: no order`, nextAttemptAt: '2026-11-22T20:00:06Z' },
      '20:00:06',
      { ...noProgress, failures: 1 },
    ],
    [
      'an account that has to be registered again',
      fresh,
      trouble('create', problem(400, 'accountDoesNotExist')),
      { reason: `${create}: 400 ${urn}accountDoesNotExist: why`, nextAttemptAt: '2026-11-22T20:00:06Z' },
      '20:00:06',
      { ...noProgress, failures: 1 },
    ],
    [
      'rejectedIdentifier',
      fresh,
      trouble('create', problem(400, 'rejectedIdentifier')),
      { state: 'errored', reason: `${create}: 400 ${urn}rejectedIdentifier: why`, failureTime: nowText },
    ],
    [
      'userActionRequired',
      fresh,
      trouble('create', problem(403, 'userActionRequired')),
      { state: 'errored', reason: `${create}: 403 ${urn}userActionRequired: why`, failureTime: nowText },
    ],
    [
      'malformed newOrder',
      fresh,
      trouble('create', problem(400, 'malformed')),
      { state: 'errored', reason: `${create}: 400 ${urn}malformed: why`, failureTime: nowText },
    ],
    [
      'badCSR',
      placed,
      trouble('finalize', problem(400, 'badCSR')),
      { state: 'errored', reason: `Failed to finalize Order: 400 ${urn}badCSR: why`, failureTime: nowText },
    ],
    [
      'CAA',
      placed,
      trouble('finalize', problem(403, 'caa')),
      { state: 'errored', reason: `Failed to finalize Order: 403 ${urn}caa: why`, failureTime: nowText },
    ],
    [
      'no certificate where it should be',
      placed,
      trouble('download', problem(404, 'malformed')),
      {
        state: 'errored',
        reason: `Failed to retrieve signed certificate: 404 ${urn}malformed: why`,
        failureTime: nowText,
      },
    ],
    [
      'what need not be asked',
      fresh,
      { kind: 'refused', during: 'create', error: 'acme: no' },
      { state: 'errored', reason: `${create}: acme: no`, failureTime: nowText },
    ],
    [
      'no account',
      placed,
      { kind: 'noAccount', message: 'no key' },
      { reason: 'Waiting for the ACME account: no key' },
      '20:01:00.250',
    ],
  ];
  for (const [name, order, outcome, change, wake, progress] of rows) {
    it(name, () => {
      const expected = status(order, { ...order.status, ...change });
      assert.deepEqual(
        settled(seen(order), outcome),
        wake === undefined || change.nextAttemptAt === undefined
          ? result([expected], wake === undefined ? 'onChange' : { at: at(wake) })
          : waiting([expected], at(wake), progress),
      );
    });
  }

  it('the back-off doubles, up to half an hour', () => {
    const error = new HttpError('TIMEOUT', 'no answer');
    const waits = [0, 1, 2, 5, 9, 100].map((failures) => {
      const { writes } = settled(seen(fresh, { ...noProgress, failures }), trouble('create', error));
      return writes.wake === 'onChange' ? undefined : Math.floor((writes.wake.at.getTime() - now.getTime()) / 1000);
    });
    assert.deepEqual(waits, [5, 10, 20, 160, 1800, 1800]);
  });

  it('what no server can have said is thrown on', () => {
    assert.throws(() => settled(seen(fresh), trouble('create', new TypeError('a bug'))), TypeError);
  });

  it('what servers write at length is cut', () => {
    const { writes } = settled(
      seen(fresh),
      trouble('create', new AcmeProblem({ status: 400, type: 'malformed', detail: 'x'.repeat(100_000) })),
    );
    assert.ok(JSON.stringify(writes.actions.map((action) => action.kind === 'status' && action.status)).length < 1_000);
  });
});

describe('an order that is placed anew', () => {
  const fault = (type: string): Fault => ({ type, status: 403, detail: 'why', subproblems: [] });
  const invalid = anAcmeOrder({ status: 'invalid' });
  const failed = (type: string, more = {}): OrderOutcome => ({
    kind: 'failed',
    order: { ...invalid, ...more },
    faults: [{ identifier: 'a.example.com', fault: fault(type) }],
  });
  const text = (type: string): string =>
    `The order failed: authorization error for a.example.com: 403 ${urn}${type}: why`;
  const withdrawn = (reason: string, time: string, attempts: number): OrderStatus => ({
    state: 'pending',
    reason: `${reason}; will be tried again at 2026-11-22T${time}Z`,
    failedAttempts: attempts,
    nextAttemptAt: `2026-11-22T${time}Z`,
  });
  const unknown = `Failed to retrieve Order resource: 404 ${urn}malformed: why`;

  const onceFailed = { ...noProgress, failedAttempts: 1 };

  const passing = ['dns', 'connection', 'tls', 'unauthorized', 'incorrectResponse', 'serverInternal'];
  for (const type of passing) {
    it(`a name that was not proved: ${type}`, () => {
      assert.deepEqual(
        settled(seen(placed), failed(type)),
        waiting([status(placed, withdrawn(text(type), '20:02:01', 1))], at('20:02:01'), onceFailed),
      );
    });
  }

  const attempts: readonly (readonly [number, string])[] = [
    [1, '20:10:01'],
    [2, '20:30:01'],
  ];
  for (const [before, time] of attempts) {
    it(`after ${before} failures`, () => {
      const order = anOrder({ status: aPlacedStatus({ failedAttempts: before }) });
      assert.deepEqual(settled(seen(order), failed('dns')).writes.actions, [
        status(order, withdrawn(text('dns'), time, before + 1)),
      ]);
    });
  }

  const ends: readonly (readonly [string, Order, OrderOutcome, string])[] = [
    ['after the third retry', anOrder({ status: aPlacedStatus({ failedAttempts: 3 }) }), failed('dns'), text('dns')],
    ['a cause that does not pass', placed, failed('caa'), text('caa')],
    [
      'one cause among several that does not pass',
      placed,
      { ...failed('dns', { error: fault('rejectedIdentifier') }) },
      text('dns'),
    ],
    [
      'an order that was not known three times',
      anOrder({ status: aPlacedStatus({ failedAttempts: 3 }) }),
      trouble('retrieve', problem(404, 'malformed')),
      unknown,
    ],
  ];
  for (const [name, order, outcome, reason] of ends) {
    it(`not: ${name}`, () => {
      assert.deepEqual(
        settled(seen(order), outcome),
        result([status(order, { ...order.status, state: 'invalid', reason, failureTime: nowText } as OrderStatus)]),
      );
    });
  }

  const unknowns: readonly (readonly [string, OrderOutcome, string])[] = [
    ['an order that is not known', trouble('retrieve', problem(404, 'malformed')), unknown],
    [
      'an order of another account',
      trouble('retrieve', problem(403, 'unauthorized')),
      `Failed to retrieve Order resource: 403 ${urn}unauthorized: why`,
    ],
    [
      'an authorization that is not known',
      trouble('authorize', problem(404, '')),
      'Failed to fetch authorization: 404: why',
    ],
    [
      'an order that is not known when it is finalized',
      trouble('finalize', problem(404, '')),
      'Failed to finalize Order: 404: why',
    ],
    [
      'an order that has expired',
      { kind: 'failed', order: { ...invalid, expires: at('19:00:00') }, faults: [] },
      'The order failed: the order has expired',
    ],
  ];
  for (const [name, outcome, reason] of unknowns) {
    it(`at once, the first time: ${name}`, () => {
      assert.deepEqual(
        settled(seen(placed), outcome),
        waiting([status(placed, withdrawn(reason, '20:00:01', 1))], at('20:00:01'), onceFailed),
      );
    });
    it(`later, the second time: ${name}`, () => {
      const order = anOrder({ status: aPlacedStatus({ failedAttempts: 1 }) });
      assert.deepEqual(settled(seen(order), outcome).writes.actions, [status(order, withdrawn(reason, '20:10:01', 2))]);
    });
  }

  it('a Challenge that failed on our side says why', () => {
    const challenges = challengesOf(placed, issuer, { state: 'errored', reason: 'it was gone' });
    const reason = 'The order failed: challenge for a.example.com is errored: it was gone';
    const outcome: OrderOutcome = { kind: 'failed', order: anAcmeOrder(), faults: [] };
    assert.deepEqual(settled(seen(placed, noProgress, challenges), outcome).writes.actions, [
      status(placed, withdrawn(reason, '20:02:01', 1)),
    ]);
  });

  it('forgets how far it was, but not how often it failed', () => {
    const progress = { looking: true, looks: 3, failures: 2, notBefore: now, failedAttempts: 1 };
    const next = { ...noProgress, failedAttempts: 2, notBefore: at('20:10:01') };
    assert.deepEqual(settled(seen(placed, progress), failed('dns')).progress, next);
  });

  it('the attempts count where the status does not keep them, too', () => {
    const order = anOrder({ status: aPlacedStatus() });
    const { writes } = settled(seen(order, { ...noProgress, failedAttempts: 3 }), failed('dns'));
    const [action] = writes.actions;
    assert.equal(action?.kind === 'status' && (action.status as OrderStatus).state, 'invalid');
  });
});
