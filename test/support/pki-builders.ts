// Keys, CSRs and CAs for tests: real bytes, made by src/pki from as little as possible, and CSRs that src/pki would never make.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../../src/api/certificate.ts';
import type { IssuanceOptions } from '../../src/pki/certificate.ts';
import { type Csr, type CsrGates, csrTemplateOf, decodeCsr, signCsr } from '../../src/pki/csr.ts';
import { encode, explicitTag, integer, oid, sequence, set } from '../../src/pki/der.ts';
import { encodeName, subjectOf } from '../../src/pki/distinguished-name.ts';
import { type Extension, encodeExtensions } from '../../src/pki/extensions.ts';
import { encodePrivateKey, keyFactsOf, spkiOf } from '../../src/pki/keys.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { defaultSignatureAlgorithm, signed } from '../../src/pki/signature.ts';
import { parseSigner, type Signer, selfSignRequest, signRequest } from '../../src/pki/signer.ts';

export const allGates: CsrGates = {
  LiteralCertificateSubject: true,
  UseCertificateRequestBasicConstraints: true,
  NameConstraints: true,
  OtherNames: true,
};
/** As they are where nobody sets them. */
export const defaultGates: CsrGates = { ...allGates, UseCertificateRequestBasicConstraints: false };

export const issuanceTime = new Date('2026-11-22T19:06:29.750Z');
export const hour = 3_600_000;

const kinds = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: () => generateKeyPairSync('ed25519'),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa3072: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  rsa1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
} as const;

export type KeyKind = keyof typeof kinds;
const keys = new Map<string, KeyObject>();

/** A key of a kind; `name` tells several apart. Made once a process. */
export function aKey(kind: KeyKind = 'p256', name = ''): KeyObject {
  const id = `${kind} ${name}`;
  const key = keys.get(id) ?? kinds[kind]().privateKey;
  keys.set(id, key);
  return key;
}

/** spec.privateKey for a kind. */
export function privateKeySpec(key: KeyObject): NonNullable<CertificateSpec['privateKey']> {
  const { algorithm, size } = keyFactsOf(key);
  return { algorithm, size };
}

/** A spec that is complete but for what it names. */
export function aSpec(spec: Partial<CertificateSpec> = {}): CertificateSpec {
  return { secretName: 'web-tls', issuerRef: { name: 'ca' }, ...spec };
}

export function aCsrPem(spec: Partial<CertificateSpec>, key = aKey(), gates = allGates): string {
  return signCsr(csrTemplateOf(aSpec({ privateKey: privateKeySpec(key), ...spec }), gates), key);
}

export function aCsr(spec: Partial<CertificateSpec>, key = aKey(), gates = allGates): Csr {
  return decodeCsr(aCsrPem(spec, key, gates));
}

export function options(more: Partial<IssuanceOptions> = {}): IssuanceOptions {
  return { durationMs: 24 * hour, isCA: false, usages: undefined, now: issuanceTime, ...more };
}

/** A self-signed CA. */
export function aRoot(
  commonName = 'root',
  key = aKey('p256', commonName),
): { readonly pem: string; readonly key: KeyObject } {
  const csr = aCsr({ commonName, isCA: true }, key);
  return { pem: selfSignRequest(csr, key, options({ isCA: true })).certificatePem, key };
}

/** What signs with `ca`; `chain` are further certificates of its tls.crt. */
export function aSigner(ca: { readonly pem: string; readonly key: KeyObject }, chain = ''): Signer {
  return parseSigner({ certificatesPem: ca.pem + chain, keyPem: encodePrivateKey(ca.key, 'PKCS8') });
}

/** A CA signed by another; `pem` is its own certificate alone. */
export function anIntermediate(
  commonName: string,
  above: { readonly pem: string; readonly key: KeyObject },
  key = aKey('p256', commonName),
): { readonly pem: string; readonly key: KeyObject } {
  const csr = aCsr({ commonName, isCA: true }, key);
  const { certificatePem } = signRequest(csr, aSigner(above), options({ isCA: true }));
  return { pem: firstBlock(certificatePem), key };
}

export function firstBlock(pem: string): string {
  const end = '-----END CERTIFICATE-----\n';
  return pem.slice(0, pem.indexOf(end) + end.length);
}

export interface CraftedCsr {
  readonly key?: KeyObject;
  readonly subjectDer?: Uint8Array;
  readonly spki?: Uint8Array;
  readonly extensions?: readonly Extension[];
  /** DER of the attributes, instead of one with `extensions`. */
  readonly attributes?: readonly Uint8Array[];
  readonly version?: Uint8Array;
}

/** A CSR with whatever is inside, properly signed. */
export function craftCsr(parts: CraftedCsr): string {
  const { key = aKey(), extensions = [], version = integer(0) } = parts;
  const request = sequence(oid('1.2.840.113549.1.9.14'), set(encodeExtensions(extensions)));
  const info = sequence(
    version,
    parts.subjectDer ?? encodeName(subjectOf(undefined, 'crafted')),
    parts.spki ?? spkiOf(key),
    encode(explicitTag(0), ...(parts.attributes ?? [request])),
  );
  return encodePem('CERTIFICATE REQUEST', signed(info, defaultSignatureAlgorithm(keyFactsOf(key)), key));
}
