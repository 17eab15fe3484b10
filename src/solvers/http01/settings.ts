// What the flags say about the objects that answer HTTP-01 challenges, and whether a challenge has a pod of its own. Pure.
import type { Challenge } from '../../api/challenge.ts';
import { issuerReferenceOf } from '../../api/references.ts';

/** The pods' and the answering server's; Services and routes lead there. */
export const solverPort = 8089;

export interface Http01Settings {
  readonly solverImage: string;
  /** Of the container; a pod template may change each of them. */
  readonly resources: {
    readonly requests: Readonly<Record<'cpu' | 'memory', string>>;
    readonly limits: Readonly<Record<'cpu' | 'memory', string>>;
  };
  readonly runAsNonRoot: boolean;
  /** Empty: none. */
  readonly runtimeClassName: string;
  /** Of all objects, beside those that identify them. */
  readonly extraLabels: Readonly<Record<string, string>>;
  /** Path type Exact, or ImplementationSpecific (gate ACMEHTTP01IngressPathTypeExact). */
  readonly exactPaths: boolean;
  /** The Service that answers for all challenges; absent: each has a pod and a Service. */
  readonly shared?: SharedService;
}

export interface SharedService {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The shared Service, where it can answer this challenge: where we make an Ingress, which then lives beside the Service. Not for
 *
 * - an existing Ingress, or an HTTPRoute: those cannot lead into another namespace unless its owner says so;
 * - the annotations of a namespace's own issuer: on an Ingress they may name Secrets, which would be those of the Service's namespace.
 */
export function sharedServiceFor({ spec }: Challenge, { shared }: Http01Settings): SharedService | undefined {
  const ingress = spec.solver.http01?.ingress;
  if (shared === undefined || ingress === undefined || isSet(ingress.name)) return undefined;
  const isOfCluster = issuerReferenceOf(spec.issuerRef).kind === 'ClusterIssuer';
  return isOfCluster || ingress.ingressTemplate?.metadata === undefined ? shared : undefined;
}

export const isSet = (text: string | undefined): text is string => text !== undefined && text !== '';
