// How ACME Renewal Information names a certificate (RFC 9773 section 4.1).
import type { ParsedCertificate } from './certificate.ts';

/**
 * `base64url(authority key id).base64url(serial)`, both as the octets that stand in the certificate; undefined without an authority key id.
 */
export function renewalIdOf({ aki, serial }: Pick<ParsedCertificate, 'aki' | 'serial'>): string | undefined {
  if (aki === undefined || aki.length === 0) return undefined;
  const even = serial.length % 2 === 0 ? serial : `0${serial}`;
  // DER integers have a sign: a first octet of 80 and more is preceded by a zero.
  const octets = Buffer.from(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex');
  return `${Buffer.from(aki).toString('base64url')}.${octets.toString('base64url')}`;
}
