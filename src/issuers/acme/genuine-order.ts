// Whether a stored Order is one that we would make today of the CertificateRequest that owns it: nobody acts on the word of an Order alone. Pure.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import { controllerUid } from '../../api/meta.ts';
import type { Order } from '../../api/order.ts';
import { type IssuerReference, sameIssuer } from '../../api/references.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { type Csr, csrOf } from '../../pki/csr.ts';
import { canonicalIp } from '../../pki/ip-address.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { orderName } from './names.ts';

/**
 * Why this Order is none of `request`, the CertificateRequest that it names as its controlling owner; undefined where it is. Profile, duration
 * and `replaces` may differ from what they would be today: the issuer may have changed since. Short and stable, for an event.
 */
export function genuineOrder(order: Order, request: CertificateRequest, limits?: PemLimits): string | undefined {
  const { metadata } = order;
  if (metadata.namespace !== request.metadata.namespace || controllerUid(metadata) !== request.metadata.uid) {
    return `it does not belong to the CertificateRequest "${request.metadata.name}"`;
  }
  const { conditions } = request.status ?? {};
  if (!isTrue(conditions, conditionTypes.Approved)) return 'its CertificateRequest is not approved';
  const csr = csrOf(request, limits);
  if (csr.kind !== 'ok') return 'the signing request of its CertificateRequest cannot be read';
  const { issuerRef, request: encodedCsr = '' } = request.spec;
  return strayOrder(order, { name: request.metadata.name, encodedCsr, issuerRef }, csr.value);
}

/** As `genuineOrder`, of what the Order says alone: whoever asks has seen to owner and approval. */
export function strayOrder(
  { metadata, spec }: Order,
  request: { readonly name: string; readonly encodedCsr: string; readonly issuerRef: IssuerReference },
  csr: Csr,
): string | undefined {
  if (spec.request !== request.encodedCsr) return 'its signing request is not that of its CertificateRequest';
  if (!sameIssuer(spec.issuerRef, request.issuerRef)) return 'its issuer is not that of its CertificateRequest';
  const { commonName, dnsNames, ipAddresses } = csr.names;
  const named = {
    commonName: spec.commonName ?? '',
    dnsNames: spec.dnsNames ?? [],
    ipAddresses: (spec.ipAddresses ?? []).map(canonicalIp),
  };
  if (!deepEqual(named, { commonName, dnsNames, ipAddresses })) {
    return 'it asks for other names than its signing request';
  }
  return metadata.name === orderName(request.name, spec) ? undefined : 'its name is not the one that its spec gives';
}
