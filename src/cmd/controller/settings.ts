// From a command line to the settings of one controller process: defaults, then the configuration file, then the flags over it, then
// validation. Files are read through the function handed in. Nothing is started here.
import { atPath, defaultDocument, isTree, type Tree, withPath } from '../document.ts';
import { resolveGates } from '../feature-gates.ts';
import { parseFlags } from '../flags/parse.ts';
import type { ConfigFile } from './config-file.ts';
import { type ControllerConfiguration, controllerConfigurationSchema } from './configuration.ts';
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

export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  | { readonly kind: 'start'; readonly settings: ControllerSettings };

export async function readCommandLine(
  args: readonly string[],
  readFile: (path: string) => string,
): Promise<CommandLine> {
  const { values, positionals, problems } = parseFlags(controllerFlags, args);
  if (values.get('help') === true) return { kind: 'help' };
  if (values.get('version') === true) return { kind: 'version' };
  if (problems.length > 0) return { kind: 'refused', problems };
  const file = await fromFile(String(values.get('config') ?? ''), readFile);
  if (file.problems.length > 0) return { kind: 'refused', problems: file.problems };
  const document = withFlags(overlay(defaultDocument(controllerFlags), file.settings), values);
  const given = (path: string): boolean =>
    atPath(file.settings, path) !== undefined ||
    controllerFlags.some((flag) => flag.path === path && values.has(flag.name));
  const warnings = [
    ...file.warnings,
    ...positionals.map(
      (text) =>
        `argument "${text}" belongs to no flag and has no effect (a switch takes its value after =: --flag=false)`,
    ),
    ...controllerFlags.flatMap((flag) =>
      flag.ignored !== undefined && values.has(flag.name) ? [`flag --${flag.name} has no effect: ${flag.ignored}`] : [],
    ),
  ];
  return complete(document, warnings, given('kubernetesAPIQPS') || given('kubernetesAPIBurst'));
}

/** The YAML parser is only loaded where there is a file. */
async function fromFile(path: string, readFile: (path: string) => string): Promise<ConfigFile> {
  if (path === '') return { settings: {}, warnings: [], problems: [] };
  try {
    const text = readFile(path);
    return (await import('./config-file.ts')).parseConfigFile(text, path);
  } catch (error) {
    return {
      settings: {},
      warnings: [],
      problems: [`--config ${path}: ${error instanceof Error ? error.message : error}`],
    };
  }
}

/** `over` laid on `base`. Lists and maps with free keys are replaced as a whole. */
function overlay(base: Tree, over: Tree, path = ''): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const here = path === '' ? key : `${path}.${key}`;
    const isLeaf = controllerFlags.some((flag) => flag.path === here);
    const before = base[key];
    merged[key] = !isLeaf && isTree(value) && isTree(before) ? overlay(before, value, here) : value;
  }
  return merged;
}

function withFlags(document: Tree, values: ReadonlyMap<string, unknown>): Tree {
  return controllerFlags.reduce(
    (tree, flag) =>
      flag.path === undefined || !values.has(flag.name) ? tree : withPath(tree, flag.path, values.get(flag.name)),
    document,
  );
}

function complete(document: Tree, warnings: readonly string[], explicitRate: boolean): CommandLine {
  const parsed = controllerConfigurationSchema.safeParse(document);
  if (!parsed.success) {
    return {
      kind: 'refused',
      problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    };
  }
  const config = parsed.data;
  const { gates, warnings: gateWarnings, problems: gateProblems } = resolveGates(controllerGates, config.featureGates);
  const { problems: nameProblems, ...controllers } = selectControllers({
    controllers: config.controllers,
    namespace: config.namespace,
    gates,
    gatewayApi: config.gatewayAPI.enabled,
    listenerSet: config.gatewayAPI.enableListenerSet,
  });
  const problems = [...gateProblems, ...nameProblems, ...configurationProblems(config)];
  if (problems.length > 0) return { kind: 'refused', problems };
  return {
    kind: 'start',
    settings: { config, gates, controllers, explicitRate, warnings: [...warnings, ...gateWarnings] },
  };
}
