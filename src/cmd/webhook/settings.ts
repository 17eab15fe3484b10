// The settings of one webhook: what its command line and configuration file come to. Nothing is started here.
import { resolveGates } from '../feature-gates.ts';
import { type CommandLine, type Completed, type Given, readSettings } from '../settings/command-line.ts';
import { type WebhookConfiguration, webhookConfigFormat, webhookConfigurationSchema } from './configuration.ts';
import { type WebhookGateValues, webhookGates } from './feature-gates.ts';
import { webhookFlags } from './flags.ts';
import { configurationProblems } from './validate.ts';

export interface WebhookSettings {
  readonly config: WebhookConfiguration;
  readonly gates: WebhookGateValues;
  /** For the log, once there is one. */
  readonly warnings: readonly string[];
}

export type WebhookCommandLine = CommandLine<WebhookSettings>;

export function readCommandLine(
  args: readonly string[],
  readFile: (path: string) => string,
): Promise<WebhookCommandLine> {
  const table = { flags: webhookFlags, schema: webhookConfigurationSchema, format: webhookConfigFormat };
  return readSettings(table, args, readFile, complete);
}

function complete({ config }: Given<WebhookConfiguration>): Completed<Omit<WebhookSettings, 'warnings'>> {
  const { gates, warnings, problems } = resolveGates(webhookGates, config.featureGates);
  return { settings: { config, gates }, warnings, problems: [...problems, ...configurationProblems(config)] };
}
