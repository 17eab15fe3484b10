// Which certificate an order renews, as ACME Renewal Information names it (RFC 9773 section 5): the one that the Secret of the request's Certificate holds.
import { annotations } from '../../api/labels.ts';
import { issuerReferenceOf } from '../../api/references.ts';
import type { SigningRequest } from '../../issuers/backend.ts';
import type { Collections } from './collections.ts';

/** Undefined where there is none, or where it came from another issuer, which would not know it. */
export function replacedBy(
  { namespace, annotations: notes, issuerRef }: SigningRequest,
  { certificates, secrets }: Pick<Collections, 'certificates' | 'secrets'>,
): string | undefined {
  const certificate = certificates.get({ namespace, name: notes[annotations.certificateName] ?? '' });
  const secret = secrets.get({ namespace, name: certificate?.spec.secretName ?? '' });
  if (secret === undefined || !secret.known || secret.tls.leaf.kind !== 'ok') return undefined;
  const { name, kind, group } = issuerReferenceOf(issuerRef);
  const from = secret.metadata.annotations ?? {};
  const isSame =
    from[annotations.issuerName] === name &&
    (from[annotations.issuerKind] || 'Issuer') === kind &&
    (from[annotations.issuerGroup] || 'cert-manager.io') === group;
  return isSame ? secret.tls.leaf.value.renewalId : undefined;
}
