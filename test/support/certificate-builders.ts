// Certificates, the facts of their Secrets and what belongs to both, for pure tests: say what matters, the rest is as plain as can be.
import type { Certificate, CertificateSpec, CertificateStatus } from '../../src/api/certificate.ts';
import type { ObjectMeta } from '../../src/api/meta.ts';
import type { OwnedFields, SecretFacts } from '../../src/controllers/certificate/seen.ts';
import type { KeyFacts, LeafFacts, TlsFacts } from '../../src/pki/facts.ts';
import { noNames, type SubjectNames } from '../../src/pki/names.ts';
import { deepFreeze } from './request-builders.ts';

type DeepPartial<T> = { readonly [K in keyof T]?: T[K] };

export const someDay = new Date('2026-11-22T19:06:29Z');

/** A Certificate `app/web` for web.example.com from Issuer `ca` into Secret `web-tls`. */
export function aCertificate(
  spec: DeepPartial<CertificateSpec> = {},
  status?: CertificateStatus,
  metadata: Partial<ObjectMeta> = {},
): Certificate {
  return deepFreeze({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { ...metadataOf('web'), generation: 1, ...metadata },
    spec: { secretName: 'web-tls', issuerRef: { name: 'ca' }, dnsNames: ['web.example.com'], ...spec },
    ...(status === undefined ? {} : { status }),
  });
}

export function metadataOf(name: string): ObjectMeta {
  return {
    name,
    namespace: 'app',
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    creationTimestamp: '2026-11-22T19:06:28Z',
  };
}

export const someKey: KeyFacts = { algorithm: 'RSA', size: 2048, publicKey: 'aa' };

export function someNames(names: Partial<SubjectNames> = {}): SubjectNames {
  return { ...noNames, dnsNames: ['web.example.com'], ...names };
}

/** A leaf for web.example.com and `someKey`, valid for 90 days from `someDay`. */
export function aLeaf(leaf: Partial<LeafFacts> = {}): LeafFacts {
  return {
    names: someNames(),
    notBefore: someDay,
    notAfter: new Date(someDay.getTime() + 90 * 86_400_000),
    isCA: false,
    publicKey: someKey.publicKey,
    serial: '1',
    ...leaf,
  };
}

export function someTls(tls: Partial<TlsFacts> = {}): TlsFacts {
  return {
    keys: ['ca.crt', 'tls.crt', 'tls.key'],
    key: { kind: 'ok', value: someKey },
    leaf: { kind: 'ok', value: aLeaf() },
    der: 'absent',
    combined: 'absent',
    ...tls,
  };
}

/** What is owned of the Secret of `aCertificate` after its issuance. */
export const someOwned: OwnedFields = {
  labels: ['controller.cert-manager.io/fao'],
  annotations: [
    'cert-manager.io/alt-names',
    'cert-manager.io/certificate-name',
    'cert-manager.io/common-name',
    'cert-manager.io/ip-sans',
    'cert-manager.io/issuer-group',
    'cert-manager.io/issuer-kind',
    'cert-manager.io/issuer-name',
    'cert-manager.io/uri-sans',
  ],
  data: ['ca.crt', 'tls.crt', 'tls.key'],
  owners: [],
};

/** The Secret of `aCertificate` as its issuance left it. */
export function aSecret(facts: Partial<SecretFacts> = {}, metadata: Partial<ObjectMeta> = {}): SecretFacts {
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'Secret',
    known: true,
    metadata: {
      ...metadataOf('web-tls'),
      labels: { 'controller.cert-manager.io/fao': 'true' },
      annotations: someSecretAnnotations,
      ...metadata,
    },
    type: 'kubernetes.io/tls',
    hasData: true,
    tls: someTls(),
    owned: someOwned,
    foreignWriters: [],
    ...facts,
  });
}

/** The Secret of `aCertificate` with another key, and a leaf for it. */
export function aSecretFor(
  key: KeyFacts,
  tls: Partial<TlsFacts> = {},
  metadata: Partial<ObjectMeta> = {},
): SecretFacts {
  const leaf = aLeaf({ publicKey: key.publicKey });
  return aSecret(
    { tls: someTls({ key: { kind: 'ok', value: key }, leaf: { kind: 'ok', value: leaf }, ...tls }) },
    metadata,
  );
}

export const someSecretAnnotations = {
  'cert-manager.io/alt-names': 'web.example.com',
  'cert-manager.io/certificate-name': 'web',
  'cert-manager.io/common-name': '',
  'cert-manager.io/ip-sans': '',
  'cert-manager.io/issuer-group': '',
  'cert-manager.io/issuer-kind': '',
  'cert-manager.io/issuer-name': 'ca',
  'cert-manager.io/uri-sans': '',
};
