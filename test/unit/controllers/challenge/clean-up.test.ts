import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalizers } from '../../../../src/api/labels.ts';
import { cleanUpFailed, decideCleanUp, released } from '../../../../src/controllers/challenge/clean-up.ts';
import type { ChallengeSeen } from '../../../../src/controllers/challenge/seen.ts';
import { write } from '../../../../src/kube/reconcile.ts';
import {
  aChallenge,
  type ChallengeTraits,
  seenOf,
  stored,
  wantedObjects,
} from '../../../support/challenge-builders.ts';
import { short } from '../../../support/short-decision.ts';

const now = new Date('2026-11-22T19:30:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const text = (seconds: number) => at(seconds).toISOString().replace('.000', '');
const status = (change: object) => `status ${JSON.stringify(change)}`;

const presented = { processing: false, presented: true, presentedAt: text(-60), state: 'valid' } as const;
const failed = { ...presented, state: 'invalid', reason: 'it was not there' } as const;
const deleted = (traits: ChallengeTraits = {}) => aChallenge({ deletionTimestamp: text(-10), ...traits });
const web = aChallenge({ type: 'HTTP-01', status: presented });
const objects = wantedObjects(web);
const found = {
  pods: [stored(objects.pod, { phase: 'Running' }), stored(objects.pod, { name: 'old', deleted: true })],
  services: [stored(objects.service)],
  ingresses: [stored(objects.ingress)],
  httpRoutes: [],
};

const decisions: readonly [name: string, seen: ChallengeSeen, expected: readonly string[]][] = [
  ['valid: the record is taken away', seenOf(aChallenge({ status: presented })), ['call cleanUp']],
  ['nothing of ours holds it', seenOf(aChallenge({ status: presented, finalizers: ['other'] })), []],
  [
    'objects go, and with them the finalizer',
    seenOf(web, { http01: { found } }),
    ['delete Pod pod-solver', 'delete Service service-solver', 'delete Ingress ingress-solver', 'finalizers []'],
  ],
  [
    'finalizers of others stay',
    seenOf(deleted({ finalizers: ['other', finalizers.challenge, finalizers.legacyChallenge] }), {
      cleanUp: { allowed: false },
    }),
    ['finalizers [other]'],
  ],
  [
    'no credential is read for what was not ours',
    seenOf(deleted(), { cleanUp: { allowed: false } }),
    ['finalizers []'],
  ],
  [
    'nor for what was, until somebody changed it: said where it will be seen',
    seenOf(deleted({ status: presented }), { cleanUp: { allowed: false } }),
    [
      'Warning CleanUpAbandoned: The DNS-01 answer for "web.example.com" was left behind, remove it by hand: somebody has changed what the Challenge says',
      'Warning CleanUpAbandoned: The DNS-01 answer for "web.example.com" was left behind, remove it by hand: somebody has changed what the Challenge says',
      'finalizers []',
    ],
  ],
  [
    'nor a record taken away that another one needs',
    seenOf(deleted({ status: presented }), { cleanUp: { isShared: true } }),
    ['finalizers []'],
  ],
  [
    'an Ingress that was changed in place is read',
    seenOf(web, { http01: { found, namedIngress: 'front' } }),
    ['call readIngress front cleanUp'],
  ],
  [
    'but not one that was not ours',
    seenOf(aChallenge({ type: 'HTTP-01', deletionTimestamp: text(0) }), {
      http01: { namedIngress: 'front' },
      cleanUp: { allowed: false },
    }),
    ['finalizers []'],
  ],
  [
    'between two attempts it waits',
    seenOf(deleted({ status: presented }), { progress: { cleanUps: 1, cleanUpAt: at(9), failedWith: '1' } }),
    ['wake 9'],
  ],
  [
    'unless the credentials were mended',
    seenOf(deleted({ status: presented }), { progress: { cleanUps: 1, cleanUpAt: at(9), failedWith: '0' } }),
    ['call cleanUp'],
  ],
  [
    'objects that cannot be deleted do not hold it for ever',
    seenOf(aChallenge({ type: 'HTTP-01', status: presented, deletionTimestamp: text(-300) }), {
      http01: { found },
      progress: { cleanUps: 3 },
    }),
    [
      'Warning CleanUpAbandoned: The HTTP-01 answer for "web.example.com" was left behind, remove it by hand: its objects cannot be deleted',
      'Warning CleanUpAbandoned: The HTTP-01 answer for "web.example.com" was left behind, remove it by hand: its objects cannot be deleted',
      'finalizers []',
    ],
  ],
  [
    'but are tried once, however late',
    seenOf(aChallenge({ type: 'HTTP-01', status: presented, deletionTimestamp: text(-900) }), { http01: { found } }),
    ['delete Pod pod-solver', 'delete Service service-solver', 'delete Ingress ingress-solver', 'finalizers []'],
  ],
];

for (const [name, seen, expected] of decisions)
  test(name, () => assert.deepEqual(short(decideCleanUp(seen, now), now), expected));

test('one that failed and stays no longer says that its answer is there', () => {
  assert.deepEqual(
    short(
      write(released(seenOf(aChallenge({ status: { ...failed, failedAttempts: 2, nextAttemptAt: text(0) } })))),
      now,
    ),
    ['finalizers []', status({ ...failed, presented: false })],
  );
});

const left =
  'Warning CleanUpAbandoned: The DNS-01 answer for "web.example.com" was left behind, remove it by hand: the provider is down';
const error = 'Error cleaning up challenge: the provider is down';

const failures: readonly [name: string, seen: ChallengeSeen, expected: readonly string[]][] = [
  [
    'it is tried again',
    seenOf(aChallenge({ status: presented })),
    [
      status({ ...presented, reason: error, nextAttemptAt: text(5), failedAttempts: 1 }),
      `Warning CleanUpError: ${error}`,
      'wake 5',
    ],
  ],
  [
    'ever later, and said once',
    seenOf(aChallenge({ status: { ...presented, failedAttempts: 3, reason: error } })),
    [status({ ...presented, failedAttempts: 4, reason: error, nextAttemptAt: text(40) }), 'wake 40'],
  ],
  [
    'not past the deadline of a deletion',
    seenOf(deleted({ deletionTimestamp: text(-290), status: { ...presented, failedAttempts: 4 } })),
    [
      status({ ...presented, failedAttempts: 5, reason: error, nextAttemptAt: text(10) }),
      `Warning CleanUpError: ${error}`,
      'wake 10',
    ],
  ],
  [
    'then it is let go',
    seenOf(deleted({ deletionTimestamp: text(-300), status: presented })),
    [left, left, 'finalizers []'],
  ],
  [
    'also where nobody deletes it',
    seenOf(aChallenge({ status: { ...presented, failedAttempts: 6 } })),
    [left, left, 'finalizers []'],
  ],
  [
    'of the issuer nothing is said that is gone',
    seenOf(aChallenge({ status: { ...presented, failedAttempts: 6 } }), { cleanUp: { issuer: undefined } }),
    [left, 'finalizers []'],
  ],
  [
    'what may never have been there is tried twice',
    seenOf(deleted({ status: { failedAttempts: 9 } }), { progress: { cleanUps: 0 } }),
    [status({ failedAttempts: 9, reason: error, nextAttemptAt: text(5) }), `Warning CleanUpError: ${error}`, 'wake 5'],
  ],
  [
    'and then let go',
    seenOf(deleted({ status: { failedAttempts: 9 } }), { progress: { cleanUps: 1 } }),
    [left, left, 'finalizers []'],
  ],
];

for (const [name, seen, expected] of failures)
  test(`${name} (the provider is down)`, () =>
    assert.deepEqual(short(cleanUpFailed(seen, 'the provider is down', undefined, now), now), expected));

test('of one that nobody deletes the first attempt counts', () => {
  const seen = (seconds: number) =>
    seenOf(aChallenge({ status: presented }), {
      progress: { cleanUps: 2, cleanUpSince: at(-seconds) },
      cleanUp: { issuer: undefined },
    });
  assert.deepEqual(short(cleanUpFailed(seen(298), 'the provider is down', undefined, now), now).at(-1), 'wake 2');
  assert.deepEqual(short(cleanUpFailed(seen(300), 'the provider is down', undefined, now), now), [
    left,
    'finalizers []',
  ]);
});

test('clean-up needs no issuer', () => {
  const seen = seenOf(deleted({ status: presented }), {
    standing: { kind: 'unknown' },
    cleanUp: { issuer: undefined },
  });
  assert.deepEqual(short(decideCleanUp(seen, now), now), ['call cleanUp']);
});
