import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '../../../../src/api/conditions.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { clusterIssuers, issuers } from '../../../../src/api/kinds.ts';
import { decideIssuer, settleIssuer } from '../../../../src/controllers/issuer/decide.ts';
import type { AnyBackend, Change, CheckOutcome } from '../../../../src/issuers/backend.ts';
import type { Action, Decision, Writes } from '../../../../src/kube/reconcile.ts';
import { aCondition, anIssuer, deepFreeze, someTimeText } from '../../../support/request-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const nowText = '2026-11-22T20:00:00Z';

const backend = (type: string): AnyBackend => ({
  type,
  requestController: `certificaterequests-issuer-${type.toLowerCase()}`,
  local: true,
  config: (issuer) => issuer.spec,
  references: () => [],
  check: () => Promise.reject(new Error('not here')),
  sign: () => Promise.reject(new Error('not here')),
});
const backends = [backend('ca'), backend('selfSigned')];

const ca = anIssuer();
const cluster = anIssuer({ kind: 'ClusterIssuer', spec: { selfSigned: {} } });
const nothing = { kind: 'write', actions: [], wake: 'onChange' } as const;

describe('decideIssuer', () => {
  const rows: [string, Issuer, Decision<unknown>][] = [
    ['a CA issuer is checked', ca, { kind: 'call', call: { issuer: ca, backend: 'ca' } }],
    ['a ClusterIssuer is checked', cluster, { kind: 'call', call: { issuer: cluster, backend: 'selfSigned' } }],
    ['one being deleted is left alone', anIssuer({ deletionTimestamp: someTimeText }), nothing],
    [
      'a type without a backend is left alone',
      anIssuer({ spec: { vault: { server: 's', path: 'p', auth: {} } } }),
      nothing,
    ],
    [
      'of two types the first in order counts: not ours here',
      anIssuer({ spec: { acme: { server: 's', privateKeySecretRef: { name: 'k' } }, ca: { secretName: 's' } } }),
      nothing,
    ],
  ];
  for (const [name, issuer, expected] of rows) {
    it(name, () => assert.deepEqual(decideIssuer({ issuer }, backends), expected));
  }

  it('a spec without a type is an error, as status writes to it are refused', () => {
    const message = "no issuer specified for Issuer 'app/ca'";
    assert.throws(() => decideIssuer({ issuer: anIssuer({ spec: {} }) }, backends), { message });
  });
});

const verified: CheckOutcome = {
  kind: 'ready',
  reason: 'KeyPairVerified',
  message: 'Signing CA verified',
  announce: true,
};
const missing: CheckOutcome = {
  kind: 'notReady',
  reason: 'ErrGetKeyPair',
  message: 'Error getting keypair for CA issuer: secrets "x" not found',
  announce: true,
  initError: 'secrets "x" not found',
};
const notCA: CheckOutcome = {
  kind: 'notReady',
  reason: 'ErrInvalidKeyPair',
  message: 'Error getting keypair for CA issuer: certificate is not a CA',
  announce: true,
};
const unreachable: CheckOutcome = {
  kind: 'notReady',
  reason: 'VaultError',
  message: 'm',
  initError: 'e',
  error: new Error('e'),
};
const readyCondition = {
  ...aCondition('Ready', 'True', 'KeyPairVerified', 'Signing CA verified'),
  observedGeneration: 1,
};

function statusAction(issuer: Issuer, by: string, conditions: readonly Condition[], rest: object = {}): Action {
  const resource = issuer.kind === 'Issuer' ? issuers : clusterIssuers;
  return { kind: 'status', by, resource, object: issuer, status: { ...rest, conditions } };
}
function eventAction(about: Issuer, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  const by = about.kind === 'Issuer' ? 'cert-manager-issuers' : 'cert-manager-clusterissuers';
  return { kind: 'event', by, about, type, reason, message };
}

describe('settleIssuer', () => {
  const by = 'cert-manager-issuers';
  const changed = (condition: object, time = nowText) =>
    ({ type: 'Ready', ...condition, lastTransitionTime: time }) as Condition;
  const ready = anIssuer({ conditions: [readyCondition], status: { acme: { uri: 'kept' } } });
  const edited = anIssuer({ conditions: [readyCondition], generation: 2 });
  const failing = anIssuer({
    conditions: [{ ...aCondition('Ready', 'False', 'ErrGetKeyPair', missing.message), observedGeneration: 1 }],
  });
  const rows: [string, Issuer, CheckOutcome, readonly Action[]][] = [
    [
      'the first check that succeeds is written and said',
      ca,
      verified,
      [
        statusAction(ca, by, [
          changed({ status: 'True', reason: 'KeyPairVerified', message: 'Signing CA verified', observedGeneration: 1 }),
        ]),
        eventAction(ca, 'Normal', 'KeyPairVerified', 'Signing CA verified'),
      ],
    ],
    ['nothing new, nothing written', ready, verified, []],
    [
      'a new generation is written, the time of the transition stays, nothing is said',
      edited,
      verified,
      [statusAction(edited, by, [{ ...readyCondition, observedGeneration: 2 }])],
    ],
    [
      'selfSigned has no message and no event',
      cluster,
      { kind: 'ready', reason: 'IsReady', message: '' },
      [
        statusAction(cluster, 'cert-manager-clusterissuers', [
          changed({ status: 'True', reason: 'IsReady', observedGeneration: 1 }),
        ]),
      ],
    ],
    [
      'what failed is said twice over, as upstream does; the rest of the status stays',
      ready,
      missing,
      [
        statusAction(
          ready,
          by,
          [changed({ status: 'False', reason: 'ErrGetKeyPair', message: missing.message, observedGeneration: 1 })],
          { acme: { uri: 'kept' } },
        ),
        eventAction(ready, 'Warning', 'ErrGetKeyPair', missing.message),
        eventAction(ready, 'Warning', 'ErrInitIssuer', 'Error initializing issuer: secrets "x" not found'),
      ],
    ],
    ['and not again', failing, missing, []],
    [
      'another reason is said, without ErrInitIssuer where nothing is tried again',
      failing,
      notCA,
      [
        statusAction(failing, by, [
          changed(
            { status: 'False', reason: 'ErrInvalidKeyPair', message: notCA.message, observedGeneration: 1 },
            someTimeText,
          ),
        ]),
        eventAction(failing, 'Warning', 'ErrInvalidKeyPair', notCA.message),
      ],
    ],
  ];
  for (const [name, issuer, outcome, actions] of rows) {
    it(name, () =>
      assert.deepEqual(settleIssuer({ issuer }, outcome, now), { kind: 'write', actions, wake: 'onChange' }),
    );
  }

  const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'account', namespace: 'app' } };
  const change: Change = { kind: 'create', resource: secrets, object };
  const create: Action = { kind: 'create', by, resource: secrets, manifest: object };
  const later = new Date('2026-11-22T21:00:00Z');
  const partial: [string, Issuer, CheckOutcome, Writes][] = [
    [
      'unfinished: what is wanted is made, the conditions stay, and it is looked at again',
      ready,
      { kind: 'unfinished', changes: [change] },
      { kind: 'write', actions: [create], wake: { at: now } },
    ],
    [
      'the part of the status that is the backend’s goes first',
      ready,
      { kind: 'unfinished', changes: [change], acme: {} },
      {
        kind: 'write',
        actions: [statusAction(ready, by, [readyCondition], { acme: {} }), create],
        wake: { at: now },
      },
    ],
    [
      'its part is written with the condition',
      ready,
      { ...verified, acme: { uri: 'new' } },
      {
        kind: 'write',
        actions: [statusAction(ready, by, [readyCondition], { acme: { uri: 'new' } })],
        wake: 'onChange',
      },
    ],
    [
      'a rest ends by itself',
      ready,
      { ...verified, acme: { uri: 'kept' }, recheckAt: later },
      { kind: 'write', actions: [], wake: { at: later } },
    ],
    [
      'what could not be made is said before it is tried again',
      ca,
      { kind: 'notReady', reason: 'R', message: 'm: no', initError: 'm: no', changes: [change] },
      {
        kind: 'write',
        actions: [
          statusAction(ca, by, [changed({ status: 'False', reason: 'R', message: 'm: no', observedGeneration: 1 })]),
          eventAction(ca, 'Warning', 'ErrInitIssuer', 'Error initializing issuer: m: no'),
          create,
        ],
        wake: { at: now },
      },
    ],
  ];
  for (const [name, issuer, outcome, expected] of partial) {
    it(name, () => assert.deepEqual(settleIssuer({ issuer }, outcome, now), expected));
  }

  it('an error is written first, with a retry, and then thrown for the back-off', () => {
    const first = settleIssuer({ issuer: ca }, unreachable, now);
    assert.deepEqual(first.wake, { at: new Date('2026-11-22T20:00:05Z') });
    assert.equal(first.actions.filter((action) => action.kind === 'status').length, 1);
    const written = after(ca, first.actions);
    assert.throws(() => settleIssuer({ issuer: written }, unreachable, now), { message: 'e' });
  });
});

/** The issuer as the server has it once the actions are done. */
function after(issuer: Issuer, actions: readonly Action[]): Issuer {
  const write = actions.find((action) => action.kind === 'status');
  return write === undefined ? issuer : deepFreeze({ ...issuer, status: write.status });
}

describe('the issuer controller comes to rest', () => {
  const outcome = fc.oneof(
    fc.record({
      kind: fc.constant('ready' as const),
      reason: fc.string(),
      message: fc.string(),
      announce: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('notReady' as const),
      reason: fc.string(),
      message: fc.string(),
      initError: fc.string(),
    }),
  );
  const condition = fc.record({
    type: fc.constantFrom('Ready', 'Other'),
    status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
    reason: fc.string(),
    message: fc.string(),
    lastTransitionTime: fc.constant(someTimeText),
    observedGeneration: fc.nat(3),
  });
  const conditions = fc.uniqueArray(condition, { selector: (each) => each.type });

  it('after one write, whatever was there and whatever the backend says', () => {
    fc.assert(
      fc.property(conditions, outcome, fc.integer({ min: 1, max: 3 }), (list, said, generation) => {
        const issuer = anIssuer({ conditions: list, generation });
        const first = settleIssuer({ issuer }, said, now);
        assert.ok(first.actions.filter((action) => action.kind === 'status').length <= 1);
        const later = new Date(now.getTime() + 60_000);
        assert.deepEqual(settleIssuer({ issuer: after(issuer, first.actions) }, said, later), nothing);
      }),
    );
  });
});
