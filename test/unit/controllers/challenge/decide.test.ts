import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalizers } from '../../../../src/api/labels.ts';
import { decideChallenge } from '../../../../src/controllers/challenge/decide.ts';
import type { ChallengeRules, ChallengeSeen } from '../../../../src/controllers/challenge/seen.ts';
import {
  aChallenge,
  anAcmeIssuer,
  rules,
  seenOf,
  stored,
  wantedObjects,
  webSolver,
} from '../../../support/challenge-builders.ts';
import { short } from '../../../support/short-decision.ts';

const now = new Date('2026-11-22T19:30:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const text = (seconds: number) => at(seconds).toISOString().replace('.000', '');

const fresh = aChallenge();
const web = aChallenge({ type: 'HTTP-01' });
const presented = { processing: true, presented: true, presentedAt: text(-20), state: 'pending' } as const;
const there = aChallenge({ status: presented });
const webThere = aChallenge({ type: 'HTTP-01', status: presented });
const objects = wantedObjects(web);
const allFound = {
  pods: [stored(objects.pod, { phase: 'Running' })],
  services: [stored(objects.service)],
  ingresses: [stored(objects.ingress)],
  httpRoutes: [],
};
const named = {
  namedIngress: 'front',
  wanted: { pod: objects.pod, service: objects.service },
  found: { ...allFound, ingresses: [] },
};
const route = { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'gate' }] } } };
const waitingFor = (wait: string) => ({
  solver: { dns01: { rfc2136: { nameserver: 'x' } }, waitInsteadOfSelfCheck: wait },
});
const status = (change: object) => `status ${JSON.stringify(change)}`;
const started = { ...presented, presentedAt: text(0) };

const rows: readonly [
  name: string,
  seen: ChallengeSeen,
  expected: readonly string[],
  rules?: Partial<ChallengeRules>,
][] = [
  ['a fresh one is presented without a question', seenOf(fresh), ['call present']],
  ['without a slot it waits', seenOf(fresh, { slot: 'waiting' }), ['wake 60']],
  [
    'one that another version made is asked after at the server first',
    seenOf(aChallenge({ finalizers: [] })),
    ['call fetchState'],
  ],
  [
    'also in the middle, before its state was known',
    seenOf(aChallenge({ status: { processing: true } })),
    ['call fetchState'],
  ],
  [
    'one that another version began is presented once its state is known',
    seenOf(aChallenge({ status: { processing: true, state: 'pending' } })),
    ['call present'],
  ],
  [
    'the server is not asked while it rests',
    seenOf(aChallenge({ finalizers: [] }), { pausedUntil: at(40) }),
    ['wake 40'],
  ],
  ['but the record can be made', seenOf(fresh, { pausedUntil: at(40) }), ['call present']],
  ['what failed waits', seenOf(aChallenge({ status: { failedAttempts: 3, nextAttemptAt: text(9) } })), ['wake 9']],
  [
    'unless the credentials are others',
    seenOf(aChallenge({ status: { failedAttempts: 3, nextAttemptAt: text(9) } }), { progress: { failedWith: '0' } }),
    ['call present'],
  ],
  [
    'HTTP-01: objects, status and event in one go',
    seenOf(web),
    [
      'create Pod solver',
      'create Service solver',
      'create Ingress solver',
      status(started),
      'Normal Presented: Presented challenge using HTTP-01 challenge mechanism',
      'wake 0',
    ],
  ],
  [
    'who had to wait says that it began',
    seenOf(web, { http01: { found: allFound }, progress: { waited: true } }),
    [
      status(started),
      'Normal Started: Challenge scheduled for processing',
      'Normal Presented: Presented challenge using HTTP-01 challenge mechanism',
      'wake 0',
    ],
  ],
  ['an Ingress that is changed in place is read', seenOf(web, { http01: named }), ['call readIngress front present']],
  [
    'no Gateway API',
    seenOf(aChallenge({ type: 'HTTP-01', spec: { solver: route } }), { slot: 'none' }),
    [
      status({ processing: false, reason: "couldn't Present challenge app/web-1-1-1: gateway api is not enabled" }),
      "Warning PresentError: Error presenting challenge: couldn't Present challenge app/web-1-1-1: gateway api is not enabled",
    ],
    { gatewayApi: false },
  ],
  [
    'no Gateway API, said before',
    seenOf(
      aChallenge({
        type: 'HTTP-01',
        spec: { solver: route },
        status: { processing: false, reason: "couldn't Present challenge app/web-1-1-1: gateway api is not enabled" },
      }),
    ),
    [],
    { gatewayApi: false },
  ],
  [
    'a solver object that the API server refused',
    seenOf(web, { progress: { refusal: 'pods "solver" is forbidden: exceeded quota' } }),
    [
      status({
        processing: false,
        failedAttempts: 1,
        reason: 'pods "solver" is forbidden: exceeded quota',
        nextAttemptAt: text(5),
      }),
      'Warning PresentError: Error presenting challenge: pods "solver" is forbidden: exceeded quota',
      'wake 5',
    ],
  ],
  ['the answer is looked for', seenOf(there), ['call look']],
  [
    'since when it is there is noted where another version did not',
    seenOf(aChallenge({ status: { processing: true, presented: true, state: 'pending' } })),
    [status({ processing: true, presented: true, state: 'pending', presentedAt: text(0) })],
  ],
  [
    'a damaged answer is repaired first',
    seenOf(webThere, { http01: { found: { ...allFound, pods: [] } } }),
    ['create Pod solver'],
  ],
  ['what is whole is looked at', seenOf(webThere, { http01: { found: allFound } }), ['call look']],
  [
    'an Ingress in place is read again after a miss',
    seenOf(webThere, { http01: named, progress: { looks: 1, missed: true } }),
    ['call readIngress front present'],
  ],
  [
    'but once a look',
    seenOf(webThere, { http01: named, progress: { looks: 1, missed: true, ingressRead: true } }),
    ['call look'],
  ],
  [
    'between two looks it waits',
    seenOf(there, { progress: { looks: 1, missed: true, nextLookAt: at(4) } }),
    ['wake 4'],
  ],
  [
    'no longer than to the deadline',
    seenOf(there, { deadlineMs: 22_000, progress: { looks: 1, missed: true, nextLookAt: at(4) } }),
    ['wake 2'],
  ],
  [
    'after the deadline the server is told',
    seenOf(there, { deadlineMs: 20_000, progress: { looks: 5, missed: true } }),
    ['call accept'],
  ],
  ['but not before one look', seenOf(there, { deadlineMs: 20_000 }), ['call look']],
  [
    'without a deadline never',
    seenOf(there, { deadlineMs: undefined, progress: { looks: 99, missed: true } }),
    ['call look'],
  ],
  ['what can be seen is told', seenOf(there, { progress: { looks: 1, acceptAt: at(0) } }), ['call accept']],
  ['once caches have had their time', seenOf(there, { progress: { looks: 2, acceptAt: at(50) } }), ['wake 50']],
  ['not while the server rests', seenOf(there, { pausedUntil: at(9), progress: { acceptAt: at(0) } }), ['wake 9']],
  ['nor right after it failed', seenOf(there, { progress: { notBefore: at(7), acceptAt: at(0) } }), ['wake 7']],
  [
    'the server is asked what it saw',
    seenOf(there, { progress: { accepted: { at: at(-1), pollAt: at(0), polls: 0 } } }),
    ['call poll'],
  ],
  ['in its time', seenOf(there, { progress: { accepted: { at: at(-1), pollAt: at(3), polls: 0 } } }), ['wake 3']],
  [
    'a wait instead of looking names its end',
    seenOf(aChallenge({ spec: waitingFor('10h0m0s'), status: presented })),
    [
      status({
        ...presented,
        reason: 'Waiting until 2026-11-23T05:29:40Z before accepting DNS-01 challenge without self-check',
      }),
      'wake 35980',
    ],
  ],
  [
    'once',
    seenOf(
      aChallenge({
        spec: waitingFor('10h0m0s'),
        status: {
          ...presented,
          reason: 'Waiting until 2026-11-23T05:29:40Z before accepting DNS-01 challenge without self-check',
        },
      }),
    ),
    ['wake 35980'],
  ],
  ['a wait of nothing', seenOf(aChallenge({ spec: waitingFor('0s'), status: presented })), ['call accept']],
  ['no issuer', seenOf(fresh, { standing: { kind: 'unknown' } }), []],
  [
    'a stranger, for the moment',
    seenOf(fresh, { standing: { kind: 'stranger', why: 'no' }, slot: 'none' }),
    ['wake 10'],
  ],
  [
    'a stranger, still',
    seenOf(fresh, { standing: { kind: 'stranger', why: 'no' }, progress: { strangeSince: at(-10) } }),
    ['Warning NotOurs: Nothing is done for this Challenge: no'],
  ],
  [
    'said once',
    seenOf(fresh, { standing: { kind: 'stranger', why: 'no' }, progress: { strangeSince: at(-10), isDisowned: true } }),
    [],
  ],
  ['one that was ours is about to go', seenOf(there, { standing: { kind: 'stranger', why: 'no' } }), []],
  [
    'finished',
    seenOf(aChallenge({ status: { ...presented, state: 'valid' } }), { standing: { kind: 'unknown' } }),
    ['call cleanUp'],
  ],
  ['deleted', seenOf(aChallenge({ deletionTimestamp: text(0) }), { standing: { kind: 'unknown' } }), ['call cleanUp']],
  [
    'deleted, with the finalizer of old',
    seenOf(aChallenge({ deletionTimestamp: text(0), finalizers: [finalizers.legacyChallenge] })),
    ['call cleanUp'],
  ],
];

for (const [name, seen, expected, changed] of rows)
  test(name, () => assert.deepEqual(short(decideChallenge(seen, now, { ...rules, ...changed }), now), expected));

test('a solver that says nothing cannot be presented', () => {
  const challenge = aChallenge({ type: 'HTTP-01', spec: { solver: { http01: {} } } });
  const message = "couldn't Present challenge app/web-1-1-1: no Ingress nor Gateway HTTP01 solvers were specified";
  assert.deepEqual(short(decideChallenge(seenOf(challenge, { http01: { wanted: {} } }), now, rules), now), [
    status({ processing: false, reason: message }),
    `Warning PresentError: Error presenting challenge: ${message}`,
  ]);
});

test('the account that is asked is the one of the issuer that the Order names', () => {
  const issuer = anAcmeIssuer([webSolver]);
  const decision = decideChallenge(
    seenOf(aChallenge({ finalizers: [] }), { standing: { kind: 'ours', issuer } }),
    now,
    rules,
  );
  assert.equal(decision.kind === 'call' && decision.call.kind === 'fetchState' && decision.call.issuer, issuer);
});
