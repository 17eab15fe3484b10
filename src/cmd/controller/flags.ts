// Every flag of the controller, in one table: name, place in the configuration document, default, meaning.
// Defaults, the help text, parsing and the document's completeness all come from here.
import type { Flag, FlagGroup, FlagType } from '../flags/flag.ts';
import { loggingFlags } from '../flags/logging-flags.ts';
import { upstreamVersion } from '../version.ts';

function flag(name: string, path: string, type: FlagType, fallback: unknown, description: string): Flag {
  return { name, path, type, default: fallback, description };
}

const general: FlagGroup = {
  title: 'General',
  flags: [
    {
      name: 'config',
      type: 'string',
      default: '',
      description: 'file with a ControllerConfiguration; flags win over it',
    },
    { name: 'help', short: 'h', type: 'bool', default: false, description: 'print this text' },
    { name: 'version', type: 'bool', default: false, description: 'print the version' },
    flag(
      'feature-gates',
      'featureGates',
      'gates',
      {},
      'features to switch on or off; AllAlpha and AllBeta are names too; see below',
    ),
    flag(
      'controllers',
      'controllers',
      'list',
      ['*'],
      'controllers to run: * is the default set, -name leaves one out; see below',
    ),
    flag('concurrent-workers', 'numberOfConcurrentWorkers', 'int', 5, 'objects that one controller works on at a time'),
    flag('namespace', 'namespace', 'string', '', 'work in this namespace only; ClusterIssuers are then off'),
    flag(
      'cluster-resource-namespace',
      'clusterResourceNamespace',
      'string',
      'kube-system',
      'namespace of what ClusterIssuers refer to, their Secrets above all',
    ),
  ],
};

const apiServer: FlagGroup = {
  title: 'Kubernetes API',
  flags: [
    flag('kubeconfig', 'kubeConfig', 'string', '', 'kubeconfig file; empty: the service account of the pod'),
    flag('master', 'apiServerHost', 'string', '', "URL of the API server, over the kubeconfig's (deprecated)"),
    flag(
      'kube-api-qps',
      'kubernetesAPIQPS',
      'float',
      20,
      'requests per second; left to the API server if that has Priority & Fairness',
    ),
    flag('kube-api-burst', 'kubernetesAPIBurst', 'int', 50, 'requests at once above --kube-api-qps'),
  ],
};

const leaderElection: FlagGroup = {
  title: 'Leader election',
  flags: [
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
  ],
};

const certificates: FlagGroup = {
  title: 'Certificates and issuers',
  flags: [
    flag(
      'cluster-issuer-ambient-credentials',
      'clusterIssuerAmbientCredentials',
      'bool',
      true,
      "ClusterIssuers may use the pod's own cloud identity",
    ),
    flag(
      'issuer-ambient-credentials',
      'issuerAmbientCredentials',
      'bool',
      false,
      "Issuers may use the pod's own cloud identity",
    ),
    flag(
      'enable-certificate-owner-ref',
      'enableCertificateOwnerRef',
      'bool',
      false,
      'target Secrets are owned by, and deleted with, their Certificate',
    ),
    flag(
      'copied-annotation-prefixes',
      'copiedAnnotationPrefixes',
      'list',
      ['*', '-kubectl.kubernetes.io/', '-fluxcd.io/', '-argocd.argoproj.io/'],
      'annotations copied from Certificate to request; a leading - leaves out',
    ),
    flag(
      'certificate-request-minimum-backoff-duration',
      'certificateRequestMinimumBackoffDuration',
      'duration',
      '1h',
      'wait after the first failed issuance; doubles with each further one',
    ),
    flag(
      'certificate-request-maximum-backoff-duration',
      'certificateRequestMaximumBackoffDuration',
      'duration',
      '32h',
      'longest wait after failed issuances',
    ),
    flag(
      'max-certificate-size',
      'pemSizeLimitsConfig.maxCertificateSize',
      'int',
      36500,
      'largest PEM certificate read, in bytes',
    ),
    flag(
      'max-private-key-size',
      'pemSizeLimitsConfig.maxPrivateKeySize',
      'int',
      13000,
      'largest PEM private key read, in bytes',
    ),
    flag(
      'max-certificate-chain-length',
      'pemSizeLimitsConfig.maxChainLength',
      'int',
      95000,
      'largest PEM chain read, in bytes',
    ),
    flag(
      'max-certificate-bundle-size',
      'pemSizeLimitsConfig.maxBundleSize',
      'int',
      330000,
      'largest PEM bundle of CAs read, in bytes',
    ),
  ],
};

const acme: FlagGroup = {
  title: 'ACME',
  flags: [
    flag('max-concurrent-challenges', 'maxConcurrentChallenges', 'int', 60, 'challenges worked on at a time'),
    flag(
      'acme-http01-solver-image',
      'acmeHTTP01Config.solverImage',
      'string',
      `quay.io/jetstack/cert-manager-acmesolver:${upstreamVersion}`,
      'image of HTTP01 solver pods',
    ),
    flag(
      'acme-http01-solver-resource-request-cpu',
      'acmeHTTP01Config.solverResourceRequestCPU',
      'string',
      '10m',
      'CPU request of solver pods',
    ),
    flag(
      'acme-http01-solver-resource-request-memory',
      'acmeHTTP01Config.solverResourceRequestMemory',
      'string',
      '64Mi',
      'memory request of solver pods',
    ),
    flag(
      'acme-http01-solver-resource-limits-cpu',
      'acmeHTTP01Config.solverResourceLimitsCPU',
      'string',
      '100m',
      'CPU limit of solver pods',
    ),
    flag(
      'acme-http01-solver-resource-limits-memory',
      'acmeHTTP01Config.solverResourceLimitsMemory',
      'string',
      '64Mi',
      'memory limit of solver pods',
    ),
    flag(
      'acme-http01-solver-run-as-non-root',
      'acmeHTTP01Config.solverRunAsNonRoot',
      'bool',
      true,
      'solver pods must not run as root',
    ),
    flag(
      'acme-http01-solver-runtime-class-name',
      'acmeHTTP01Config.solverRuntimeClassName',
      'string',
      '',
      'RuntimeClass of solver pods',
    ),
    flag(
      'acme-http01-solver-nameservers',
      'acmeHTTP01Config.solverNameservers',
      'list',
      [],
      'DNS servers of the HTTP01 self check, host:port',
    ),
    flag(
      'acme-http01-solver-extra-labels',
      'acmeHTTP01Config.solverExtraLabels',
      'map',
      {},
      'further labels on solver pods, Services and routes',
    ),
    flag(
      'dns01-recursive-nameservers',
      'acmeDNS01Config.recursiveNameservers',
      'list',
      [],
      'DNS servers of the DNS01 propagation check, host:port or https:// URL',
    ),
    flag(
      'dns01-recursive-nameservers-only',
      'acmeDNS01Config.recursiveNameserversOnly',
      'bool',
      false,
      'never ask the authoritative DNS servers',
    ),
    flag(
      'dns01-check-retry-period',
      'acmeDNS01Config.checkRetryPeriod',
      'duration',
      '10s',
      'time between DNS01 propagation checks',
    ),
  ],
};

const shims: FlagGroup = {
  title: 'Ingress and Gateway',
  flags: [
    flag(
      'auto-certificate-annotations',
      'ingressShimConfig.defaultAutoCertificateAnnotations',
      'list',
      ['kubernetes.io/tls-acme'],
      'Ingress annotations that ask for a Certificate of the default issuer',
    ),
    flag(
      'extra-certificate-annotations',
      'ingressShimConfig.extraCertificateAnnotations',
      'list',
      [],
      'annotations copied from Ingress or Gateway to Certificate',
    ),
    flag(
      'default-issuer-name',
      'ingressShimConfig.defaultIssuerName',
      'string',
      '',
      'issuer of objects that name none',
    ),
    flag('default-issuer-kind', 'ingressShimConfig.defaultIssuerKind', 'string', 'Issuer', 'its kind'),
    flag('default-issuer-group', 'ingressShimConfig.defaultIssuerGroup', 'string', 'cert-manager.io', 'its API group'),
    flag('enable-gateway-api', 'gatewayAPI.enabled', 'bool', false, 'Certificates for Gateways, and HTTPRoute solvers'),
    flag(
      'enable-gateway-api-listenerset',
      'gatewayAPI.enableListenerSet',
      'bool',
      false,
      'Certificates for ListenerSets',
    ),
    flag(
      'gateway-api-extra-protocols',
      'gatewayAPI.extraProtocols',
      'list',
      [],
      'listener protocols besides HTTPS and TLS',
    ),
  ],
};

const servers: FlagGroup = {
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

export const controllerFlagGroups: readonly FlagGroup[] = [
  general,
  apiServer,
  leaderElection,
  certificates,
  acme,
  shims,
  servers,
  loggingFlags,
];

export const controllerFlags: readonly Flag[] = controllerFlagGroups.flatMap(({ flags }) => flags);
