// From any state, deciding again and again comes to rest within a few writes, keeps every verdict, and then changes nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { conditionOf, isTrue } from '../../../../src/api/conditions.ts';
import { decideRequest, settleRequest } from '../../../../src/controllers/request/decide.ts';
import type { IssuerSeen, RequestRules, RequestSeen } from '../../../../src/controllers/request/seen.ts';
import type { SignOutcome } from '../../../../src/issuers/backend.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { anIssuer, aRequest, deepFreeze, someTimeText } from '../../../support/request-builders.ts';
import { aCertificatePem, now, rulesWith } from './rules.ts';

const most = 3;

const readyReason = fc.constantFrom('Pending', 'Failed', 'Issued', 'Denied', 'Other');
const conditions = fc
  .record({
    Approved: fc.boolean(),
    Denied: fc.boolean(),
    InvalidRequest: fc.boolean(),
    Ready: fc.option(fc.record({ status: fc.constantFrom('True' as const, 'False' as const), reason: readyReason }), {
      nil: undefined,
    }),
  })
  .map(({ Ready, ...flags }) => [
    ...Object.entries(flags).flatMap(([type, on]) =>
      on ? [{ type, status: 'True' as const, reason: 'Because', message: 'm', lastTransitionTime: someTimeText }] : [],
    ),
    ...(Ready === undefined ? [] : [{ type: 'Ready', ...Ready, message: 'before', lastTransitionTime: someTimeText }]),
  ]);
const request = fc
  .record({
    conditions,
    certificate: fc.constantFrom('', 'eA=='),
    old: fc.boolean(),
    deleting: fc.boolean(),
    hasStatus: fc.boolean(),
  })
  .map(({ conditions: list, certificate, old, deleting, hasStatus }) =>
    aRequest({
      ...(hasStatus ? { conditions: list, status: certificate === '' ? {} : { certificate } } : {}),
      creationTimestamp: old ? '2026-01-01T00:00:00Z' : someTimeText,
      ...(deleting ? { deletionTimestamp: someTimeText } : {}),
    }),
  );
const issuer: fc.Arbitrary<IssuerSeen> = fc.oneof(
  fc.constantFrom<IssuerSeen>({ kind: 'foreign' }, { kind: 'missing' }, { kind: 'unreachable', message: 'cannot' }),
  fc
    .record({
      spec: fc.constantFrom(
        { ca: { secretName: 's' } },
        { selfSigned: {} },
        { acme: { server: 's', privateKeySecretRef: { name: 'k' } } },
        {},
      ),
      ready: fc.constantFrom('True' as const, 'False' as const, undefined),
    })
    .map(
      ({ spec, ready }): IssuerSeen => ({
        kind: 'found',
        issuer: anIssuer({
          spec,
          ...(ready === undefined ? {} : { conditions: [{ type: 'Ready', status: ready, reason: 'r' }] }),
        }),
      }),
    ),
);
const rules: fc.Arbitrary<RequestRules> = fc
  .record({ approver: fc.boolean(), local: fc.boolean(), enabled: fc.subarray(['ca', 'selfSigned']) })
  .map(rulesWith);
const outcome: fc.Arbitrary<SignOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('issued' as const), certificatePem: fc.constantFrom(aCertificatePem, 'rubbish', '') }),
  fc.record({ kind: fc.constant('pending' as const), reason: fc.string(), message: fc.string() }),
  fc.record({
    kind: fc.constant('pending' as const),
    reason: fc.string(),
    message: fc.string(),
    error: fc.constant(new Error('down')),
  }),
  fc.record({ kind: fc.constant('rejected' as const), reason: fc.string(), message: fc.string() }),
);
const refusal = fc
  .option(fc.constantFrom(-1, 1), { nil: undefined })
  .map((sign) =>
    sign === undefined ? {} : { refusal: { message: 'no', retryAt: new Date(now.getTime() + sign * 3_600_000) } },
  );

/** One run of the controller: the actions, or none where an error was left to the back-off. */
function run(seen: RequestSeen, rules: RequestRules, answer: SignOutcome, at: Date): readonly Action[] {
  const decision = decideRequest(seen, at, rules);
  if (decision.kind === 'write') return decision.actions;
  try {
    return settleRequest(seen, decision.call, answer, at, rules).actions;
  } catch {
    return [];
  }
}

/** What is seen once the actions are done. */
function after(seen: RequestSeen, actions: readonly Action[]): RequestSeen {
  let { request: object, said } = seen;
  for (const action of actions) {
    if (action.kind === 'status') object = deepFreeze({ ...object, status: action.status }) as CertificateRequest;
    if (action.kind === 'event') said = [...said, action.reason];
  }
  return { ...seen, request: object, said };
}

function check(before: CertificateRequest, result: CertificateRequest, foreign: boolean): void {
  const [former, latter] = [before.status?.conditions, result.status?.conditions];
  for (const type of ['Approved', 'Denied', 'InvalidRequest']) {
    if (isTrue(former, type)) assert.deepEqual(conditionOf(latter, type), conditionOf(former, type));
  }
  if (!isTrue(former, 'Denied')) assert.ok(!isTrue(latter, 'Denied'));
  if (isTrue(former, 'Denied')) assert.ok(!isTrue(latter, 'Approved') || isTrue(former, 'Approved'));
  if (before.metadata.deletionTimestamp !== undefined) assert.equal(result, before);
  if (foreign) assert.deepEqual(conditionOf(latter, 'Ready'), conditionOf(former, 'Ready'));
  const issued = conditionOf(latter, 'Ready')?.reason === 'Issued' && conditionOf(former, 'Ready')?.reason !== 'Issued';
  if (issued) assert.ok(isTrue(latter, 'Approved') && (result.status?.certificate ?? '') !== '');
}

describe('the request controller comes to rest', () => {
  it('from any state, whatever the backend says', () => {
    fc.assert(
      fc.property(request, issuer, rules, outcome, refusal, (object, issuerSeen, given, answer, refused) => {
        let seen: RequestSeen = { request: object, issuer: issuerSeen, said: [], ...refused };
        let writes = 0;
        for (let i = 0; i <= most; i++) {
          const actions = run(seen, given, answer, new Date(now.getTime() + i * 1_000));
          if (actions.length === 0) break;
          writes += actions.filter((action) => action.kind === 'status').length;
          assert.ok(i < most, 'does not come to rest');
          seen = after(seen, actions);
        }
        assert.ok(writes <= 2);
        assert.deepEqual(run(seen, given, answer, new Date(now.getTime() + 60_000)), []);
        check(object, seen.request, issuerSeen.kind === 'foreign');
      }),
      { numRuns: 2_000 },
    );
  });
});
