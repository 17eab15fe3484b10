// What each component may do in a cluster, and people with it: the one declaration of every role. The chart's templates are held to it by
// a test, and the other tests and the demo run the components with these rights and no others.
import { acmeGroup, certManagerGroup } from '../../api/references.ts';
import { type Rule, read, rule } from './rule.ts';

/** Who has the role through a binding. People get theirs by aggregation into roles of the cluster. */
export type Holder = 'controller' | 'webhook' | 'cainjector' | 'startupapicheck' | 'people';

export interface DeclaredRole {
  /** The full name where everything is called `cert-manager`, as it is in a release of that name. */
  readonly name: string;
  readonly holder: Holder;
  /** Where it counts: in the whole cluster, where the Leases are, or where the pods are. */
  readonly scope: 'cluster' | 'leases' | 'pods';
  readonly rules: readonly Rule[];
}

const gateway = 'gateway.networking.k8s.io';
const ownSigners = ['issuers.cert-manager.io/*', 'clusterissuers.cert-manager.io/*'];

const inCluster = (holder: Holder, name: string, ...rules: readonly Rule[]): DeclaredRole => ({
  name: `cert-manager${name}`,
  holder,
  scope: 'cluster',
  rules,
});
const inNamespace = (
  holder: Holder,
  scope: 'leases' | 'pods',
  name: string,
  ...rules: readonly Rule[]
): DeclaredRole => ({
  name: `cert-manager${name}`,
  holder,
  scope,
  rules,
});

const cm = (resources: string, verbs: readonly string[]) => rule(certManagerGroup, resources, verbs);
const acme = (resources: string, verbs: readonly string[]) => rule(acmeGroup, resources, verbs);
const events = rule('', 'events', ['create', 'patch']);
const change = ['update', 'patch'];

const issuerRules = (plural: string): readonly Rule[] => [
  cm(`${plural} ${plural}/status`, change),
  cm(plural, read),
  rule('', 'secrets', [...read, 'create', 'update', 'delete']),
  events,
];

const leaseRules = (...names: readonly string[]): readonly Rule[] => [
  rule('coordination.k8s.io', 'leases', ['get', 'update', 'patch'], names),
  rule('coordination.k8s.io', 'leases', ['create']),
];

const controllerRoles: readonly DeclaredRole[] = [
  inCluster('controller', '-controller-issuers', ...issuerRules('issuers')),
  inCluster('controller', '-controller-clusterissuers', ...issuerRules('clusterissuers')),
  inCluster(
    'controller',
    '-controller-certificates',
    cm('certificates certificates/status certificaterequests certificaterequests/status', change),
    cm('certificates certificaterequests clusterissuers issuers', read),
    cm('certificates/finalizers certificaterequests/finalizers', ['update']),
    acme('orders', ['create', 'delete', ...read]),
    rule('', 'secrets', [...read, 'create', 'update', 'delete', 'patch']),
    events,
  ),
  inCluster(
    'controller',
    '-controller-orders',
    acme('orders orders/status', change),
    acme('orders challenges', read),
    cm('clusterissuers issuers', read),
    acme('challenges', ['create', 'delete']),
    acme('orders/finalizers', ['update']),
    cm('clusterissuers/finalizers issuers/finalizers', ['update']),
    rule('', 'secrets', read),
    events,
  ),
  inCluster(
    'controller',
    '-controller-challenges',
    acme('challenges challenges/status', change),
    acme('challenges', read),
    cm('issuers clusterissuers', read),
    rule('', 'secrets', read),
    events,
    rule('', 'pods services', [...read, 'create', 'delete']),
    rule('networking.k8s.io', 'ingresses', [...read, 'create', 'delete', 'update']),
    rule(gateway, 'httproutes', [...read, 'create', 'delete', 'update']),
    rule('route.openshift.io', 'routes/custom-host', ['create']),
    acme('challenges/finalizers', ['update']),
  ),
  inCluster(
    'controller',
    '-controller-ingress-shim',
    cm('certificates certificaterequests', ['create', 'update', 'delete']),
    cm('certificates certificaterequests issuers clusterissuers', read),
    rule('networking.k8s.io', 'ingresses', read),
    rule('networking.k8s.io', 'ingresses/finalizers', ['update']),
    rule(gateway, 'gateways httproutes listenersets', read),
    rule(gateway, 'gateways/finalizers httproutes/finalizers listenersets/finalizers', ['update']),
    events,
  ),
  inCluster(
    'controller',
    '-controller-approve:cert-manager-io',
    rule(certManagerGroup, 'signers', ['approve'], ownSigners),
  ),
  inCluster(
    'controller',
    '-controller-certificatesigningrequests',
    rule('certificates.k8s.io', 'certificatesigningrequests', [...read, 'update']),
    rule('certificates.k8s.io', 'certificatesigningrequests/status', change),
    rule('certificates.k8s.io', 'signers', ['sign'], ownSigners),
    rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
  ),
  inNamespace('controller', 'leases', ':leaderelection', ...leaseRules('cert-manager-controller')),
];

const webhookRoles: readonly DeclaredRole[] = [
  inCluster(
    'webhook',
    '-webhook:subjectaccessreviews',
    rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
  ),
  inNamespace(
    'webhook',
    'pods',
    '-webhook:dynamic-serving',
    rule('', 'secrets', [...read, 'update'], ['cert-manager-webhook-ca']),
    rule('', 'secrets', ['create']),
  ),
];

const cainjectorRoles: readonly DeclaredRole[] = [
  inCluster(
    'cainjector',
    '-cainjector',
    cm('certificates', read),
    rule('', 'secrets', read),
    rule('', 'events', ['get', 'create', 'update', 'patch']),
    rule('admissionregistration.k8s.io', 'validatingwebhookconfigurations mutatingwebhookconfigurations', [
      ...read,
      ...change,
    ]),
    rule('apiregistration.k8s.io', 'apiservices', [...read, ...change]),
    rule('apiextensions.k8s.io', 'customresourcedefinitions', [...read, ...change]),
  ),
  inNamespace(
    'cainjector',
    'leases',
    '-cainjector:leaderelection',
    ...leaseRules('cert-manager-cainjector-leader-election', 'cert-manager-cainjector-leader-election-core'),
  ),
];

const peopleRoles: readonly DeclaredRole[] = [
  inCluster('people', '-cluster-view', cm('clusterissuers', read)),
  inCluster('people', '-view', cm('certificates certificaterequests issuers', read), acme('challenges orders', read)),
  inCluster(
    'people',
    '-edit',
    cm('certificates certificaterequests issuers', ['create', 'delete', 'deletecollection', 'patch', 'update']),
    cm('certificates/status', ['update']),
    acme('challenges', ['delete', 'deletecollection', 'patch', 'update']),
    acme('orders', ['delete', 'deletecollection']),
  ),
];

/** Every role of a release named `cert-manager` with the chart's default values. */
export const declaredRoles: readonly DeclaredRole[] = [
  ...controllerRoles,
  ...webhookRoles,
  ...cainjectorRoles,
  inNamespace('startupapicheck', 'pods', '-startupapicheck:create-cert', cm('certificaterequests', ['create'])),
  ...peopleRoles,
];

export const rolesOf = (holder: Holder): readonly DeclaredRole[] =>
  declaredRoles.filter((role) => role.holder === holder);
