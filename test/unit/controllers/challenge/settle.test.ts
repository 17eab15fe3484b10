import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalizers } from '../../../../src/api/labels.ts';
import { AcmeProblem } from '../../../../src/base/errors.ts';
import type {
  ChallengeCall,
  ChallengeOutcome,
  ChallengeSeen,
  Look,
} from '../../../../src/controllers/challenge/seen.ts';
import { settleChallenge } from '../../../../src/controllers/challenge/settle.ts';
import { HttpError } from '../../../../src/net/http.ts';
import { aChallenge, anAcmeIssuer, rules, seenOf, stored, wantedObjects } from '../../../support/challenge-builders.ts';
import { deepFreeze } from '../../../support/request-builders.ts';
import { short } from '../../../support/short-decision.ts';

const now = new Date('2026-11-22T19:30:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const text = (seconds: number) => at(seconds).toISOString().replace('.000', '');
const status = (change: object) => `status ${JSON.stringify(change)}`;

const fresh = aChallenge();
const presented = { processing: true, presented: true, presentedAt: text(-20), state: 'pending' } as const;
const there = aChallenge({ status: presented });
const justThere = aChallenge({ status: { ...presented, presentedAt: text(-3) } });
const webThere = aChallenge({ type: 'HTTP-01', status: presented });
const missed: Look = {
  isVisible: false,
  ttlSeconds: 30,
  answers: [{ server: '192.0.2.1:53', answer: 'NXDOMAIN' }],
  problem: 'DNS record for "web.example.com" not yet propagated',
};
const found: Look = {
  isVisible: true,
  ttlSeconds: 60,
  answers: [{ server: '192.0.2.1:53', answer: 'found, TTL 60' }],
  problem: '',
};
const reason = 'Waiting for DNS-01 challenge propagation: DNS record for "web.example.com" not yet propagated';
const missing = { ...presented, checks: missed.answers, reason };
const busy = { accepted: { at: at(-2), pollAt: at(0), polls: 0 } };
const problem = (httpStatus: number, type: string, retryAfter?: Date): ChallengeOutcome => ({
  kind: 'trouble',
  error: new AcmeProblem({ status: httpStatus, type, detail: 'no', retryAfter }),
});
const urn = 'urn:ietf:params:acme:error:';

type Row = readonly [
  name: string,
  seen: ChallengeSeen,
  call: ChallengeCall['kind'],
  outcome: ChallengeOutcome,
  expected: readonly string[],
];

const rows: readonly Row[] = [
  [
    'presented',
    seenOf(fresh),
    'present',
    { kind: 'done' },
    [
      status({ processing: true, presented: true, presentedAt: text(0), state: 'pending' }),
      'Normal Presented: Presented challenge using DNS-01 challenge mechanism',
      'wake 0',
    ],
  ],
  [
    'presented after failures: they are forgotten',
    seenOf(aChallenge({ status: { processing: false, failedAttempts: 4, nextAttemptAt: text(-1), reason: 'no' } })),
    'present',
    { kind: 'done' },
    [
      status({ processing: true, presented: true, presentedAt: text(0), state: 'pending' }),
      'Normal Presented: Presented challenge using DNS-01 challenge mechanism',
      'wake 0',
    ],
  ],
  [
    'not presented',
    seenOf(fresh),
    'present',
    { kind: 'failed', message: 'the key is wrong' },
    [
      status({ processing: false, failedAttempts: 1, reason: 'the key is wrong', nextAttemptAt: text(5) }),
      'Warning PresentError: Error presenting challenge: the key is wrong',
      'wake 5',
    ],
  ],
  [
    'not presented again: not said again, and later',
    seenOf(aChallenge({ status: { processing: false, failedAttempts: 3, reason: 'the key is wrong' } })),
    'present',
    { kind: 'failed', message: 'the key is wrong' },
    [status({ processing: false, failedAttempts: 4, reason: 'the key is wrong', nextAttemptAt: text(40) }), 'wake 40'],
  ],
  [
    'the provider says when',
    seenOf(fresh),
    'present',
    { kind: 'failed', message: 'slow down', retryAfterMs: 90_000 },
    [
      status({ processing: false, failedAttempts: 1, reason: 'slow down', nextAttemptAt: text(90) }),
      'Warning PresentError: Error presenting challenge: slow down',
      'wake 90',
    ],
  ],
  ['seen at the first look', seenOf(there), 'look', { kind: 'looked', look: found }, ['wake 0']],
  ['missed right after it was put there', seenOf(justThere), 'look', { kind: 'looked', look: missed }, ['wake 2']],
  [
    'missed later: who said what',
    seenOf(there, { progress: { looks: 3 } }),
    'look',
    { kind: 'looked', look: missed },
    [status(missing), 'wake 10'],
  ],
  [
    'missed again with the same answers: nothing is written',
    seenOf(aChallenge({ status: { ...missing, checks: [...missing.checks] } }), { progress: { looks: 9 } }),
    'look',
    { kind: 'looked', look: missed },
    ['wake 10'],
  ],
  [
    'the deadline comes first',
    seenOf(aChallenge({ status: { ...missing, checks: [...missing.checks] } }), {
      progress: { looks: 9 },
      deadlineMs: 24_000,
    }),
    'look',
    { kind: 'looked', look: missed },
    ['wake 4'],
  ],
  [
    'seen after a miss: caches get their time',
    seenOf(aChallenge({ status: { ...missing, checks: [...missing.checks] } }), {
      progress: { looks: 3, missed: true, ttlSeconds: 30 },
    }),
    'look',
    { kind: 'looked', look: { ...found, ttlSeconds: 300 } },
    [
      status({
        ...presented,
        checks: found.answers,
        reason:
          'Waiting until 2026-11-22T19:31:00Z before accepting DNS-01 challenge: DNS servers may have kept the answer that there is no record',
        visibleSince: text(0),
        nextAttemptAt: text(60),
      }),
      'wake 60',
    ],
  ],
  [
    'seen after a miss, with a short TTL: not worth a word',
    seenOf(there, { progress: { looks: 3, missed: true, ttlSeconds: 1 } }),
    'look',
    { kind: 'looked', look: { ...found, ttlSeconds: 2 } },
    ['wake 2'],
  ],
  [
    'a page that was missed must be there twice',
    seenOf(webThere, { progress: { looks: 3, missed: true } }),
    'look',
    { kind: 'looked', look: { ...found, ttlSeconds: 0, answers: [] } },
    ['wake 2'],
  ],
  [
    'the second time',
    seenOf(webThere, { progress: { looks: 4, missed: true, visibleSince: at(-2) } }),
    'look',
    { kind: 'looked', look: { ...found, ttlSeconds: 0, answers: [] } },
    ['wake 0'],
  ],
  ['told', seenOf(there), 'accept', { kind: 'checking', isPending: false, retryAfter: undefined }, ['wake 1']],
  [
    'told, and told when',
    seenOf(there),
    'accept',
    { kind: 'checking', isPending: false, retryAfter: at(3) },
    ['wake 3'],
  ],
  [
    'still at it',
    seenOf(there, { progress: busy }),
    'poll',
    { kind: 'checking', isPending: false, retryAfter: undefined },
    ['wake 2'],
  ],
  [
    'for long',
    seenOf(there, { progress: { accepted: { at: at(-10), pollAt: at(0), polls: 4 } } }),
    'poll',
    { kind: 'checking', isPending: false, retryAfter: undefined },
    [
      status({ ...presented, acceptedAt: text(-10), reason: 'Waiting for the ACME server to validate the challenge' }),
      'wake 30',
    ],
  ],
  [
    'forgotten by the server: told again',
    seenOf(there, { progress: { accepted: { at: at(-120), pollAt: at(0), polls: 9 } } }),
    'poll',
    { kind: 'checking', isPending: true, retryAfter: undefined },
    ['wake 0'],
  ],
  [
    'valid',
    seenOf(there),
    'poll',
    { kind: 'valid' },
    [
      status({ ...presented, processing: false, state: 'valid', reason: 'Successfully authorized domain' }),
      'Normal DomainVerified: Domain "web.example.com" verified with "DNS-01" validation',
    ],
  ],
  [
    'invalid',
    seenOf(there),
    'poll',
    { kind: 'refused', state: 'invalid', error: 'acme: authorization error for x: 403' },
    [
      status({
        ...presented,
        processing: false,
        state: 'invalid',
        reason: 'Error accepting authorization: acme: authorization error for x: 403',
      }),
      'Warning Failed: Accepting challenge authorization failed: acme: authorization error for x: 403',
    ],
  ],
  [
    'adopted',
    seenOf(aChallenge({ finalizers: ['other'] })),
    'fetchState',
    { kind: 'state', state: 'pending', reason: '' },
    [`finalizers [other, ${finalizers.challenge}]`, status({ processing: true, state: 'pending' }), 'wake 0'],
  ],
  [
    'adopted, with the finalizer of old',
    seenOf(aChallenge({ finalizers: [finalizers.legacyChallenge] })),
    'fetchState',
    { kind: 'state', state: 'invalid', reason: 'no such name' },
    [
      `finalizers [${finalizers.challenge}]`,
      status({ processing: false, state: 'invalid', reason: 'no such name' }),
      'wake 0',
    ],
  ],
  [
    'rate limited',
    seenOf(there),
    'accept',
    problem(429, 'rateLimited', at(3600)),
    [status({ ...presented, reason: 'Rate limited by the ACME server until 2026-11-22T20:30:00Z: no' }), 'wake 3600'],
  ],
  [
    'malformed',
    seenOf(there),
    'accept',
    problem(400, 'malformed'),
    [
      status({
        ...presented,
        processing: false,
        state: 'expired',
        reason: `Error accepting challenge: 400 ${urn}malformed: no`,
      }),
    ],
  ],
  [
    'malformed on a poll',
    seenOf(there),
    'poll',
    problem(400, 'malformed'),
    [status({ ...presented, processing: false, state: 'expired' })],
  ],
  [
    'any other 4xx',
    seenOf(there),
    'poll',
    problem(403, 'unauthorized'),
    [
      status({
        ...presented,
        processing: false,
        state: 'errored',
        reason: `Failed to retrieve Order resource: 403 ${urn}unauthorized: no`,
      }),
    ],
  ],
  [
    '5xx',
    seenOf(there, { progress: { failures: 1 } }),
    'accept',
    problem(500, 'serverInternal'),
    [status({ ...presented, reason: `Error accepting challenge: 500 ${urn}serverInternal: no` }), 'wake 10'],
  ],
  [
    'no answer',
    seenOf(there),
    'poll',
    { kind: 'trouble', error: new HttpError('TIMEOUT', 'no answer from acme.example in time') },
    [status({ ...presented, reason: 'Error accepting challenge: no answer from acme.example in time' }), 'wake 5'],
  ],
  ['the account is gone', seenOf(there), 'accept', { kind: 'noAccount' }, ['wake 30']],
];

for (const [name, seen, kind, outcome, expected] of rows) {
  test(name, () => {
    const { challenge } = seen;
    const call = deepFreeze({ kind, challenge, issuer: anAcmeIssuer() } as ChallengeCall);
    assert.deepEqual(short(settleChallenge(seen, call, deepFreeze(outcome), now, rules), now), expected);
  });
}

const web = aChallenge({ type: 'HTTP-01' });
const { pod, service } = wantedObjects(web);
const rule = {
  host: 'web.example.com',
  http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop' } } }] },
};
const front = stored({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'front' },
  spec: { rules: [rule] },
});
const inPlace = { namedIngress: 'front', wanted: { pod, service } };
const read = (seen: ChallengeSeen, ingress: typeof front | undefined, purpose: 'present' | 'cleanUp') =>
  settleChallenge(
    seen,
    { kind: 'readIngress', challenge: seen.challenge, name: 'front', purpose },
    { kind: 'ingress', ingress },
    now,
    rules,
  );

test('an Ingress that is changed in place: objects, the path, the status', () => {
  const writes = read(seenOf(web, { http01: inPlace }), front, 'present');
  assert.deepEqual(short(writes, now), [
    'create Pod solver',
    'create Service solver',
    'update Ingress front',
    status({ processing: true, presented: true, presentedAt: text(0), state: 'pending' }),
    'Normal Presented: Presented challenge using HTTP-01 challenge mechanism',
    'wake 0',
  ]);
});

test('an Ingress that is not there', () => {
  const writes = read(seenOf(web, { http01: inPlace }), undefined, 'present');
  const message = 'ingresses.networking.k8s.io "front" not found';
  assert.deepEqual(short(writes, now), [
    status({ processing: false, failedAttempts: 1, reason: message, nextAttemptAt: text(5) }),
    `Warning PresentError: Error presenting challenge: ${message}`,
    'wake 5',
  ]);
});

test('the path is taken out again, and everything goes', () => {
  const first = read(seenOf(web, { http01: inPlace }), front, 'present');
  const update = first.actions.find((action) => action.kind === 'update');
  const changed = (update as { object: typeof front }).object;
  const challenge = aChallenge({ type: 'HTTP-01', status: { ...presented, state: 'valid' } });
  const http01 = {
    ...inPlace,
    found: { pods: [stored(pod)], services: [stored(service)], ingresses: [], httpRoutes: [] },
  };
  const writes = read(seenOf(challenge, { http01 }), changed, 'cleanUp');
  assert.deepEqual(short(writes, now), [
    'update Ingress front',
    'delete Pod pod-solver',
    'delete Service service-solver',
    'finalizers []',
  ]);
  const restored = writes.actions.find((action) => action.kind === 'update');
  assert.deepEqual((restored as { object: typeof front }).object, front);
});

test('an Ingress that is gone by then needs no cleaning', () => {
  const challenge = aChallenge({ type: 'HTTP-01', deletionTimestamp: text(0), status: presented });
  assert.deepEqual(short(read(seenOf(challenge, { http01: inPlace }), undefined, 'cleanUp'), now), ['finalizers []']);
});
