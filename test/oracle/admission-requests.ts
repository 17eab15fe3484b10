// AdmissionReview requests for the comparison of two webhooks: objects made at random as created and as updated by somebody.
import fc from 'fast-check';
import type { KubeObject } from '../../src/api/meta.ts';
import type { AdmissionRequest, UserInfo } from '../../src/webhook/review.ts';
import { aCsrPem, aKey, aRoot } from '../support/pki-builders.ts';
import { withoutUndefined } from './admission-words.ts';
import { certificateSpec } from './certificate-variants.ts';
import { issuerSpec } from './issuer-variants.ts';
import {
  annotations,
  certificateRequestSpec,
  certificateRequestStatus,
  challengeParts,
  orderParts,
  requester,
} from './request-variants.ts';

/** What both webhooks are asked. Signers are the names that the requester may approve. */
export interface Question {
  readonly path: '/validate' | '/mutate';
  readonly signers: readonly string[];
  readonly request: AdmissionRequest;
}

const cm = 'cert-manager.io';
const acme = 'acme.cert-manager.io';

const object = (group: string, kind: string, parts: object): KubeObject =>
  ({ apiVersion: `${group}/v1`, kind, metadata: { name: 'a', namespace: 'ns' }, ...parts }) as unknown as KubeObject;

function ask(group: string, kind: string, plural: string, parts: Partial<AdmissionRequest>): AdmissionRequest {
  return {
    uid: '1',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource: plural },
    name: 'a',
    namespace: 'ns',
    operation: parts.oldObject === undefined ? 'CREATE' : 'UPDATE',
    userInfo: { username: 'jane' },
    ...parts,
  };
}

const validate = (request: AdmissionRequest, signers: readonly string[] = []): Question => ({
  path: '/validate',
  signers,
  request,
});

export const certificates = certificateSpec.map((spec) =>
  validate(ask(cm, 'Certificate', 'certificates', { object: object(cm, 'Certificate', { spec }) })),
);

export const issuers = issuerSpec(aRoot('differential').pem).chain((spec) =>
  fc.constantFrom('Issuer', 'ClusterIssuer').map((kind) => {
    const parts = { object: object(cm, kind, { spec }) };
    return validate(ask(cm, kind, `${kind.toLowerCase()}s`, parts));
  }),
);

/** Requests that say different things about what they are for; one whose signature is somebody else's. */
function signedRequests(): string[] {
  const specs = [
    { commonName: 'a' },
    { commonName: 'a', isCA: true },
    { commonName: 'a', usages: ['server auth', 'client auth'] as const },
    { commonName: 'a', usages: ['client auth', 'server auth', 'signing', 's/mime'] as const },
    { commonName: 'a', encodeUsagesInRequest: false },
  ];
  const pems = specs.map((spec) => aCsrPem(spec));
  const [first = ''] = pems;
  const middle = Math.floor(first.length / 2) + 3;
  const tampered = `${first.slice(0, -60)}${first.at(-60) === 'A' ? 'B' : 'A'}${first.slice(-59)}`;
  const broken = first.slice(0, middle) + first.slice(middle + 1);
  const other = aCsrPem({ commonName: 'b' }, aKey('rsa2048'));
  return [...pems, other, tampered, broken, `noise\n${first}`, `${first}${other}`, 'x'.repeat(36_501)].map((pem) =>
    Buffer.from(pem).toString('base64'),
  );
}

const requestSpec = certificateRequestSpec(signedRequests());
const identityOf = (spec: unknown): UserInfo => {
  const { username, uid, groups, extra } = spec as Record<string, never>;
  return withoutUndefined({ username, uid, groups, extra });
};

export const createdRequests = fc
  .tuple(requestSpec, fc.boolean(), requester, fc.constantFrom('/validate', '/mutate'))
  .map(([spec, isOwn, user, path]): Question => {
    const userInfo: UserInfo = isOwn ? identityOf(spec) : user;
    const parts = { object: object(cm, 'CertificateRequest', { spec }), userInfo };
    return {
      path: path as Question['path'],
      signers: [],
      request: ask(cm, 'CertificateRequest', 'certificaterequests', parts),
    };
  });

const sameOrOther = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.tuple(arbitrary, arbitrary, fc.integer({ min: 0, max: 3 })).map(([a, b, n]) => [a, n === 0 ? b : a] as const);

const external = { name: 'x', kind: 'Signer', group: 'example.com' };
const unknown = { name: 'x', kind: 'Nothing', group: 'example.com' };
const allowed = [
  'issuers.cert-manager.io/*',
  'issuers.cert-manager.io/ns.ca',
  'clusterissuers.cert-manager.io/ca',
  'signers.example.com/ns.x',
];

export const updatedRequests = fc
  .record({
    spec: sameOrOther(requestSpec),
    issuerRef: fc.constantFrom(undefined, undefined, external, unknown),
    before: certificateRequestStatus,
    after: certificateRequestStatus,
    annotations: sameOrOther(annotations),
    subResource: fc.constantFrom(undefined, 'status'),
    user: requester,
    signers: fc.subarray(allowed),
  })
  .map(({ spec, issuerRef, before, after, annotations: [notesBefore, notesAfter], subResource, user, signers }) => {
    const make = (each: unknown, status: unknown, notes: unknown) =>
      object(cm, 'CertificateRequest', {
        metadata: { name: 'a', namespace: 'ns', ...(notes === undefined ? {} : { annotations: notes }) },
        spec: { ...(each as object), ...(issuerRef === undefined ? {} : { issuerRef }) },
        status,
      });
    const parts = {
      oldObject: make(spec[0], before, notesBefore),
      object: make(spec[1], after, notesAfter),
      userInfo: user,
      ...(subResource === undefined ? {} : { subResource }),
    };
    return validate(ask(cm, 'CertificateRequest', 'certificaterequests', parts), signers);
  });

const updates = (kind: string, plural: string, parts: fc.Arbitrary<unknown>) =>
  sameOrOther(parts).chain(([before, after]) =>
    parts.map((third) => {
      const status = (third as { status?: unknown }).status;
      const old = object(acme, kind, before as object);
      const now = object(acme, kind, { ...(after as object), ...(status === undefined ? {} : { status }) });
      return validate(ask(acme, kind, plural, { oldObject: old, object: now }));
    }),
  );

export const orders = updates('Order', 'orders', orderParts);
export const challenges = updates('Challenge', 'challenges', challengeParts);
