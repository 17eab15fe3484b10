// CA bundles as PEM: what a new CA makes of the bundle that is there. Pure.
import { DecodeError } from '../../base/errors.ts';
import { decodeCertificates, type ParsedCertificate } from '../../pki/certificate.ts';
import { decodePem, encodePem } from '../../pki/pem.ts';

export interface BundleRules {
  /** The gate CAInjectorMerging: new certificates are appended. Off: they replace what was there. */
  readonly merging: boolean;
  /** Bytes of PEM that are looked at; the limit that upstream has for bundles. */
  readonly maximumBytes: number;
}

/** Why a CA cannot be injected, as a half sentence that follows what names it; undefined for one that can. */
export function problemOfCA(ca: Buffer, now: Date, { maximumBytes }: BundleRules): string | undefined {
  if (ca.length === 0) return 'is empty';
  if (ca.length > maximumBytes) return `is larger than ${maximumBytes} bytes`;
  const blocks = decodePem(ca, maximumBytes);
  if (blocks.length === 0) return 'holds no PEM';
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  // Never show the world what may be a private key.
  if (other !== undefined) return 'holds PEM other than certificates';
  const certificates = certificatesIn(ca, maximumBytes);
  return certificates !== undefined && living(certificates, now).length === 0
    ? 'holds expired certificates only'
    : undefined;
}

/**
 * The bundle that should be there: the certificates of `existing`, then those of `ca` (one without a problem), each once and none that has
 * expired, in that order. As upstream, those of `ca` alone where either side is not certificates through and through, or where nothing is merged.
 * Other than upstream, always encoded anew: text between the blocks of `ca`, whatever it is, is not shown to the world. Stable: with its result
 * as `existing` it gives the same again.
 */
export function bundleWith(existing: Buffer, ca: Buffer, now: Date, { merging, maximumBytes }: BundleRules): Buffer {
  const added = merging ? certificatesIn(ca, maximumBytes) : undefined;
  if (added === undefined) return encoded(decodePem(ca, maximumBytes));
  const before = certificatesIn(existing, maximumBytes) ?? [];
  const merged = encoded(living([...before, ...added], now));
  // What is too large to be read again could not be merged into the next time.
  return merged.length > maximumBytes ? encoded(living(added, now)) : merged;
}

function encoded(certificates: readonly { readonly der: Uint8Array }[]): Buffer {
  const once = new Map(certificates.map(({ der }) => [Buffer.from(der).toString('latin1'), der]));
  return Buffer.from([...once.values()].map((der) => encodePem('CERTIFICATE', der)).join(''), 'latin1');
}

function living(certificates: readonly ParsedCertificate[], now: Date): readonly ParsedCertificate[] {
  return certificates.filter(({ notAfter }) => notAfter >= now);
}

function certificatesIn(pem: Buffer, maximumBytes: number): readonly ParsedCertificate[] | undefined {
  try {
    return decodeCertificates(pem, maximumBytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
