// The settings of one controller: what its command line and configuration file come to. Nothing is started here.
import { resolveGates } from '../feature-gates.ts';
import { type CommandLine, type Completed, type Given, readSettings } from '../settings/command-line.ts';
import {
  type ControllerConfiguration,
  controllerConfigFormat,
  controllerConfigurationSchema,
} from './configuration.ts';
import { type ControllerSelection, selectControllers } from './controllers.ts';
import { type ControllerGateValues, controllerGates } from './feature-gates.ts';
import { controllerFlags } from './flags.ts';
import { configurationProblems } from './validate.ts';

export interface ControllerSettings {
  readonly config: ControllerConfiguration;
  readonly gates: ControllerGateValues;
  readonly controllers: Pick<ControllerSelection, 'enabled' | 'absent'>;
  /** Whether somebody asked for this request rate: the default may give way to the API server's own flow control, a wish may not. */
  readonly explicitRate: boolean;
  /** For the log, once there is one. */
  readonly warnings: readonly string[];
}

export type ControllerCommandLine = CommandLine<ControllerSettings>;

export function readCommandLine(
  args: readonly string[],
  readFile: (path: string) => string,
): Promise<ControllerCommandLine> {
  const table = { flags: controllerFlags, schema: controllerConfigurationSchema, format: controllerConfigFormat };
  return readSettings(table, args, readFile, complete);
}

function complete({
  config,
  isGiven,
}: Given<ControllerConfiguration>): Completed<Omit<ControllerSettings, 'warnings'>> {
  const { gates, warnings, problems: gateProblems } = resolveGates(controllerGates, config.featureGates);
  const { problems: nameProblems, ...controllers } = selectControllers({
    controllers: config.controllers,
    namespace: config.namespace,
    gates,
    gatewayApi: config.gatewayAPI.enabled,
    listenerSet: config.gatewayAPI.enableListenerSet,
  });
  const explicitRate = isGiven('kubernetesAPIQPS') || isGiven('kubernetesAPIBurst');
  const problems = [...gateProblems, ...nameProblems, ...configurationProblems(config)];
  return { settings: { config, gates, controllers, explicitRate }, warnings, problems };
}
