// From a command line to the settings of one component: defaults, then the configuration file, then the flags over it, then the schema,
// then the component's own checks. Knows no component; files are read through the function handed in. Nothing is started here.
import type * as z from 'zod';
import { atPath, defaultDocument, isTree, type Tree, withPath } from '../document.ts';
import type { Flag } from '../flags/flag.ts';
import { type ParsedFlags, parseFlags } from '../flags/parse.ts';
import type { ConfigFile, ConfigFormat } from './config-file.ts';

/** What can be set: the flags, the complete document that they and the file make, and the file's format. */
export interface SettingsTable<Schema extends z.ZodObject> {
  readonly flags: readonly Flag[];
  readonly schema: Schema;
  readonly format: ConfigFormat;
}

/** A document that fits its schema. */
export interface Given<Config> {
  readonly config: Config;
  /** Whether the file or a flag says something about the field at this path, be it the default. */
  isGiven(path: string): boolean;
}

export interface Completed<Settings> {
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** Where there is one, nothing starts. */
  readonly problems: readonly string[];
}

/** What a command line asks for. */
export type CommandLine<Settings> =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  | { readonly kind: 'start'; readonly settings: Settings };

/**
 * Reads `args`; `complete` makes settings of a document that fits the schema, and says what is wrong across fields. Never rejects: whatever
 * is wrong with arguments or file comes back as `refused`. The settings carry all warnings, for the log once there is one.
 */
export async function readSettings<Schema extends z.ZodObject, Settings extends object>(
  table: SettingsTable<Schema>,
  args: readonly string[],
  readFile: (path: string) => string,
  complete: (given: Given<z.infer<Schema>>) => Completed<Settings>,
): Promise<CommandLine<Settings & { readonly warnings: readonly string[] }>> {
  const { flags, schema, format } = table;
  const line = parseFlags(flags, args);
  const { values, problems } = line;
  if (values.get('help') === true) return { kind: 'help' };
  if (values.get('version') === true) return { kind: 'version' };
  if (problems.length > 0) return { kind: 'refused', problems };
  const file = await fromFile(format, String(values.get('config') ?? ''), readFile);
  if (file.problems.length > 0) return { kind: 'refused', problems: file.problems };
  const parsed = schema.safeParse(withFlags(flags, overlay(flags, defaultDocument(flags), file.settings), values));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { kind: 'refused', problems: lines };
  }
  const isGiven = (path: string): boolean =>
    atPath(file.settings, path) !== undefined || flags.some((flag) => flag.path === path && values.has(flag.name));
  const completed = complete({ config: parsed.data, isGiven });
  if (completed.problems.length > 0) return { kind: 'refused', problems: completed.problems };
  const warnings = [...file.warnings, ...idleArguments(flags, line), ...completed.warnings];
  return { kind: 'start', settings: { ...completed.settings, warnings } };
}

function idleArguments(flags: readonly Flag[], { values, positionals }: ParsedFlags): string[] {
  return [
    ...positionals.map(
      (text) =>
        `argument "${text}" belongs to no flag and has no effect (a switch takes its value after =: --flag=false)`,
    ),
    ...flags.flatMap((flag) =>
      flag.ignored !== undefined && values.has(flag.name) ? [`flag --${flag.name} has no effect: ${flag.ignored}`] : [],
    ),
  ];
}

/** The YAML parser is only loaded where there is a file. */
async function fromFile(format: ConfigFormat, path: string, readFile: (path: string) => string): Promise<ConfigFile> {
  if (path === '') return { settings: {}, warnings: [], problems: [] };
  try {
    const text = readFile(path);
    return (await import('./config-file.ts')).parseConfigFile(format, text, path);
  } catch (error) {
    const problem = `--config ${path}: ${error instanceof Error ? error.message : error}`;
    return { settings: {}, warnings: [], problems: [problem] };
  }
}

/** `over` laid on `base`. Lists and maps with free keys are replaced as a whole. */
function overlay(flags: readonly Flag[], base: Tree, over: Tree, path = ''): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const here = path === '' ? key : `${path}.${key}`;
    const isLeaf = flags.some((flag) => flag.path === here);
    const before = base[key];
    merged[key] = !isLeaf && isTree(value) && isTree(before) ? overlay(flags, before, value, here) : value;
  }
  return merged;
}

function withFlags(flags: readonly Flag[], document: Tree, values: ReadonlyMap<string, unknown>): Tree {
  return flags.reduce(
    (tree, flag) =>
      flag.path === undefined || !values.has(flag.name) ? tree : withPath(tree, flag.path, values.get(flag.name)),
    document,
  );
}
