// cainjector's configuration document (cainjector.config.cert-manager.io/v1alpha1 CAInjectorConfiguration): its fields and types.
// Defaults stand in flags.ts, the checks across fields in validate.ts.
import * as z from 'zod';
import { leaderElectionConfig, metricsFilePaths, processFields, text, texts } from '../settings/fields.ts';

export const cainjectorConfigurationSchema = z.strictObject({
  kubeConfig: text,
  namespace: text,
  ignoreNamespaces: texts,
  leaderElectionConfig,
  enableDataSourceConfig: z.strictObject({ certificates: z.boolean() }),
  enableInjectableConfig: z.strictObject({
    validatingWebhookConfigurations: z.boolean(),
    mutatingWebhookConfigurations: z.boolean(),
    customResourceDefinitions: z.boolean(),
    apiServices: z.boolean(),
  }),
  ...processFields,
});

/** Complete: every field has a value. Durations are Go text. */
export type CainjectorConfiguration = z.infer<typeof cainjectorConfigurationSchema>;

export const cainjectorConfigFormat = {
  apiVersion: 'cainjector.config.cert-manager.io/v1alpha1',
  kind: 'CAInjectorConfiguration',
  schema: cainjectorConfigurationSchema,
  filePaths: ['kubeConfig', ...metricsFilePaths],
};
