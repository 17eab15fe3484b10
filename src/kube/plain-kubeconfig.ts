// Kubeconfig files that need no program to be run: client certificates, tokens and token files. Everything else (exec plugins, auth providers,
// proxies, passwords, impersonation) is left to @kubernetes/client-node, which costs 17 MB and half a second only to read a file.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ClusterAccess, ClusterTls, Credentials } from './access.ts';
import { rereadMs } from './access-files.ts';

type Fields = Readonly<Record<string, unknown>>;

const plainCluster = new Set([
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
]);
const plainUser = new Set([
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
]);

interface Named {
  readonly name?: unknown;
  readonly [kind: string]: unknown;
}

interface Entries {
  readonly cluster: Fields;
  readonly user: Fields;
  readonly namespace: string | undefined;
}

/**
 * Access by the current context of the parsed file `document`, where that is plain; undefined where it is not, or where an entry is missing.
 * Throws where a file that it names cannot be read.
 */
export function plainAccess(path: string, document: unknown, now: () => number): ClusterAccess | undefined {
  const entries = entriesOf(document);
  if (entries === undefined || typeof entries.cluster['server'] !== 'string') return undefined;
  let credentials = credentialsOf(entries, dirname(path));
  let readAt = now();
  const reread = (): void => {
    readAt = now();
    const next = credentialsOf(entries, dirname(path));
    const isSame = JSON.stringify(next) === JSON.stringify(credentials);
    // The same TLS object stands for the same connections.
    const isSameTls = JSON.stringify(next.tls) === JSON.stringify(credentials.tls);
    if (!isSame) credentials = isSameTls ? { ...next, tls: credentials.tls } : next;
  };
  return {
    server: new URL(entries.cluster['server']),
    ...(entries.namespace === undefined ? {} : { namespace: entries.namespace }),
    credentials: () => {
      if (now() - readAt >= rereadMs) reread();
      return credentials;
    },
    refresh: reread,
  };
}

function entriesOf(document: unknown): Entries | undefined {
  const root = fields(document);
  const context = fields(entry(root['contexts'], root['current-context'])?.['context']);
  const cluster = fields(entry(root['clusters'], context['cluster'])?.['cluster']);
  const user = fields(entry(root['users'], context['user'])?.['user']);
  const isPlain = hasOnly(cluster, plainCluster) && hasOnly(user, plainUser);
  if (!isPlain || Object.keys(cluster).length === 0) return undefined;
  const namespace = context['namespace'];
  return { cluster, user, namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined };
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function entry(list: unknown, name: unknown): Named | undefined {
  return Array.isArray(list) ? list.find((each: Named) => each?.name === name) : undefined;
}

function hasOnly(value: Fields, known: ReadonlySet<string>): boolean {
  return Object.keys(value).every((key) => known.has(key));
}

function credentialsOf({ cluster, user }: Entries, folder: string): Credentials {
  const text = (owner: Fields, key: string): string | undefined => {
    const inline = owner[`${key}-data`];
    if (typeof inline === 'string' && inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
    const path = owner[key];
    return typeof path === 'string' && path !== '' ? readFileSync(resolve(folder, path), 'utf8') : undefined;
  };
  const tls: ClusterTls = {
    ...optional('ca', text(cluster, 'certificate-authority')),
    ...optional('cert', text(user, 'client-certificate')),
    ...optional('key', text(user, 'client-key')),
    ...optional('servername', cluster['tls-server-name'] as string | undefined),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
  // A token file goes before a token, as in client-go.
  const file = text({ token: user['tokenFile'] }, 'token')?.trim();
  const token = file || (user['token'] as string | undefined);
  return { tls, headers: token ? { authorization: `Bearer ${token}` } : {} };
}

function optional<Name extends string>(name: Name, value: string | undefined): { readonly [Key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
}
