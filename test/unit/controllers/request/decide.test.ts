import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { certificateRequests } from '../../../../src/api/kinds.ts';
import { decideRequest, type SignCall, settleRequest } from '../../../../src/controllers/request/decide.ts';
import type { RequestRules, RequestSeen } from '../../../../src/controllers/request/seen.ts';
import type { SignOutcome } from '../../../../src/issuers/backend.ts';
import type { Action, Decision, Wake } from '../../../../src/kube/reconcile.ts';
import { aCondition, anIssuer, aRequest, someTimeText } from '../../../support/request-builders.ts';
import { aCertificatePem, approvedBefore, backends, now, nowText, rulesWith } from './rules.ts';

const approver = 'cert-manager-certificaterequests-approver';
const byCA = 'cert-manager-certificaterequests-issuer-ca';
const approvalText = 'Certificate request has been approved by cert-manager.io';
const approvedNow = {
  type: 'Approved',
  status: 'True',
  reason: 'cert-manager.io',
  message: approvalText,
  lastTransitionTime: nowText,
};
const readyIssuer = anIssuer({ conditions: [aCondition('Ready', 'True', 'KeyPairVerified', 'Signing CA verified')] });
const found = { kind: 'found', issuer: readyIssuer } as const;
const without = rulesWith({ approver: false });

const fresh = aRequest();
const approvedRequest = aRequest({ conditions: [approvedBefore] });

function seen(request: CertificateRequest, rest: Partial<RequestSeen> = {}): RequestSeen {
  return { request, issuer: found, said: [], ...rest };
}
function status(object: CertificateRequest, by: string, value: object): Action {
  return { kind: 'status', by, resource: certificateRequests, object, status: value };
}
function event(
  about: CertificateRequest,
  by: string,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Action {
  return { kind: 'event', by, about, type, reason, message };
}
const writes = (actions: readonly Action[], wake: Wake = 'onChange') => ({ kind: 'write', actions, wake }) as const;
const ready = (value: 'True' | 'False', reason: string, message: string, lastTransitionTime = nowText) => ({
  type: 'Ready',
  status: value,
  reason,
  message,
  lastTransitionTime,
});
const pendingWrite = (request: CertificateRequest, reason: string, message: string, by = byCA) =>
  writes([
    status(request, by, { conditions: [...(request.status?.conditions ?? []), ready('False', 'Pending', message)] }),
    event(request, by, 'Normal', reason, message),
  ]);

const notFoundText = 'Referenced "Issuer" not found: issuer.cert-manager.io "ca" not found';
const notReadyText = 'Referenced issuer does not have a Ready status condition';
const notReady = {
  kind: 'found',
  issuer: anIssuer({ conditions: [aCondition('Ready', 'False', 'ErrGetKeyPair', 'm')] }),
} as const;
const acme = anIssuer({
  spec: { acme: { server: 's', privateKeySecretRef: { name: 'k' } } },
  conditions: [aCondition('Ready', 'True', 'ACMEAccountRegistered', 'm')],
});
const denied = aRequest({ conditions: [aCondition('Denied', 'True', 'Policy', 'no')] });
const deniedText = 'The CertificateRequest was denied by an approval controller';
const pendingBefore = aRequest({ conditions: [approvedBefore, aCondition('Ready', 'False', 'Pending', notFoundText)] });

const rows: [string, RequestSeen, RequestRules, Decision<SignCall>][] = [
  [
    'a local backend whose issuer is ready signs at once; the approval goes with the result',
    seen(fresh),
    rulesWith(),
    { kind: 'call', call: { request: fresh, issuer: readyIssuer, backend: 'ca', by: byCA, approves: true } },
  ],
  [
    'an approved request is signed',
    seen(approvedRequest),
    rulesWith(),
    { kind: 'call', call: { request: approvedRequest, issuer: readyIssuer, backend: 'ca', by: byCA, approves: false } },
  ],
  [
    'a backend that acts on the world outside gets nothing before the approval is on record',
    seen(fresh),
    rulesWith({ local: false }),
    writes([
      status(fresh, approver, { conditions: [approvedNow] }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
    ]),
  ],
  [
    'a request to a foreign issuer is approved and nothing else',
    seen(fresh, { issuer: { kind: 'foreign' } }),
    rulesWith(),
    writes([
      status(fresh, approver, { conditions: [approvedNow] }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
    ]),
  ],
  [
    'an approved request to a foreign issuer is left alone',
    seen(approvedRequest, { issuer: { kind: 'foreign' } }),
    rulesWith(),
    writes([]),
  ],
  ['a foreign issuer without the approver: nothing', seen(fresh, { issuer: { kind: 'foreign' } }), without, writes([])],
  [
    'a type without a backend is approved and nothing else',
    seen(fresh, { issuer: { kind: 'found', issuer: acme } }),
    rulesWith(),
    writes([
      status(fresh, approver, { conditions: [approvedNow] }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
    ]),
  ],
  [
    'a type whose controller is off is left alone',
    seen(approvedRequest),
    rulesWith({ enabled: ['selfSigned'] }),
    writes([]),
  ],
  ['no issuer controller at all: nothing, not even for a denial', seen(denied), rulesWith({ enabled: [] }), writes([])],
  ['being deleted: nothing', seen(aRequest({ deletionTimestamp: someTimeText })), rulesWith(), writes([])],
  [
    'denied: final, without an event',
    seen(denied),
    rulesWith(),
    writes([
      status(denied, byCA, {
        conditions: [...(denied.status?.conditions ?? []), ready('False', 'Denied', deniedText)],
        failureTime: nowText,
      }),
    ]),
  ],
  [
    'denied and said: nothing',
    seen(
      aRequest({
        conditions: [aCondition('Denied', 'True', 'Policy', 'no'), aCondition('Ready', 'False', 'Denied', deniedText)],
        status: { failureTime: someTimeText },
      }),
    ),
    rulesWith(),
    writes([]),
  ],
  [
    'called invalid: stop',
    seen(aRequest({ conditions: [approvedBefore, aCondition('InvalidRequest', 'True', 'Bad', 'm')] })),
    rulesWith(),
    writes([]),
  ],
  [
    'not approved: said once',
    seen(fresh),
    without,
    writes([event(fresh, byCA, 'Normal', 'WaitingForApproval', 'Not signing CertificateRequest until it is Approved')]),
  ],
  ['not approved and said: nothing', seen(fresh, { said: ['WaitingForApproval'] }), without, writes([])],
  [
    'not approved for long: not said again after a restart',
    seen(aRequest({ creationTimestamp: '2026-11-22T18:00:00Z' })),
    without,
    writes([]),
  ],
  [
    'failed: terminal',
    seen(aRequest({ conditions: [approvedBefore, aCondition('Ready', 'False', 'Failed', 'm')] })),
    rulesWith(),
    writes([]),
  ],
  [
    'issued: terminal, and not approved any more',
    seen(aRequest({ conditions: [aCondition('Ready', 'True', 'Issued', 'm')] })),
    rulesWith(),
    writes([]),
  ],
  [
    'issuer not found: pending with upstream’s text, the approval in the same write',
    seen(fresh, { issuer: { kind: 'missing' } }),
    rulesWith(),
    writes([
      status(fresh, byCA, { conditions: [approvedNow, ready('False', 'Pending', notFoundText)] }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
      event(fresh, byCA, 'Normal', 'IssuerNotFound', notFoundText),
    ]),
  ],
  [
    'ClusterIssuer not found',
    seen(aRequest({ conditions: [approvedBefore], spec: { issuerRef: { name: 'x', kind: 'ClusterIssuer' } } }), {
      issuer: { kind: 'missing' },
    }),
    rulesWith(),
    pendingWrite(
      aRequest({ conditions: [approvedBefore], spec: { issuerRef: { name: 'x', kind: 'ClusterIssuer' } } }),
      'IssuerNotFound',
      'Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "x" not found',
    ),
  ],
  ['still not found: nothing', seen(pendingBefore, { issuer: { kind: 'missing' } }), rulesWith(), writes([])],
  [
    'another cause of the wait: the message follows, no event',
    seen(pendingBefore, { issuer: notReady }),
    rulesWith(),
    writes([
      status(pendingBefore, byCA, {
        conditions: [approvedBefore, ready('False', 'Pending', notReadyText, someTimeText)],
      }),
    ]),
  ],
  [
    'issuer that cannot be looked up',
    seen(approvedRequest, { issuer: { kind: 'unreachable', message: 'cannot' } }),
    rulesWith(),
    pendingWrite(approvedRequest, 'IssuerNotFound', 'cannot'),
  ],
  [
    'issuer without a type',
    seen(approvedRequest, { issuer: { kind: 'found', issuer: anIssuer({ spec: {} }) } }),
    rulesWith(),
    pendingWrite(approvedRequest, 'IssuerTypeMissing', "Missing issuer type: no issuer specified for Issuer 'app/ca'"),
  ],
  [
    'issuer not ready',
    seen(approvedRequest, { issuer: notReady }),
    rulesWith(),
    pendingWrite(approvedRequest, 'IssuerNotReady', notReadyText),
  ],
  [
    'issuer without a status; said by the controller of its type',
    seen(approvedRequest, { issuer: { kind: 'found', issuer: anIssuer({ spec: { selfSigned: {} } }) } }),
    rulesWith(),
    pendingWrite(approvedRequest, 'IssuerNotReady', notReadyText, 'cert-manager-certificaterequests-issuer-selfsigned'),
  ],
  [
    'a certificate is there already: stop',
    seen(aRequest({ conditions: [approvedBefore], status: { certificate: 'eA==' } })),
    rulesWith(),
    writes([]),
  ],
  [
    'a refused approval: said once, tried again later, no signature meanwhile',
    seen(fresh, { refusal: { message: 'not allowed', retryAt: new Date('2026-11-22T19:01:30Z') } }),
    rulesWith(),
    writes(
      [
        event(fresh, byCA, 'Normal', 'WaitingForApproval', 'Not signing CertificateRequest until it is Approved'),
        event(
          fresh,
          approver,
          'Warning',
          'ApprovalRefused',
          'The API server did not let cert-manager.io approve this request: not allowed',
        ),
      ],
      { at: new Date('2026-11-22T19:01:30Z') },
    ),
  ],
  [
    'a refused approval of a request to a foreign issuer, said before',
    seen(fresh, {
      issuer: { kind: 'foreign' },
      refusal: { message: 'not allowed', retryAt: new Date('2026-11-22T19:01:30Z') },
      said: ['ApprovalRefused'],
    }),
    rulesWith(),
    writes([], { at: new Date('2026-11-22T19:01:30Z') }),
  ],
  [
    'the time of the next try has come',
    seen(fresh, { issuer: { kind: 'foreign' }, refusal: { message: 'm', retryAt: now }, said: ['ApprovalRefused'] }),
    rulesWith(),
    writes([
      status(fresh, approver, { conditions: [approvedNow] }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
    ]),
  ],
  [
    'a refusal no longer matters once somebody else has approved',
    seen(approvedRequest, { issuer: notReady, refusal: { message: 'm', retryAt: new Date('2026-11-22T23:00:00Z') } }),
    rulesWith(),
    pendingWrite(approvedRequest, 'IssuerNotReady', notReadyText),
  ],
];

describe('decideRequest', () => {
  for (const [name, given, rules, expected] of rows) {
    it(name, () => assert.deepEqual(decideRequest(given, now, rules), expected));
  }
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const issuedText = 'Certificate fetched from issuer successfully';
const call = (request: CertificateRequest, approves: boolean): SignCall => ({
  request,
  issuer: readyIssuer,
  backend: 'ca',
  by: byCA,
  approves,
});
const retrying = aRequest({ conditions: [approvedBefore, aCondition('Ready', 'False', 'Pending', 'Failed: down')] });

const settled: [string, CertificateRequest, boolean, SignOutcome, readonly Action[], Wake?][] = [
  [
    'issued and approved in one write, with two events',
    fresh,
    true,
    { kind: 'issued', certificatePem: aCertificatePem, caPem: 'ca' },
    [
      status(fresh, byCA, {
        conditions: [approvedNow, ready('True', 'Issued', issuedText)],
        certificate: base64(aCertificatePem),
        ca: base64('ca'),
      }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
      event(fresh, byCA, 'Normal', 'CertificateIssued', issuedText),
    ],
  ],
  [
    'no CA known, with a warning',
    approvedRequest,
    false,
    { kind: 'issued', certificatePem: aCertificatePem, notes: [{ reason: 'BadConfig', message: 'careful' }] },
    [
      status(approvedRequest, byCA, {
        conditions: [approvedBefore, ready('True', 'Issued', issuedText)],
        certificate: base64(aCertificatePem),
      }),
      event(approvedRequest, byCA, 'Warning', 'BadConfig', 'careful'),
      event(approvedRequest, byCA, 'Normal', 'CertificateIssued', issuedText),
    ],
  ],
  [
    'rejected: failed for good',
    fresh,
    true,
    { kind: 'rejected', reason: 'SigningError', message: 'Error signing certificate: no' },
    [
      status(fresh, byCA, {
        conditions: [approvedNow, ready('False', 'Failed', 'Error signing certificate: no')],
        failureTime: nowText,
      }),
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
      event(fresh, byCA, 'Warning', 'SigningError', 'Error signing certificate: no'),
    ],
  ],
  [
    'pending',
    approvedRequest,
    false,
    { kind: 'pending', reason: 'SecretMissing', message: 'Referenced secret app/s not found: secrets "s" not found' },
    [
      status(approvedRequest, byCA, {
        conditions: [
          approvedBefore,
          ready('False', 'Pending', 'Referenced secret app/s not found: secrets "s" not found'),
        ],
      }),
      event(
        approvedRequest,
        byCA,
        'Normal',
        'SecretMissing',
        'Referenced secret app/s not found: secrets "s" not found',
      ),
    ],
  ],
  ['still pending: nothing', retrying, false, { kind: 'pending', reason: 'R', message: 'Failed: down' }, []],
  [
    'pending until a time',
    retrying,
    false,
    { kind: 'pending', reason: 'R', message: 'Failed: down', recheckAt: new Date('2026-11-22T20:00:00Z') },
    [],
    { at: new Date('2026-11-22T20:00:00Z') },
  ],
  [
    'an error is said first',
    retrying,
    false,
    { kind: 'pending', reason: 'R', message: 'Failed: still down', error: new Error('down') },
    [
      status(retrying, byCA, {
        conditions: [approvedBefore, ready('False', 'Pending', 'Failed: still down', someTimeText)],
      }),
    ],
    { at: new Date(now.getTime() + 5_000) },
  ],
];

const orderType = { group: 'g', version: 'v1', plural: 'orders', kind: 'Order', namespaced: true };
const order = { apiVersion: 'g/v1', kind: 'Order', metadata: { name: 'o', namespace: 'app' } };
const waitingText = 'Waiting on certificate issuance from order app/o: "pending"';
const orderMade: SignOutcome = {
  kind: 'pending',
  reason: 'OrderPending',
  message: waitingText,
  news: { reason: 'OrderCreated', message: 'Created Order resource app/o' },
  changes: [{ kind: 'create', resource: orderType, object: order }],
};
const orderMadeActions = [
  { kind: 'create', by: byCA, resource: orderType, manifest: order },
] as const satisfies readonly Action[];

const withChanges: typeof settled = [
  [
    'approval and first wait are one write; then what is wanted is made, and then it is said',
    fresh,
    true,
    orderMade,
    [
      status(fresh, byCA, { conditions: [approvedNow, ready('False', 'Pending', waitingText)] }),
      ...orderMadeActions,
      event(fresh, approver, 'Normal', 'cert-manager.io', approvalText),
      event(fresh, byCA, 'Normal', 'OrderCreated', 'Created Order resource app/o'),
    ],
  ],
  [
    'what is wanted is made again after a crash, though nothing is new',
    retrying,
    false,
    { ...orderMade, message: 'Failed: down' },
    [...orderMadeActions, event(retrying, byCA, 'Normal', 'OrderCreated', 'Created Order resource app/o')],
  ],
  [
    'what is no longer wanted goes',
    approvedRequest,
    false,
    {
      kind: 'pending',
      reason: 'OrderBadCertificate',
      message: 'm',
      changes: [{ kind: 'delete', resource: orderType, key: { namespace: 'app', name: 'o' }, uid: 'u' }],
    },
    [
      status(approvedRequest, byCA, { conditions: [approvedBefore, ready('False', 'Pending', 'm')] }),
      { kind: 'delete', by: byCA, resource: orderType, key: { namespace: 'app', name: 'o' }, uid: 'u' },
      event(approvedRequest, byCA, 'Normal', 'OrderBadCertificate', 'm'),
    ],
  ],
];

describe('settleRequest', () => {
  for (const [name, request, approves, outcome, actions, wake] of [...settled, ...withChanges]) {
    it(name, () =>
      assert.deepEqual(
        settleRequest(seen(request), call(request, approves), outcome, now, rulesWith()),
        writes(actions, wake),
      ),
    );
  }

  it('an error with nothing new to say is thrown, for the back-off', () => {
    const outcome: SignOutcome = { kind: 'pending', reason: 'R', message: 'Failed: down', error: new Error('down') };
    assert.throws(() => settleRequest(seen(retrying), call(retrying, false), outcome, now, rulesWith()), {
      message: 'down',
    });
  });

  it('a certificate that cannot be decoded fails the request, with the hint of its type, and is kept to look at', () => {
    const outcome: SignOutcome = { kind: 'issued', certificatePem: 'rubbish', caPem: 'ca' };
    const { actions } = settleRequest(seen(approvedRequest), call(approvedRequest, false), outcome, now, rulesWith());
    const [write, said] = actions;
    assert.ok(write?.kind === 'status' && said?.kind === 'event');
    const { conditions, ...rest } = write.status as NonNullable<CertificateRequest['status']>;
    assert.deepEqual(rest, { certificate: base64('rubbish'), ca: base64('ca'), failureTime: nowText });
    const message = conditions?.[1]?.message ?? '';
    assert.match(message, /^Failed to decode returned certificate: look at the Secret: ./);
    assert.deepEqual(said, event(approvedRequest, byCA, 'Warning', 'DecodeError', message));
  });

  it('names every backend of the rules', () =>
    assert.deepEqual(
      backends(true).map((each) => each.type),
      ['ca', 'selfSigned'],
    ));
});
