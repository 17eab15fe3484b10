// Access by a kubeconfig file. Loaded only where there is one: in a pod nobody needs it, nor the parsers that it brings.
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { ClusterAccess, ClusterTls, Credentials } from './access.ts';
import { parseServer, readIfThere, rereadMs } from './access-files.ts';
import { plainAccess } from './plain-kubeconfig.ts';

/**
 * The current context of a kubeconfig file: client certificates, tokens, token files, basic authentication, exec plugins, impersonation,
 * insecure-skip-tls-verify, tls-server-name and proxy-url. What plain-kubeconfig.ts does not know is read by @kubernetes/client-node, which
 * is loaded only here.
 */
export async function kubeconfigAccess(options: {
  readonly path: string;
  readonly master?: string;
  readonly now?: () => number;
  /** What stands in for the content of the file, for those who merge several or change one; its paths are absolute. */
  readonly document?: () => object;
}): Promise<ClusterAccess> {
  const now = options.now ?? (() => performance.now());
  const document = options.document ?? (() => parse(readFileSync(options.path, 'utf8')) as object);
  const plain = plainAccess(options.path, document(), now);
  if (plain !== undefined) return options.master ? { ...plain, server: parseServer(options.master) } : plain;
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    if (options.document === undefined) config.loadFromFile(options.path);
    else config.loadFromString(JSON.stringify(options.document()));
    return config as KubeConfig;
  };
  let config = load();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${options.path}: the current context names no cluster`);
  const master = options.master ?? '';
  // @kubernetes/client-node 2.0.1 looks for `token-file`; kubectl and client-go write `tokenFile`.
  const tokenFileOf = (user: string | undefined): string | undefined => {
    const { users = [] } = document() as UsersOfFile;
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

/** The content of kubeconfig files, parsed. Throws where one cannot be read. */
export function readKubeconfigs(paths: readonly string[]): { readonly path: string; readonly document: unknown }[] {
  return paths.map((path) => ({ path, document: parse(readFileSync(path, 'utf8')) }));
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
