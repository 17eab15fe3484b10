// The settings of one cainjector: what its command line and configuration file come to. Nothing is started here.
import type { InjectionRules } from '../../controllers/cainjector/seen.ts';
import {
  apiServices,
  definitions,
  mutatingWebhookConfigurations,
  type TargetKind,
  validatingWebhookConfigurations,
} from '../../controllers/cainjector/targets.ts';
import { defaultPemLimits } from '../../pki/limits.ts';
import { resolveGates } from '../feature-gates.ts';
import { type CommandLine, type Completed, type Given, readSettings } from '../settings/command-line.ts';
import {
  type CainjectorConfiguration,
  cainjectorConfigFormat,
  cainjectorConfigurationSchema,
} from './configuration.ts';
import { cainjectorGates } from './feature-gates.ts';
import { cainjectorFlags } from './flags.ts';
import { configurationProblems } from './validate.ts';

export interface CainjectorSettings {
  readonly config: CainjectorConfiguration;
  readonly kinds: readonly TargetKind[];
  readonly rules: InjectionRules;
  /** For the log, once there is one. */
  readonly warnings: readonly string[];
}

export function readCommandLine(
  args: readonly string[],
  readFile: (path: string) => string,
): Promise<CommandLine<CainjectorSettings>> {
  const table = { flags: cainjectorFlags, schema: cainjectorConfigurationSchema, format: cainjectorConfigFormat };
  return readSettings(table, args, readFile, complete);
}

function complete({ config }: Given<CainjectorConfiguration>): Completed<Omit<CainjectorSettings, 'warnings'>> {
  const { gates, warnings, problems } = resolveGates(cainjectorGates, config.featureGates);
  const kinds = kindsOf(config);
  const idle = kinds.length === 0 ? ['every kind of target is switched off: no CA is injected into anything'] : [];
  return {
    settings: { config, kinds, rules: rulesOf(config, gates.CAInjectorMerging) },
    warnings: [...warnings, ...idle],
    problems: [...problems, ...configurationProblems(config)],
  };
}

function kindsOf({ enableInjectableConfig: on }: CainjectorConfiguration): readonly TargetKind[] {
  return [
    ...(on.validatingWebhookConfigurations ? [validatingWebhookConfigurations] : []),
    ...(on.mutatingWebhookConfigurations ? [mutatingWebhookConfigurations] : []),
    ...(on.customResourceDefinitions ? [definitions] : []),
    ...(on.apiServices ? [apiServices] : []),
  ];
}

function rulesOf(config: CainjectorConfiguration, merging: boolean): InjectionRules {
  return {
    merging,
    maximumBytes: defaultPemLimits.bundleBytes,
    namespace: config.namespace,
    ignoredNamespaces: new Set(config.ignoreNamespaces),
    certificates: config.enableDataSourceConfig.certificates,
  };
}
