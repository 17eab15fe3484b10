// The names under which parts of the controller show up: event source, field manager of a write, and (without the prefix) the value
// that `--controllers` knows. They are cert-manager's, so that field ownership in existing clusters stays whole.

const prefix = 'cert-manager-';

/** A component's name from the name `--controllers` knows: `issuers` → `cert-manager-issuers`. */
export function componentOf(controller: string): string {
  return prefix + controller;
}

export type IssuerType = 'acme' | 'ca' | 'selfsigned' | 'vault' | 'venafi';

export const components = {
  /** Starts issuances: the Issuing condition. */
  trigger: 'cert-manager-certificates-trigger',
  /** Makes and deletes the Secrets with the next private key. */
  keyManager: 'cert-manager-certificates-key-manager',
  /** Makes CertificateRequests. */
  requestManager: 'cert-manager-certificates-request-manager',
  /** Writes the target Secret, ends issuances. */
  issuing: 'cert-manager-certificates-issuing',
  /** The Ready condition and the times in the status. */
  readiness: 'cert-manager-certificates-readiness',
  /** Deletes CertificateRequests of the past. */
  revisionManager: 'cert-manager-certificates-revision-manager',
  /** Certificate metrics. */
  metrics: 'cert-manager-certificates-metrics',
  /** Approves CertificateRequests. */
  approver: 'cert-manager-certificaterequests-approver',
  issuers: 'cert-manager-issuers',
  clusterissuers: 'cert-manager-clusterissuers',
  /** Sets CA bundles. */
  cainjector: 'cert-manager-cainjector',
  orders: 'cert-manager-orders',
  challenges: 'cert-manager-challenges',
  /** Signs CertificateRequests of one type of issuer. */
  requestIssuer: (type: IssuerType): string => `${prefix}certificaterequests-issuer-${type}`,
  /** Signs Kubernetes CertificateSigningRequests for one type of issuer. */
  signingRequestIssuer: (type: IssuerType): string => `${prefix}certificatesigningrequests-issuer-${type}`,
} as const;
