// Every flag of the webhook, in one table: name, place in the configuration document, default, meaning.
import { type Flag, type FlagGroup, flag } from '../flags/flag.ts';
import { loggingFlags } from '../flags/logging-flags.ts';
import { basicFlags, kubeconfigFlag, metricsFlags, profilingFlags } from '../flags/process-flags.ts';

const serving: FlagGroup = {
  title: 'Serving',
  flags: [
    flag('secure-port', 'securePort', 'int', 6443, 'port that the API server is answered on, over HTTPS'),
    flag('healthz-port', 'healthzPort', 'int', 6080, 'port of /livez and /healthz, over HTTP'),
    flag(
      'dynamic-serving-ca-secret-namespace',
      'tlsConfig.dynamic.secretNamespace',
      'string',
      '',
      'namespace of the Secret with the CA of a generated certificate',
    ),
    flag(
      'dynamic-serving-ca-secret-name',
      'tlsConfig.dynamic.secretName',
      'string',
      '',
      'name of that Secret; all replicas share it',
    ),
    flag(
      'dynamic-serving-dns-names',
      'tlsConfig.dynamic.dnsNames',
      'list',
      [],
      'DNS names of the generated certificate',
    ),
    flag(
      'dynamic-serving-leaf-duration',
      'tlsConfig.dynamic.leafDuration',
      'duration',
      '168h',
      'lifetime of the generated certificate',
    ),
    flag(
      'tls-cert-file',
      'tlsConfig.filesystem.certFile',
      'string',
      '',
      'PEM certificate to serve, instead of a generated one; re-read when it changes',
    ),
    flag(
      'tls-private-key-file',
      'tlsConfig.filesystem.keyFile',
      'string',
      '',
      'PEM private key of that certificate; re-read when it changes',
    ),
    flag(
      'tls-min-version',
      'tlsConfig.minTLSVersion',
      'string',
      '',
      'oldest TLS version: VersionTLS10 to VersionTLS13; empty: 1.2',
    ),
    flag(
      'tls-cipher-suites',
      'tlsConfig.cipherSuites',
      'list',
      [],
      "cipher suites by their IANA names; empty: the runtime's choice",
    ),
  ],
};

const clients: FlagGroup = {
  title: 'Clients',
  flags: [
    flag(
      'enable-client-verification',
      'enableClientVerification',
      'bool',
      false,
      'only clients with a certificate of --client-ca-path may connect',
    ),
    flag('client-ca-path', 'clientCAPath', 'string', '', 'PEM file with the CAs of those clients; read once'),
    flag(
      'client-subject-names',
      'clientCertificateSubjects',
      'list',
      [],
      'common or DNS names, of which such a client must have one; empty: any',
    ),
  ],
};

export const webhookFlagGroups: readonly FlagGroup[] = [
  { title: 'General', flags: basicFlags('WebhookConfiguration') },
  serving,
  clients,
  {
    title: 'Kubernetes API',
    flags: [
      kubeconfigFlag,
      flag('api-server-host', 'apiServerHost', 'string', '', "URL of the API server, over the kubeconfig's"),
    ],
  },
  { title: 'Metrics and profiling', flags: [...metricsFlags, ...profilingFlags] },
  loggingFlags,
];

export const webhookFlags: readonly Flag[] = webhookFlagGroups.flatMap(({ flags }) => flags);
