// The webhook's configuration document (webhook.config.cert-manager.io/v1alpha1 WebhookConfiguration): its fields and types.
// Defaults stand in flags.ts, the checks across fields in validate.ts.
import * as z from 'zod';
import { int, metricsFilePaths, processFields, text, texts, tlsConfig } from '../settings/fields.ts';

export const webhookConfigurationSchema = z.strictObject({
  securePort: int,
  healthzPort: int,
  tlsConfig,
  kubeConfig: text,
  apiServerHost: text,
  enableClientVerification: z.boolean(),
  clientCAPath: text,
  clientCertificateSubjects: texts,
  ...processFields,
});

/** Complete: every field has a value. Durations are Go text. */
export type WebhookConfiguration = z.infer<typeof webhookConfigurationSchema>;

export const webhookConfigFormat = {
  apiVersion: 'webhook.config.cert-manager.io/v1alpha1',
  kind: 'WebhookConfiguration',
  schema: webhookConfigurationSchema,
  filePaths: [
    'kubeConfig',
    'tlsConfig.filesystem.certFile',
    'tlsConfig.filesystem.keyFile',
    'clientCAPath',
    ...metricsFilePaths,
  ],
};
