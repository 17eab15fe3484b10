// Order, acme.cert-manager.io/v1: one order at an ACME server.
import type { Resource } from './meta.ts';
import { issuerReference } from './references.ts';
import {
  atomicList,
  bytes,
  choice,
  dateTime,
  duration,
  flag,
  integer,
  object,
  text,
  textList,
  type Wire,
} from './schema-words.ts';

const states = ['valid', 'ready', 'pending', 'processing', 'invalid', 'expired', 'errored'] as const;

/** The states of orders, authorizations and challenges at an ACME server, and `errored` for what cannot go on on our side. */
export const acmeState = (description: string) => choice(states, description);
export type AcmeState = (typeof states)[number];

export const orderSpec = object(
  {
    request: bytes(
      'The PKCS#10 certificate signing request that finalizes the order: PEM, then base64. Cannot be changed.',
    ),
    issuerRef: issuerReference('The ACME issuer whose account places the order.'),
    commonName: text('The common name of the request. Must be among the DNS names or IP addresses.').optional(),
    dnsNames: textList('The DNS names to order a certificate for.').optional(),
    ipAddresses: textList('The IP addresses to order a certificate for.').optional(),
    duration: duration(
      'How long the certificate should be valid, as a Go duration. Only sent where the issuer sets `enableDurationFeature`.',
    ).optional(),
    profile: text('The certificate profile to ask for, where the server offers any.').optional(),
    replaces: text('The certificate that this order replaces, as RFC 9773 identifies it.').optional(),
  },
  'What is ordered.',
);

const challenge = object(
  {
    url: text('The address of the challenge at the server.'),
    token: text('The token that the answer must contain.'),
    type: text(
      'How control is to be proved, such as `http-01` or `dns-01`. Types that we do not know are passed over.',
    ),
  },
  'A way to prove control that the server offers.',
);

const authorization = object(
  {
    url: text('The address of the authorization at the server.'),
    identifier: text('The name to be proved, without a leading `*.`.').optional(),
    wildcard: flag('Whether the order asks for the wildcard of the name.').optional(),
    initialState: acmeState(
      'The state of the authorization when the order was placed; a `valid` one needs no challenge.',
    ).optional(),
    challenges: atomicList(challenge, 'The ways to prove control; one of them is taken.').optional(),
  },
  'The proof that the server asks for one name.',
);

export const orderStatus = object(
  {
    url: text('The address of the order at the server. Empty until the order is placed.').optional(),
    finalizeURL: text('The address to which the signing request is sent once every name is proved.').optional(),
    authorizations: atomicList(authorization, 'The proofs that the server asks for.').optional(),
    certificate: bytes(
      'The certificate and its intermediates, leaf first: PEM, then base64. Set once the order is valid.',
    ).optional(),
    state: acmeState(
      'The state of the order. Nothing happens to it any more in `valid`, `invalid`, `expired` and `errored`.',
    ).optional(),
    reason: text('Why the order is in this state, for people.').optional(),
    failureTime: dateTime('When the order failed.').optional(),
    failedAttempts: integer(
      'Only certwright: how often this order was placed and failed for a cause that may pass. It is placed again at `nextAttemptAt`.',
    ).optional(),
    nextAttemptAt: dateTime(
      'Only certwright: nothing is asked of the server for this order before this time.',
    ).optional(),
  },
  'How far the order is. Written by the controller.',
);

export type OrderSpec = Wire<typeof orderSpec>;
export type OrderStatus = Wire<typeof orderStatus>;
export type OrderAuthorization = Wire<typeof authorization>;
export type OrderChallenge = Wire<typeof challenge>;
export type Order = Resource<OrderSpec, OrderStatus>;
