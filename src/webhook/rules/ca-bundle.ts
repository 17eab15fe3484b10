// CA bundles that stand in a spec: base64 of PEM with at least one certificate. What does not parse is passed over, as TLS does.
import { DecodeError } from '../../base/errors.ts';
import { decodeCertificate } from '../../pki/certificate.ts';
import { decodePem } from '../../pki/pem.ts';
import { type FieldError, invalid } from '../findings.ts';
import { textOf } from './members.ts';

/** As much as the API server takes in one request: a bundle is never refused for its size here. */
const largestRequestBytes = 3 * 1024 * 1024;

/** Whether `bundle` is set: null and the empty text are not. */
export function isBundleSet(bundle: unknown): boolean {
  return textOf(bundle) !== '';
}

/** `shown` stands in the message instead of the bundle. Nothing is found in a bundle that is not set. */
export function bundleErrors(bundle: unknown, path: string, shown: string): FieldError[] {
  if (!isBundleSet(bundle) || hasCertificate(Buffer.from(textOf(bundle), 'base64'))) return [];
  return [invalid(path, shown, "cert bundle didn't contain any valid certificates")];
}

function hasCertificate(pem: Uint8Array): boolean {
  return decodePem(pem, largestRequestBytes).some(({ label, der }) => label === 'CERTIFICATE' && isCertificate(der));
}

function isCertificate(der: Uint8Array): boolean {
  try {
    decodeCertificate(der);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
