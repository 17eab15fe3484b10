// Checks on configuration fields that a type cannot state, for the components to put together. Each answers the problems, none where all
// is well; a problem begins with the field as it stands in the file.
import { parseDuration } from '../../base/duration.ts';
import { isListenAddress } from '../http/listen-address.ts';
import { cipherSuiteProblem, tlsVersions } from '../http/tls-settings.ts';
import type { ProcessConfig, TlsConfig } from './fields.ts';

export function milliseconds(text: string): number {
  return parseDuration(text) ?? Number.NaN;
}

export function positiveDuration(field: string, text: string): string[] {
  return milliseconds(text) > 0 ? [] : [`${field}: must be longer than 0, not ${text}`];
}

export function positive(field: string, value: number): string[] {
  return value > 0 ? [] : [`${field}: must be greater than 0, not ${value}`];
}

export function required(field: string, value: string): string[] {
  return value === '' ? [`${field}: must not be empty`] : [];
}

export function choice(field: string, value: string, known: readonly string[]): string[] {
  return known.includes(value) ? [] : [`${field}: "${value}" is not known; known: ${known.join(', ')}`];
}

export function listenAddress(field: string, text: string): string[] {
  return isListenAddress(text) ? [] : [`${field}: must be host:port, such as 0.0.0.0:9402, not "${text}"`];
}

export function portNumber(field: string, port: number): string[] {
  return port >= 0 && port <= 65535 ? [] : [`${field}: must be a port from 0 to 65535, not ${port}`];
}

export interface LeaderElectionTimes {
  readonly enabled: boolean;
  readonly leaseDuration: string;
  readonly renewDeadline: string;
  readonly retryPeriod: string;
}

/** Of `leaderElectionConfig`; nothing is wrong where it is off. */
export function leaderElectionProblems(config: LeaderElectionTimes): string[] {
  const { enabled, leaseDuration, renewDeadline, retryPeriod } = config;
  if (!enabled) return [];
  const problems = [
    ...positiveDuration('leaderElectionConfig.leaseDuration', leaseDuration),
    ...positiveDuration('leaderElectionConfig.renewDeadline', renewDeadline),
    ...positiveDuration('leaderElectionConfig.retryPeriod', retryPeriod),
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

/** Of the metrics and profiling listeners, and of logging. */
export function processProblems(config: ProcessConfig): string[] {
  return [
    ...(config.metricsListenAddress === '0' ? [] : listenAddress('metricsListenAddress', config.metricsListenAddress)),
    ...(config.enablePprof ? listenAddress('pprofAddress', config.pprofAddress) : []),
    ...tlsProblems('metricsTLSConfig', config.metricsTLSConfig),
    ...choice('logging.format', config.logging.format, ['text', 'json']),
  ];
}

/** Of a `tlsConfig` at `field`. Neither source is no problem here: whoever needs one says so. */
export function tlsProblems(field: string, config: TlsConfig): string[] {
  const { filesystem, dynamic, cipherSuites, minTLSVersion } = config;
  const fromFiles = isFromFiles(config);
  const generated = isGenerated(config);
  const problems: string[] = [];
  if (fromFiles && generated) problems.push(`${field}: filesystem and dynamic exclude each other`);
  if (fromFiles) {
    problems.push(...required(`${field}.filesystem.certFile`, filesystem.certFile));
    problems.push(...required(`${field}.filesystem.keyFile`, filesystem.keyFile));
  }
  if (generated) {
    problems.push(...required(`${field}.dynamic.secretNamespace`, dynamic.secretNamespace));
    problems.push(...required(`${field}.dynamic.secretName`, dynamic.secretName));
    if (dynamic.dnsNames.length === 0) problems.push(`${field}.dynamic.dnsNames: must have at least one name`);
    problems.push(...positiveDuration(`${field}.dynamic.leafDuration`, dynamic.leafDuration));
  }
  if (minTLSVersion !== '') problems.push(...choice(`${field}.minTLSVersion`, minTLSVersion, Object.keys(tlsVersions)));
  for (const suite of cipherSuites) {
    const problem = cipherSuiteProblem(suite);
    if (problem !== undefined) problems.push(`${field}.cipherSuites: ${problem}`);
  }
  return problems;
}

export function isFromFiles({ filesystem }: TlsConfig): boolean {
  return filesystem.certFile !== '' || filesystem.keyFile !== '';
}

export function isGenerated({ dynamic }: TlsConfig): boolean {
  return dynamic.secretNamespace !== '' || dynamic.secretName !== '' || dynamic.dnsNames.length > 0;
}
