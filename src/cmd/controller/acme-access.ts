// What the controllers of ACME reach: accounts, DNS, DNS providers. Made once for the process; nothing is sent here.
import { createResolver, type DnsResolver } from '../../dns/resolver.ts';
import { type AcmeAccounts, createAcmeAccounts } from '../../issuers/acme/accounts.ts';
import type { SolverSecrets } from '../../issuers/acme/solver-secrets.ts';
import type { Client } from '../../kube/client.ts';
import { groupPath } from '../../kube/resources.ts';
import type { Trust } from '../../net/http.ts';
import { dns01Providers } from '../../solvers/dns01/index.ts';
import { type AnyDns01Provider, providerOf } from '../../solvers/dns01.ts';
import type { AcmeMetrics } from '../metrics/acme-metrics.ts';
import { pemLimitsOf } from './controller-settings.ts';
import type { Outside } from './outside.ts';
import type { ControllerSettings } from './settings.ts';

export interface AcmeAccess {
  readonly accounts: AcmeAccounts;
  readonly providers: readonly AnyDns01Provider[];
  /** For DNS-01. */
  readonly resolver: DnsResolver;
  /** For the HTTP-01 self-check, where flags say whom to ask. */
  readonly lookup: Trust['lookup'];
  readonly solverSecrets: SolverSecrets;
}

export function openAcme(
  { config }: ControllerSettings,
  { http, systemServers }: Outside,
  metrics: AcmeMetrics,
  now: () => Date,
  signal: AbortSignal,
): AcmeAccess {
  const resolverOf = (servers: readonly string[]) => createResolver({ servers, systemServers, http, now });
  const { solverNameservers } = config.acmeHTTP01Config;
  const pages = solverNameservers.length === 0 ? undefined : resolverOf(solverNameservers);
  return {
    accounts: createAcmeAccounts({ limits: pemLimitsOf(config), onRequest: metrics.onRequest }),
    providers: dns01Providers,
    resolver: resolverOf(config.acmeDNS01Config.recursiveNameservers),
    lookup: pages === undefined ? undefined : (name) => pages.addresses(name, signal),
    solverSecrets: ({ dns01 }) => {
      const found = dns01 === undefined ? undefined : providerOf(dns01, dns01Providers);
      return found === undefined ? [] : found.provider.credentials(found.config);
    },
  };
}

interface TokenRequest {
  readonly status?: { readonly token?: string };
}

/** Asks the API server for a token of a service account (TokenRequest). The right to do so is the user's to give. */
export function tokenRequests(client: Client) {
  return async (
    namespace: string,
    name: string,
    spec: { readonly audiences: readonly string[]; readonly expirationSeconds: number },
    signal: AbortSignal,
  ): Promise<string> => {
    const folder = `${groupPath({ group: '', version: 'v1' })}/namespaces/${encodeURIComponent(namespace)}`;
    const path = `${folder}/serviceaccounts/${encodeURIComponent(name)}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const { status } = await client.request<TokenRequest>('POST', path, { body, signal });
    if (!status?.token) throw new Error(`the API server gave no token for service account "${name}"`);
    return status.token;
  };
}
