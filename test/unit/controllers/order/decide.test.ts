// One row a step of the table in decide.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChallengeStatus } from '../../../../src/api/challenge.ts';
import { challenges as challengeKind, orders } from '../../../../src/api/kinds.ts';
import { controllerReference } from '../../../../src/api/meta.ts';
import type { Order, OrderStatus } from '../../../../src/api/order.ts';
import { decideOrder } from '../../../../src/controllers/order/decide.ts';
import { noProgress, type OrderCall, type OrderSeen } from '../../../../src/controllers/order/seen.ts';
import { type Action, type Decision, nothing, type Wake } from '../../../../src/kube/reconcile.ts';
import {
  anAcmeIssuer,
  anAcmeOrder,
  anAcmeRequest,
  anAuthorization,
  anOrder,
  aPlacedStatus,
  challengesOf,
  thumbprint,
} from '../../../support/order-builders.ts';
import { deepFreeze, someTimeText } from '../../../support/request-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const later = new Date('2026-11-22T20:05:00Z');
const laterText = '2026-11-22T20:05:00Z';
const request = anAcmeRequest();
const issuer = anAcmeIssuer();
const by = 'cert-manager-orders';

const open = { kind: 'open', issuer, thumbprint } as const;

function seen(order: Order, more: Partial<OrderSeen> = {}): OrderSeen {
  return deepFreeze({
    order,
    standing: { kind: 'ours', request },
    account: open,
    challenges: [],
    progress: noProgress,
    ...more,
  });
}

const status = (order: Order, next: OrderStatus): Action => ({
  kind: 'status',
  by,
  resource: orders,
  object: order,
  status: next,
});
const event = (about: Order, type: 'Normal' | 'Warning', reason: string, message: string): Action => ({
  kind: 'event',
  by,
  about,
  type,
  reason,
  message,
});
const deleted = ({ metadata }: { metadata: { name: string; namespace?: string; uid: string } }): Action => ({
  kind: 'delete',
  by,
  resource: challengeKind,
  key: { namespace: 'app', name: metadata.name },
  uid: metadata.uid,
});
const writes = (actions: readonly Action[], wake: Wake = 'onChange'): Decision<OrderCall> => ({
  kind: 'write',
  actions,
  wake,
});
const calls = (order: Order, kind: OrderCall['kind'], hasFailures = false): Decision<OrderCall> => ({
  kind: 'call',
  call: { kind, order, issuer, hasFailures },
});

const fresh = anOrder();
const placed = anOrder({ status: aPlacedStatus() });
const withStatus = (more: Partial<OrderStatus>) => anOrder({ status: aPlacedStatus(more) });
const of = (order: Order, challenge?: ChallengeStatus) => challengesOf(order, issuer, challenge);
const deleting = { deletionTimestamp: someTimeText };
const failure = { state: 'invalid', failureTime: someTimeText } as const;
const done = withStatus({ state: 'valid', certificate: 'eA==' });
const [wanted] = of(placed) as [ReturnType<typeof of>[number]];
const [stranger] = challengesOf(placed, anAcmeIssuer({ solvers: [{ dns01: { route53: {} } }] })) as [typeof wanted];
const unsolvable = anAcmeIssuer({ solvers: [] });
const none =
  'Failed to determine a valid solver configuration for the set of domains on the Order: no configured challenge solvers can be used for this challenge';
const created: readonly Action[] = [
  {
    kind: 'create',
    by,
    resource: challengeKind,
    manifest: {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Challenge',
      metadata: {
        name: wanted.metadata.name,
        namespace: 'app',
        ownerReferences: [controllerReference(placed)],
        finalizers: ['acme.cert-manager.io/finalizer'],
      },
      spec: wanted.spec,
    },
  },
  event(placed, 'Normal', 'Created', `Created Challenge resource "${wanted.metadata.name}" for domain "a.example.com"`),
];
const paused = { ...open, pausedUntil: later };
const pausedReason = `Rate limited by the ACME server until ${laterText}`;
const [notRead] = [withStatus({ authorizations: [{ url: 'https://ca.example/authz/a.example.com' }] })];

const rows: readonly (readonly [string, OrderSeen, Decision<OrderCall>])[] = [
  ['being deleted', seen(anOrder({ metadata: deleting }), { challenges: [wanted] }), nothing],
  ['ended, nothing left over', seen(done), nothing],
  ['failed, nothing left over', seen(withStatus(failure)), nothing],
  ['without its request', seen(fresh, { standing: { kind: 'orphan' } }), nothing],
  [
    'not ours',
    seen(fresh, { standing: { kind: 'stranger', why: 'it is odd' } }),
    writes([event(fresh, 'Warning', 'NotOurs', 'Nothing is done for this Order: it is odd')]),
  ],
  [
    'not ours, said',
    seen(fresh, { standing: { kind: 'stranger', why: 'x' }, progress: { ...noProgress, isDisowned: true } }),
    nothing,
  ],
  [
    'not ours, though it has Challenges',
    seen(done, {
      standing: { kind: 'stranger', why: 'x' },
      progress: { ...noProgress, isDisowned: true },
      challenges: of(done),
    }),
    nothing,
  ],
  [
    'done, with Challenges',
    seen(done, { challenges: [wanted], account: { kind: 'noIssuer' } }),
    writes([deleted(wanted)]),
  ],
  [
    'done, and its Challenges go',
    seen(done, { challenges: [{ ...wanted, metadata: { ...wanted.metadata, ...deleting } }] }),
    writes([]),
  ],
  [
    'failed: what is not final goes, what tells a story stays',
    seen(withStatus(failure), {
      challenges: [wanted, { ...stranger, status: { state: 'invalid', reason: 'no' } }],
      account: { kind: 'noIssuer' },
    }),
    writes([deleted(wanted)]),
  ],
  ['no issuer', seen(fresh, { account: { kind: 'noIssuer' } }), nothing],
  [
    'an account that cannot be used',
    seen(placed, { account: { kind: 'unavailable', message: 'no key' } }),
    writes([status(placed, { ...placed.status, reason: 'Waiting for the ACME account: no key' })], {
      at: new Date('2026-11-22T20:01:00Z'),
    }),
  ],
  ['not placed', seen(fresh), calls(fresh, 'place')],
  ['placed anew: the former Challenges go first', seen(fresh, { challenges: [wanted] }), writes([deleted(wanted)])],
  ['authorizations not read', seen(notRead), calls(notRead, 'read')],
  ['no finalizeURL', seen(withStatus({ finalizeURL: '' })), calls(withStatus({ finalizeURL: '' }), 'read')],
  ['no Challenges yet', seen(placed), writes(created)],
  [
    'Challenges that the API server has refused: said, then tried again',
    seen(placed, { progress: { ...noProgress, refusal: 'it is taken' } }),
    writes([status(placed, { ...placed.status, reason: 'Failed to create Challenge: it is taken' }), ...created]),
  ],
  ['a Challenge of another solver', seen(placed, { challenges: [stranger] }), writes([...created, deleted(stranger)])],
  [
    'a Challenge by the right name, but changed',
    seen(placed, { challenges: [{ ...wanted, spec: { ...wanted.spec, key: 'x' } }] }),
    writes([deleted(wanted)]),
  ],
  [
    'a Challenge that is being deleted is made anew once it is gone',
    seen(placed, { challenges: [{ ...wanted, metadata: { ...wanted.metadata, ...deleting } }] }),
    writes([]),
  ],
  ['Challenges under way', seen(placed, { challenges: of(placed, { state: 'pending' }) }), writes([])],
  [
    'Challenges under way, after a wait',
    seen(withStatus({ reason: 'waiting', nextAttemptAt: someTimeText }), { challenges: of(placed) }),
    writes([status(withStatus({ reason: 'waiting', nextAttemptAt: someTimeText }), aPlacedStatus())]),
  ],
  [
    'no solver fits',
    seen(placed, { account: { ...open, issuer: unsolvable }, challenges: [wanted] }),
    writes([deleted(wanted)]),
  ],
  [
    'no solver fits, nothing left over',
    seen(placed, { account: { ...open, issuer: unsolvable } }),
    writes([status(placed, { ...placed.status, reason: none }), event(placed, 'Warning', 'Solver', none)]),
  ],
  ['no solver fits, said', seen(withStatus({ reason: none }), { account: { ...open, issuer: unsolvable } }), nothing],
  [
    'the issuer rests',
    seen(fresh, { account: paused }),
    writes([status(fresh, { reason: pausedReason, nextAttemptAt: laterText })], { at: later }),
  ],
  [
    'the issuer rests, said',
    seen(anOrder({ status: { reason: pausedReason, nextAttemptAt: laterText } }), { account: paused }),
    writes([], { at: later }),
  ],
  [
    'the issuer rests, the order longer',
    seen(anOrder({ status: { reason: 'x', nextAttemptAt: '2026-11-22T21:00:00Z' } }), { account: paused }),
    writes([], { at: new Date('2026-11-22T21:00:00Z') }),
  ],
  ['the issuer has rested', seen(fresh, { account: { ...open, pausedUntil: now } }), calls(fresh, 'place')],
  ['Challenges are made while the issuer rests', seen(placed, { account: paused }), writes(created)],
  [
    'before its next attempt',
    seen(anOrder({ status: { state: 'pending', nextAttemptAt: laterText } })),
    writes([], { at: later }),
  ],
  [
    'at its next attempt',
    seen(anOrder({ status: { state: 'pending', nextAttemptAt: '2026-11-22T20:00:00Z' } })),
    calls(anOrder({ status: { state: 'pending', nextAttemptAt: '2026-11-22T20:00:00Z' } }), 'place'),
  ],
  [
    'before the next look',
    seen(withStatus({ state: 'processing' }), { progress: { ...noProgress, notBefore: later } }),
    writes([], { at: later }),
  ],
  ['ready', seen(withStatus({ state: 'ready' })), calls(withStatus({ state: 'ready' }), 'finalize')],
  [
    'ready, and sent',
    seen(withStatus({ state: 'ready' }), { progress: { ...noProgress, looking: true } }),
    calls(withStatus({ state: 'ready' }), 'look'),
  ],
  ['processing', seen(withStatus({ state: 'processing' })), calls(withStatus({ state: 'processing' }), 'look')],
  ['valid without a certificate', seen(withStatus({ state: 'valid' })), calls(withStatus({ state: 'valid' }), 'look')],
  ['every Challenge valid', seen(placed, { challenges: of(placed, { state: 'valid' }) }), calls(placed, 'finalize')],
  [
    'every Challenge valid, and sent',
    seen(placed, { challenges: of(placed, { state: 'valid' }), progress: { ...noProgress, looking: true } }),
    calls(placed, 'look'),
  ],
  ['a Challenge failed', seen(placed, { challenges: of(placed, { state: 'invalid' }) }), calls(placed, 'look', true)],
  [
    'a Challenge of ours failed',
    seen(placed, { challenges: of(placed, { state: 'errored' }) }),
    calls(placed, 'look', true),
  ],
  [
    'every authorization valid from the start, but not ready',
    seen(withStatus({ authorizations: [anAuthorization('a.example.com', { initialState: 'valid' })] })),
    calls(withStatus({ authorizations: [anAuthorization('a.example.com', { initialState: 'valid' })] }), 'look'),
  ],
];

describe('what an Order needs next', () => {
  for (const [name, given, expected] of rows) {
    it(name, () => assert.deepEqual(decideOrder(given, now), expected));
  }

  it('one of two Challenges valid: waits for the other', () => {
    const order = withStatus({ authorizations: [anAuthorization('a.example.com'), anAuthorization('b.example.com')] });
    const [first, second] = challengesOf(order, issuer, { state: 'valid' }) as [typeof wanted, typeof wanted];
    const both = [first, { ...second, status: { state: 'pending' as const } }];
    assert.deepEqual(decideOrder(seen(order, { challenges: both }), now), writes([]));
  });

  const heldUp: readonly (readonly [string, ChallengeStatus, string | undefined])[] = [
    ['what could not be presented', { reason: 'no DNS', failedAttempts: 1 }, 'a.example.com: no DNS'],
    [
      'what cannot be seen',
      { reason: 'no record', checks: [{ server: '192.0.2.1:53', answer: '' }] },
      'a.example.com: no record',
    ],
    ['what waits until a time', { reason: 'not yet', nextAttemptAt: laterText }, 'a.example.com: not yet'],
    ['what is impossible', { reason: 'no Gateway API' }, 'a.example.com: no Gateway API'],
    ['nothing of one that is valid', { state: 'valid', reason: 'clean-up', nextAttemptAt: laterText }, undefined],
  ];
  for (const [name, challenge, reason] of heldUp) {
    it(`says of a Challenge that it waits for: ${name}`, () => {
      const order = withStatus({
        authorizations: [anAuthorization('a.example.com'), anAuthorization('b.example.com')],
      });
      const [first, second] = challengesOf(order, issuer, { state: 'pending' }) as [typeof wanted, typeof wanted];
      const both = [{ ...first, status: { state: 'pending' as const, ...challenge } }, second];
      const said = reason === undefined ? [] : [status(order, { ...order.status, reason })];
      assert.deepEqual(decideOrder(seen(order, { challenges: both }), now), writes(said));
    });
  }

  it('says nothing of a Challenge that waits as its solver was told to, but for what fails there', () => {
    const waiting = anAcmeIssuer({ solvers: [{ http01: { ingress: {} }, waitInsteadOfSelfCheck: '10h' }] });
    const said = (challenge: ChallengeStatus) => {
      const given = { account: { ...open, issuer: waiting }, challenges: challengesOf(placed, waiting, challenge) };
      return decideOrder(seen(placed, given), now);
    };
    assert.deepEqual(said({ state: 'pending', reason: 'Waiting 9h59m10s' }), writes([]));
    assert.deepEqual(
      said({ state: 'pending', reason: 'no pod', failedAttempts: 1 }),
      writes([status(placed, { ...placed.status, reason: 'a.example.com: no pod' })]),
    );
  });

  it('an order that was placed, but not written down, is not placed again', () => {
    const order = anAcmeOrder();
    const progress = { ...noProgress, placed: { kind: 'placed' as const, order, authorizations: [] } };
    assert.deepEqual(
      decideOrder(seen(fresh, { progress }), now),
      writes([status(fresh, aPlacedStatus({ authorizations: [{ url: 'https://ca.example/authz/a.example.com' }] }))]),
    );
  });
});
