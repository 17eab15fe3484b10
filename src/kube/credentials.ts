// Finds the cluster and our credentials: the service account of the pod that we run in, or a kubeconfig file. The environment is handed
// in; only the files that it or the caller names are read. Nothing here talks to the API server.
import { readFileSync } from 'node:fs';
import type { ClusterAccess, ClusterTls, Credentials } from './access.ts';
import { parseServer, readIfThere, rereadMs } from './access-files.ts';

export interface AccessOptions {
  /** A kubeconfig file; empty or absent: in-cluster. */
  readonly kubeconfig?: string;
  /** Overrides the server's address, as `--master` does. */
  readonly master?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountFolder?: string;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Access as the flags ask for it. Throws an Error that says what is missing. */
export async function openAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { kubeconfig = '', master = '' } = options;
  if (kubeconfig !== '') return (await import('./kubeconfig.ts')).kubeconfigAccess({ ...options, path: kubeconfig });
  if (master !== '') return { server: parseServer(master), credentials: () => anonymous };
  return inClusterAccess(options);
}

const anonymous: Credentials = { tls: {}, headers: {} };

/** The service account of this pod. Token and CA are read again when they may have changed. */
export function inClusterAccess(options: Omit<AccessOptions, 'kubeconfig' | 'master'>): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = options.env;
  if (host === '' || port === '') {
    throw new Error(
      'no cluster to talk to: --kubeconfig is not set, and this is not a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set)',
    );
  }
  const folder = options.serviceAccountFolder ?? defaultFolder;
  const now = options.now ?? (() => performance.now());
  let token = readFileSync(`${folder}/token`, 'utf8').trim();
  let ca = readFileSync(`${folder}/ca.crt`, 'utf8');
  let credentials = bearer({ ca }, token);
  let readAt = now();
  const reread = (): void => {
    readAt = now();
    const nextToken = readIfThere(`${folder}/token`)?.trim() || token;
    const nextCa = readIfThere(`${folder}/ca.crt`) || ca;
    if (nextToken === token && nextCa === ca) return;
    credentials = bearer(nextCa === ca ? credentials.tls : { ca: nextCa }, nextToken);
    [token, ca] = [nextToken, nextCa];
  };
  const namespace = readIfThere(`${folder}/namespace`)?.trim();
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ...(namespace ? { namespace } : {}),
    credentials: () => {
      if (now() - readAt >= rereadMs) reread();
      return credentials;
    },
    refresh: reread,
  };
}

const bearer = (tls: ClusterTls, token: string): Credentials => ({
  tls,
  headers: { authorization: `Bearer ${token}` },
});
