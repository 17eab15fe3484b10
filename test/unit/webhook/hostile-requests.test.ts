// Whatever JSON is sent, it is answered: with the uid of the request, in the right form, and never because something broke.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../../../src/api/kinds.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { createAdmission } from '../../../src/webhook/admission.ts';
import type { AdmissionRequest, AdmissionResponse } from '../../../src/webhook/review.ts';
import { aCsrPem } from '../../support/pki-builders.ts';

const admission = createAdmission({
  client: { request: () => Promise.reject(new ApiError(403, 'Forbidden', 'no')) },
  gates: { LiteralCertificateSubject: true, NameConstraints: true, OtherNames: true },
  limits: defaultPemLimits,
  log: silentLog,
});

const issuerRef = { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' };
const secret = { name: 'x', key: 'y' };
const user = { username: 'alice', uid: '7', groups: ['dev'], extra: { a: ['b'] } };
const csr = Buffer.from(aCsrPem({ dnsNames: ['a.example'] })).toString('base64');
const condition = { type: 'Approved', status: 'True', reason: 'x', lastTransitionTime: '2026-11-22T19:00:00Z' };
const solver = { http01: { ingress: { class: 'x', podTemplate: {} } }, waitInsteadOfSelfCheck: '1s' };
const dns01 = {
  cloudDNS: { project: 'x', serviceAccountSecretRef: secret },
  rfc2136: { nameserver: '1.2.3.4', tsigSecretSecretRef: secret },
};
const vault = {
  server: 'x',
  path: 'y',
  caBundle: 'eA==',
  auth: { kubernetes: { role: 'x', serviceAccountRef: secret }, aws: { role: 'x' } },
};
const venafi = { zone: 'x', tpp: { url: 'x', caBundle: 'eA==' }, cloud: {} };
const acme = {
  server: 'x',
  privateKeySecretRef: secret,
  caBundle: 'eA==',
  externalAccountBinding: { keyID: 'x', keySecretRef: secret },
  solvers: [solver, { dns01 }],
};
const names = {
  dnsNames: ['a'],
  ipAddresses: ['1.2.3.4'],
  emailAddresses: ['a@b'],
  uris: ['a:b'],
  otherNames: [{ oid: '1.2', utf8Value: 'x' }],
};
const renewal = { policy: 'RenewBefore', windows: [{ cron: '0 2 * * *', windowDuration: '4h', timezone: 'UTC' }] };
const specs: Readonly<Record<string, object>> = {
  Certificate: {
    ...names,
    issuerRef,
    renewal,
    secretName: 'x',
    literalSubject: 'CN=a,O=b',
    subject: { organizations: ['x'] },
    duration: '24h',
    renewBefore: '1h',
    renewBeforePercentage: 30,
    usages: ['server auth'],
    privateKey: { algorithm: 'RSA', size: 2048 },
    secretTemplate: { labels: { a: 'b' }, annotations: { a: 'b' } },
    nameConstraints: { permitted: { dnsDomains: ['a'], ipRanges: ['10.0.0.0/8'] } },
    keystores: { jks: { password: 'x', passwordSecretRef: secret }, pkcs12: {} },
    additionalOutputFormats: [{ type: 'DER' }, { type: 'DER' }],
  },
  CertificateRequest: { ...user, issuerRef, request: csr, usages: ['digital signature'], duration: '1h', isCA: false },
  Issuer: { acme, vault, venafi, ca: { secretName: 'x', ocspServers: ['x'] }, selfSigned: {} },
  ClusterIssuer: { vault },
  Order: { issuerRef, request: csr, dnsNames: ['a'] },
  Challenge: { issuerRef, solver, url: 'x', token: 'y', key: 'z', dnsName: 'a' },
};
const challenge = { url: 'x', token: 'y', type: 'z' };
const authorizations = [{ url: 'x', identifier: 'a', wildcard: false, initialState: 'x', challenges: [challenge] }];
const status = { authorizations, conditions: [condition], url: 'x', finalizeURL: 'y', certificate: 'eA==' };
const metadata = { name: 'x', namespace: 'y', labels: { a: 'b' }, annotations: { 'cert-manager.io/a': 'b' } };

const requests = kinds.map(({ group, version, kind, plural }) => {
  const object = { apiVersion: `${group}/${version}`, kind, metadata, spec: specs[kind], status };
  const oldObject = { ...object, status: { ...status, conditions: [] } };
  const resource = { group, version, resource: plural };
  return { uid: 'r', resource, operation: 'UPDATE', subResource: '', userInfo: user, object, oldObject };
});

type Path = readonly (string | number)[];

/** Of all that is inside, however deep. */
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [at, ...[...keys].flatMap((key) => pathsOf((value as Record<string, unknown>)[key], [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const hostileKeys = fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'name', 'type', '0');
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, '', 0, -1, 1e300, [], {}, [null], 'CREATE', 'status'),
  fc.dictionary(hostileKeys, fc.jsonValue({ maxDepth: 1 })),
);
const change = fc.tuple(fc.nat(), anything);

/** A good request, of which some parts were replaced. */
const damaged = fc
  .tuple(
    fc.constantFrom(...requests),
    fc.constantFrom('CREATE', 'UPDATE'),
    fc.constantFrom('', 'status'),
    fc.array(change, { maxLength: 4 }),
  )
  .map(([request, operation, subResource, changes]) => {
    let sent: unknown = { ...request, operation, subResource };
    for (const [index, by] of changes) {
      const paths = pathsOf(sent);
      sent = replaced(sent, paths[index % paths.length] ?? [], by);
    }
    return JSON.parse(JSON.stringify(sent)) as unknown;
  });

function checkAnswer(sent: unknown, response: AdmissionResponse): void {
  const uid = (sent as { uid?: unknown } | null)?.uid;
  assert.equal(response.uid, typeof uid === 'string' ? uid : '');
  assert.equal(response.allowed, response.status === undefined);
  if (response.status !== undefined) assert.ok([400, 403].includes(response.status.code), response.status.message);
  assert.equal(response.patch === undefined, response.patchType === undefined);
  if (response.patch !== undefined) JSON.parse(Buffer.from(response.patch, 'base64').toString());
}

describe('whatever is sent', () => {
  for (const verb of ['validate', 'mutate'] as const) {
    test(`${verb} answers`, () =>
      fc.assert(
        fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: damaged }, anything), async (sent) =>
          checkAnswer(sent, await admission[verb](sent as AdmissionRequest)),
        ),
        { numRuns: 300 },
      ));
  }

  test('the requests that are damaged are good ones', async () => {
    for (const request of requests) {
      const response = await admission.validate(request as unknown as AdmissionRequest);
      assert.ok(response.status === undefined || response.status.code === 403, response.status?.message);
    }
  });
});
