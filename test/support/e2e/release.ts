// Our chart as a release on the cluster with a node: installed, uninstalled, wiped out. What is asked of it stands in the tests.
import { join } from 'node:path';
import type { KubeObject } from '../../../src/api/meta.ts';
import { until } from '../until.ts';
import type { Cluster } from './cluster.ts';

export const release = 'cert-manager';
export const releaseNamespace = 'cert-manager';
const root = join(import.meta.dirname, '..', '..', '..');
const chart = join(root, 'charts', 'cert-manager');
export const examples = join(root, 'docs', 'examples');
const leases = ['cert-manager-controller', 'cert-manager-cainjector-leader-election'];

export interface Pod extends KubeObject {
  readonly spec?: { readonly containers: readonly { readonly image: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly containerID?: string;
    }[];
  };
}

/** The release with nothing but `crds.enabled`; one that an earlier test has left whole is taken as it is. */
export async function installDefault(cluster: Cluster): Promise<void> {
  const status = await cluster.tryHelm(['get', 'values', release, '--namespace', releaseNamespace, '-o', 'json']);
  const isDefault = status.ok && status.text.trim() === '{"crds":{"enabled":true}}';
  const running = isDefault ? await pods(cluster) : [];
  const isWhole =
    running.length === 3 && running.every((pod) => pod.status?.containerStatuses?.every(({ ready }) => ready));
  if (!isWhole) await install(cluster);
}

/** In place of any other. `values` as for --set. Returns when `helm install --wait` does. */
export async function install(cluster: Cluster, values: Readonly<Record<string, string>> = {}): Promise<void> {
  const set = Object.entries({ 'crds.enabled': 'true', ...values }).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ]);
  const place = ['--namespace', releaseNamespace, '--create-namespace'];
  if ((await cluster.tryHelm(['status', release, '--namespace', releaseNamespace])).ok) await wipe(cluster);
  try {
    await cluster.helm(['install', release, chart, ...place, ...set, '--wait', '--timeout', '3m']);
  } catch (error) {
    const state = await cluster.tryKubectl(['get', 'pods,events', '-n', releaseNamespace]);
    throw new Error(`${error instanceof Error ? error.message : error}\n${state.text}`);
  }
}

export async function upgrade(cluster: Cluster, values: Readonly<Record<string, string>>): Promise<void> {
  const set = Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const kept = ['--reuse-values', '--namespace', releaseNamespace];
  await cluster.helm(['upgrade', release, chart, ...kept, ...set, '--wait', '--timeout', '3m']);
}

/** Returns when its pods are gone, too. */
export async function uninstall(cluster: Cluster): Promise<void> {
  await cluster.helm(['uninstall', release, '--namespace', releaseNamespace, '--ignore-not-found', '--wait']);
  await until('the pods are gone', async () => (await pods(cluster)).length === 0, 60_000, 250);
}

/**
 * As on a cluster that never had the release. Helm takes the rights away before the pods end, so that these cannot release their Leases,
 * and the pods of the next installation would wait for a minute until they have run out.
 */
export async function forgetLeases(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'leases', '-n', 'kube-system', '--ignore-not-found', ...leases]);
}

/** Nothing of the release is left afterwards, whatever there was: no CRD, no namespace, no Lease. */
export async function wipe(cluster: Cluster): Promise<void> {
  await uninstall(cluster);
  const crds = (await cluster.kubectl(['get', 'crds', '-o', 'name']))
    .split('\n')
    .filter((name) => name.endsWith('.cert-manager.io'));
  if (crds.length > 0) await cluster.kubectl(['delete', ...crds, '--timeout=60s']);
  await cluster.kubectl(['delete', 'namespace', releaseNamespace, '--ignore-not-found', '--timeout=60s']);
  await forgetLeases(cluster);
}

/** Those of one component (`controller`, `webhook`, `cainjector`), or of all. */
export async function pods(cluster: Cluster, component?: string): Promise<Pod[]> {
  const selector = `app.kubernetes.io/instance=${release}${component === undefined ? '' : `,app.kubernetes.io/component=${component}`}`;
  const path = `/api/v1/namespaces/${releaseNamespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  return (await cluster.api.request<{ items: Pod[] }>('GET', path)).items;
}

/** Waits until these Certificates, `namespace/name` each, are Ready. */
export async function untilCertificatesReady(
  cluster: Cluster,
  names: readonly string[],
  deadlineMs = 60_000,
): Promise<void> {
  for (const each of names) {
    const [namespace = '', name = ''] = each.split('/');
    let last = 'it is not there';
    await until(
      `Certificate ${each} is Ready`,
      async () => {
        const found = await cluster.tryKubectl(['get', 'certificate', '-n', namespace, name, '-o', 'json']);
        if (!found.ok) return false;
        const { status } = JSON.parse(found.text) as {
          status?: { conditions?: { type: string; status: string; message: string }[] };
        };
        last = JSON.stringify(status ?? {});
        return (status?.conditions ?? []).some(
          (condition) => condition.type === 'Ready' && condition.status === 'True',
        );
      },
      deadlineMs,
      250,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; its status: ${last}`);
    });
  }
}
