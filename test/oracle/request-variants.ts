// CertificateRequests, Orders and Challenges with right and wrong values in each field, put together at random by fast-check.
import fc from 'fast-check';
import { durations, issuerRef, type Json, list, maybe, record, some } from './admission-words.ts';
import { solver } from './issuer-variants.ts';

const wanted = (...values: readonly Json[]) => fc.constantFrom<Json>(...values);
const usages = ['server auth', 'client auth', 'digital signature', 'signing', 's/mime', 'cert sign', 'nonsense', ''];

const user = record({
  username: wanted('jane', 'joe', ''),
  uid: maybe('1', ''),
  groups: maybe(['a', 'b'], ['b', 'a'], [], ['a', 'a', 'b']),
  extra: maybe({ k: ['v', 'w'] }, { k: ['w', 'v'] }, { k: [] }, {}),
});

/** Whose requests they are, as the API server says it. */
export const requester = user as fc.Arbitrary<Record<string, unknown>>;

/** `requests`: base64 of what stands in spec.request. */
export const certificateRequestSpec = (requests: readonly string[]): fc.Arbitrary<Json> =>
  fc
    .tuple(
      record({
        issuerRef,
        request: fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom(...requests) },
          { weight: 1, arbitrary: fc.constantFrom('', Buffer.from('nonsense').toString('base64')) },
        ),
        duration: maybe(...durations),
        isCA: maybe(true, false),
        usages: list(fc.constantFrom(...usages)),
      }),
      user,
    )
    .map(([spec, identity]) => ({ ...(spec as object), ...(identity as object) }));

const condition = fc.constantFrom<Json>(
  { type: 'Approved', status: 'True', reason: 'r', message: 'm' },
  { type: 'Approved', status: 'True', reason: 'other', message: 'm' },
  { type: 'Approved', status: 'False' },
  { type: 'Denied', status: 'True', reason: 'r' },
  { type: 'Denied', status: 'Unknown' },
  { type: 'Ready', status: 'True', reason: 'Issued' },
);
export const certificateRequestStatus = record({ conditions: list(condition, 3), certificate: maybe('Yg==') });

export const annotations = maybe(
  {},
  { a: 'b' },
  { 'cert-manager.io/x': 'y' },
  { 'cert-manager.io/x': 'z' },
  { 'cert-manager.iox': 'z' },
  { 'acme.cert-manager.io/a': 'b', c: 'd' },
);

const authorization = record({
  url: wanted('https://a', 'https://b', ''),
  identifier: maybe('example.com', 'example.org'),
  wildcard: maybe(true, false),
  initialState: maybe('pending', 'valid'),
  challenges: list(
    wanted(
      { url: 'u', token: 't', type: 'http-01' },
      { url: 'v', token: 't', type: 'http-01' },
      { url: 'u', token: 't', type: 'dns-01' },
    ),
    2,
  ),
});
export const orderParts = record({
  spec: record({ request: wanted('YQ==', 'Yg=='), issuerRef, commonName: maybe('a'), dnsNames: maybe(['a'], ['b']) }),
  status: some(
    record({
      url: maybe('a', 'b'),
      finalizeURL: maybe('a', 'b'),
      certificate: maybe('YQ==', 'Yg=='),
      state: maybe('valid', 'pending'),
      authorizations: list(authorization, 2),
    }),
  ),
});
export const challengeParts = record({
  spec: record({
    url: wanted('a', 'b'),
    authorizationURL: wanted('a'),
    dnsName: wanted('a', 'b'),
    type: wanted('HTTP-01', 'DNS-01'),
    token: wanted('t'),
    key: wanted('k'),
    issuerRef,
    solver,
    wildcard: maybe(true, false),
  }),
  status: maybe({ processing: true }, { presented: true, state: 'pending' }),
});
