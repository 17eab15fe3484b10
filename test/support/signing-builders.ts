// Keys, CSRs, CAs and the `io` of backends for tests of what signs. Keys are made once per process and kind.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../../src/api/certificate.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { createAcmeAccounts } from '../../src/issuers/acme/accounts.ts';
import type { AcmeBackendOptions } from '../../src/issuers/acme/backend.ts';
import type { SecretData, SigningRequest } from '../../src/issuers/backend.ts';
import { type BackendIoFactory, createBackendIo, type FetchedSecret } from '../../src/issuers/io.ts';
import { type HttpAccess, HttpError } from '../../src/net/http.ts';
import { decodeCertificates, type ParsedCertificate, signCertificate, validityOf } from '../../src/pki/certificate.ts';
import { csrTemplateOf, signCsr } from '../../src/pki/csr.ts';
import { encodeName, subjectOf } from '../../src/pki/distinguished-name.ts';
import { subjectKeyIdOf } from '../../src/pki/extensions.ts';
import { usagesOf } from '../../src/pki/key-usage.ts';
import { encodePrivateKey, keyFactsOf, spkiOf } from '../../src/pki/keys.ts';
import { decodePublicKey } from '../../src/pki/public-key.ts';

export const signingTime = new Date('2026-11-22T19:00:00.750Z');

const makers = {
  'RSA 2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'ECDSA P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ECDSA P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'ECDSA P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const;

export type KeyKind = keyof typeof makers;
export const keyKinds = Object.keys(makers) as readonly KeyKind[];

const made = new Map<string, KeyObject>();

/** The key of that kind and role: the same one each time. */
export function testKey(kind: KeyKind = 'ECDSA P-256', role = 'leaf'): KeyObject {
  const known = made.get(`${kind} ${role}`);
  if (known !== undefined) return known;
  const { privateKey } = makers[kind]();
  made.set(`${kind} ${role}`, privateKey);
  return privateKey;
}

const gates = {
  LiteralCertificateSubject: true,
  UseCertificateRequestBasicConstraints: true,
  NameConstraints: true,
  OtherNames: true,
};
const algorithms = { rsa: 'RSA', ec: 'ECDSA', ed25519: 'Ed25519' } as const;

/** PEM of a CSR as a Certificate with this spec makes it. */
export function aCsr(spec: Partial<CertificateSpec> = {}, key: KeyObject = testKey()): string {
  const { size } = keyFactsOf(key);
  const algorithm = algorithms[key.asymmetricKeyType as keyof typeof algorithms];
  const whole = {
    secretName: 's',
    issuerRef: { name: 'i' },
    commonName: 'web',
    dnsNames: ['web.example.com'],
    ...spec,
    privateKey: { algorithm, size },
  };
  return signCsr(csrTemplateOf(whole as CertificateSpec, gates), key);
}

export interface TestCa {
  readonly pem: string;
  readonly keyPem: string;
  readonly certificate: ParsedCertificate;
  readonly key: KeyObject;
}

/** A CA certificate: self-signed, or signed by `parent`. `usages` are those besides cert sign where `isCA`. */
export function aCa(
  name: string,
  options: { parent?: TestCa; key?: KeyObject; isCA?: boolean; keyUsage?: number } = {},
): TestCa {
  const key = options.key ?? testKey('ECDSA P-256', name);
  const isCA = options.isCA ?? true;
  const usages = usagesOf([], isCA);
  const subjectDer = encodeName(subjectOf(undefined, name));
  const spki = spkiOf(key);
  const ski = subjectKeyIdOf(decodePublicKey(spki).bits);
  const signer = options.parent;
  const pem = signCertificate(
    {
      subjectDer,
      spki,
      ...validityOf(signingTime, 365 * 86_400_000),
      isCA,
      keyUsage: options.keyUsage ?? usages.bits,
      extKeyUsage: usages.oids,
    },
    signer === undefined
      ? { key, facts: keyFactsOf(key), subjectDer, ski }
      : {
          key: signer.key,
          facts: keyFactsOf(signer.key),
          subjectDer: signer.certificate.subjectDer,
          ski: signer.certificate.ski,
        },
  );
  return { pem, key, keyPem: encodePrivateKey(key, 'PKCS8'), certificate: decodeCertificates(pem, 100_000)[0]! };
}

/** A Secret's data from texts. */
export function secretData(texts: Readonly<Record<string, string>>): SecretData {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)]));
}

/** Nothing outside is reached. */
export const noHttp: HttpAccess = {
  open: () => () => Promise.reject(new HttpError('ECONNREFUSED', 'nothing is reached in this test')),
  close: () => {},
};

/** The ACME backend of tests that are about others. */
export const noAcme: Omit<AcmeBackendOptions, 'limits'> = {
  accounts: createAcmeAccounts({}),
  solverSecrets: () => [],
  ordersOf: () => [],
  orderAt: () => undefined,
  replaces: () => undefined,
};

/** For backends that do not look at it. */
export const anIssuer: Issuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: {
    name: 'issuer',
    namespace: 'app',
    uid: 'issuer-uid',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {},
};

export function aSigningRequest(change: Partial<SigningRequest> = {}): SigningRequest {
  return {
    csrPem: aCsr(),
    encodedCsr: '',
    durationMs: 90 * 86_400_000,
    isDurationGiven: false,
    isCA: false,
    usages: [],
    annotations: {},
    labels: {},
    issuerRef: { name: 'issuer' },
    namespace: 'app',
    name: 'web-1',
    uid: 'request-uid',
    owner: {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      name: 'web-1',
      uid: 'request-uid',
      controller: true,
      blockOwnerDeletion: true,
    },
    ...change,
  };
}

/** Secrets by `namespace/name` behind a real `BackendIo`, with what was fetched, and a failure to be had. */
export interface TestIo {
  readonly factory: BackendIoFactory;
  readonly fetched: string[];
  put(key: string, data: SecretData): void;
  remove(key: string): void;
  failWith(error: Error | undefined): void;
}

export function testIo(
  initial: Readonly<Record<string, SecretData>> = {},
  now: () => Date = () => signingTime,
  http: HttpAccess = noHttp,
): TestIo {
  const stored = new Map<string, FetchedSecret>();
  const fetched: string[] = [];
  let version = 0;
  let failure: Error | undefined;
  const put = (key: string, data: SecretData): void => {
    version += 1;
    stored.set(key, { resourceVersion: `${version}`, data });
  };
  for (const [key, data] of Object.entries(initial)) put(key, data);
  const factory = createBackendIo({
    http,
    now,
    secretVersion: (namespace, name) => stored.get(`${namespace}/${name}`)?.resourceVersion,
    fetchSecret: async (namespace, name, signal) => {
      await Promise.resolve();
      signal.throwIfAborted();
      if (failure !== undefined) throw failure;
      fetched.push(`${namespace}/${name}`);
      return stored.get(`${namespace}/${name}`);
    },
  });
  return {
    factory,
    fetched,
    put,
    remove: (key) => stored.delete(key),
    failWith: (error) => {
      failure = error;
    },
  };
}
