// The checks on a complete controller configuration that a type cannot state. Each problem names the field, as it stands in the file.
import { parseDuration } from '../../base/duration.ts';
import { isListenAddress } from '../http/listen-address.ts';
import { cipherSuiteProblem, tlsVersions } from '../http/tls-settings.ts';
import type { ControllerConfiguration } from './configuration.ts';

/** Empty where the configuration can be used. */
export function configurationProblems(config: ControllerConfiguration): string[] {
  return [
    ...apiProblems(config),
    ...leaderElectionProblems(config),
    ...numberProblems(config),
    ...addressProblems(config),
    ...metricsTlsProblems(config),
    ...choice('logging.format', config.logging.format, ['text', 'json']),
    ...required('ingressShimConfig.defaultIssuerKind', config.ingressShimConfig.defaultIssuerKind),
    ...nameserverProblems(config),
  ];
}

function apiProblems(config: ControllerConfiguration): string[] {
  const { kubernetesAPIQPS: qps, kubernetesAPIBurst: burst } = config;
  const problems: string[] = [];
  if (qps < -1) problems.push(`kubernetesAPIQPS: must be at least -1, which means no limit, not ${qps}`);
  if (burst < -1) problems.push(`kubernetesAPIBurst: must be at least -1, which means no limit, not ${burst}`);
  if (burst < qps) problems.push(`kubernetesAPIBurst: must be at least kubernetesAPIQPS (${qps}), not ${burst}`);
  return problems;
}

function leaderElectionProblems(config: ControllerConfiguration): string[] {
  const { enabled, leaseDuration, renewDeadline, retryPeriod, healthzTimeout } = config.leaderElectionConfig;
  if (!enabled) return [];
  const problems = [
    ...positiveDuration('leaderElectionConfig.leaseDuration', leaseDuration),
    ...positiveDuration('leaderElectionConfig.renewDeadline', renewDeadline),
    ...positiveDuration('leaderElectionConfig.retryPeriod', retryPeriod),
    ...positiveDuration('leaderElectionConfig.healthzTimeout', healthzTimeout),
  ];
  if (milliseconds(leaseDuration) <= milliseconds(renewDeadline)) {
    problems.push(
      `leaderElectionConfig.leaseDuration: must be longer than renewDeadline (${renewDeadline}), not ${leaseDuration}`,
    );
  }
  if (milliseconds(renewDeadline) <= milliseconds(retryPeriod)) {
    problems.push(
      `leaderElectionConfig.renewDeadline: must be longer than retryPeriod (${retryPeriod}), not ${renewDeadline}`,
    );
  }
  return problems;
}

function numberProblems(config: ControllerConfiguration): string[] {
  const limits = config.pemSizeLimitsConfig;
  const { certificateRequestMinimumBackoffDuration: least, certificateRequestMaximumBackoffDuration: most } = config;
  const problems = [
    ...positive('numberOfConcurrentWorkers', config.numberOfConcurrentWorkers),
    ...positive('maxConcurrentChallenges', config.maxConcurrentChallenges),
    ...positive('pemSizeLimitsConfig.maxCertificateSize', limits.maxCertificateSize),
    ...positive('pemSizeLimitsConfig.maxPrivateKeySize', limits.maxPrivateKeySize),
    ...positive('pemSizeLimitsConfig.maxChainLength', limits.maxChainLength),
    ...positive('pemSizeLimitsConfig.maxBundleSize', limits.maxBundleSize),
    ...positiveDuration('certificateRequestMinimumBackoffDuration', least),
    ...positiveDuration('certificateRequestMaximumBackoffDuration', most),
    ...positiveDuration('acmeDNS01Config.checkRetryPeriod', config.acmeDNS01Config.checkRetryPeriod),
  ];
  if (milliseconds(most) < milliseconds(least)) {
    problems.push(
      `certificateRequestMaximumBackoffDuration: must be at least certificateRequestMinimumBackoffDuration (${least}), not ${most}`,
    );
  }
  return problems;
}

function addressProblems(config: ControllerConfiguration): string[] {
  const address = (field: string, text: string): string[] =>
    isListenAddress(text) ? [] : [`${field}: must be host:port, such as 0.0.0.0:9402, not "${text}"`];
  return [
    ...(config.metricsListenAddress === '0' ? [] : address('metricsListenAddress', config.metricsListenAddress)),
    ...address('healthzListenAddress', config.healthzListenAddress),
    ...(config.enablePprof ? address('pprofAddress', config.pprofAddress) : []),
  ];
}

function metricsTlsProblems(config: ControllerConfiguration): string[] {
  const { filesystem, dynamic, cipherSuites, minTLSVersion } = config.metricsTLSConfig;
  const fromFiles = filesystem.certFile !== '' || filesystem.keyFile !== '';
  const generated = dynamic.secretNamespace !== '' || dynamic.secretName !== '' || dynamic.dnsNames.length > 0;
  const problems: string[] = [];
  if (fromFiles && generated) problems.push('metricsTLSConfig: filesystem and dynamic exclude each other');
  if (fromFiles) {
    problems.push(...required('metricsTLSConfig.filesystem.certFile', filesystem.certFile));
    problems.push(...required('metricsTLSConfig.filesystem.keyFile', filesystem.keyFile));
  }
  if (generated) {
    problems.push(
      'metricsTLSConfig.dynamic: this build does not generate certificates for /metrics yet; use metricsTLSConfig.filesystem ' +
        '(--metrics-tls-cert-file, --metrics-tls-private-key-file)',
    );
  }
  if (minTLSVersion !== '')
    problems.push(...choice('metricsTLSConfig.minTLSVersion', minTLSVersion, Object.keys(tlsVersions)));
  for (const suite of cipherSuites) {
    const problem = cipherSuiteProblem(suite);
    if (problem !== undefined) problems.push(`metricsTLSConfig.cipherSuites: ${problem}`);
  }
  return problems;
}

function nameserverProblems(config: ControllerConfiguration): string[] {
  const check = (field: string, servers: readonly string[], overHttps: boolean): string[] =>
    servers
      .filter((server) => !(overHttps && server.startsWith('https://')) && !isListenAddress(server))
      .map((server) => `${field}: "${server}" is not host:port${overHttps ? ' or an https:// URL' : ''}`);
  return [
    ...check('acmeHTTP01Config.solverNameservers', config.acmeHTTP01Config.solverNameservers, false),
    ...check('acmeDNS01Config.recursiveNameservers', config.acmeDNS01Config.recursiveNameservers, true),
  ];
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? Number.NaN;
}

function positiveDuration(field: string, text: string): string[] {
  return milliseconds(text) > 0 ? [] : [`${field}: must be longer than 0, not ${text}`];
}

function positive(field: string, value: number): string[] {
  return value > 0 ? [] : [`${field}: must be greater than 0, not ${value}`];
}

function required(field: string, value: string): string[] {
  return value === '' ? [`${field}: must not be empty`] : [];
}

function choice(field: string, value: string, known: readonly string[]): string[] {
  return known.includes(value) ? [] : [`${field}: "${value}" is not known; known: ${known.join(', ')}`];
}
