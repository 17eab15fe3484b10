// The declared access of the components as RBAC objects, for tests and the demo, which run them as users with nothing more than this.
import type { ResourceType } from '../../src/api/meta.ts';
import { type Holder, rolesOf } from '../../src/cmd/access/roles.ts';
import type { Manifest } from './api-client.ts';

const rbac = (plural: string, kind: string, namespaced: boolean): ResourceType => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
const clusterRoles = rbac('clusterroles', 'ClusterRole', false);
const clusterRoleBindings = rbac('clusterrolebindings', 'ClusterRoleBinding', false);
const roles = rbac('roles', 'Role', true);
const roleBindings = rbac('rolebindings', 'RoleBinding', true);

export interface RbacObject {
  readonly resource: ResourceType;
  readonly manifest: Manifest;
}

/** The namespaces of Leases and of the pods that a component's Roles are made in. */
export interface RoleNamespaces {
  readonly leases: string;
  readonly pods: string;
}

/** Everything that gives the user the rights that a component has by the chart, in the order to create it. */
export function grantedRoles(holder: Holder, user: string, namespaces: RoleNamespaces): RbacObject[] {
  return rolesOf(holder).flatMap(({ name, scope, rules }): RbacObject[] => {
    if (scope === 'cluster') {
      return [
        { resource: clusterRoles, manifest: { apiVersion, kind: 'ClusterRole', metadata: { name }, rules } },
        { resource: clusterRoleBindings, manifest: binding('ClusterRole', { name }, user) },
      ];
    }
    const metadata = { name, namespace: namespaces[scope] };
    return [
      { resource: roles, manifest: { apiVersion, kind: 'Role', metadata, rules } },
      { resource: roleBindings, manifest: binding('Role', metadata, user) },
    ];
  });
}

/** As `grantedRoles`, of the controller. */
export function controllerRoles(user: string, leaderElectionNamespace = 'kube-system'): RbacObject[] {
  return grantedRoles('controller', user, { leases: leaderElectionNamespace, pods: 'cert-manager' });
}

const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Named after its role, and after the user too: several users may hold the same role. */
function binding(kind: 'ClusterRole' | 'Role', metadata: Manifest['metadata'], user: string): Manifest {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { ...metadata, name: `${metadata.name}:${user}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}
