// The flags of ACME, Ingress and Gateway: part of the table in flags.ts.
import { type FlagGroup, flag } from '../flags/flag.ts';
import { upstreamVersion } from '../version.ts';

export const acme: FlagGroup = {
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
      'acme-self-check-deadline',
      'acmeSelfCheckDeadline',
      'duration',
      '3m',
      'after this long without success of our own look at a challenge the ACME server is asked to look all the same',
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

export const shims: FlagGroup = {
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
