// What certwright's controller may do in a cluster: the rules of the chart's controller roles, as data, for tests and the demo, which run
// it as a user with nothing more than these.
import type { ResourceType } from '../../src/api/meta.ts';
import type { Manifest } from './api-client.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

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

const cm = 'cert-manager.io';
const acme = 'acme.cert-manager.io';
const gateway = 'gateway.networking.k8s.io';
const read = ['get', 'list', 'watch'];

const rule = (group: string, resources: string, verbs: readonly string[], resourceNames?: readonly string[]): Rule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const events = rule('', 'events', ['create', 'patch']);

const issuerRules = (plural: string): readonly Rule[] => [
  rule(cm, `${plural} ${plural}/status`, ['update', 'patch']),
  rule(cm, plural, read),
  rule('', 'secrets', [...read, 'create', 'update', 'delete']),
  events,
];

/** ClusterRole name without the `cert-manager` prefix → rules. */
export const controllerRules: Readonly<Record<string, readonly Rule[]>> = {
  'controller-issuers': issuerRules('issuers'),
  'controller-clusterissuers': issuerRules('clusterissuers'),
  'controller-certificates': [
    rule(cm, 'certificates certificates/status certificaterequests certificaterequests/status', ['update', 'patch']),
    rule(cm, 'certificates certificaterequests clusterissuers issuers', read),
    rule(cm, 'certificates/finalizers certificaterequests/finalizers', ['update']),
    rule(acme, 'orders', ['create', 'delete', ...read]),
    rule('', 'secrets', [...read, 'create', 'update', 'delete', 'patch']),
    events,
  ],
  'controller-orders': [
    rule(acme, 'orders orders/status', ['update', 'patch']),
    rule(acme, 'orders challenges', read),
    rule(cm, 'clusterissuers issuers', read),
    rule(acme, 'challenges', ['create', 'delete']),
    rule(acme, 'orders/finalizers', ['update']),
    rule(cm, 'clusterissuers/finalizers issuers/finalizers', ['update']),
    rule('', 'secrets', read),
    events,
  ],
  'controller-challenges': [
    rule(acme, 'challenges challenges/status', ['update', 'patch']),
    rule(acme, 'challenges', read),
    rule(cm, 'issuers clusterissuers', read),
    rule('', 'secrets', read),
    events,
    rule('', 'pods services', [...read, 'create', 'delete']),
    rule('networking.k8s.io', 'ingresses', [...read, 'create', 'delete', 'update']),
    rule(gateway, 'httproutes', [...read, 'create', 'delete', 'update']),
    rule('route.openshift.io', 'routes/custom-host', ['create']),
    rule(acme, 'challenges/finalizers', ['update']),
  ],
  'controller-ingress-shim': [
    rule(cm, 'certificates certificaterequests', ['create', 'update', 'delete']),
    rule(cm, 'certificates certificaterequests issuers clusterissuers', read),
    rule('networking.k8s.io', 'ingresses', read),
    rule('networking.k8s.io', 'ingresses/finalizers', ['update']),
    rule(gateway, 'gateways httproutes listenersets', read),
    rule(gateway, 'gateways/finalizers httproutes/finalizers listenersets/finalizers', ['update']),
    events,
  ],
  'controller-approve:cert-manager-io': [rule(cm, 'signers', ['approve'])],
  'controller-certificatesigningrequests': [
    rule('certificates.k8s.io', 'certificatesigningrequests', [...read, 'update']),
    rule('certificates.k8s.io', 'certificatesigningrequests/status', ['update', 'patch']),
    rule('certificates.k8s.io', 'signers', ['sign'], ['issuers.cert-manager.io/*', 'clusterissuers.cert-manager.io/*']),
    rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
  ],
};

const leaderElectionRules: readonly Rule[] = [
  rule('coordination.k8s.io', 'leases', ['get', 'update', 'patch'], ['cert-manager-controller']),
  rule('coordination.k8s.io', 'leases', ['create']),
];

/** Everything that gives `user` the controller's rights, with leader election in `leaderElectionNamespace`. */
export function controllerRoles(
  user: string,
  leaderElectionNamespace = 'kube-system',
): readonly { readonly resource: ResourceType; readonly manifest: Manifest }[] {
  const cluster = Object.entries(controllerRules).flatMap(([suffix, rules]) => {
    const metadata = { name: `cert-manager-${suffix}` };
    return [
      { resource: clusterRoles, manifest: role('ClusterRole', metadata, rules) },
      { resource: clusterRoleBindings, manifest: binding('ClusterRole', metadata, user) },
    ];
  });
  const metadata = { name: 'cert-manager:leaderelection', namespace: leaderElectionNamespace };
  return [
    ...cluster,
    { resource: roles, manifest: role('Role', metadata, leaderElectionRules) },
    { resource: roleBindings, manifest: binding('Role', metadata, user) },
  ];
}

type RoleKind = 'ClusterRole' | 'Role';
const apiVersion = 'rbac.authorization.k8s.io/v1';

function role(kind: RoleKind, metadata: Manifest['metadata'], rules: readonly Rule[]): Manifest {
  return { apiVersion, kind, metadata, rules };
}

/** Named after its role, and after the user too: several users may hold the same role. */
function binding(kind: RoleKind, metadata: Manifest['metadata'], user: string): Manifest {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { ...metadata, name: `${metadata.name}:${user}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}
