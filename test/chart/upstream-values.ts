// A value other than the default for every key of upstream's chart: what is compared, key by key. Paths are those of upstream's schema.
import { readFileSync } from 'node:fs';

export type Values = Readonly<Record<string, unknown>>;

const term = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
    },
  },
};

/** By the last words of a key; the longest match wins. */
const samples: Readonly<Record<string, unknown>> = {
  affinity: term,
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
  nodeSelector: { disk: 'ssd' },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  resources: { requests: { cpu: '10m' }, limits: { memory: '100Mi' } },
  strategy: { type: 'Recreate' },
  podLabels: { team: 'a' },
  podAnnotations: { note: 'b' },
  deploymentAnnotations: { note: 'c' },
  serviceAnnotations: { note: 'd' },
  serviceLabels: { team: 'e' },
  serviceIPFamilies: ['IPv6', 'IPv4'],
  serviceIPFamilyPolicy: 'PreferDualStack',
  volumes: [{ name: 'v', emptyDir: {} }],
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  hostAliases: [{ ip: '127.0.0.1', hostnames: ['a'] }],
  extraArgs: ['--v=4'],
  extraEnv: [{ name: 'A', value: 'b' }],
  extraContainers: [{ name: 'side', image: 'side:1' }],
  extraObjects: ['apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "{{ .Release.Name }}-x"\n'],
  featureGates: 'AllAlpha=true',
  securityContext: { fsGroup: 1001 },
  containerSecurityContext: { readOnlyRootFilesystem: false },
  automountServiceAccountToken: false,
  enableServiceLinks: true,
  runtimeClassName: 'gvisor',
  replicaCount: 3,
  'image.registry': 'registry.example.com',
  'image.repository': 'registry.example.com/a/b',
  'image.tag': 'v9',
  'image.digest': 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'image.name': 'other',
  'image.pullPolicy': 'Always',
  imageRegistry: 'registry.example.com',
  imageNamespace: 'mirror',
  'serviceAccount.create': false,
  'serviceAccount.name': 'mine',
  'serviceAccount.annotations': { 'eks.amazonaws.com/role-arn': 'arn:{{ .Release.Name }}' },
  'serviceAccount.labels': { a: 'b' },
  'serviceAccount.automountServiceAccountToken': false,
  'networkPolicy.enabled': true,
  'networkPolicy.ingress': [{ ports: [{ port: 1, protocol: 'TCP' }] }],
  'networkPolicy.egress': [{ ports: [{ port: 2, protocol: 'TCP' }] }],
  'podDisruptionBudget.enabled': true,
  'podDisruptionBudget.minAvailable': 2,
  'podDisruptionBudget.maxUnavailable': '30%',
  'podDisruptionBudget.unhealthyPodEvictionPolicy': 'AlwaysAllow',
  'global.imagePullSecrets': [{ name: 'pull' }],
  'global.commonLabels': { team: 'x' },
  'global.priorityClassName': 'system-cluster-critical',
  'global.revisionHistoryLimit': 3,
  'global.hostUsers': false,
  'global.rbac.create': false,
  'global.rbac.aggregateClusterRoles': false,
  'global.logLevel': 5,
  'global.leaderElection.namespace': 'elsewhere',
  'global.leaderElection.leaseDuration': '90s',
  'global.leaderElection.renewDeadline': '70s',
  'global.leaderElection.retryPeriod': '20s',
  maxConcurrentChallenges: 7,
  clusterResourceNamespace: 'certs',
  namespace: 'other-namespace',
  nameOverride: 'short',
  fullnameOverride: 'full',
  enableCertificateOwnerRef: true,
  dns01RecursiveNameservers: '1.1.1.1:53,8.8.8.8:53',
  dns01RecursiveNameserversOnly: true,
  disableAutoApproval: true,
  approveSignerNames: ['issuers.example.com/*'],
  'ingressShim.defaultIssuerName': 'default',
  'ingressShim.defaultIssuerKind': 'ClusterIssuer',
  'ingressShim.defaultIssuerGroup': 'example.com',
  http_proxy: 'http://proxy:1',
  https_proxy: 'http://proxy:2',
  no_proxy: '127.0.0.1',
  podDnsPolicy: 'None',
  podDnsConfig: { nameservers: ['1.1.1.1'] },
  livenessProbe: { enabled: false },
  'webhook.livenessProbe': { failureThreshold: 9 },
  'webhook.readinessProbe': { periodSeconds: 9 },
  config: { enablePprof: true },
  'prometheus.enabled': false,
  'prometheus.servicemonitor.enabled': true,
  'prometheus.podmonitor.enabled': true,
  namespaceSelector: { matchLabels: { a: 'b' } },
  mutatingWebhookConfigurationAnnotations: { a: 'b' },
  validatingWebhookConfigurationAnnotations: { a: 'b' },
  'webhook.timeoutSeconds': 7,
  'webhook.securePort': 9999,
  'webhook.hostNetwork': true,
  'webhook.serviceType': 'NodePort',
  'webhook.url': { host: 'webhook.example.com:1234' },
  'webhook.enableClientVerification': true,
  'cainjector.enabled': false,
  'startupapicheck.enabled': false,
  'startupapicheck.timeout': '3m',
  'startupapicheck.backoffLimit': 9,
  'startupapicheck.ttlSecondsAfterFinished': 60,
  'startupapicheck.jobAnnotations': { 'helm.sh/hook': 'post-install,post-upgrade' },
  'rbac.annotations': { 'helm.sh/hook': 'post-install,post-upgrade' },
  'startupapicheck.serviceAccount.annotations': { 'helm.sh/hook': 'post-install,post-upgrade' },
  'crds.enabled': true,
};

/** What a key needs beside it to be seen. */
const companions: readonly (readonly [RegExp, (parent: string) => readonly (readonly [string, unknown])[]])[] = [
  [/networkPolicy\.(ingress|egress)$/, (parent) => [[`${parent}.enabled`, true]]],
  [/podDisruptionBudget\.(min|max|unhealthy)/, (parent) => [[`${parent}.enabled`, true]]],
  [/prometheus\.(servicemonitor|podmonitor)\.(?!enabled)/, (parent) => [[`${parent}.enabled`, true]]],
  [/serviceAccount\.name$/, (parent) => [[`${parent}.create`, false]]],
  [/ingressShim\.defaultIssuer/, () => [['ingressShim.defaultIssuerName', 'default']]],
  [/webhook\.loadBalancerIP$/, () => [['webhook.serviceType', 'LoadBalancer']]],
  [
    /webhook\.(clientCAFile|apiserverClientCertSubjects)$/,
    () => [
      ['webhook.enableClientVerification', true],
      ['webhook.clientCAFile', '/ca.crt'],
    ],
  ],
  [/webhook\.enableClientVerification$/, () => [['webhook.clientCAFile', '/ca.crt']]],
  [/^crds\.keep$/, () => [['crds.enabled', true]]],
];

const more: Readonly<Record<string, unknown>> = {
  'webhook.loadBalancerIP': '10.1.2.3',
  'webhook.clientCAFile': '/ca.crt',
  'webhook.apiserverClientCertSubjects': 'kube-apiserver,other',
  'crds.keep': false,
  'prometheus.servicemonitor.prometheusInstance': 'other',
  'prometheus.servicemonitor.interval': '9s',
  'prometheus.servicemonitor.scrapeTimeout': '8s',
  'prometheus.servicemonitor.labels': { a: 'b' },
  'prometheus.servicemonitor.annotations': { a: 'b' },
  'prometheus.servicemonitor.honorLabels': true,
  'prometheus.servicemonitor.endpointAdditionalProperties': { relabelings: [] },
  'prometheus.servicemonitor.namespace': 'monitoring',
  'prometheus.podmonitor.prometheusInstance': 'other',
  'prometheus.podmonitor.interval': '9s',
  'prometheus.podmonitor.scrapeTimeout': '8s',
  'prometheus.podmonitor.labels': { a: 'b' },
  'prometheus.podmonitor.annotations': { a: 'b' },
  'prometheus.podmonitor.honorLabels': true,
  'prometheus.podmonitor.endpointAdditionalProperties': { relabelings: [] },
  'prometheus.podmonitor.namespace': 'monitoring',
};

const all = { ...samples, ...more };

function sampleOf(path: string): unknown {
  const words = path.split('.');
  for (let from = 0; from < words.length; from++) {
    const tail = words.slice(from).join('.');
    if (Object.hasOwn(all, tail)) return all[tail];
  }
  return undefined;
}

interface Schema {
  readonly $defs: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
}

/** Every key of a chart's schema that holds a value and not further keys. */
export function keysOf(file: string): readonly string[] {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  return Object.entries(schema.$defs)
    .filter(([name, { properties }]) => name.startsWith('helm-values.') && properties === undefined)
    .map(([name]) => name.slice('helm-values.'.length));
}

/** Sets `path` in `values`, which it changes. */
function set(values: Record<string, unknown>, path: string, value: unknown): void {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) values[first] = value;
  else {
    values[first] ??= {};
    set(values[first] as Record<string, unknown>, rest.join('.'), value);
  }
}

/** The values that show what `path` does; undefined where no other value than the default is known here. */
export function valuesFor(path: string): Values | undefined {
  const sample = sampleOf(path);
  if (sample === undefined) return undefined;
  const values: Record<string, unknown> = {};
  const parent = path.split('.').slice(0, -1).join('.');
  for (const [pattern, beside] of companions) {
    if (pattern.test(path)) for (const [key, value] of beside(parent)) set(values, key, value);
  }
  set(values, path, sample);
  return values;
}
