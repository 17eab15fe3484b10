// The controller's configuration document (controller.config.cert-manager.io/v1alpha1 ControllerConfiguration): its fields and types.
// Defaults stand in flags.ts, the checks across fields in validate.ts.
import * as z from 'zod';
import {
  duration,
  int,
  leaderElectionConfig,
  metricsFilePaths,
  processFields,
  text,
  texts,
} from '../settings/fields.ts';

export const controllerConfigurationSchema = z.strictObject({
  apiServerHost: text,
  kubeConfig: text,
  kubernetesAPIQPS: z.number(),
  kubernetesAPIBurst: int,
  clusterResourceNamespace: text,
  namespace: text,
  leaderElectionConfig: leaderElectionConfig.extend({ healthzTimeout: duration }),
  controllers: texts,
  issuerAmbientCredentials: z.boolean(),
  clusterIssuerAmbientCredentials: z.boolean(),
  enableCertificateOwnerRef: z.boolean(),
  copiedAnnotationPrefixes: texts,
  numberOfConcurrentWorkers: int,
  maxConcurrentChallenges: int,
  acmeSelfCheckDeadline: duration,
  healthzListenAddress: text,
  ...processFields,
  ingressShimConfig: z.strictObject({
    defaultIssuerName: text,
    defaultIssuerKind: text,
    defaultIssuerGroup: text,
    defaultAutoCertificateAnnotations: texts,
    extraCertificateAnnotations: texts,
  }),
  acmeHTTP01Config: z.strictObject({
    solverImage: text,
    solverResourceRequestCPU: text,
    solverResourceRequestMemory: text,
    solverResourceLimitsCPU: text,
    solverResourceLimitsMemory: text,
    solverRunAsNonRoot: z.boolean(),
    solverRuntimeClassName: text,
    solverNameservers: texts,
    solverExtraLabels: z.record(z.string(), z.string()),
    solverMode: text,
    solverService: text,
    solverListenAddress: text,
  }),
  acmeDNS01Config: z.strictObject({
    recursiveNameservers: texts,
    recursiveNameserversOnly: z.boolean(),
    checkRetryPeriod: duration,
  }),
  pemSizeLimitsConfig: z.strictObject({
    maxCertificateSize: int,
    maxPrivateKeySize: int,
    maxChainLength: int,
    maxBundleSize: int,
  }),
  certificateRequestMinimumBackoffDuration: duration,
  certificateRequestMaximumBackoffDuration: duration,
  gatewayAPI: z.strictObject({ enabled: z.boolean(), enableListenerSet: z.boolean(), extraProtocols: texts }),
});

/** Complete: every field has a value. Durations are Go text. */
export type ControllerConfiguration = z.infer<typeof controllerConfigurationSchema>;

export const controllerConfigFormat = {
  apiVersion: 'controller.config.cert-manager.io/v1alpha1',
  kind: 'ControllerConfiguration',
  schema: controllerConfigurationSchema.extend({
    // Keys of older releases.
    enableGatewayAPI: z.boolean(),
    enableGatewayAPIListenerSet: z.boolean(),
  }),
  renamed: {
    enableGatewayAPI: 'gatewayAPI.enabled',
    enableGatewayAPIListenerSet: 'gatewayAPI.enableListenerSet',
  },
  filePaths: ['kubeConfig', ...metricsFilePaths],
};
