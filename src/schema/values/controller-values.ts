// The values of the controller, which stand at the top of the file, and those that concern all components.
import {
  deploymentValues,
  image,
  networkPolicy,
  podValues,
  probe,
  serviceAccount,
  serviceAnnotations,
  serviceLabels,
} from './pod-values.ts';
import { bool, type Group, group, object, objects, stringMap, text, texts, type Value, whole } from './value.ts';

export const globalValues: Group = group(
  'What concerns every component. Helm shares `global` with a parent chart.',
  {
    imagePullSecrets: objects('Secrets to fetch images with; they are set on the ServiceAccounts.', {
      default: [],
      example: [{ name: 'registry-credentials' }],
    }),
    nodeSelector: stringMap('Labels of the nodes that everything runs on.', { default: {} }),
    commonLabels: stringMap('Labels of every object, and of solver pods.', { default: {} }),
    revisionHistoryLimit: whole('Old ReplicaSets to keep.', { example: 3 }),
    priorityClassName: text('PriorityClass of all pods.', { default: '' }),
    runtimeClassName: text('RuntimeClass of all pods.', { default: '' }),
    hostUsers: bool("Whether pods share the node's user namespace.", { example: false }),
    rbac: group('Roles and bindings.', {
      create: bool('Make them.', { default: true }),
      aggregateClusterRoles: bool("Add rights on our kinds to the cluster's own roles view, edit and admin.", {
        default: true,
      }),
    }),
    podSecurityPolicy: group('PodSecurityPolicies are gone from Kubernetes. Use Pod Security admission.', {
      enabled: bool('Can only be false.', { default: false, schema: { const: false } }),
      useAppArmor: bool('Can only be true; without effect.', { default: true, schema: { const: true } }),
    }),
    logLevel: whole('How much is logged: 0 errors, 2 what happens, 4 and more for debugging.', { default: 2 }),
    leaderElection: group('Which of several replicas works.', {
      namespace: text('Where the Leases are.', { default: 'kube-system', schema: { minLength: 1 } }),
      leaseDuration: text('How long others wait for a silent leader.', { example: '60s' }),
      renewDeadline: text('When a leader that cannot renew gives up.', { example: '40s' }),
      retryPeriod: text('Time between attempts.', { example: '15s' }),
    }),
  },
  { open: true },
);

/** In every component's way: images, CRDs, names. */
export const generalValues: Readonly<Record<string, Value>> = {
  combined: bool(
    'One Deployment that runs controller, webhook and cainjector in one process, for small clusters. The webhook answers in every pod, the others work in one.',
    { default: false, ours: true },
  ),
  crds: group('The CustomResourceDefinitions.', {
    enabled: bool('Install them with the release.', { default: false }),
    keep: bool('Leave them, and all Certificates with them, when the release is uninstalled.', { default: true }),
  }),
  installCRDs: bool('As `crds.enabled`, which replaces it.', { default: false }),
  imageRegistry: text('Registry of all images.', { default: 'ghcr.io' }),
  imageNamespace: text('The part of all images between registry and name.', { default: 'certwright' }),
  nameOverride: text("In place of the chart's name in names and labels.", { example: 'cert-manager' }),
  fullnameOverride: text('In place of names that are made of release and chart.', { example: 'cert-manager' }),
  namespace: text('Namespace of everything; empty: that of the release.', { default: '' }),
  creator: text('What made the objects. Anything but helm leaves out the labels that name Helm and the chart.', {
    default: 'helm',
    schema: { minLength: 1 },
  }),
  enabled: bool(
    'For `condition:` in the dependencies of a parent chart; false has no effect otherwise, and is refused.',
    {
      default: true,
    },
  ),
  extraObjects: {
    description: 'More objects to install, each as YAML or as text that is a template.',
    schema: { type: 'array', items: { type: ['object', 'string'] } },
    default: [],
  },
};

const monitor = (kind: string): Group =>
  group(`A ${kind} for the Prometheus operator. Only one of the two kinds.`, {
    enabled: bool('Make it.', { default: false }),
    namespace: text('Where to make it; unset: beside the rest.', { example: 'monitoring' }),
    prometheusInstance: text('Value of its label `prometheus`.', { default: 'default' }),
    interval: text('Time between scrapes.', { default: '60s' }),
    scrapeTimeout: text('How long a scrape may take.', { default: '30s' }),
    labels: stringMap('More labels.', { default: {} }),
    annotations: stringMap('Annotations.', { default: {} }),
    honorLabels: bool("Keep labels of the metrics that collide with Prometheus' own.", { default: false }),
    endpointAdditionalProperties: object('More settings of the endpoint.', { default: {} }),
  });

export const prometheusValues: Group = group('Metrics.', {
  enabled: bool(
    'Offer them: Services or annotations for the scrape. False also switches them off in webhook and cainjector, and with `combined` altogether.',
    {
      default: true,
    },
  ),
  servicemonitor: monitor('ServiceMonitor'),
  podmonitor: monitor('PodMonitor'),
});

const issuingValues: Readonly<Record<string, Value>> = {
  clusterResourceNamespace: text('Namespace of the Secrets that ClusterIssuers name; empty: that of the pods.', {
    default: '',
  }),
  maxConcurrentChallenges: whole('Challenges that may be under way at once.', { default: 60, schema: { minimum: 1 } }),
  enableCertificateOwnerRef: bool('Delete the Secret of a Certificate with it.', { default: false }),
  disableAutoApproval: bool('Leave the approval of requests to somebody else.', { default: false }),
  approveSignerNames: texts('Signers whose requests the controller may approve; empty: all.', {
    default: ['issuers.cert-manager.io/*', 'clusterissuers.cert-manager.io/*'],
  }),
  dns01RecursiveNameservers: text(
    'Name servers for the self-check of DNS01, as host:port or https://, comma-separated.',
    {
      default: '',
      example: '1.1.1.1:53,8.8.8.8:53',
    },
  ),
  dns01RecursiveNameserversOnly: bool('Ask only these, never the authoritative ones.', { default: false }),
  ingressShim: group('The issuer for Ingresses that name none.', {
    defaultIssuerName: text('Its name.', { example: 'letsencrypt' }),
    defaultIssuerKind: text('Its kind.', { example: 'ClusterIssuer' }),
    defaultIssuerGroup: text('Its API group.', { example: 'cert-manager.io' }),
  }),
  http_proxy: text('Becomes HTTP_PROXY.', { example: 'http://proxy.example.com:3128' }),
  https_proxy: text('Becomes HTTPS_PROXY.', { example: 'http://proxy.example.com:3128' }),
  no_proxy: text('Becomes NO_PROXY.', { example: '127.0.0.1,.svc,.cluster.local' }),
};

export const controllerValues: Readonly<Record<string, Value>> = {
  image: image('controller'),
  ...deploymentValues('controller'),
  ...issuingValues,
  serviceAccount: serviceAccount('controller'),
  ...podValues('controller'),
  extraContainers: objects('More containers in the pods.', { default: [] }),
  hostAliases: objects('Lines of /etc/hosts.', {
    default: [],
    example: [{ ip: '192.0.2.7', hostnames: ['acme.example.com'] }],
  }),
  podDnsPolicy: text('DNS policy of the pods.', {
    example: 'None',
    schema: { enum: ['Default', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None'] },
  }),
  podDnsConfig: object('DNS configuration of the pods.', { example: { nameservers: ['1.1.1.1', '8.8.8.8'] } }),
  livenessProbe: probe(
    'The probe that restarts a controller which hangs.',
    { initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15, successThreshold: 1, failureThreshold: 8 },
    { enabled: bool('Have it.', { default: true }) },
  ),
  networkPolicy: networkPolicy(['http-metrics', 'http-healthz']),
  serviceLabels: serviceLabels(),
  serviceAnnotations,
  serviceIPFamilyPolicy: text('IP families of the Service: policy.', { example: 'PreferDualStack' }),
  serviceIPFamilies: texts('IP families of the Service, in their order.', { example: ['IPv6', 'IPv4'] }),
};
