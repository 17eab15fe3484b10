// The checks on a complete controller configuration that a type cannot state. Each problem names the field, as it stands in the file.
import { isListenAddress } from '../http/listen-address.ts';
import {
  choice,
  leaderElectionProblems,
  listenAddress,
  milliseconds,
  positive,
  positiveDuration,
  processProblems,
  required,
} from '../settings/checks.ts';
import type { ControllerConfiguration } from './configuration.ts';

/** Empty where the configuration can be used. */
export function configurationProblems(config: ControllerConfiguration): string[] {
  return [
    ...apiProblems(config),
    ...leaderElectionProblems(config.leaderElectionConfig),
    ...(config.leaderElectionConfig.enabled
      ? positiveDuration('leaderElectionConfig.healthzTimeout', config.leaderElectionConfig.healthzTimeout)
      : []),
    ...numberProblems(config),
    ...listenAddress('healthzListenAddress', config.healthzListenAddress),
    ...processProblems(config),
    ...required('ingressShimConfig.defaultIssuerKind', config.ingressShimConfig.defaultIssuerKind),
    ...nameserverProblems(config),
    ...solverProblems(config),
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
    ...positiveDuration('acmeSelfCheckDeadline', config.acmeSelfCheckDeadline),
    ...positiveDuration('acmeDNS01Config.checkRetryPeriod', config.acmeDNS01Config.checkRetryPeriod),
  ];
  if (milliseconds(most) < milliseconds(least)) {
    problems.push(
      `certificateRequestMaximumBackoffDuration: must be at least certificateRequestMinimumBackoffDuration (${least}), not ${most}`,
    );
  }
  return problems;
}

function solverProblems({ acmeHTTP01Config: config, namespace }: ControllerConfiguration): string[] {
  const { solverMode, solverService, solverListenAddress } = config;
  const problems = choice('acmeHTTP01Config.solverMode', solverMode, ['pods', 'shared']);
  if (solverMode !== 'shared') return problems;
  const [place = '', name = '', ...rest] = solverService.split('/');
  if (place === '' || name === '' || rest.length > 0) {
    problems.push(`acmeHTTP01Config.solverService: must be namespace/name in the mode shared, not "${solverService}"`);
  } else if (namespace !== '' && namespace !== place) {
    problems.push(
      `acmeHTTP01Config.solverService: must be in the namespace ${namespace}, which is the only one that is watched`,
    );
  }
  return [...problems, ...listenAddress('acmeHTTP01Config.solverListenAddress', solverListenAddress)];
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
