// From a request to the Order that fulfils it, as upstream makes it: names in the order of the CSR, a name that follows from the spec. Pure.
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import { formatDuration } from '../../base/duration.ts';
import type { Csr } from '../../pki/csr.ts';
import type { NewObject, SigningRequest } from '../backend.ts';
import { orderName } from './names.ts';

export const orders = {
  group: 'acme.cert-manager.io',
  version: 'v1',
  plural: 'orders',
  kind: 'Order',
  namespaced: true,
};

/** Why no order can be placed for these names: upstream's words; undefined where one can. */
export function nameProblem({ names }: Csr): string | undefined {
  const { commonName, dnsNames, ipAddresses } = names;
  if (commonName === '' || dnsNames.includes(commonName) || ipAddresses.includes(commonName)) return undefined;
  const rule =
    'The CSR PEM requests a commonName that is not present in the list of dnsNames or ipAddresses. ' +
    'If a commonName is set, ACME requires that the value is also present in the list of dnsNames or ipAddresses';
  return `${rule}: "${commonName}" does not exist in [${dnsNames.join(' ')}] or [${ipAddresses.join(' ')}]`;
}

/** `replaces`: the certificate that this order renews (RFC 9773 section 4.1). */
export function orderFor(
  request: SigningRequest,
  csr: Csr,
  config: ACMEIssuerSpec,
  replaces: string | undefined,
): NewObject {
  const { commonName, dnsNames, ipAddresses } = csr.names;
  const { profile = '', enableDurationFeature = false } = config;
  const spec = {
    issuerRef: request.issuerRef,
    ...(commonName === '' ? {} : { commonName }),
    ...(dnsNames.length === 0 ? {} : { dnsNames }),
    ...(ipAddresses.length === 0 ? {} : { ipAddresses }),
    ...(enableDurationFeature && request.isDurationGiven ? { duration: formatDuration(request.durationMs) } : {}),
    ...(profile === '' ? {} : { profile }),
    ...(replaces === undefined ? {} : { replaces }),
  };
  const { labels, annotations, namespace } = request;
  return {
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Order',
    metadata: {
      name: orderName(request.name, spec),
      namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [request.owner],
    },
    spec: { request: request.encodedCsr, ...spec },
  };
}
