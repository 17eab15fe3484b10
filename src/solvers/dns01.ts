// The seam between the Challenge controller and what writes TXT records: one provider for each key under solver.dns01.
//
// A provider may assume that the caller has found the zone, followed CNAMEs, waits for propagation and tries again what failed. It must touch
// only the record with this name and value, keep nothing in memory between two calls, honour `signal`, and let two adds in one zone at once
// both survive. It touches the world only through `io`. What it throws is a ProviderError with a short and stable message.
import type { DNS01Solver } from '../api/dns01.ts';
import type { HttpAccess } from '../net/http.ts';

/** A Secret's data, base64 decoded. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

export interface TxtRecord {
  /** With a final dot. Empty where the provider does not ask for it (`needsZone`). */
  readonly zone: string;
  /** With a final dot; CNAMEs were followed where the solver says so. */
  readonly fqdn: string;
  /** At most 255 bytes for ACME; providers split longer ones. */
  readonly value: string;
  /** The name that is proved, without `*.`: for providers that keep accounts by name. */
  readonly dnsName: string;
  readonly challengeUid: string;
  /** The namespace of the issuer's Secrets, for webhooks. */
  readonly resourceNamespace: string;
}

export interface Dns01Io {
  /** Answers undefined where the Secret does not exist; what `parse` throws is thrown on. Read from the issuer's resource namespace. */
  secret<T>(name: string, parse: (data: SecretData) => T): Promise<T | undefined>;
  /** A token for a service account of the issuer's resource namespace (TokenRequest). */
  serviceAccountToken(
    name: string,
    options: { readonly audiences: readonly string[]; readonly expirationSeconds: number },
  ): Promise<string>;
  /** POSTs JSON to a path of the Kubernetes API server, for solvers that are served as extension APIs. */
  postToCluster(path: string, body: unknown): Promise<unknown>;
  readonly http: HttpAccess;
  now(): Date;
  /** Whether credentials of the process itself may be used for this issuer. */
  readonly ambient: boolean;
  /** The environment variables of the process that cloud credentials are made of. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file that the environment names (projected tokens). */
  readFile(path: string): Promise<string>;
  readonly signal: AbortSignal;
}

export interface Dns01Solver {
  /** Idempotent. */
  add(record: TxtRecord, signal: AbortSignal): Promise<void>;
  /** Idempotent; a record that is not there is a success, and so is a zone that is gone. */
  remove(record: TxtRecord, signal: AbortSignal): Promise<void>;
}

export interface Dns01Provider<Config> {
  /** The key under solver.dns01 that selects this provider, e.g. `cloudDNS`. */
  readonly type: string;
  /** Whether the zone must be looked up in DNS before anything is sent. */
  needsZone(config: Config): boolean;
  config(solver: DNS01Solver): Config | undefined;
  /** The keys of Secrets that must exist before the provider can work: checked when the issuer is set up. */
  credentials(config: Config): readonly { readonly name: string; readonly key: string }[];
  /** Made anew for each add and remove. */
  open(config: Config, io: Dns01Io): Promise<Dns01Solver>;
}

/** A provider as the controllers know it: its configuration is its own business. */
export type AnyDns01Provider = Dns01Provider<unknown>;

/** Of several providers on one solver the first of this order is used (upstream). */
export const providerOrder = [
  'webhook',
  'rfc2136',
  'akamai',
  'cloudDNS',
  'cloudflare',
  'digitalocean',
  'route53',
  'azureDNS',
  'acmeDNS',
] as const;

/** The provider of a solver and its configuration; undefined where none is set or known. */
export function providerOf(
  solver: DNS01Solver,
  providers: readonly AnyDns01Provider[],
): { readonly provider: AnyDns01Provider; readonly config: unknown } | undefined {
  for (const type of providerOrder) {
    const provider = providers.find((each) => each.type === type);
    const config = provider?.config(solver);
    if (provider !== undefined && config !== undefined) return { provider, config };
  }
  return undefined;
}
