// What a DNS provider may touch for one Challenge: the Secrets and service accounts of its issuer's namespace, and the world. Decides nothing.
import type { Challenge } from '../../api/challenge.ts';
import { issuerReferenceOf } from '../../api/references.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import type { HttpAccess } from '../../net/http.ts';
import type { Dns01Io } from '../../solvers/dns01.ts';

/** A token for a service account (TokenRequest). */
export type RequestToken = (
  namespace: string,
  name: string,
  options: { readonly audiences: readonly string[]; readonly expirationSeconds: number },
  signal: AbortSignal,
) => Promise<string>;

export interface Dns01IoOptions {
  readonly io: BackendIoFactory;
  readonly http: HttpAccess;
  readonly tokens: RequestToken;
  /** POSTs JSON to a path of the API server. */
  readonly postToCluster: (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;
  /** Everything that cloud credentials are made of; and what says only where services are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly endpoints: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<string>;
  readonly now: () => Date;
}

export interface Dns01Scope {
  readonly resourceNamespace: string;
  readonly ambient: boolean;
}

/** By the kind of the issuer alone: what was put there must be taken away after the issuer is gone, too. */
export function scopeOf(
  { metadata, spec }: Challenge,
  settings: {
    readonly clusterResourceNamespace: string;
    readonly issuerAmbient: boolean;
    readonly clusterIssuerAmbient: boolean;
  },
): Dns01Scope {
  return issuerReferenceOf(spec.issuerRef).kind === 'ClusterIssuer'
    ? { resourceNamespace: settings.clusterResourceNamespace, ambient: settings.clusterIssuerAmbient }
    : { resourceNamespace: metadata.namespace ?? '', ambient: settings.issuerAmbient };
}

export function dns01Io(
  options: Dns01IoOptions,
  { resourceNamespace, ambient }: Dns01Scope,
  signal: AbortSignal,
): Dns01Io {
  // As the Secret of a request: read anew each time and never kept, for a provider is made anew for each call.
  const secrets = options.io.open({ resourceNamespace, requestNamespace: resourceNamespace, signal });
  return {
    secret: (name, parse) => secrets.requestSecret(name, parse),
    serviceAccountToken: (name, wishes) => options.tokens(resourceNamespace, name, wishes, signal),
    postToCluster: (path, body) => options.postToCluster(path, body, signal),
    http: options.http,
    now: options.now,
    ambient,
    environment: ambient ? options.environment : options.endpoints,
    readFile: async (path) => {
      if (!ambient) throw new Error('files of the process are not for issuers without ambient credentials');
      return options.readFile(path);
    },
    signal,
  };
}
