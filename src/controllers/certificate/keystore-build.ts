// The keystore files of a target Secret, from PEM and passwords. Reads passwords through the function it is given; writes nothing.
import type { KeyObject } from 'node:crypto';
import type { JKSKeystore, KeystoresSpec, PKCS12Keystore } from '../../api/keystores.ts';
import { DecodeError } from '../../base/errors.ts';
import { decodeCertificates } from '../../pki/certificate.ts';
import { decodePrivateKey } from '../../pki/keys.ts';
import { encodeJks, encodeJksTruststore } from '../../pki/keystores/jks.ts';
import { encodePkcs12, encodePkcs12Truststore } from '../../pki/keystores/pkcs12.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { dataKeys } from './secret.ts';

export interface KeystoreContent {
  readonly keystores: KeystoresSpec | undefined;
  readonly tlsKeyPem: string;
  readonly tlsCrtPem: string;
  readonly caPem: string | undefined;
}

export interface KeystoreIo {
  /** The data of a Secret in the Certificate's namespace, decoded; undefined where there is no such Secret. */
  password(secretName: string): Promise<Readonly<Record<string, Uint8Array>> | undefined>;
  now(): Date;
  readonly pemLimits: PemLimits;
}

/** `blocked`: nothing can be written until somebody mends `message`; `reason` is that of a Warning event, where there is one. */
export type KeystoreOutcome =
  | { readonly kind: 'built'; readonly files: Readonly<Record<string, Uint8Array>> }
  | { readonly kind: 'blocked'; readonly reason: string | undefined; readonly message: string };

interface Parts {
  readonly privateKey: KeyObject;
  /** DER, the leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly cas: readonly Uint8Array[];
}

class Blocked extends Error {
  readonly reason: string | undefined;

  constructor(reason: string | undefined, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The files that spec.keystores asks for, by data key; truststores only where there is a CA certificate. What `io` throws is thrown on. */
export async function buildKeystores(content: KeystoreContent, io: KeystoreIo): Promise<KeystoreOutcome> {
  const { pkcs12, jks } = content.keystores ?? {};
  try {
    const pkcs12Files = pkcs12?.create ? await pkcs12Of(pkcs12, content, io) : {};
    const jksFiles = jks?.create ? await jksOf(jks, content, io) : {};
    return { kind: 'built', files: { ...pkcs12Files, ...jksFiles } };
  } catch (error) {
    if (error instanceof Blocked) return { kind: 'blocked', reason: error.reason, message: error.message };
    if (error instanceof DecodeError) return { kind: 'blocked', reason: undefined, message: error.message };
    throw error;
  }
}

async function pkcs12Of(
  spec: PKCS12Keystore,
  content: KeystoreContent,
  io: KeystoreIo,
): Promise<Record<string, Uint8Array>> {
  const password = await passwordFor('PKCS12', spec, io);
  const parts = partsOf(content, io.pemLimits);
  const profile = spec.profile ?? 'LegacyRC2';
  const files = { [dataKeys.pkcs12]: await encodePkcs12({ ...parts, password, profile }) };
  if (parts.cas.length === 0) return files;
  return { ...files, [dataKeys.pkcs12Truststore]: await encodePkcs12Truststore({ cas: parts.cas, password, profile }) };
}

async function jksOf(spec: JKSKeystore, content: KeystoreContent, io: KeystoreIo): Promise<Record<string, Uint8Array>> {
  const password = await passwordFor('JKS', spec, io);
  const parts = partsOf(content, io.pemLimits);
  const now = io.now();
  const files = { [dataKeys.jks]: encodeJks({ ...parts, alias: spec.alias || 'certificate', password }, { now }) };
  if (parts.cas.length === 0) return files;
  return { ...files, [dataKeys.jksTruststore]: encodeJksTruststore({ cas: parts.cas, password }, { now }) };
}

/** The named Secret counts more than a literal password. */
async function passwordFor(
  what: 'PKCS12' | 'JKS',
  { password, passwordSecretRef }: Pick<PKCS12Keystore, 'password' | 'passwordSecretRef'>,
  io: KeystoreIo,
): Promise<string> {
  if (passwordSecretRef === undefined || passwordSecretRef.name === '') {
    if (password) return password;
    throw new Blocked(undefined, `${what} keystore has no password`);
  }
  const { name, key = '' } = passwordSecretRef;
  const data = await io.password(name);
  if (data === undefined)
    throw new Blocked('KeystorePasswordSecretNotFound', `${what} keystore password Secret "${name}" not found`);
  // Own properties only: the key comes from outside.
  const found = Buffer.from((Object.hasOwn(data, key) ? data[key] : undefined) ?? []).toString('utf8');
  if (found === '')
    throw new Blocked(undefined, `${what} keystore password Secret "${name}" has nothing at key "${key}"`);
  return found;
}

function partsOf({ tlsKeyPem, tlsCrtPem, caPem }: KeystoreContent, limits: PemLimits): Parts {
  return {
    privateKey: decodePrivateKey(tlsKeyPem, limits),
    chain: decodeCertificates(tlsCrtPem, limits.chainBytes).map(({ der }) => der),
    cas: caPem ? decodeCertificates(caPem, limits.bundleBytes).map(({ der }) => der) : [],
  };
}
