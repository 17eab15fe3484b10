// The certificate authority of a control plane for tests: made by another library than the one under test, so that neither can hide a
// mistake of the other. Knows no files and no processes.
import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface KeyPair {
  /** PEM. */
  readonly cert: string;
  /** PKCS#8, PEM. */
  readonly key: string;
}

/** Who a certificate is for: a server by its `names`, a client by its common name and `groups`. */
export interface Subject {
  readonly commonName: string;
  readonly groups?: readonly string[];
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
}

export interface Authority {
  readonly cert: string;
  readonly key: string;
  issue(subject: Subject): Promise<KeyPair>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const validMs = 30 * 24 * 3600 * 1000;

export async function createAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serial(),
    name: [{ CN: ['test-cluster-ca'] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: pem(ca),
    key: await pemKey(keys.privateKey),
    issue: (subject) => issue(subject, ca, keys.privateKey),
  };
}

/** The keys with which service account tokens are signed and checked. */
export function createTokenKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

async function issue(subject: Subject, ca: x509.X509Certificate, signingKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const keys = await newKeys();
  const usage = subject.names === undefined ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
  const cert = await x509.X509CertificateGenerator.create({
    ...validity(),
    serialNumber: serial(),
    issuer: ca.subjectName,
    subject: [...(subject.groups ?? []).map((group) => ({ O: [group] })), { CN: [subject.commonName] }],
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      ...(subject.names === undefined ? [] : [new x509.SubjectAlternativeNameExtension([...subject.names])]),
    ],
  });
  return { cert: pem(cert), key: await pemKey(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

function validity(): { notBefore: Date; notAfter: Date } {
  // An hour back: a machine whose clock was just set must still be able to use them.
  return { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + validMs) };
}

/** Positive, and of full length. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

const pem = (cert: x509.X509Certificate) => `${cert.toString('pem')}\n`;

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
