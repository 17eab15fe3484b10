// The CA of a `ca` issuer as it is kept: parsed from its Secret once per version. Says what is wrong with it in upstream's words.
import { decodeCertificates, type ParsedCertificate } from '../../pki/certificate.ts';
import { decodePrivateKey } from '../../pki/keys.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { parseSigner, type Signer } from '../../pki/signer.ts';
import type { SecretData } from '../backend.ts';
import { decodeErrorText } from '../signing.ts';

/** What is wrong with one key of the Secret. */
type Fault = { readonly kind: 'absent' } | { readonly kind: 'bad'; readonly error: string };

/** A CA's Secret, parsed: the signer as far as it goes, and the first fault of each key. */
export interface CaSecret {
  /** The first certificate of tls.crt. */
  readonly certificate: Fault | { readonly kind: 'ok'; readonly value: ParsedCertificate };
  readonly key: Fault | { readonly kind: 'ok' };
  /** Absent where one of the above is not ok; bad where ca.crt cannot be read. */
  readonly signer: Fault | { readonly kind: 'ok'; readonly value: Signer };
}

/** Parses tls.crt, tls.key and ca.crt; whatever is wrong with them is part of the answer. */
export function parseCaSecret(data: SecretData, limits: PemLimits): CaSecret {
  const certificatesPem = data['tls.crt'];
  const keyPem = data['tls.key'];
  const certificate = attempt(certificatesPem, (pem) => decodeCertificates(pem, limits.chainBytes)[0]!);
  const key = attempt(keyPem, (pem) => decodePrivateKey(pem, limits));
  if (certificate.kind !== 'ok' || key.kind !== 'ok') {
    return { certificate, key: key.kind === 'ok' ? { kind: 'ok' } : key, signer: { kind: 'absent' } };
  }
  const input = { certificatesPem: certificatesPem!, keyPem: keyPem!, caPem: data['ca.crt'] };
  return { certificate, key: { kind: 'ok' }, signer: attempt(input, (whole) => parseSigner(whole, limits)) };
}

function attempt<From, T>(
  from: From | undefined,
  decode: (from: From) => T,
): Fault | { readonly kind: 'ok'; readonly value: T } {
  if (from === undefined) return { kind: 'absent' };
  try {
    return { kind: 'ok', value: decode(from) };
  } catch (error) {
    return { kind: 'bad', error: decodeErrorText(error) };
  }
}

/** What keeps the Secret `name` (`namespace/name`) from being a key pair; the certificate's fault before the key's. */
export function keyPairFault({ certificate, key }: CaSecret, name: string): string | undefined {
  return faultOf(certificate, 'tls.crt', name) ?? faultOf(key, 'tls.key', name);
}

function faultOf(part: Fault | { readonly kind: 'ok' }, key: string, name: string): string | undefined {
  if (part.kind === 'ok') return undefined;
  return part.kind === 'bad' ? part.error : `no data for "${key}" in secret '${name}'`;
}
