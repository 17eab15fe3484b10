import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  issuedOrigin,
  type SecretContent,
  secretManifest,
  storedOrigin,
  temporaryOrigin,
} from '../../../../src/controllers/certificate/secret.ts';
import { aCertificate, someNames } from '../../../support/certificate-builders.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const key = '-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n';
const crt = '-----BEGIN CERTIFICATE-----\nBAUG\n-----END CERTIFICATE-----\n';
const certificate = aCertificate();

const content: SecretContent = {
  certificate,
  tlsKeyPem: key,
  tlsCrtPem: crt,
  caPem: undefined,
  names: someNames(),
  keystores: {},
  origin: issuedOrigin(certificate, { name: 'ca' }),
  existingType: undefined,
  enableOwnerRef: false,
};

const plainAnnotations = {
  'cert-manager.io/alt-names': 'web.example.com',
  'cert-manager.io/common-name': '',
  'cert-manager.io/ip-sans': '',
  'cert-manager.io/uri-sans': '',
};
const annotations = {
  ...plainAnnotations,
  'cert-manager.io/certificate-name': 'web',
  'cert-manager.io/issuer-name': 'ca',
  'cert-manager.io/issuer-kind': '',
  'cert-manager.io/issuer-group': '',
};
const labels = { 'controller.cert-manager.io/fao': 'true' };
const metadata = { name: 'web-tls', namespace: 'app', labels, annotations };
const data = { 'tls.key': base64(key), 'tls.crt': base64(crt) };
const plain = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data };

const templated = aCertificate({
  secretTemplate: {
    labels: { team: 'a', 'controller.cert-manager.io/fao': 'false' },
    annotations: { note: 'x', 'cert-manager.io/alt-names': 'mine', 'cert-manager.io/allow-direct-injection': 'true' },
  },
});
const formats = aCertificate({ additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }] });
const owner = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  name: 'web',
  uid: 'uid-of-web',
  controller: true,
  blockOwnerDeletion: true,
};

const rows: readonly (readonly [string, Partial<SecretContent>, object])[] = [
  ['a new Secret', {}, plain],
  ['an empty CA is no CA', { caPem: '' }, plain],
  ['with a CA', { caPem: 'CA' }, { ...plain, data: { ...data, 'ca.crt': base64('CA') } }],
  ['the type of a Secret stays', { existingType: 'Opaque' }, { ...plain, type: 'Opaque' }],
  [
    'the whole issuer reference, as the request had it',
    { origin: issuedOrigin(certificate, { name: 'acme', kind: 'ClusterIssuer', group: 'cert-manager.io' }) },
    {
      ...plain,
      metadata: {
        ...metadata,
        annotations: {
          ...annotations,
          'cert-manager.io/issuer-name': 'acme',
          'cert-manager.io/issuer-kind': 'ClusterIssuer',
          'cert-manager.io/issuer-group': 'cert-manager.io',
        },
      },
    },
  ],
  [
    'a temporary certificate has no issuer',
    { origin: temporaryOrigin(certificate) },
    {
      ...plain,
      metadata: { ...metadata, annotations: { ...plainAnnotations, 'cert-manager.io/certificate-name': 'web' } },
    },
  ],
  [
    'a Secret that names no origin gets none',
    { origin: storedOrigin(undefined) },
    { ...plain, metadata: { ...metadata, annotations: plainAnnotations } },
  ],
  [
    'the template, but for what is ours',
    { certificate: templated },
    {
      ...plain,
      metadata: {
        ...metadata,
        labels: { team: 'a', ...labels },
        annotations: { note: 'x', 'cert-manager.io/allow-direct-injection': 'true', ...annotations },
      },
    },
  ],
  [
    'additional formats',
    { certificate: formats },
    {
      ...plain,
      data: {
        ...data,
        'key.der': Buffer.from([1, 2, 3]).toString('base64'),
        'tls-combined.pem': base64(`${key}\n${crt}`),
      },
    },
  ],
  [
    'keystores as they are given',
    { keystores: { 'keystore.p12': Buffer.from([0, 255]) } },
    { ...plain, data: { ...data, 'keystore.p12': 'AP8=' } },
  ],
  [
    'an owner where the flag asks for it',
    { enableOwnerRef: true },
    { ...plain, metadata: { ...metadata, ownerReferences: [owner] } },
  ],
];

for (const [name, given, expected] of rows) {
  test(name, () => {
    assert.deepEqual(secretManifest({ ...content, ...given }), expected);
  });
}

const issuer = (name: string, kind: string, group: string) => ({ name, kind, group });
const origins: readonly (readonly [string, Record<string, string> | undefined, object])[] = [
  ['no annotations', undefined, { certificateName: undefined, issuer: undefined }],
  [
    'empty ones',
    { 'cert-manager.io/certificate-name': '', 'cert-manager.io/issuer-name': '' },
    { certificateName: undefined, issuer: undefined },
  ],
  ['all', annotations, { certificateName: 'web', issuer: issuer('ca', '', '') }],
  [
    'one of three',
    { 'cert-manager.io/issuer-kind': 'ClusterIssuer' },
    { certificateName: undefined, issuer: issuer('', 'ClusterIssuer', '') },
  ],
];

for (const [name, stored, expected] of origins) {
  test(`stored origin: ${name}`, () => {
    assert.deepEqual(storedOrigin(stored), expected);
  });
}
