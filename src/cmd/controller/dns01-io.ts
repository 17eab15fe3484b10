// What DNS providers may touch, made of the cluster and of what lies outside it: Secrets and service account tokens of one namespace, extension
// APIs, HTTP, and, for issuers that may use them, the credentials of the process.
import type { Client } from '../../kube/client.ts';
import { groupPath, secrets } from '../../kube/resources.ts';
import type { Dns01Io } from '../../solvers/dns01.ts';
import type { Outside } from './outside.ts';

export interface Dns01Scope {
  /** Where the Secrets and service accounts of the issuer are. */
  readonly resourceNamespace: string;
  /** Whether the credentials of the process itself may be used. */
  readonly ambient: boolean;
  readonly signal: AbortSignal;
}

interface RawSecret {
  readonly data?: Readonly<Record<string, string>>;
}

interface TokenRequest {
  readonly status?: { readonly token?: string };
}

/** How long a webhook may take over one answer; upstream's client waits as long. */
const webhookTimeoutMs = 30_000;

export function dns01Access(client: Client, outside: Outside, now: () => Date): (scope: Dns01Scope) => Dns01Io {
  return ({ resourceNamespace, ambient, signal }) => ({
    secret: async (name, parse) => {
      const secret = await client.find<RawSecret>(secrets, { namespace: resourceNamespace, name }, { signal });
      if (secret === undefined) return undefined;
      const entries = Object.entries(secret.data ?? {});
      return parse(Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64')])));
    },
    serviceAccountToken: async (name, { audiences, expirationSeconds }) => {
      const path = `${groupPath({ group: '', version: 'v1' })}/namespaces/${encodeURIComponent(resourceNamespace)}`;
      const answer = await client.request<TokenRequest>(
        'POST',
        `${path}/serviceaccounts/${encodeURIComponent(name)}/token`,
        {
          body: {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec: { audiences, expirationSeconds },
          },
          signal,
        },
      );
      if (!answer.status?.token) throw new Error(`the API server gave no token for service account "${name}"`);
      return answer.status.token;
    },
    postToCluster: (path, body) => client.request('POST', path, { body, signal, timeoutMs: webhookTimeoutMs }),
    http: outside.http,
    now,
    ambient,
    environment: ambient ? outside.environment : outside.endpoints,
    readFile: (path) => {
      if (!ambient) throw new Error('files of the process are not for this issuer');
      return outside.readFile(path);
    },
    signal,
  });
}
