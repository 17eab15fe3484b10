// The rules of CertificateRequests: a row a rule, with upstream's exact messages; and that what our own controller writes passes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CertificateSpec } from '../../../../src/api/certificate.ts';
import type { CertificateRequest, CertificateRequestSpec } from '../../../../src/api/certificate-request.ts';
import type { Condition } from '../../../../src/api/conditions.ts';
import { keyUsages } from '../../../../src/api/usages.ts';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { certificateRules } from '../../../../src/webhook/rules/certificate.ts';
import { certificateRequestRules } from '../../../../src/webhook/rules/certificate-request.ts';
import { CertificateWorld, settings } from '../../../support/certificate-world.ts';
import { aCsrPem, aKey, craftCsr, defaultGates } from '../../../support/pki-builders.ts';
import { aCondition, aRequest } from '../../../support/request-builders.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

const context = aRuleContext();
const base64 = (text: string) => Buffer.from(text).toString('base64');

function created(request: unknown, limit?: number): string[] {
  const limits = limit === undefined ? context.limits : { ...context.limits, certificateBytes: limit };
  const found = certificateRequestRules.create?.(request as CertificateRequest, { ...context, limits });
  return (found?.errors ?? []).map(formatFieldError);
}

function updated(before: unknown, after: unknown): string[] {
  const found = certificateRequestRules.update?.(before as CertificateRequest, after as CertificateRequest, context);
  return (found?.errors ?? []).map(formatFieldError);
}

const dnsNames = ['web.example.com'];
const plain = aCsrPem({ dnsNames }, aKey(), defaultGates);
const ofCa = aCsrPem({ dnsNames, isCA: true });
const ofServer = aCsrPem({ dnsNames, usages: ['server auth'] });
const silent = aCsrPem({ dnsNames, encodeUsagesInRequest: false }, aKey(), defaultGates);

/** What is printed of a request. */
const shown = (pem: string) => JSON.stringify(pem.length <= 100 ? pem : `${pem.slice(0, 97)}...`);
const contradiction = (pem: string, what: string) =>
  `spec.request: Invalid value: ${shown(pem)}: encoded CSR error: ${what}`;

/** The last byte of the signature is another one. */
function tampered(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1]! ^= 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}
const [badEcdsa, badRsa, badEd25519] = (['p256', 'rsa2048', 'ed25519'] as const).map((kind) =>
  tampered(aCsrPem({ dnsNames }, aKey(kind), defaultGates)),
) as [string, string, string];

const creations: readonly (readonly [
  string,
  Partial<Record<keyof CertificateRequestSpec, unknown>>,
  readonly string[],
])[] = [
  ['nothing wrong', { request: base64(plain) }, []],
  [
    'an issuer that is none',
    { request: base64(plain), issuerRef: {} },
    ['spec.issuerRef.name: Required value: must be specified'],
  ],
  ['no CSR', { request: '' }, ['spec.request: Required value: must be specified']],
  [
    'unknown usages: the CSR is not looked at',
    { request: base64('nonsense'), usages: ['server auth', 'a', 'b'] },
    ['spec.usages: Invalid value: ["server auth","a","b"]: unknown key usages: [a b]'],
  ],
  [
    'no PEM',
    { request: base64('nonsense') },
    [
      'spec.request: Invalid value: "nonsense": error decoding certificate request PEM block: no PEM data was found in given input',
    ],
  ],
  [
    'too much PEM',
    { request: base64(plain.repeat(100)) },
    [
      `spec.request: Invalid value: ${shown(plain)}: error decoding certificate request PEM block: provided PEM data was larger than the maximum 36500B`,
    ],
  ],
  [
    'an ECDSA signature of somebody else',
    { request: base64(badEcdsa) },
    [`spec.request: Invalid value: ${shown(badEcdsa)}: x509: ECDSA verification failure`],
  ],
  [
    'an RSA signature of somebody else',
    { request: base64(badRsa) },
    [`spec.request: Invalid value: ${shown(badRsa)}: crypto/rsa: verification error`],
  ],
  [
    'an Ed25519 signature of somebody else',
    { request: base64(badEd25519) },
    [`spec.request: Invalid value: ${shown(badEd25519)}: x509: Ed25519 verification failure`],
  ],
  ['a CA', { request: base64(ofCa), isCA: true }, []],
  ['a CA that the CSR does not speak of', { request: base64(silent), isCA: true }, []],
  [
    'a CA in the CSR only',
    { request: base64(ofCa) },
    [contradiction(ofCa, 'IsCA true does not match expected value false')],
  ],
  ['usages that the CSR does not speak of', { request: base64(silent), usages: ['client auth'] }, []],
  ['usages of both', { request: base64(ofServer), usages: ['server auth'] }, []],
  [
    'usages of the CSR only',
    { request: base64(plain), usages: ['server auth'] },
    [
      contradiction(
        plain,
        "the KeyUsages [ 'digital signature', 'key encipherment' ] do not match the expected KeyUsages []",
      ),
    ],
  ],
  [
    'extended usages in another order',
    { request: base64(ofServer), usages: ['server auth', 'client auth'] },
    [
      contradiction(
        ofServer,
        "the ExtKeyUsages [ 'server auth' ] do not match the expected ExtKeyUsages [ 'server auth', 'client auth' ]",
      ),
    ],
  ],
  [
    'what is no duration',
    { request: base64(plain), duration: '90d' },
    ['spec.duration: Invalid value: "90d": time: unknown unit "d" in duration "90d"'],
  ],
  ['any duration', { request: base64(plain), duration: '-1ns' }, []],
];

for (const [name, spec, expected] of creations) {
  test(`created: ${name}`, () => {
    assert.deepEqual(created(aRequest({ spec: spec as Partial<CertificateRequestSpec> })), expected);
  });
}

test('created: a broken CSR says what is broken', () => {
  const pem = craftCsr({ attributes: [Buffer.from([0])] });
  assert.deepEqual(created(aRequest({ spec: { request: base64(pem) } })), [
    `spec.request: Invalid value: ${shown(pem)}: error parsing certificate request: truncated value`,
  ]);
});

test('created: the limit of the flags counts', () => {
  assert.deepEqual(created(aRequest({ spec: { request: base64(plain) } }), 10), [
    `spec.request: Invalid value: ${shown(plain)}: error decoding certificate request PEM block: provided PEM data was larger than the maximum 10B`,
  ]);
});

test('created: decisions have their shape from the start', () => {
  const conditions = [aCondition('Approved', 'False', 'r'), aCondition('Denied', 'True', 'r')];
  assert.deepEqual(created(aRequest({ spec: { request: base64(plain) }, conditions })), [
    'status.conditions.Approved: Invalid value: "False": "Approved" condition may only be set to True',
    "status.conditions: Forbidden: both 'Denied' and 'Approved' conditions cannot coexist",
  ]);
});

const spec = { request: base64(plain), duration: '1h', usages: ['server auth'] } as const;
const former = aRequest({
  annotations: { 'cert-manager.io/certificate-name': 'web', 'example.com/owner': 'a' },
  spec: { ...spec, usages: [...spec.usages] },
  conditions: [aCondition('Approved', 'True', 'r')],
});
const unchangeable = 'spec: Forbidden: cannot change spec after creation';
const frozen = (key: string) =>
  `metadata.annotations.${key}: Forbidden: cannot change cert-manager annotation after creation`;
const withSpec = (change: object): unknown => ({ ...former, spec: { ...former.spec, ...change } });
const withAnnotations = (annotations: object | undefined): unknown => ({
  ...former,
  metadata: { ...former.metadata, annotations },
});
const withConditions = (conditions: readonly Condition[]): unknown => ({ ...former, status: { conditions } });

const updates: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', former, []],
  ['the status alone', { ...former, status: { ...former.status, certificate: 'AAAA' } }, []],
  ['labels', { ...former, metadata: { ...former.metadata, labels: { a: 'b' } } }, []],
  ['the duration', withSpec({ duration: '2h' }), [unchangeable]],
  ['how the duration is written', withSpec({ duration: '60m' }), []],
  ['the issuer', withSpec({ issuerRef: { name: 'other' } }), [unchangeable]],
  // Defaults are not filled in before objects are compared.
  ['the kind of the issuer, to what it means', withSpec({ issuerRef: { name: 'ca', kind: 'Issuer' } }), [unchangeable]],
  ['an empty kind of the issuer', withSpec({ issuerRef: { name: 'ca', kind: '' } }), []],
  ['no CA, said', withSpec({ isCA: false }), []],
  ['a CA', withSpec({ isCA: true }), [unchangeable]],
  ['no usages', withSpec({ usages: undefined }), [unchangeable]],
  ['usages in another order', withSpec({ usages: ['server auth', 'client auth'] }), [unchangeable]],
  ['an empty list where there was none', withSpec({ groups: [] }), [unchangeable]],
  ['null where there was nothing', withSpec({ groups: null }), []],
  ['the CSR, into nonsense', withSpec({ request: 'AAAA' }), [unchangeable]],
  ['no spec', { ...former, spec: null }, [unchangeable]],

  [
    'annotations of others',
    withAnnotations({ 'cert-manager.io/certificate-name': 'web', 'example.com/owner': 'b' }),
    [],
  ],
  [
    'an annotation of ours',
    withAnnotations({ 'cert-manager.io/certificate-name': 'b' }),
    [frozen('cert-manager.io/certificate-name')],
  ],
  ['no annotations', withAnnotations(undefined), [frozen('cert-manager.io/certificate-name')]],
  [
    'more of them',
    withAnnotations({
      'cert-manager.io/certificate-name': 'web',
      'acme.cert-manager.io/x': '',
      'cert-manager.iox': '',
      'venafi.cert-manager.io/pickup-id': 'allowed',
    }),
    [frozen('acme.cert-manager.io/x'), frozen('cert-manager.iox')],
  ],

  [
    'another condition',
    withConditions([...(former.status?.conditions ?? []), aCondition('Ready', 'True', 'Issued')]),
    [],
  ],
  [
    'the reason of a decision',
    withConditions([aCondition('Approved', 'True', 'other')]),
    ["status.conditions: Forbidden: 'Approved' condition may not be modified once set"],
  ],
  [
    'everything: annotations, decisions, spec',
    { metadata: {}, spec: {}, status: { conditions: [] } },
    [
      frozen('cert-manager.io/certificate-name'),
      "status.conditions: Forbidden: 'Approved' condition may not be modified once set",
      unchangeable,
    ],
  ],
];

for (const [name, after, expected] of updates) {
  test(`updated: ${name}`, () => {
    assert.deepEqual(updated(former, after), expected);
  });
}

/** An object whose parts are often of the right form, and often not. */
const anyObject = fc.record(
  {
    metadata: fc.oneof(fc.jsonValue(), fc.record({ annotations: fc.jsonValue() })),
    spec: fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          request: fc.oneof(
            fc.constantFrom(base64(plain), base64(ofCa), base64(badRsa)),
            fc.base64String(),
            fc.jsonValue(),
          ),
          issuerRef: fc.oneof(fc.constant({ name: 'ca' }), fc.jsonValue()),
          usages: fc.oneof(fc.constant(['server auth']), fc.jsonValue()),
          isCA: fc.jsonValue(),
          duration: fc.oneof(fc.string(), fc.jsonValue()),
        },
        { requiredKeys: [] },
      ),
    ),
    status: fc.oneof(fc.jsonValue(), fc.record({ conditions: fc.jsonValue() })),
  },
  { requiredKeys: ['metadata'] },
);

test('whatever the objects are, the rules answer, and answer the same again', () => {
  fc.assert(
    fc.property(anyObject, anyObject, (before, after) => {
      assert.deepEqual(created(structuredClone(after)), created(after));
      assert.deepEqual(updated(structuredClone(before), structuredClone(after)), updated(before, after));
      assert.deepEqual(
        updated(before, structuredClone(before)).filter((message) => message === unchangeable),
        [],
      );
    }),
    { numRuns: 500 },
  );
});

const wishes: fc.Arbitrary<Partial<CertificateSpec>> = fc.record(
  {
    dnsNames: fc.constantFrom(dnsNames, ['*.a', 'b']),
    commonName: fc.constantFrom('web', 'Ünïcode'),
    subject: fc.constantFrom({ organizations: ['a', 'b'] }, { serialNumber: '1' }),
    uris: fc.constantFrom(['spiffe://a/b']),
    ipAddresses: fc.constantFrom(['10.0.0.1', '::1']),
    emailAddresses: fc.constantFrom(['jane@example.com']),
    otherNames: fc.constantFrom([{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'jane' }]),
    duration: fc.constantFrom('1h', '2160h'),
    isCA: fc.boolean(),
    usages: fc.uniqueArray(fc.constantFrom(...keyUsages), { maxLength: 6 }),
    encodeUsagesInRequest: fc.boolean(),
    nameConstraints: fc.constantFrom({ critical: true, permitted: { dnsDomains: ['a'], ipRanges: ['10.0.0.0/8'] } }),
    privateKey: fc.constantFrom({ algorithm: 'ECDSA', size: 384 }, { algorithm: 'Ed25519' }, { algorithm: 'ECDSA' }),
    issuerRef: fc.constantFrom({ name: 'ca' }, { name: 'a', kind: 'Signer', group: 'example.com' }),
  },
  { requiredKeys: ['dnsNames', 'privateKey'] },
);

test('the requests that our controller makes for Certificates that pass, pass, and so does every write to them', async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(wishes, fc.boolean(), async (wish, basicConstraints) => {
      const gates = { ...settings.gates, UseCertificateRequestBasicConstraints: basicConstraints };
      const world = new CertificateWorld(wish, { settings: { ...settings, gates } });
      if ((certificateRules.create?.(world.certificate, context).errors ?? []).length > 0) return;
      await world.settle();
      const requests = [...world.requests.values()];
      assert.equal(requests.length, 1);
      for (const request of requests) {
        asked++;
        assert.deepEqual(created(request), []);
        world.sign(request.metadata.name);
        assert.deepEqual(updated(request, world.requests.get(request.metadata.name)), []);
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(asked > 20, `only ${asked} of the Certificates came to a request`);
});
