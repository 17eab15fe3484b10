// The settings of one webhook: what its command line and configuration file come to, and the checks across fields. Nothing is started here.
import { resolveGates } from '../feature-gates.ts';
import { isFromFiles, isGenerated, portNumber, processProblems, required, tlsProblems } from '../settings/checks.ts';
import { type CommandLine, type Completed, type Given, readSettings } from '../settings/command-line.ts';
import { type WebhookConfiguration, webhookConfigFormat, webhookConfigurationSchema } from './configuration.ts';
import { type WebhookGateValues, webhookGates } from './feature-gates.ts';
import { webhookFlags } from './flags.ts';

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

function configurationProblems(config: WebhookConfiguration): string[] {
  return [
    ...portNumber('securePort', config.securePort),
    ...portNumber('healthzPort', config.healthzPort),
    ...certificateProblems(config),
    ...(config.enableClientVerification ? required('clientCAPath', config.clientCAPath) : []),
    ...processProblems(config),
  ];
}

function certificateProblems({ tlsConfig }: WebhookConfiguration): string[] {
  if (isFromFiles(tlsConfig) || isGenerated(tlsConfig)) return tlsProblems('tlsConfig', tlsConfig);
  return [
    'tlsConfig: no CertificateSource specified: set tlsConfig.dynamic (--dynamic-serving-ca-secret-namespace, ' +
      '--dynamic-serving-ca-secret-name, --dynamic-serving-dns-names) or tlsConfig.filesystem (--tls-cert-file, --tls-private-key-file)',
    ...tlsProblems('tlsConfig', tlsConfig),
  ];
}
