// From any state, and whatever the server answers, an Order comes to its end or to rest: it never acts twice at one time without having changed
// something, every wait has a time in the future, and every status that is written is one that admission lets through.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { AcmeState, Order, OrderStatus } from '../../../../src/api/order.ts';
import { AcmeProblem, DecodeError } from '../../../../src/base/errors.ts';
import { decideOrder } from '../../../../src/controllers/order/decide.ts';
import { rememberedAfter } from '../../../../src/controllers/order/memory.ts';
import {
  isEnded,
  noProgress,
  type OrderCall,
  type OrderOutcome,
  type OrderSeen,
} from '../../../../src/controllers/order/seen.ts';
import { settleOrder } from '../../../../src/controllers/order/settle.ts';
import { type Action, nothing } from '../../../../src/kube/reconcile.ts';
import { HttpError } from '../../../../src/net/http.ts';
import { decodeCsr } from '../../../../src/pki/csr.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { signRequest } from '../../../../src/pki/signer.ts';
import { orderRules } from '../../../../src/webhook/rules/order.ts';
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
import { aRoot, aSigner, options } from '../../../support/pki-builders.ts';
import { deepFreeze } from '../../../support/request-builders.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

const start = new Date('2026-11-22T20:00:00.250Z');
const names = ['a.example.com', 'b.example.com'];
const request = anAcmeRequest({ dnsNames: names });
const issuer = anAcmeIssuer();
const pem = signRequest(
  decodeCsr(Buffer.from(request.spec.request, 'base64')),
  aSigner(aRoot('ca')),
  options(),
).certificatePem;
const context = aRuleContext();

const urls = names.map((name) => `https://ca.example/authz/${name}`);
const states: readonly (AcmeState | undefined)[] = [
  undefined,
  'pending',
  'ready',
  'processing',
  'valid',
  'invalid',
  'errored',
  'expired',
];
const time = fc.constantFrom(undefined, '2026-11-22T19:00:00Z', '2026-11-22T20:07:00Z');

const status: fc.Arbitrary<OrderStatus | undefined> = fc.oneof(
  fc.constant(undefined),
  fc
    .record({
      state: fc.constantFrom(...states),
      url: fc.constantFrom(undefined, 'https://ca.example/order/1'),
      finalizeURL: fc.constantFrom(undefined, 'https://ca.example/order/1/finalize'),
      authorizations: fc.constantFrom(
        undefined,
        [],
        [{ url: urls[0] }],
        names.map((name) => anAuthorization(name)),
        [anAuthorization('a.example.com', { initialState: 'valid' })],
      ),
      certificate: fc.constantFrom(undefined, undefined, 'eA=='),
      reason: fc.constantFrom(undefined, 'before'),
      failedAttempts: fc.constantFrom(undefined, 1, 3),
      nextAttemptAt: time,
    })
    .map(({ certificate, ...rest }) => {
      // A certificate is only ever written together with its state.
      const fields = { ...rest, ...(rest.state === 'valid' ? { certificate } : {}) };
      return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as OrderStatus;
    }),
);

const fault = (type: string) => ({ type, status: 400, detail: 'why', subproblems: [] });
const problem = (code: number, type: string, retryAfter?: Date) =>
  new AcmeProblem({ status: code, type, detail: 'why', retryAfter });
const error = fc.constantFrom<Error>(
  problem(429, 'rateLimited', new Date('2026-11-22T20:09:00Z')),
  problem(429, 'rateLimited'),
  problem(500, 'serverInternal'),
  problem(503, '', new Date('2026-11-22T19:00:00Z')),
  problem(404, 'malformed'),
  problem(400, 'rejectedIdentifier'),
  problem(403, 'unauthorized'),
  new HttpError('ECONNREFUSED', 'no answer'),
  new DecodeError('ACME order', 'no order'),
);
const acmeOrder = fc
  .record({
    status: fc.constantFrom('pending' as const, 'ready' as const, 'processing' as const, 'valid' as const),
    expires: fc.constantFrom(new Date('2026-11-22T19:00:00Z'), new Date('2026-11-29T20:00:00Z')),
  })
  .map((fields) => anAcmeOrder({ ...fields, authorizations: urls }));
const during = fc.constantFrom('create', 'retrieve', 'authorize', 'finalize', 'download') as fc.Arbitrary<'create'>;
const anyOutcome: fc.Arbitrary<OrderOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('trouble' as const), trouble: fc.record({ during, error }) }),
  fc.record({ kind: fc.constant('waiting' as const), order: acmeOrder }),
  fc.record({ kind: fc.constant('noAccount' as const), message: fc.constant('no key') }),
  fc.record({ kind: fc.constant('refused' as const), during, error: fc.constant('no') }),
  fc.record({
    kind: fc.constant('failed' as const),
    order: acmeOrder,
    faults: fc.array(fc.record({ identifier: fc.constant('a'), fault: fc.constantFrom('dns', 'caa').map(fault) }), {
      maxLength: 2,
    }),
  }),
  fc.record({ kind: fc.constant('issued' as const), certificatePem: fc.constantFrom(pem, 'nonsense') }),
  fc.record({
    kind: fc.constant('placed' as const),
    order: acmeOrder,
    authorizations: fc.subarray(names).map((some) => some.map((name) => anAcmeAuthorization(name))),
  }),
);

/** What a server says in the end that is well. */
function goodOutcome({ kind }: OrderCall): OrderOutcome {
  if (kind === 'finalize' || kind === 'look') return { kind: 'issued', certificatePem: pem };
  return {
    kind: 'placed',
    order: anAcmeOrder({ authorizations: urls }),
    authorizations: names.map((name) => anAcmeAuthorization(name)),
  };
}

const fits: Readonly<Record<OrderCall['kind'], readonly OrderOutcome['kind'][]>> = {
  place: ['placed', 'trouble', 'refused', 'noAccount', 'failed'],
  read: ['placed', 'trouble', 'noAccount', 'failed'],
  finalize: ['issued', 'waiting', 'failed', 'trouble', 'refused', 'noAccount'],
  look: ['issued', 'waiting', 'failed', 'trouble', 'refused', 'noAccount'],
};

/** What the API server keeps of a status where the CRDs are cert-manager's own. */
function kept(status: OrderStatus, isPruning: boolean): OrderStatus {
  if (!isPruning) return status;
  const { nextAttemptAt: _next, failedAttempts: _attempts, ...rest } = status;
  return rest;
}

function applied(seen: OrderSeen, actions: readonly Action[], isPruning: boolean): OrderSeen {
  let { order, challenges } = seen;
  for (const action of actions) {
    if (action.kind === 'status') {
      const next = { ...order, status: action.status } as Order;
      const found = orderRules.update?.(order, next, context).errors ?? [];
      assert.deepEqual(found, [], JSON.stringify([order.status, action.status]));
      order = { ...next, status: kept(action.status as OrderStatus, isPruning) };
    }
    if (action.kind === 'create') {
      const made = {
        ...action.manifest,
        metadata: { uid: action.manifest.metadata.name, ...action.manifest.metadata },
      };
      challenges = [...challenges, made as unknown as Challenge];
    }
    if (action.kind === 'delete') challenges = challenges.filter(({ metadata }) => metadata.uid !== action.uid);
  }
  return deepFreeze({ ...seen, order, challenges });
}

/** Where nothing happens of itself any more, the Challenges do what they will do in the end. */
const proved = (seen: OrderSeen): OrderSeen => ({
  ...seen,
  challenges: deepFreeze(
    seen.challenges.map((each) => ({ ...each, status: { ...each.status, state: 'valid' as const } })),
  ),
});

describe('an Order comes to its end', () => {
  it('from any state, whatever the server says', () => {
    fc.assert(
      fc.property(
        status,
        fc.constantFrom(undefined, 'pending' as const, 'valid' as const, 'invalid' as const, 'errored' as const),
        fc.boolean(),
        fc.array(anyOutcome, { maxLength: 12 }),
        fc.constantFrom(undefined, new Date('2026-11-22T20:10:00.500Z')),
        fc.boolean(),
        (given, challengeState, hasStranger, outcomes, pausedUntil, isPruning) => {
          const order = anOrder({
            request,
            spec: { dnsNames: names },
            ...(given === undefined ? {} : { status: given }),
          });
          const asPlaced = anOrder({
            request,
            spec: { dnsNames: names },
            status: aPlacedStatus({ authorizations: names.map((name) => anAuthorization(name)) }),
          });
          const strangers = hasStranger
            ? challengesOf(asPlaced, anAcmeIssuer({ solvers: [{ dns01: {} }] }), { state: 'pending' })
            : [];
          const own = challengeState === undefined ? [] : challengesOf(asPlaced, issuer, { state: challengeState });
          let now = start;
          let seen: OrderSeen = deepFreeze({
            order,
            standing: { kind: 'ours', request },
            account: { kind: 'open', issuer, thumbprint, ...(pausedUntil === undefined ? {} : { pausedUntil }) },
            challenges: [...own, ...strangers],
            progress: noProgress,
          });
          const left = [...outcomes];
          let still = 0;
          for (let step = 0; ; step++) {
            assert.ok(step < 200, 'comes to no end');
            assert.ok(still < 8, `acts again and again at ${now.toISOString()}: ${JSON.stringify(seen.order.status)}`);
            const decision = decideOrder(seen, now);
            let writes = decision.kind === 'write' ? decision : undefined;
            if (writes !== undefined) seen = { ...seen, progress: rememberedAfter(seen.progress, writes.actions) };
            if (decision.kind === 'call') {
              const index = left.findIndex(({ kind }) => fits[decision.call.kind].includes(kind));
              const outcome = index < 0 ? goodOutcome(decision.call) : (left.splice(index, 1)[0] as OrderOutcome);
              const settled = settleOrder(seen, outcome, now, defaultPemLimits);
              writes = settled.writes;
              seen = { ...seen, progress: settled.progress };
            }
            if (writes === undefined) throw new Error('neither writes nor calls');
            const before = seen;
            seen = applied(seen, writes.actions, isPruning);
            still++;
            if (JSON.stringify([before.order, before.challenges]) !== JSON.stringify([seen.order, seen.challenges]))
              continue;
            if (writes.wake !== 'onChange') {
              assert.ok(writes.wake.at > now, `wakes at once at ${now.toISOString()}`);
              [now, still] = [writes.wake.at, 0];
              continue;
            }
            if (isEnded(seen.order)) break;
            const next = proved(seen);
            assert.notDeepEqual(next.challenges, seen.challenges, `stuck: ${JSON.stringify(seen.order.status)}`);
            [seen, still] = [next, 0];
          }
          assert.deepEqual(decideOrder(seen, now), nothing);
          if (seen.order.status?.state !== 'valid') assert.ok(seen.order.status?.failureTime ?? order.status?.state);
          else assert.deepEqual(seen.challenges, []);
        },
      ),
      { numRuns: 3_000, seed: 7 },
    );
  });
});
