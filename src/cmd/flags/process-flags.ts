// Flags that several components have, with one default and one meaning: where to look, what to serve beside the work itself, election.
import { type Flag, flag } from './flag.ts';

/** `kind` is the kind of the configuration file. */
export function basicFlags(kind: string): readonly Flag[] {
  return [
    { name: 'config', type: 'string', default: '', description: `file with a ${kind}; flags win over it` },
    { name: 'help', short: 'h', type: 'bool', default: false, description: 'print this text' },
    { name: 'version', type: 'bool', default: false, description: 'print the version' },
    flag(
      'feature-gates',
      'featureGates',
      'gates',
      {},
      'features to switch on or off; AllAlpha and AllBeta are names too; see below',
    ),
  ];
}

export const kubeconfigFlag: Flag = flag(
  'kubeconfig',
  'kubeConfig',
  'string',
  '',
  'kubeconfig file; empty: the service account of the pod',
);

export const leaderElectionFlags: readonly Flag[] = [
  flag('leader-elect', 'leaderElectionConfig.enabled', 'bool', true, 'only one replica works at a time'),
  flag(
    'leader-election-namespace',
    'leaderElectionConfig.namespace',
    'string',
    'kube-system',
    'namespace of the Lease',
  ),
  flag(
    'leader-election-lease-duration',
    'leaderElectionConfig.leaseDuration',
    'duration',
    '60s',
    'how long others wait for a silent leader',
  ),
  flag(
    'leader-election-renew-deadline',
    'leaderElectionConfig.renewDeadline',
    'duration',
    '40s',
    'when a leader that cannot renew gives up',
  ),
  flag(
    'leader-election-retry-period',
    'leaderElectionConfig.retryPeriod',
    'duration',
    '15s',
    'time between attempts to take or renew the Lease',
  ),
];

/** The listener of /metrics and its TLS, as `metricsListenAddress` and `metricsTLSConfig`. */
export const metricsFlags: readonly Flag[] = [
  flag(
    'metrics-listen-address',
    'metricsListenAddress',
    'string',
    '0.0.0.0:9402',
    'address of /metrics; 0 switches it off',
  ),
  flag(
    'metrics-tls-cert-file',
    'metricsTLSConfig.filesystem.certFile',
    'string',
    '',
    'PEM certificate of /metrics; re-read when it changes',
  ),
  flag(
    'metrics-tls-private-key-file',
    'metricsTLSConfig.filesystem.keyFile',
    'string',
    '',
    'PEM private key of /metrics; re-read when it changes',
  ),
  flag(
    'metrics-dynamic-serving-ca-secret-namespace',
    'metricsTLSConfig.dynamic.secretNamespace',
    'string',
    '',
    'namespace of the Secret with the CA of a generated certificate of /metrics',
  ),
  flag(
    'metrics-dynamic-serving-ca-secret-name',
    'metricsTLSConfig.dynamic.secretName',
    'string',
    '',
    'name of that Secret',
  ),
  flag(
    'metrics-dynamic-serving-dns-names',
    'metricsTLSConfig.dynamic.dnsNames',
    'list',
    [],
    'DNS names of the generated certificate',
  ),
  flag(
    'metrics-dynamic-serving-leaf-duration',
    'metricsTLSConfig.dynamic.leafDuration',
    'duration',
    '168h',
    'lifetime of the generated certificate',
  ),
  flag(
    'metrics-tls-min-version',
    'metricsTLSConfig.minTLSVersion',
    'string',
    '',
    'oldest TLS version: VersionTLS10 to VersionTLS13; empty: 1.2',
  ),
  flag(
    'metrics-tls-cipher-suites',
    'metricsTLSConfig.cipherSuites',
    'list',
    [],
    "cipher suites by their IANA names; empty: the runtime's choice",
  ),
];

export const profilingFlags: readonly Flag[] = [
  flag('enable-profiling', 'enablePprof', 'bool', false, 'serve CPU profiles and heap snapshots; a heap holds secrets'),
  flag('profiler-address', 'pprofAddress', 'string', 'localhost:6060', 'address of /debug/pprof/'),
];
