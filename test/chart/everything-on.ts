// Values that switch on whatever the chart can make, each with something that a reader of the golden file finds again.

const account = (role: string) => ({
  annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::{{ .Release.Name }}:${role}` },
});
const budget = { enabled: true, maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
const tokens = {
  volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } }],
  volumeMounts: [{ name: 'token', mountPath: '/var/run/vault' }],
};

export const everythingOn = {
  crds: { enabled: true },
  global: {
    commonLabels: { team: 'platform' },
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'system-cluster-critical',
    revisionHistoryLimit: 3,
    nodeSelector: { disk: 'ssd' },
    leaderElection: { namespace: 'cert-manager', leaseDuration: '90s', renewDeadline: '60s', retryPeriod: '20s' },
  },
  replicaCount: 2,
  podDisruptionBudget: budget,
  networkPolicy: { enabled: true },
  config: { kubernetesAPIQPS: 9000, kubernetesAPIBurst: 9001 },
  featureGates: 'ServerSideApply=true',
  serviceAccount: account('controller'),
  securityContext: { enabled: true, fsGroup: 1001 },
  extraArgs: ['--issuer-ambient-credentials'],
  ingressShim: {
    defaultIssuerName: 'letsencrypt',
    defaultIssuerKind: 'ClusterIssuer',
    defaultIssuerGroup: 'cert-manager.io',
  },
  dns01RecursiveNameservers: '1.1.1.1:53',
  dns01RecursiveNameserversOnly: true,
  enableCertificateOwnerRef: true,
  https_proxy: 'http://proxy.example.com:3128',
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
  ],
  ...tokens,
  prometheus: { servicemonitor: { enabled: true, labels: { release: 'prometheus' } } },
  webhook: {
    replicaCount: 3,
    podDisruptionBudget: budget,
    networkPolicy: { enabled: true },
    config: {
      metricsTLSConfig: { dynamic: { secretNamespace: 'cert-manager', secretName: 'metrics-ca', dnsNames: ['m'] } },
    },
    hostNetwork: true,
    securePort: 10260,
    enableClientVerification: true,
    clientCAFile: '/etc/clients/ca.crt',
    volumes: [{ name: 'clients', configMap: { name: 'clients' } }],
    volumeMounts: [{ name: 'clients', mountPath: '/etc/clients' }],
    serviceAccount: account('webhook'),
  },
  cainjector: {
    replicaCount: 2,
    podDisruptionBudget: budget,
    networkPolicy: { enabled: true },
    config: { ignoreNamespaces: ['kube-system'] },
  },
  acmesolver: { mode: 'shared', serviceType: 'NodePort', runtimeClassName: 'gvisor' },
  extraObjects: [
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "{{ .Release.Name }}-note"\n',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'another-note' }, data: { of: '{{ .Release.Name }}' } },
  ],
};
