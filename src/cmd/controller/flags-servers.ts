// The flags of what the process serves over HTTP: part of the table in flags.ts.
import { type FlagGroup, flag } from '../flags/flag.ts';

export const servers: FlagGroup = {
  title: 'Metrics, health and profiling',
  flags: [
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
    {
      ...flag(
        'internal-healthz-listen-address',
        'healthzListenAddress',
        'string',
        '0.0.0.0:9403',
        'address of /livez and /readyz',
      ),
      hidden: true,
    },
    {
      ...flag(
        'internal-healthz-leader-election-timeout',
        'leaderElectionConfig.healthzTimeout',
        'duration',
        '20s',
        'how long after its Lease ran out a leader still counts as alive',
      ),
      hidden: true,
    },
    flag(
      'enable-profiling',
      'enablePprof',
      'bool',
      false,
      'serve CPU profiles and heap snapshots; a heap holds secrets',
    ),
    flag('profiler-address', 'pprofAddress', 'string', 'localhost:6060', 'address of /debug/pprof/'),
  ],
};
