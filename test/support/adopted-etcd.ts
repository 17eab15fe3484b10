// Puts the cluster that a real cert-manager left (test/golden/adopted) into etcd as it was, behind the API server's back: uids, managed fields, times
// and status stay what they were, which no API request could achieve.
import { readFileSync } from 'node:fs';
import { certificateRequests, certificates, challenges, clusterIssuers, issuers, orders } from '../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { ApiError } from '../../src/base/errors.ts';
import { ingresses, namespaces, pods, secrets, services } from '../../src/kube/resources.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';

/** Just after the last thing that the old controller did. */
export const adoptionTime = '2026-11-22T19:08:00Z';

/** In the order in which they are put: whoever is referred to comes first. */
export const adoptedKinds: readonly ResourceType[] = [
  secrets,
  clusterIssuers,
  issuers,
  certificates,
  certificateRequests,
  orders,
  pods,
  services,
  ingresses,
  challenges,
];

/** Where etcd keeps what the API calls otherwise. */
const folders: Readonly<Record<string, string>> = {
  pods: 'pods',
  services: 'services/specs',
  ingresses: 'ingress',
  secrets: 'secrets',
};

/** Into an empty cluster that has the CRDs. */
export async function loadAdoptedCluster(plane: ControlPlane): Promise<void> {
  for (const name of ['app', 'cert-manager'])
    await plane.client.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const kind of adoptedKinds) for (const object of adopted(kind)) await put(plane, kind, object);
  // A server that has just learnt of a kind answers 429 until its cache is there.
  for (const kind of adoptedKinds) await until(`${kind.plural} are served`, () => isServed(plane, kind));
}

async function isServed(plane: ControlPlane, kind: ResourceType): Promise<boolean> {
  try {
    return (await plane.client.list(kind)).length >= adopted(kind).length;
  } catch (error) {
    if (error instanceof ApiError && error.status === 429) return false;
    throw error;
  }
}

/** What was left of this kind. */
export function adopted({ plural }: ResourceType): readonly KubeObject[] {
  const path = new URL(`../golden/adopted/${plural}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly items: readonly KubeObject[] }).items;
}

/** Stores an object as it is, without asking the API server. */
export async function put(plane: ControlPlane, { group, plural }: ResourceType, object: KubeObject): Promise<void> {
  const { resourceVersion: _given, ...metadata } = object.metadata;
  const place = [
    folders[plural] ?? `${group}/${plural}`,
    ...(metadata.namespace === undefined ? [] : [metadata.namespace]),
  ];
  const key = `/registry/${place.join('/')}/${metadata.name}`;
  const body = { key: base64(key), value: base64(JSON.stringify({ ...object, metadata })) };
  const answer = await fetch(`${plane.etcd}/v3/kv/put`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd refused ${key}: ${await answer.text()}`);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
