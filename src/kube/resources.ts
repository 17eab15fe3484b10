// The kinds of other API groups that the runtime and controllers touch, and the paths under which the API server serves any kind.
import type { Key, ResourceType } from '../api/meta.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const secrets = core('secrets', 'Secret');
export const configMaps = core('configmaps', 'ConfigMap');
export const events = core('events', 'Event');
export const namespaces = core('namespaces', 'Namespace', false);
export const pods = core('pods', 'Pod');
export const services = core('services', 'Service');
export const ingresses: ResourceType = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
};
export const httpRoutes: ResourceType = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  plural: 'httproutes',
  kind: 'HTTPRoute',
  namespaced: true,
};
export const leases: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Of our own kinds the one that is read by who reads no other; their list, with schemas, is api/kinds.ts. */
export const certificates: ResourceType = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificates',
  kind: 'Certificate',
  namespaced: true,
};

/** `v1`, or `group/version`: what an object of this kind says as its apiVersion. */
export function apiVersionOf(resource: ResourceType): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The folder of a group version: `/api/v1` or `/apis/<group>/<version>`. */
export function groupPath(resource: Pick<ResourceType, 'group' | 'version'>): string {
  return resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
}

/**
 * The path of one object (`name` given) or of a collection, in one namespace or in all of them, e.g.
 * `/apis/cert-manager.io/v1/namespaces/shop/certificates/web/status`.
 */
export function resourcePath(resource: ResourceType, where: Partial<Key> = {}, subresource?: string): string {
  let path = groupPath(resource);
  if (resource.namespaced && where.namespace !== undefined)
    path += `/namespaces/${encodeURIComponent(where.namespace)}`;
  path += `/${resource.plural}`;
  if (where.name !== undefined) path += `/${encodeURIComponent(where.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
