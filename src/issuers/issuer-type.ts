// Which type an issuer is of, and where the objects that it refers to stand. Knows no backend.
import type { Issuer } from '../api/issuer.ts';

/** The keys under Issuer.spec that name a type, in the order in which upstream looks at them. */
export const issuerTypes = ['acme', 'ca', 'vault', 'selfSigned', 'venafi'] as const;

/** The first type that the spec sets; undefined where it sets none. Admission keeps it from setting two. */
export function issuerTypeOf(issuer: Issuer): (typeof issuerTypes)[number] | undefined {
  const spec: Readonly<Record<string, unknown>> = issuer.spec ?? {};
  return issuerTypes.find((type) => spec[type] !== undefined && spec[type] !== null);
}

/** The error of an issuer without a type, in upstream's words. */
export function typelessMessage(issuer: Issuer): string {
  return `no issuer specified for Issuer '${issuer.metadata.namespace ?? ''}/${issuer.metadata.name}'`;
}

/** The namespace of the Secrets that an issuer refers to: its own, or the cluster resource namespace for a ClusterIssuer. */
export function resourceNamespaceOf(issuer: Issuer, clusterResourceNamespace: string): string {
  return issuer.metadata.namespace ?? clusterResourceNamespace;
}
