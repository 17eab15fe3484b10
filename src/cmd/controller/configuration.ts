// The controller's configuration document (controller.config.cert-manager.io/v1alpha1 ControllerConfiguration): its fields and types.
// Defaults stand in flags.ts; what a file may leave out, and the checks across fields, in config-file.ts and validate.ts.
import * as z from 'zod';
import { parseDuration } from '../../base/duration.ts';

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'is not a duration such as 90s or 1h30m' });
const text = z.string();
const texts = z.array(z.string());
const int = z.int();

export const controllerConfigurationSchema = z.strictObject({
  apiServerHost: text,
  kubeConfig: text,
  kubernetesAPIQPS: z.number(),
  kubernetesAPIBurst: int,
  clusterResourceNamespace: text,
  namespace: text,
  leaderElectionConfig: z.strictObject({
    enabled: z.boolean(),
    namespace: text,
    leaseDuration: duration,
    renewDeadline: duration,
    retryPeriod: duration,
    healthzTimeout: duration,
  }),
  controllers: texts,
  issuerAmbientCredentials: z.boolean(),
  clusterIssuerAmbientCredentials: z.boolean(),
  enableCertificateOwnerRef: z.boolean(),
  copiedAnnotationPrefixes: texts,
  numberOfConcurrentWorkers: int,
  maxConcurrentChallenges: int,
  metricsListenAddress: text,
  metricsTLSConfig: z.strictObject({
    cipherSuites: texts,
    minTLSVersion: text,
    filesystem: z.strictObject({ certFile: text, keyFile: text }),
    dynamic: z.strictObject({ secretNamespace: text, secretName: text, dnsNames: texts, leafDuration: duration }),
  }),
  healthzListenAddress: text,
  enablePprof: z.boolean(),
  pprofAddress: text,
  logging: z.strictObject({
    format: text,
    flushFrequency: duration,
    verbosity: z.int().min(0),
    vmodule: z.array(z.strictObject({ filePattern: z.string(), verbosity: z.int().min(0) })),
  }),
  featureGates: z.record(z.string(), z.boolean()),
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
