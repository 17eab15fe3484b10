// The Certificates whose requests and certificates the oracles look at: every kind of key, name, subject, usage and constraint.
import type { CertificateSpec } from '../../src/api/certificate.ts';
import type { CsrGates } from '../../src/pki/csr.ts';
import type { KeySpec } from '../../src/pki/keys.ts';

export const allGates: CsrGates = {
  LiteralCertificateSubject: true,
  UseCertificateRequestBasicConstraints: true,
  NameConstraints: true,
  OtherNames: true,
};

const base = { secretName: 's', issuerRef: { name: 'ca' } } as const;

/** RSA 4096 stands for all larger ones: the sizes differ in nothing but the hash that they choose. */
export const keySpecs: readonly KeySpec[] = [
  { algorithm: 'RSA', size: 2048 },
  { algorithm: 'RSA', size: 3072 },
  { algorithm: 'RSA', size: 4096 },
  { algorithm: 'ECDSA', size: 256 },
  { algorithm: 'ECDSA', size: 384 },
  { algorithm: 'ECDSA', size: 521 },
  { algorithm: 'Ed25519', size: 256 },
];

export interface NamedSpec {
  readonly name: string;
  readonly spec: CertificateSpec;
}

export const specs: readonly NamedSpec[] = [
  { name: 'a common name', spec: { ...base, commonName: 'example.com' } },
  { name: 'DNS names only', spec: { ...base, dnsNames: ['example.com', '*.example.com', 'a_b.example.com'] } },
  {
    name: 'IP addresses',
    spec: { ...base, ipAddresses: ['192.0.2.1', '2001:DB8:0:0::1', '::', '::ffff:192.0.2.2', '1:0:0:2:0:0:0:3'] },
  },
  {
    name: 'URIs',
    spec: { ...base, uris: ['spiffe://trust.example/ns/a/sa/b', 'https://example.com/a%20b?c=d#e', 'urn:x:y'] },
  },
  { name: 'e-mail addresses', spec: { ...base, emailAddresses: ['a@example.com', 'a+b@example.com'] } },
  {
    name: 'otherNames',
    spec: {
      ...base,
      otherNames: [
        { oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'jö@example.com' },
        { oid: '2.25.329800735698586629295641978511506172918', utf8Value: '漢字' },
      ],
    },
  },
  {
    name: 'all names and a full subject',
    spec: {
      ...base,
      commonName: 'Ämter 漢字 😀',
      subject: {
        organizations: ['b', 'a', 'Ämter, GmbH'],
        countries: ['DE', 'AT'],
        organizationalUnits: ['"quoted"', 'under_score', '*'],
        localities: ['l'],
        provinces: ['p'],
        streetAddresses: ['Straße 1'],
        postalCodes: ['01234'],
        serialNumber: '7',
      },
      dnsNames: ['example.com', 'xn--mnchen-3ya.example'],
      ipAddresses: ['192.0.2.1'],
      uris: ['https://example.com/'],
      emailAddresses: ['a@example.com'],
      otherNames: [{ oid: '1.2.3', utf8Value: 'x' }],
    },
  },
  {
    name: 'a literal subject',
    spec: {
      ...base,
      literalSubject: 'CN=www\\, and so on,OU=b+OU=a,O= \\C3\\84mter ,UID=u,DC=example,DC=com,1.2.3.4=#0c0568656c6c6f',
    },
  },
  { name: 'a literal subject without a common name', spec: { ...base, literalSubject: 'O=o', dnsNames: ['a.b'] } },
  {
    name: 'every usage',
    spec: {
      ...base,
      commonName: 'x',
      usages: [
        ...(['signing', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment'] as const),
        ...(['cert sign', 'crl sign', 'encipher only', 'decipher only', 'any', 'server auth', 'client auth'] as const),
        ...(['code signing', 'email protection', 'ipsec end system', 'ipsec tunnel', 'ipsec user'] as const),
        ...(['timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc'] as const),
      ],
    },
  },
  { name: 'an extended usage only', spec: { ...base, commonName: 'x', usages: ['server auth'] } },
  { name: 'no usages in the request', spec: { ...base, commonName: 'x', encodeUsagesInRequest: false } },
  {
    name: 'a CA with name constraints',
    spec: {
      ...base,
      commonName: 'ca',
      isCA: true,
      nameConstraints: {
        critical: true,
        permitted: {
          dnsDomains: ['example.com', '.example.org'],
          ipRanges: ['10.1.2.3/8', '2001:db8::/32', '0.0.0.0/0'],
          emailAddresses: ['example.com', 'a@example.com'],
          uriDomains: ['example.com'],
        },
        excluded: { dnsDomains: ['bad.example.com'], ipRanges: ['10.1.0.0/16'], uriDomains: ['.example.net'] },
      },
    },
  },
  {
    name: 'a CA with excluded names only',
    spec: { ...base, commonName: 'ca', isCA: true, nameConstraints: { excluded: { dnsDomains: ['example.com'] } } },
  },
];
