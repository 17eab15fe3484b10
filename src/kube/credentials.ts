// Finds the cluster and our credentials: the service account of the pod that we run in, or a kubeconfig file. The environment is handed
// in; only the files that it or the caller names are read. Nothing here talks to the API server.
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterAccess, ClusterTls, Credentials } from './access.ts';

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
/** Files are looked at again after this long, as a rotated token stays valid for minutes. */
const rereadMs = 10_000;

/** Access as the flags ask for it. Throws an Error that says what is missing. */
export async function openAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { kubeconfig = '', master = '' } = options;
  if (kubeconfig !== '') return kubeconfigAccess({ ...options, path: kubeconfig });
  if (master !== '') return { server: parseServer(master), credentials: () => anonymous };
  return inClusterAccess(options);
}

const anonymous: Credentials = { tls: {}, headers: {} };

function parseServer(address: string): URL {
  try {
    return new URL(address.includes('://') ? address : `http://${address}`);
  } catch {
    throw new Error(`not an address of an API server: ${address}`);
  }
}

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

/** A file's text; undefined while it is being replaced. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * The current context of a kubeconfig file: client certificates, tokens, token files, basic authentication, exec plugins, impersonation,
 * insecure-skip-tls-verify, tls-server-name and proxy-url. Read by @kubernetes/client-node, which is loaded only here.
 */
export async function kubeconfigAccess(options: {
  readonly path: string;
  readonly master?: string;
  readonly now?: () => number;
}): Promise<ClusterAccess> {
  const now = options.now ?? (() => performance.now());
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const { parse } = await import('yaml');
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromFile(options.path);
    return config as KubeConfig;
  };
  let config = load();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${options.path}: the current context names no cluster`);
  const master = options.master ?? '';
  // @kubernetes/client-node 2.0.1 looks for `token-file`; kubectl and client-go write `tokenFile`.
  const tokenFileOf = (user: string | undefined): string | undefined => {
    const { users = [] } = parse(readFileSync(options.path, 'utf8')) as UsersOfFile;
    const file = users.find(({ name }) => name === user)?.user?.tokenFile;
    return file === undefined || file === '' ? undefined : resolve(dirname(options.path), file);
  };
  let tokenFile = tokenFileOf(config.getCurrentUser()?.name);
  const context = config.getContextObject(config.getCurrentContext());
  let current: Credentials | undefined;
  let pending: Promise<Credentials> | undefined;
  let readAt = 0;
  let stale = false;
  const read = async (): Promise<Credentials> => {
    if (stale) {
      // An exec plugin's answer is kept by the configuration.
      config = load();
      tokenFile = tokenFileOf(config.getCurrentUser()?.name);
    }
    const next = withToken(await credentialsFrom(config), tokenFile);
    current = current !== undefined && sameTls(current.tls, next.tls) ? { ...next, tls: current.tls } : next;
    [readAt, stale] = [now(), false];
    return current;
  };
  return {
    server: master === '' ? new URL(cluster.server) : parseServer(master),
    ...(cluster.proxyUrl ? { proxy: new URL(cluster.proxyUrl) } : {}),
    ...(context?.namespace ? { namespace: context.namespace } : {}),
    credentials: () => {
      if (current !== undefined && !stale && now() - readAt < rereadMs) return current;
      pending ??= read().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    refresh: () => {
      stale = true;
    },
  };
}

interface UsersOfFile {
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: string } }[];
}

/** A token file goes before a token, as in client-go. */
function withToken(credentials: Credentials, tokenFile: string | undefined): Credentials {
  const token = tokenFile === undefined ? undefined : readIfThere(tokenFile)?.trim();
  return token
    ? { ...credentials, headers: { ...credentials.headers, authorization: `Bearer ${token}` } }
    : credentials;
}

async function credentialsFrom(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const tls = {
    ...(options.ca ? { ca: options.ca as Buffer } : {}),
    ...(options.cert ? { cert: options.cert as Buffer } : {}),
    ...(options.key ? { key: options.key as Buffer } : {}),
    ...(options.servername ? { servername: options.servername } : {}),
    ...(options.rejectUnauthorized === false ? { rejectUnauthorized: false } : {}),
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
  }
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { tls, headers };
}

function sameTls(a: ClusterTls, b: ClusterTls): boolean {
  return (
    String(a.ca) === String(b.ca) &&
    String(a.cert) === String(b.cert) &&
    String(a.key) === String(b.key) &&
    a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized
  );
}
