// From the configuration document to what each controller is told: units instead of texts, switches instead of names.
import { parseDuration } from '../../base/duration.ts';
import type { CertificateSettings, Stage } from '../../controllers/certificate/seen.ts';
import type { ChallengeSettings } from '../../controllers/challenge/controller.ts';
import type { RequestSettings } from '../../controllers/request/controller.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { ControllerConfiguration } from './configuration.ts';
import type { ControllerName } from './controllers.ts';
import { http01SettingsOf } from './http01-settings.ts';
import type { ControllerSettings } from './settings.ts';

const stages: Readonly<Record<Stage, ControllerName>> = {
  trigger: 'certificates-trigger',
  'key-manager': 'certificates-key-manager',
  'request-manager': 'certificates-request-manager',
  issuing: 'certificates-issuing',
  readiness: 'certificates-readiness',
  'revision-manager': 'certificates-revision-manager',
};

/** The names that switch the steps of the Certificate controller. */
export const stageNames: readonly ControllerName[] = Object.values(stages);

export function certificateSettingsOf({ config, gates, controllers }: ControllerSettings): CertificateSettings {
  const enabled = (Object.keys(stages) as Stage[]).filter((stage) => controllers.enabled.has(stages[stage]));
  return {
    stages: new Set(enabled),
    enableOwnerRef: config.enableCertificateOwnerRef,
    minimumBackoffMs: parseDuration(config.certificateRequestMinimumBackoffDuration) ?? 0,
    maximumBackoffMs: parseDuration(config.certificateRequestMaximumBackoffDuration) ?? 0,
    copiedAnnotationPrefixes: config.copiedAnnotationPrefixes,
    gates,
    pemLimits: pemLimitsOf(config),
  };
}

export function requestSettingsOf(
  { config, controllers }: ControllerSettings,
  backends: readonly AnyBackend[],
): RequestSettings {
  const names: ReadonlySet<string> = controllers.enabled;
  return {
    approver: names.has('certificaterequests-approver'),
    enabledBackends: new Set(backends.filter((each) => names.has(each.requestController)).map((each) => each.type)),
    clusterResourceNamespace: config.clusterResourceNamespace,
    ...(config.namespace === '' ? {} : { namespace: config.namespace }),
    limits: pemLimitsOf(config),
  };
}

export function challengeSettingsOf({ config, gates }: ControllerSettings): ChallengeSettings {
  const { acmeDNS01Config: dns01 } = config;
  return {
    maxConcurrentChallenges: config.maxConcurrentChallenges,
    clusterResourceNamespace: config.clusterResourceNamespace,
    issuerAmbient: config.issuerAmbientCredentials,
    clusterIssuerAmbient: config.clusterIssuerAmbientCredentials,
    checkPeriodMs: parseDuration(dns01.checkRetryPeriod) ?? 0,
    recursiveNameserversOnly: dns01.recursiveNameserversOnly,
    selfCheckDeadlineMs: parseDuration(config.acmeSelfCheckDeadline),
    gatewayApi: config.gatewayAPI.enabled && gates.ExperimentalGatewayAPISupport,
    http01: http01SettingsOf(config, gates),
  };
}

export function pemLimitsOf({ pemSizeLimitsConfig: limits }: ControllerConfiguration): PemLimits {
  return {
    privateKeyBytes: limits.maxPrivateKeySize,
    certificateBytes: limits.maxCertificateSize,
    chainBytes: limits.maxChainLength,
    bundleBytes: limits.maxBundleSize,
  };
}
