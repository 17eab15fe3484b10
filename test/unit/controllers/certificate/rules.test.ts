import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate, CertificateSpec, CertificateStatus } from '../../../../src/api/certificate.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { ObjectMeta } from '../../../../src/api/meta.ts';
import {
  firstViolation,
  pairViolation,
  sharedRules,
  storedOf,
  violationsOf,
} from '../../../../src/controllers/certificate/rules.ts';
import type { SecretFacts } from '../../../../src/controllers/certificate/seen.ts';
import type { KeyFacts, TlsFacts } from '../../../../src/pki/facts.ts';
import { generateKey, keyFactsOf } from '../../../../src/pki/keys.ts';
import {
  aCertificate,
  aLeaf,
  aSecretFor,
  someNames,
  someSecretAnnotations,
} from '../../../support/certificate-builders.ts';
import { signedRequest } from '../../../support/signed-requests.ts';

const [key, otherKey] = await Promise.all([
  generateKey({ algorithm: 'ECDSA', size: 256 }),
  generateKey({ algorithm: 'ECDSA', size: 256 }),
]);
const facts = keyFactsOf(key);
const ecdsa = { privateKey: { algorithm: 'ECDSA', size: 256 } } as const;
const fresh: CertificateStatus = { revision: 1, renewalTime: '2027-01-21T19:06:29Z' };

const wanted = (spec: Partial<CertificateSpec> = {}, status = fresh): Certificate =>
  aCertificate({ ...ecdsa, ...spec }, status);
const certificate = wanted();
const current = signedRequest(certificate, key);

const stored = (given: Partial<TlsFacts> = {}, metadata: Partial<ObjectMeta> = {}): SecretFacts =>
  aSecretFor(facts, given, metadata);
const annotated = (given: Record<string, string>): SecretFacts =>
  stored({}, { annotations: { ...someSecretAnnotations, ...given } });
const bare = (annotations: Record<string, string> = {}): SecretFacts => stored({}, { annotations });
const absent: Partial<TlsFacts> = { keys: [], key: { kind: 'absent' }, leaf: { kind: 'absent' } };
const empty: SecretFacts = { ...stored(absent), hasData: false };
const keyOf = (given: Partial<KeyFacts>): Partial<TlsFacts> => ({
  key: { kind: 'ok', value: { ...facts, ...given } },
  leaf: { kind: 'ok', value: aLeaf({ publicKey: given.publicKey ?? facts.publicKey }) },
});
const named = (names: Parameters<typeof someNames>[0]): Partial<TlsFacts> => ({
  leaf: { kind: 'ok', value: aLeaf({ publicKey: facts.publicKey, names: someNames(names) }) },
});

// P-256 becomes a curve that nobody signs with, by its last byte.
const csr = Buffer.from(current.spec.request, 'base64').toString('latin1');
const body = Buffer.from(csr.replace(/-----.*-----/g, ''), 'base64').toString('hex');
const strange = Buffer.from(body.replace('2a8648ce3d030107', '2a8648ce3d030106'), 'hex').toString('base64');
const strangeKey: CertificateRequest = {
  ...current,
  spec: {
    ...current.spec,
    request: Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${strange}\n-----END CERTIFICATE REQUEST-----\n`,
    ).toString('base64'),
  },
};

type Row = readonly [
  name: string,
  certificate: Certificate,
  secret: SecretFacts | undefined,
  requests: readonly CertificateRequest[],
  expected: readonly [string, string] | undefined,
];

const previously = (issuer: string) =>
  ['IncorrectIssuer', `Issuing certificate as Secret was previously issued by "${issuer}"`] as const;
const changed = (...fields: string[]) =>
  ['RequestChanged', `Fields on existing CertificateRequest resource not up to date: [${fields.join(' ')}]`] as const;
const outdated = (...fields: string[]) =>
  [
    'SecretMismatch',
    `Issuing certificate as Existing issued Secret is not up to date for spec: [${fields.join(' ')}]`,
  ] as const;
const mismatchingPair = [
  'InvalidKeyPair',
  'Issuing certificate as Secret contains a private key that does not match the certificate',
] as const;

const pairSecrets: readonly (readonly [string, SecretFacts | undefined, Row[4]])[] = [
  ['2: no data', empty, ['MissingData', 'Issuing certificate as Secret does not contain any data']],
  [
    '2: empty files, as made to be mounted early',
    stored(absent),
    ['MissingData', 'Issuing certificate as Secret does not contain a private key'],
  ],
  [
    '2: no certificate',
    stored({ leaf: { kind: 'absent' } }),
    ['MissingData', 'Issuing certificate as Secret does not contain a certificate'],
  ],
  [
    '3: a key that cannot be read',
    stored({ key: { kind: 'bad', error: 'no PEM' }, leaf: { kind: 'bad', error: 'x' } }),
    ['InvalidKeyPair', 'Issuing certificate as Secret contains invalid private key data: no PEM'],
  ],
  [
    '3: a certificate that cannot be read',
    stored({ leaf: { kind: 'bad', error: 'no PEM' } }),
    ['InvalidCertificate', 'Issuing certificate as Secret contains an invalid certificate: no PEM'],
  ],
  [
    '3: another key than the certificate has',
    stored({ leaf: { kind: 'ok', value: aLeaf({ publicKey: 'ff' }) } }),
    mismatchingPair,
  ],
];

const pairRows: readonly Row[] = [
  ...pairSecrets.map(([name, secret, expected]): Row => [name, certificate, secret, [current], expected]),
  ['1: no Secret', certificate, undefined, [current], ['DoesNotExist', 'Issuing certificate as Secret does not exist']],
];

const specRows: readonly (readonly [string, Partial<CertificateSpec>, Row[4]])[] = [
  [
    '6: another algorithm',
    { privateKey: { algorithm: 'RSA' } },
    ['SecretMismatch', 'Existing private key is not up to date for spec: [spec.privateKey.algorithm]'],
  ],
  [
    '6: another size',
    { privateKey: { algorithm: 'ECDSA', size: 384 } },
    ['SecretMismatch', 'Existing private key is not up to date for spec: [spec.privateKey.size]'],
  ],
  ['8: other DNS names', { dnsNames: ['web.example.com', 'www.example.com'] }, changed('spec.dnsNames')],
  [
    '8: many fields, in order',
    {
      commonName: 'web',
      ipAddresses: ['10.0.0.1'],
      uris: ['a://b'],
      emailAddresses: ['a@b'],
      dnsNames: ['x'],
      isCA: true,
      usages: ['any'],
      issuerRef: { name: 'ca' },
      subject: { organizations: ['o'], countries: ['c'], serialNumber: 's' },
    },
    changed(
      'spec.ipAddresses',
      'spec.uris',
      'spec.emailAddresses',
      'spec.dnsNames',
      'spec.commonName',
      'spec.subject.serialNumber',
      'spec.subject.organizations',
      'spec.subject.countries',
      'spec.isCA',
      'spec.usages',
    ),
  ],
  ['8: a new duration is no change', { duration: '2h' }, undefined],
  [
    '8: nor are other settings',
    {
      renewBefore: '1h',
      encodeUsagesInRequest: false,
      signatureAlgorithm: 'ECDSAWithSHA512',
      keystores: {},
      secretTemplate: { labels: { a: 'b' } },
    },
    undefined,
  ],
  [
    'order: the key before the request',
    { privateKey: { algorithm: 'RSA' }, dnsNames: ['x'] },
    ['SecretMismatch', 'Existing private key is not up to date for spec: [spec.privateKey.algorithm]'],
  ],
];

const chainSecrets: readonly (readonly [string, SecretFacts | undefined, Row[4]])[] = [
  ['4: another name', annotated({ 'cert-manager.io/issuer-name': 'old' }), previously('Issuer.cert-manager.io/old')],
  [
    '4: the annotations as they stand',
    annotated({ 'cert-manager.io/issuer-kind': 'X', 'cert-manager.io/issuer-group': 'example.com' }),
    previously('X.example.com/ca'),
  ],
  [
    '4: also the other way round',
    annotated({ 'cert-manager.io/issuer-kind': 'Issuer', 'cert-manager.io/issuer-group': 'cert-manager.io' }),
    undefined,
  ],
  [
    '4: one empty annotation makes the name count',
    bare({ 'cert-manager.io/issuer-group': '' }),
    previously('Issuer.cert-manager.io/'),
  ],
  [
    '5: issued for another Certificate',
    annotated({ 'cert-manager.io/certificate-name': 'x' }),
    [
      'IncorrectCertificate',
      'Secret was issued for "x". If this message is not transient, you might have two conflicting Certificates pointing to the same secret.',
    ],
  ],
  [
    '7: another key than the request has',
    stored(keyOf({ publicKey: 'ff' })),
    ['SecretMismatch', 'Secret contains a private key that does not match the current CertificateRequest'],
  ],
  [
    'order: the issuer before the Certificate',
    annotated({ 'cert-manager.io/issuer-name': 'old', 'cert-manager.io/certificate-name': 'x' }),
    previously('Issuer.cert-manager.io/old'),
  ],
];

const chainRows: readonly Row[] = [
  ...chainSecrets.map(([name, secret, expected]): Row => [name, certificate, secret, [current], expected]),
  ...specRows.map(([name, spec, expected]): Row => [name, wanted(spec), stored(), [current], expected]),
  ['nothing', certificate, stored(), [current], undefined],
  ['nothing, without its request', certificate, stored(), [], undefined],
  [
    '4: another kind',
    wanted({ issuerRef: { name: 'ca', kind: 'ClusterIssuer' } }),
    stored(),
    [],
    previously('Issuer.cert-manager.io/ca'),
  ],
  [
    '4: another group',
    wanted({ issuerRef: { name: 'ca', group: 'example.com' } }),
    stored(),
    [],
    previously('Issuer.cert-manager.io/ca'),
  ],
  [
    '4: defaults are equal to what they stand for',
    wanted({ issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } }),
    stored(),
    [],
    undefined,
  ],
  ['4: a Secret without annotations fits a plain issuer', certificate, bare(), [current], undefined],
  [
    '4: but no ClusterIssuer',
    wanted({ issuerRef: { name: 'ca', kind: 'ClusterIssuer' } }),
    bare(),
    [],
    previously('Issuer.cert-manager.io/'),
  ],
  ['5: issued for nobody', certificate, bare({ 'cert-manager.io/issuer-name': 'ca' }), [current], undefined],
  ['7: nobody asks without the request', certificate, stored(keyOf({ publicKey: 'ff' })), [], undefined],
  [
    '7: a request that cannot be read',
    certificate,
    stored(),
    [{ ...current, spec: { ...current.spec, request: 'AAAA' } }],
    [
      'InvalidCertificateRequest',
      'Failed to decode current CertificateRequest: error decoding certificate request PEM block: no PEM data was found in given input',
    ],
  ],
  [
    '7: a request for a kind of key that is not known',
    certificate,
    stored(),
    [strangeKey],
    ['InvalidCertificateRequest', "CertificateRequest's public key is invalid: unknown type of key"],
  ],
  [
    '7: requests of other revisions do not count',
    wanted({}, { ...fresh, revision: 2 }),
    stored(),
    [signedRequest(certificate, otherKey, 1), signedRequest(certificate, otherKey, 3)],
    undefined,
  ],
  [
    '8: in another order they are the same',
    wanted({ dnsNames: ['b', 'a'] }),
    stored(),
    [signedRequest(wanted({ dnsNames: ['a', 'b'] }), key)],
    undefined,
  ],
  [
    '8: another duration',
    wanted({ duration: '2h' }),
    stored(),
    [signedRequest(wanted({ duration: '1h' }), key)],
    changed('spec.duration'),
  ],
  [
    "8': other names in the certificate",
    wanted({ dnsNames: ['www.example.com'] }),
    stored(),
    [],
    outdated('spec.dnsNames'),
  ],
  [
    "8': a name may move from the common name",
    certificate,
    stored(named({ dnsNames: [], commonName: 'web.example.com' })),
    [],
    undefined,
  ],
  [
    "8': other addresses",
    certificate,
    stored(named({ ipAddresses: ['10.0.0.1'], uris: ['a://b'], emailAddresses: ['a@b'] })),
    [],
    outdated('spec.ipAddresses', 'spec.uris', 'spec.emailAddresses'),
  ],
  [
    "8': the subject is not compared",
    wanted({ subject: { organizations: ['o'] }, isCA: true, usages: ['any'], duration: '2h' }),
    stored(),
    [],
    undefined,
  ],
];

for (const [name, given, secret, requests, expected] of [...pairRows, ...chainRows]) {
  test(name, () => {
    const result = firstViolation(sharedRules, storedOf({ certificate: given, secret, requests }));
    assert.deepEqual(result, expected === undefined ? undefined : { reason: expected[0], message: expected[1] });
  });
}

test('only the first three rules are about the pair', () => {
  const told = (rows: readonly Row[]) =>
    rows.map(([, given, secret, requests]) => pairViolation({ certificate: given, secret, requests })?.message);
  assert.deepEqual(
    told(pairRows),
    pairRows.map(([, , , , expected]) => expected?.[1]),
  );
  assert.deepEqual(
    told(chainRows),
    chainRows.map(() => undefined),
  );
});

test('of two requests that claim the current revision, the one for the stored key counts', () => {
  const stranger = {
    ...signedRequest(wanted({ dnsNames: ['x'] }), otherKey),
    metadata: { ...current.metadata, name: 'stranger', creationTimestamp: '2027-01-01T00:00:00Z' },
  };
  const of = (...requests: CertificateRequest[]) =>
    firstViolation(sharedRules, storedOf({ certificate, secret: stored(), requests }));
  assert.deepEqual([of(stranger, current), of(current, stranger)], [undefined, undefined]);
});

const differences: readonly (readonly [
  string,
  Certificate,
  SecretFacts | undefined,
  readonly CertificateRequest[],
  readonly string[],
])[] = [
  ['nothing was issued', certificate, undefined, [], []],
  ['as asked for', certificate, stored(), [current], []],
  [
    'a changed spec',
    wanted({ dnsNames: ['x'], privateKey: { algorithm: 'RSA' } }),
    stored(),
    [current],
    ['spec.privateKey.algorithm', 'spec.dnsNames'],
  ],
  [
    'somebody else wrote the Secret',
    certificate,
    stored(keyOf({ algorithm: 'RSA', size: 4096, publicKey: 'ff' })),
    [current],
    [],
  ],
  [
    'without its request the Secret tells',
    wanted({ dnsNames: ['x'], privateKey: { algorithm: 'RSA' } }),
    stored(),
    [],
    ['spec.privateKey.algorithm', 'spec.dnsNames'],
  ],
];

for (const [name, given, secret, requests, expected] of differences) {
  test(`changed since the last issuance: ${name}`, () => {
    assert.deepEqual(violationsOf({ certificate: given, secret, requests }), expected);
  });
}
