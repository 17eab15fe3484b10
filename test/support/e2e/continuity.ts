// What must go on while a release is changed: the objects in the cluster stay the same ones, and whoever applies a valid Certificate
// gets it applied. Changes nothing in the release itself.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../../src/api/certificate.ts';
import { isTrue } from '../../../src/api/conditions.ts';
import { certificateRequests, certificates, clusterIssuers, issuers } from '../../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../../src/api/meta.ts';
import { customResourceDefinitions, secrets } from '../../../src/kube/resources.ts';
import { until } from '../until.ts';
import type { Cluster } from './cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from './manifests.ts';
import { pods, releaseNamespace } from './release.ts';

interface Anything extends KubeObject {
  readonly type?: string;
  readonly status?: { readonly revision?: number; readonly notAfter?: string };
  readonly spec?: { readonly clusterIP?: string };
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

/** Where the Certificates are applied meanwhile; what is in there is no part of what is kept. */
const busy = 'meanwhile';
const everyMs = 200;
/** How long a client tries again before it counts as refused for good. */
const patienceMs = 60_000;
/** What a Lease lasts, the longest pause between attempts to take it, and half as much again. */
const leasesMs = 150_000;

const admission = (plural: string, kind: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});
const service: ResourceType = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true };

/** Which object it is, and that nobody has written to it. */
const untouched = ({ metadata }: Anything) => [metadata.uid, metadata.resourceVersion];
const sameObject = ({ metadata }: Anything) => [metadata.uid];

/** What is looked at, and what of it may not change. */
const kept: readonly (readonly [ResourceType, (object: Anything) => readonly unknown[]])[] = [
  [customResourceDefinitions, sameObject],
  [issuers, sameObject],
  [clusterIssuers, sameObject],
  [certificates, ({ metadata, status }) => [metadata.uid, status?.revision, status?.notAfter]],
  [certificateRequests, untouched],
  [secrets, untouched],
  [service, ({ metadata, spec }) => [metadata.uid, spec?.clusterIP]],
  ...(['Mutating', 'Validating'] as const).map(
    (kind) =>
      [
        admission(`${kind.toLowerCase()}webhookconfigurations`, `${kind}WebhookConfiguration`),
        ({ metadata, webhooks = [] }: Anything) => [
          metadata.uid,
          ...webhooks.map(({ clientConfig }) => clientConfig.caBundle),
        ],
      ] as const,
  ),
];

/** Of Services the webhook's: the others are for metrics, and one Deployment has one of them. */
const isLookedAt = ({ kind }: ResourceType, { metadata, type }: Anything) =>
  metadata.namespace !== busy &&
  type !== 'helm.sh/release.v1' &&
  (kind !== 'Service' || metadata.name === 'cert-manager-webhook');

/** `Kind namespace/name` → what stays as it is, whatever happens to the release. */
export async function keptState(cluster: Cluster): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const lists = kept.map(async ([resource, aspect]) => {
    const found = (await cluster.api.list<Anything>(resource)).filter((object) => isLookedAt(resource, object));
    return found.map((object) => [nameOf(resource, object), aspect(object)] as const);
  });
  return Object.fromEntries((await Promise.all(lists)).flat());
}

function nameOf({ kind }: ResourceType, { metadata: { namespace = '', name } }: KubeObject): string {
  return `${kind} ${namespace}/${name}`;
}

export interface Applied {
  readonly count: number;
  /** Those that were refused at first, with the first reason each. */
  readonly refusals: readonly string[];
  /** The longest time from a first attempt to its success. */
  readonly longestMs: number;
  /** Reasons of those that were refused until patience was over. */
  readonly lost: readonly string[];
  readonly workMs: number;
}

/** Applies a new Certificate every 200 ms, each of them tried again until it is taken, from before `work` begins until after it ends. */
export async function applyDuring(cluster: Cluster, work: () => Promise<void>): Promise<Applied> {
  await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(busy), selfSignedIssuer(busy)));
  const attempts: Promise<Attempt>[] = [];
  let isOver = false;
  const loop = (async () => {
    for (; !isOver; await sleep(everyMs)) attempts.push(applyUntilTaken(cluster, `applied-${attempts.length + 1}`));
  })();
  const started = performance.now();
  try {
    await work();
  } finally {
    isOver = true;
    await loop;
  }
  const workMs = performance.now() - started;
  const all = await Promise.all(attempts);
  return {
    count: all.length,
    refusals: all.flatMap(({ refusal }) => refusal ?? []),
    longestMs: Math.max(...all.map(({ tookMs }) => tookMs)),
    lost: all.flatMap(({ isTaken, refusal }) => (isTaken ? [] : [refusal ?? ''])),
    workMs,
  };
}

interface Attempt {
  readonly isTaken: boolean;
  readonly refusal: string | undefined;
  readonly tookMs: number;
}

async function applyUntilTaken(cluster: Cluster, name: string): Promise<Attempt> {
  const started = performance.now();
  let refusal: string | undefined;
  for (;;) {
    try {
      await cluster.api.apply(certificates, certificate(busy, name));
      return { isTaken: true, refusal, tookMs: performance.now() - started };
    } catch (error) {
      refusal ??= String(error);
      const tookMs = performance.now() - started;
      if (tookMs > patienceMs) return { isTaken: false, refusal, tookMs };
      await sleep(everyMs);
    }
  }
}

/** For a test's diagnostics. */
export function describeApplied({ count, refusals, longestMs, workMs }: Applied): string {
  const window = refusals.length === 0 ? '' : `, the longest for ${(longestMs / 1000).toFixed(1)} s: ${refusals[0]}`;
  return `${(workMs / 1000).toFixed(1)} s; of ${count} applied meanwhile ${refusals.length} were refused at first${window}`;
}

/** Waits until all that were applied meanwhile are Ready, and removes them. */
export async function finishApplied(cluster: Cluster): Promise<void> {
  await until('all that were applied are Ready', async () =>
    (await cluster.api.list<Certificate>(certificates, busy)).every(({ status }) =>
      isTrue(status?.conditions, 'Ready'),
    ),
  );
  await cluster.kubectl(['delete', 'namespace', busy, '--timeout=120s']);
}

/**
 * Waits until both Leases are held by pods that are there. Where the ServiceAccount of a pod loses its rights before the pod ends, it cannot
 * give its Lease up, and the next one waits until it has run out.
 */
export async function untilLeasesAreHeld(cluster: Cluster): Promise<void> {
  for (const lease of ['cert-manager-controller', 'cert-manager-cainjector-leader-election'])
    await until(
      `a pod of ${releaseNamespace} holds ${lease}`,
      async () => {
        const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${lease}`;
        const { spec } = await cluster.api.request<{ spec: { holderIdentity?: string } }>('GET', path);
        const running = (await pods(cluster)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        return running.some(({ metadata }) => spec.holderIdentity?.startsWith(metadata.name));
      },
      leasesMs,
      250,
    );
}
