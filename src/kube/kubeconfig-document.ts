// Kubeconfig documents as values: several merged into one, relative paths resolved, and the flags of kubectl laid over them. Reads no file.
import { resolve } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

/** What flags may say instead of the file, by the names that kubectl has for it. Empty or absent: as the file says. */
export interface KubeconfigOverrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly tlsServerName?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly token?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/** The fields of clusters and users that name files. */
const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];
const lists = ['clusters', 'users', 'contexts'] as const;
const entryNames = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

/** A document whose relative paths are those of `folder`, made absolute. */
export function withAbsolutePaths(document: unknown, folder: string): Fields {
  const root = fields(document);
  const absolute = (list: (typeof lists)[number]): unknown[] =>
    entriesOf(root[list]).map((each) => ({
      ...each,
      [entryNames[list]]: Object.fromEntries(
        Object.entries(fields(each[entryNames[list]])).map(([key, value]) => [
          key,
          pathFields.includes(key) && typeof value === 'string' && value !== '' ? resolve(folder, value) : value,
        ]),
      ),
    }));
  return { ...root, ...Object.fromEntries(lists.map((list) => [list, absolute(list)])) };
}

/** One document of several: of two entries with one name, and of two current contexts, the first counts. */
export function mergeKubeconfigs(documents: readonly Fields[]): Fields {
  const merged = (list: (typeof lists)[number]): unknown[] => {
    const byName = new Map<unknown, Fields>();
    for (const each of documents.flatMap((document) => entriesOf(document[list]))) {
      if (!byName.has(each['name'])) byName.set(each['name'], each);
    }
    return [...byName.values()];
  };
  const current = documents
    .map((document) => document['current-context'])
    .find((name) => name !== undefined && name !== '');
  return { 'current-context': current, ...Object.fromEntries(lists.map((list) => [list, merged(list)])) };
}

const ownName = 'flags';

/**
 * A document with one context, in which the overrides have been laid over what the chosen context says. Throws an Error for a context, cluster or
 * user that is named but not there, or where there is no server at all.
 */
export function withOverrides(document: Fields, overrides: KubeconfigOverrides): Fields {
  const contextName = overrides.context || document['current-context'];
  const context = chosen(document, 'contexts', contextName, Boolean(overrides.context));
  const cluster = clusterWith(
    chosen(document, 'clusters', overrides.cluster || context['cluster'], Boolean(overrides.cluster)),
    overrides,
  );
  const user = userWith(
    chosen(document, 'users', overrides.user || context['user'], Boolean(overrides.user)),
    overrides,
  );
  if (typeof cluster['server'] !== 'string' || cluster['server'] === '') {
    throw new Error('no cluster to talk to: neither the kubeconfig nor --server names an API server');
  }
  const namespace = overrides.namespace || context['namespace'];
  return {
    'current-context': ownName,
    contexts: [{ name: ownName, context: { cluster: ownName, user: ownName, ...(namespace ? { namespace } : {}) } }],
    clusters: [{ name: ownName, cluster }],
    users: [{ name: ownName, user }],
  };
}

function clusterWith(cluster: Fields, overrides: KubeconfigOverrides): Fields {
  const { server, tlsServerName, certificateAuthority, insecureSkipTlsVerify } = overrides;
  const authorityFields = ['certificate-authority', 'certificate-authority-data'];
  const isInsecure = insecureSkipTlsVerify === true;
  const kept =
    certificateAuthority || isInsecure ? without(cluster, [...authorityFields, 'insecure-skip-tls-verify']) : cluster;
  return {
    ...kept,
    ...(server ? { server: server.includes('://') ? server : `http://${server}` } : {}),
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(certificateAuthority && !isInsecure ? { 'certificate-authority': resolve(certificateAuthority) } : {}),
    ...(isInsecure ? { 'insecure-skip-tls-verify': true } : {}),
  };
}

/** A token or a certificate given by flag replaces every other way in which the file would have the user known. */
function userWith(user: Fields, { token, clientCertificate, clientKey }: KubeconfigOverrides): Fields {
  const others = ['exec', 'auth-provider', 'tokenFile', 'token', 'username', 'password'];
  const kept = token ? without(user, others) : user;
  const withCertificate = clientCertificate
    ? { ...without(kept, ['client-certificate-data']), 'client-certificate': resolve(clientCertificate) }
    : kept;
  const withKey = clientKey
    ? { ...without(withCertificate, ['client-key-data']), 'client-key': resolve(clientKey) }
    : withCertificate;
  return token ? { ...withKey, token } : withKey;
}

function chosen(document: Fields, list: (typeof lists)[number], name: unknown, byFlag: boolean): Fields {
  const entry = entriesOf(document[list]).find((each) => each['name'] === name);
  if (entry === undefined && (byFlag || (typeof name === 'string' && name !== ''))) {
    throw new Error(`${entryNames[list]} "${name}" does not exist in the kubeconfig`);
  }
  return fields(entry?.[entryNames[list]]);
}

function without(value: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function entriesOf(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? list.map(fields) : [];
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
