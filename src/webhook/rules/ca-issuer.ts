// The `ca` member of an issuer's spec. `selfSigned` has no rules.
import { type FieldError, invalid } from '../findings.ts';
import { errorsIn, itemsOf, type Members } from './members.ts';
import { missingTextErrors } from './secret-references.ts';

export function caIssuerErrors(ca: Members, path: string): FieldError[] {
  return [
    ...missingTextErrors(ca, ['secretName'], path),
    // The path says ocspServer, without s: clients know it so.
    ...emptyItemErrors(
      ca.ocspServers,
      `${path}.ocspServer`,
      'must be a valid URL, e.g., http://ocsp.int-x3.letsencrypt.org',
    ),
    ...emptyItemErrors(ca.issuingCertificateURLs, `${path}.issuingCertificateURLs`, 'must be a valid URL'),
  ];
}

function emptyItemErrors(list: unknown, path: string, detail: string): FieldError[] {
  return errorsIn(itemsOf(list), (item, index) => (item === '' ? [invalid(`${path}[${index}]`, item, detail)] : []));
}
