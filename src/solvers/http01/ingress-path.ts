// The path and the host that lead to the answer of an HTTP-01 challenge, in the words of Ingress. Pure.
import { isIP } from 'node:net';
import type { ChallengeSpec } from '../../api/challenge.ts';
import { solverPort } from './settings.ts';

export interface IngressPath {
  readonly path?: string;
  readonly pathType: string;
  readonly backend: { readonly service?: { readonly name: string; readonly port?: { readonly number?: number } } };
}

export interface IngressRule {
  /** Absent or empty: every host. */
  readonly host?: string;
  readonly http?: { readonly paths?: readonly IngressPath[] };
}

/** RFC 8555 section 8.3. */
export const challengePath = (token: string): string => `/.well-known/acme-challenge/${token}`;

/** Empty for an IP address: no route can name one, so the answer is given on every host. */
export const routedHost = ({ dnsName }: Pick<ChallengeSpec, 'dnsName'>): string => (isIP(dnsName) === 0 ? dnsName : '');

export function solverPath(token: string, serviceName: string, exact: boolean): IngressPath {
  return {
    path: challengePath(token),
    pathType: exact ? 'Exact' : 'ImplementationSpecific',
    backend: { service: { name: serviceName, port: { number: solverPort } } },
  };
}

export function ruleFor(host: string, path: IngressPath): IngressRule {
  return { ...(host === '' ? {} : { host }), http: { paths: [path] } };
}
