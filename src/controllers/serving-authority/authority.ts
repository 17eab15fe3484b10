// Reads the Secret of a serving CA: what can be used of it, or why it cannot. Whether the CA is worth using at this time is decide.ts's.
import type { KubeObject } from '../../api/meta.ts';
import { DecodeError } from '../../base/errors.ts';
import { decodeCertificates, type ParsedCertificate, type SigningIdentity } from '../../pki/certificate.ts';
import { canSign } from '../../pki/chain.ts';
import { decodePrivateKey, keyFactsOf } from '../../pki/keys.ts';
import { defaultPemLimits as limits } from '../../pki/limits.ts';
import { defaultSignatureAlgorithm } from '../../pki/signature.ts';

export interface AuthoritySecret extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** The keys of the Secret. Whoever knows the first three (cert-manager) passes over the last. */
export const dataKeys = { certificate: 'tls.crt', privateKey: 'tls.key', bundle: 'ca.crt', bridges: 'bridges.crt' };

export interface Authority {
  readonly identity: SigningIdentity;
  readonly certificate: ParsedCertificate;
  /**
   * This CA's name and key certified by the CA before it, then that one's by the one before, and so on; newest first. Served behind a leaf,
   * they let clients verify it that have not heard of this CA yet.
   */
  readonly bridges: readonly ParsedCertificate[];
}

export type Reading =
  | { readonly kind: 'usable'; readonly authority: Authority }
  | { readonly kind: 'unusable'; readonly reason: string };

/** How many CAs back a chain may lead. */
export const mostBridges = 3;

/** Never throws, whatever stands in the Secret. The reason is short, stable, and holds nothing of a key. */
export function readAuthority(secret: AuthoritySecret | undefined): Reading {
  const unusable = (reason: string): Reading => ({ kind: 'unusable', reason });
  if (secret === undefined) return unusable('the Secret does not exist');
  const data = secret.data ?? {};
  const { [dataKeys.certificate]: certificateText, [dataKeys.privateKey]: keyText, [dataKeys.bundle]: bundle } = data;
  for (const key of [dataKeys.certificate, dataKeys.privateKey, dataKeys.bundle]) {
    if (typeof data[key] !== 'string' || data[key] === '') return unusable(`${key} is missing`);
  }
  if (bundle !== certificateText) return unusable(`${dataKeys.bundle} differs from ${dataKeys.certificate}`);
  try {
    const certificates = decodeCertificates(bytesOf(certificateText, limits.certificateBytes), limits.certificateBytes);
    const [certificate] = certificates;
    if (certificate === undefined || certificates.length > 1)
      return unusable(`${dataKeys.certificate} is not one certificate`);
    if (!certificate.isCA || !canSign(certificate)) return unusable('the certificate is not that of a CA');
    const key = decodePrivateKey(bytesOf(keyText, limits.privateKeyBytes), limits);
    const facts = keyFactsOf(key);
    if (facts.publicKey !== certificate.publicKey)
      return unusable(`${dataKeys.privateKey} does not belong to ${dataKeys.certificate}`);
    // Throws for keys that nothing can be signed with.
    defaultSignatureAlgorithm(facts);
    const identity = { key, facts, subjectDer: certificate.subjectDer, ski: certificate.ski };
    return { kind: 'usable', authority: { identity, certificate, bridges: readBridges(data, certificate) } };
  } catch (error) {
    if (error instanceof DecodeError) return unusable(`the ${error.what} cannot be used: ${error.message}`);
    throw error;
  }
}

/** Throws DecodeError before anything large is decoded. */
function bytesOf(base64: string | undefined, maximum: number): Uint8Array {
  const text = base64 ?? '';
  if (text.length > Math.ceil(maximum / 3) * 4) throw new DecodeError('PEM', `larger than ${maximum} bytes`);
  return Buffer.from(text, 'base64');
}

/** Only those that lead from the CA back without a gap: a wrong one is of no use, and no reason for a new CA. */
function readBridges(data: Readonly<Record<string, string>>, certificate: ParsedCertificate): ParsedCertificate[] {
  const text = data[dataKeys.bridges];
  if (typeof text !== 'string' || text === '') return [];
  try {
    const found = decodeCertificates(bytesOf(text, limits.chainBytes), limits.chainBytes);
    const fitting: ParsedCertificate[] = [];
    let ski = certificate.ski;
    for (const bridge of found.slice(0, mostBridges)) {
      const first = fitting.length === 0;
      if (!bridge.isCA || !equal(bridge.ski, ski) || (first && bridge.publicKey !== certificate.publicKey)) break;
      if (first && !equal(bridge.subjectDer, certificate.subjectDer)) break;
      fitting.push(bridge);
      ski = bridge.aki;
    }
    return fitting;
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function equal(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** Whether both sign with the same key under the same name: what one has signed, the other's certificate verifies. */
export function isSameAuthority(a: Authority, b: Authority): boolean {
  return (
    a.certificate.publicKey === b.certificate.publicKey && equal(a.certificate.subjectDer, b.certificate.subjectDer)
  );
}
