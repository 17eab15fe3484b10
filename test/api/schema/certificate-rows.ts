// Specs of Certificates and CertificateRequests that API server and webhook both accept, and such as both refuse.
import { aCsrPem } from '../../support/pki-builders.ts';

/** Kind, name, spec. */
export type RightRow = readonly [string, string, unknown];
/** Kind, name, spec, and words that the API server's answer contains. */
export type WrongRow = readonly [string, string, unknown, string];

const certificate = { secretName: 'tls', dnsNames: ['www.example.com'], issuerRef: { name: 'ca' } };
const ref = { name: 'a', key: 'b' };
const jks = (config: object) => ({ ...certificate, keystores: { jks: { create: true, ...config } } });
const pkcs12 = (config: object) => ({ ...certificate, keystores: { pkcs12: { create: true, ...config } } });
export const request = {
  request: Buffer.from(aCsrPem({ commonName: 'a' })).toString('base64'),
  issuerRef: { name: 'ca' },
};

export const rightCertificates: readonly RightRow[] = [
  ['Certificate', 'the least', certificate],
  ['Certificate', '64 bytes in fewer characters', { ...certificate, commonName: 'ä'.repeat(32) }],
  ['Certificate', 'the shortest', { ...certificate, duration: '60m', renewBefore: '0.0833333334h' }],
  ['Certificate', 'durations as Go reads them', { ...certificate, duration: '1h30m0.5s', renewBefore: '+1h1ms1µs1ns' }],
  ['Certificate', 'a renewal up to the default duration', { ...certificate, renewBefore: '2159h59m59.999s' }],
  ['Certificate', 'any percentage without a duration', { ...certificate, renewBeforePercentage: 200 }],
  ['Certificate', 'a percentage', { ...certificate, duration: '876000h', renewBeforePercentage: 99 }],
  [
    'Certificate',
    'only a literal subject',
    { secretName: 'a.b-c', literalSubject: 'CN=a', subject: {}, issuerRef: { name: 'a' } },
  ],
  [
    'Certificate',
    'an issuer of others',
    { ...certificate, issuerRef: { name: 'a', kind: 'Any', group: 'example.com' } },
  ],
  ['Certificate', 'sizes that count as none', { ...certificate, privateKey: { algorithm: 'ECDSA', size: -1 } }],
  [
    'Certificate',
    'any size of Ed25519',
    { ...certificate, privateKey: { algorithm: 'Ed25519', size: 1 }, signatureAlgorithm: 'PureEd25519' },
  ],
  [
    'Certificate',
    'an annotation for direct injection',
    {
      ...certificate,
      secretTemplate: {
        annotations: { 'cert-manager.io/allow-direct-injection': 'true', 'acme.cert-manager.io/a': '' },
      },
    },
  ],
  [
    'Certificate',
    'both formats',
    { ...certificate, additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] },
  ],
  ['Certificate', 'a password and an empty reference', jks({ password: 'x', passwordSecretRef: { name: '' } })],
  ['Certificate', 'name constraints', { ...certificate, isCA: true, nameConstraints: { excluded: {} } }],
  ['Certificate', 'no windows', { ...certificate, renewal: { policy: 'Disabled', windows: [] } }],
  ['CertificateRequest', 'the least', request],
];

export const wrongCertificates: readonly WrongRow[] = [
  [
    'Certificate',
    'no Secret',
    { ...certificate, secretName: '' },
    'spec.secretName: Invalid value: "": must be specified',
  ],
  [
    'Certificate',
    'a Secret of no name',
    { ...certificate, secretName: 'A' },
    'spec.secretName: Invalid value: "A": must be a lowercase RFC 1123 subdomain',
  ],
  [
    'Certificate',
    'a Secret with too long a name',
    { ...certificate, secretName: 'a'.repeat(254) },
    'must be a lowercase RFC 1123 subdomain',
  ],
  [
    'Certificate',
    'no issuer',
    { ...certificate, issuerRef: { name: '' } },
    'spec.issuerRef.name: Invalid value: "": must be specified',
  ],
  [
    'Certificate',
    'an issuer of others without a group',
    { ...certificate, issuerRef: { name: 'a', kind: 'AWSPCAIssuer' } },
    'kind must be one of Issuer or ClusterIssuer',
  ],
  ['Certificate', 'no names', { ...certificate, dnsNames: [], commonName: '' }, 'at least one of commonName'],
  ['Certificate', 'a long name', { ...certificate, commonName: 'ä'.repeat(33) }, 'may not be more than 64 bytes'],
  [
    'Certificate',
    'two common names',
    { ...certificate, commonName: 'a', literalSubject: 'CN=a' },
    'no `commonName` may be provided',
  ],
  [
    'Certificate',
    'two subjects',
    { ...certificate, subject: { countries: ['DE'] }, literalSubject: 'CN=a' },
    'no `Subject` properties may be provided',
  ],
  [
    'Certificate',
    'a short duration',
    { ...certificate, duration: '59m59.999s' },
    'spec.duration: Invalid value: "59m59.999s": certificate duration must be greater than 1h0m0s',
  ],
  ['Certificate', 'a duration without a unit', { ...certificate, duration: '90' }, 'spec.duration: Invalid value: '],
  [
    'Certificate',
    'a short time before',
    { ...certificate, renewBefore: '4m59s' },
    'certificate renewBefore must be greater than 5m0s',
  ],
  [
    'Certificate',
    'two times before',
    { ...certificate, renewBefore: '5m', renewBeforePercentage: 50 },
    'are mutually exclusive and cannot both be set',
  ],
  [
    'Certificate',
    'renewal before issuance',
    { ...certificate, duration: '90m', renewBefore: '1h30m' },
    'certificate duration must be greater than renewBefore',
  ],
  [
    'Certificate',
    'renewal before issuance by default',
    { ...certificate, renewBefore: '2160h' },
    'certificate duration must be greater than renewBefore',
  ],
  [
    'Certificate',
    'a whole',
    { ...certificate, duration: '2h', renewBeforePercentage: 100 },
    'must result in a renewBefore greater than 5m0s',
  ],
  [
    'Certificate',
    'nothing of it',
    { ...certificate, duration: '2h', renewBeforePercentage: 0 },
    'must result in a renewBefore less than duration',
  ],
  ['Certificate', 'no policy', { ...certificate, renewal: {} }, 'policy must be one of: "Disabled", "RenewBefore"'],
  [
    'Certificate',
    'windows without renewal',
    { ...certificate, renewal: { policy: 'Disabled', windows: [{ cron: '@daily', windowDuration: '1h' }] } },
    'windows cannot be set when `renewal.policy` is set to Disabled',
  ],
  [
    'Certificate',
    'a small RSA key',
    { ...certificate, privateKey: { size: 1024 } },
    'must be between 2048 and 8192 for rsa keyAlgorithm',
  ],
  [
    'Certificate',
    'an odd ECDSA key',
    { ...certificate, privateKey: { algorithm: 'ECDSA', size: 512 } },
    'size must be one of: "256", "384", "521"',
  ],
  [
    'Certificate',
    'a signature of ECDSA with RSA',
    { ...certificate, signatureAlgorithm: 'ECDSAWithSHA256' },
    'for key algorithm RSA the allowed signature algorithms are [SHA256WithRSA SHA384WithRSA SHA512WithRSA]',
  ],
  [
    'Certificate',
    'a signature of RSA with ECDSA',
    { ...certificate, privateKey: { algorithm: 'ECDSA' }, signatureAlgorithm: 'SHA256WithRSA' },
    'for key algorithm ECDSA the allowed signature algorithms are [ECDSAWithSHA256 ECDSAWithSHA384 ECDSAWithSHA512]',
  ],
  [
    'Certificate',
    'a signature of RSA with Ed25519',
    { ...certificate, privateKey: { algorithm: 'Ed25519' }, signatureAlgorithm: 'SHA256WithRSA' },
    'for key algorithm Ed25519 the allowed signature algorithms are [PureEd25519]',
  ],
  ['Certificate', 'no history', { ...certificate, revisionHistoryLimit: 0 }, 'must not be less than 1'],
  [
    'Certificate',
    'an annotation of ours',
    { ...certificate, secretTemplate: { annotations: { 'cert-manager.io/issuer-name': 'x' } } },
    'cert-manager.io/* annotations are not allowed',
  ],
  [
    'Certificate',
    'a format twice',
    { ...certificate, additionalOutputFormats: [{ type: 'DER' }, { type: 'DER' }] },
    'each type may be listed at most once',
  ],
  [
    'Certificate',
    'three formats',
    { ...certificate, additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }, { type: 'DER' }] },
    'each type may be listed at most once',
  ],
  [
    'Certificate',
    'JKS with two passwords',
    jks({ password: 'x', passwordSecretRef: ref }),
    'exactly one of passwordSecretRef and password must be provided for JKS keystores; cannot set both',
  ],
  [
    'Certificate',
    'JKS without a password',
    jks({ create: false }),
    'must set exactly one of passwordSecretRef and password must for JKS keystores',
  ],
  [
    'Certificate',
    'JKS with an empty password',
    jks({ password: '' }),
    'literal password cannot be empty if set on JKS keystores',
  ],
  ['Certificate', 'PKCS#12 with two passwords', pkcs12({ password: 'x', passwordSecretRef: ref }), 'cannot set both'],
  [
    'Certificate',
    'PKCS#12 without a password',
    pkcs12({ passwordSecretRef: { name: '' } }),
    'password must for PKCS#12 keystores',
  ],
  [
    'Certificate',
    'PKCS#12 with an empty password',
    pkcs12({ password: '' }),
    'literal password cannot be empty if set on PKCS#12 keystores',
  ],
  [
    'Certificate',
    'constraints of a leaf',
    { ...certificate, isCA: false, nameConstraints: { permitted: {} } },
    'isCa should be true when nameConstraints is set',
  ],
  [
    'Certificate',
    'no constraints',
    { ...certificate, isCA: true, nameConstraints: { critical: true } },
    'either permitted or excluded must be set',
  ],
  [
    'CertificateRequest',
    'no issuer',
    { ...request, issuerRef: { name: '' } },
    'spec.issuerRef.name: Invalid value: "": must be specified',
  ],
  [
    'CertificateRequest',
    'an unknown issuer',
    { ...request, issuerRef: { name: 'a', kind: 'x', group: 'cert-manager.io' } },
    'kind must be one of Issuer or ClusterIssuer',
  ],
];
