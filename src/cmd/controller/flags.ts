// Every flag of the controller, in one table: name, place in the configuration document, default, meaning.
// Defaults, the help text, parsing and the document's completeness all come from here.
import { type Flag, type FlagGroup, flag } from '../flags/flag.ts';
import { loggingFlags } from '../flags/logging-flags.ts';
import { basicFlags, kubeconfigFlag, leaderElectionFlags } from '../flags/process-flags.ts';
import { acme, shims } from './flags-acme.ts';
import { servers } from './flags-servers.ts';

const general: FlagGroup = {
  title: 'General',
  flags: [
    ...basicFlags('ControllerConfiguration'),
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
    kubeconfigFlag,
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

const leaderElection: FlagGroup = { title: 'Leader election', flags: leaderElectionFlags };

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
