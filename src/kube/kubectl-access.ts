// Access to a cluster as kubectl finds it: its flags, $KUBECONFIG, ~/.kube/config, the pod that we run in. For commands that people run and that
// take kubectl's flags; the operator's components use credentials.ts.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { ClusterAccess, Credentials } from './access.ts';
import { inClusterAccess } from './credentials.ts';
import { type KubeconfigOverrides, mergeKubeconfigs, withAbsolutePaths, withOverrides } from './kubeconfig-document.ts';

export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  /** Name → values. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface KubectlAccessOptions {
  /** --kubeconfig; empty: the environment's. */
  readonly kubeconfig?: string;
  readonly overrides: KubeconfigOverrides;
  readonly impersonate?: Impersonation;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountFolder?: string;
}

/** Throws an Error that says what is missing. `namespace` of the access is that of the flags, the context or the pod. */
export async function openKubectlAccess(options: KubectlAccessOptions): Promise<ClusterAccess> {
  const { overrides, impersonate } = options;
  const access = await foundAccess(options);
  const named = overrides.namespace ? { ...access, namespace: overrides.namespace } : access;
  return impersonate === undefined ? named : impersonating(named, impersonate);
}

async function foundAccess(options: KubectlAccessOptions): Promise<ClusterAccess> {
  const { overrides, env } = options;
  const paths = filesOf(options);
  const isInPod = Boolean(env['KUBERNETES_SERVICE_HOST']);
  if (paths.length === 0 && !overrides.server && isInPod) {
    const { namespace: _, ...others } = overrides;
    const unusable = Object.entries(others).filter(
      ([, value]) => value !== undefined && value !== '' && value !== false,
    );
    if (unusable.length === 0) return inClusterAccess(options);
    throw new Error(`${unusable.map(([name]) => name).join(', ')}: only with a kubeconfig or --server`);
  }
  if (paths.length === 0 && !overrides.server) {
    throw new Error(
      'no cluster to talk to: no --kubeconfig, no --server, $KUBECONFIG and ~/.kube/config name no file, and this is not a pod',
    );
  }
  const { kubeconfigAccess, readKubeconfigs } = await import('./kubeconfig.ts');
  const document = () =>
    withOverrides(
      mergeKubeconfigs(readKubeconfigs(paths).map(({ path, document }) => withAbsolutePaths(document, dirname(path)))),
      overrides,
    );
  return kubeconfigAccess({ path: paths[0] ?? 'flags', document });
}

/** A file named by flag must be there; those that the environment lists may be missing. */
function filesOf({ kubeconfig = '', env }: KubectlAccessOptions): string[] {
  if (kubeconfig !== '') return [kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const home = env['HOME'] ?? '';
  const candidates = listed.length > 0 ? listed : home === '' ? [] : [join(home, '.kube', 'config')];
  return candidates.filter((path) => existsSync(path));
}

function impersonating(
  access: ClusterAccess,
  { user, groups = [], uid = '', extra = {} }: Impersonation,
): ClusterAccess {
  const headers: Record<string, string | string[]> = {
    'impersonate-user': user,
    ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
    ...(uid === '' ? {} : { 'impersonate-uid': uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([name, values]) => [
        `impersonate-extra-${encodeURIComponent(name.toLowerCase())}`,
        [...values],
      ]),
    ),
  };
  const added = (credentials: Credentials): Credentials => ({
    ...credentials,
    headers: { ...credentials.headers, ...headers },
  });
  return {
    ...access,
    credentials: () => {
      const known = access.credentials();
      return known instanceof Promise ? known.then(added) : added(known);
    },
  };
}
