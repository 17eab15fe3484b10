// cainjector's configuration document (cainjector.config.cert-manager.io/v1alpha1 CAInjectorConfiguration): its fields, types, and the checks
// across fields. Defaults stand in flags.ts.
import * as z from 'zod';
import { leaderElectionProblems, processProblems } from '../settings/checks.ts';
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

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What is wrong across fields; empty where the configuration can be used. */
export function cainjectorProblems(config: CainjectorConfiguration): string[] {
  const { namespace, ignoreNamespaces } = config;
  const named = (field: string, names: readonly string[]): string[] =>
    names.filter((name) => !namespaceName.test(name)).map((name) => `${field}: "${name}" is no name of a namespace`);
  return [
    ...named('namespace', namespace === '' ? [] : [namespace]),
    ...named('ignoreNamespaces', ignoreNamespaces),
    ...(ignoreNamespaces.includes(namespace)
      ? [`ignoreNamespaces: ignores ${namespace}, the only namespace that namespace allows`]
      : []),
    ...leaderElectionProblems(config.leaderElectionConfig),
    ...processProblems(config),
  ];
}
