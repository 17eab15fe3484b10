// Challenge, acme.cert-manager.io/v1: the proof of one name to an ACME server.
import type { Resource } from './meta.ts';
import { acmeState } from './order.ts';
import { issuerReference } from './references.ts';
import { atomicList, choice, dateTime, flag, integer, object, text, type Wire } from './schema-words.ts';
import { solver } from './solver.ts';

export const challengeSpec = object(
  {
    url: text('The address of the challenge at the server.'),
    authorizationURL: text('The address of the authorization that the challenge belongs to.'),
    dnsName: text('The name to be proved, without a leading `*.`.'),
    wildcard: flag('Whether the wildcard of the name is to be proved.').optional(),
    type: choice(['HTTP-01', 'DNS-01'], 'How control is proved.'),
    token: text('The token that the server gave.'),
    key: text(
      'The answer that the server will look for: for HTTP-01 the key authorization, for DNS-01 the value of the TXT record.',
    ),
    solver: solver(
      'How the answer is put in place: the solver of the issuer that fits the name best, as it was when the challenge was made.',
    ),
    issuerRef: issuerReference('The ACME issuer whose account answers the challenge.'),
  },
  'What is to be proved, and how. Cannot be changed after creation.',
);

export const challengeStatus = object(
  {
    processing: flag('Whether the challenge is being worked on; only a limited number is at once.').optional(),
    presented: flag('Whether the answer is in place. It need not be visible to the server yet.').optional(),
    presentedAt: dateTime('When the answer was put in place.').optional(),
    visibleSince: dateTime('Only certwright: since when every server that we asked has the answer.').optional(),
    acceptedAt: dateTime('Only certwright: when the server was told to look for the answer.').optional(),
    failedAttempts: integer(
      'Only certwright: how often in a row the answer could not be put in place or removed.',
    ).optional(),
    nextAttemptAt: dateTime('Only certwright: nothing is tried for this challenge before this time.').optional(),
    checks: atomicList(
      object(
        {
          server: text('The DNS server or address that was asked.'),
          answer: text('What it answered, in short. Never the body of a page.'),
        },
        'One answer to our own look at the challenge.',
      ),
      'Only certwright: what each server answered when we last looked for the answer ourselves.',
    ).optional(),
    reason: text('Why the challenge is in this state, for people.').optional(),
    state: acmeState('The state of the challenge at the server.').optional(),
  },
  'How far the challenge is. Written by the controller.',
);

export type ChallengeSpec = Wire<typeof challengeSpec>;
export type ChallengeStatus = Wire<typeof challengeStatus>;
export type Challenge = Resource<ChallengeSpec, ChallengeStatus>;
