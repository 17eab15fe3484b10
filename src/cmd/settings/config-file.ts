// Reads the text of a --config file into the fields it sets. Strict: unknown fields, wrong types and duplicate keys are refused, with
// their path. Reading the file itself is the caller's; what the fields are is the component's.
import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { atPath, isTree, partial, problemLines, type Tree, withoutUnset, withPath } from '../document.ts';

/** The configuration file of one component. */
export interface ConfigFormat {
  readonly apiVersion: string;
  readonly kind: string;
  /** The complete document, keys of older releases included; a file may leave out any field. */
  readonly schema: z.ZodObject;
  /** Fields that name files; relative ones are relative to the configuration file. */
  readonly filePaths: readonly string[];
  /** Keys of older releases, and the path that each now has; what stands at the new path wins. */
  readonly renamed?: Readonly<Record<string, string>>;
}

export interface ConfigFile {
  /** Only what the file sets. */
  readonly settings: Tree;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

/** Never throws: whatever is wrong is a problem that begins with `path`. */
export function parseConfigFile(format: ConfigFormat, text: string, path: string): ConfigFile {
  const refuse = (problems: readonly string[]): ConfigFile => ({
    settings: {},
    warnings: [],
    problems: problems.map((problem) => `${path}: ${problem}`),
  });
  const { apiVersion, kind } = format;
  const yaml = parseDocument(text, { uniqueKeys: true });
  if (yaml.errors.length > 0) return refuse(yaml.errors.map((error) => error.message.split('\n')[0] ?? 'not YAML'));
  const content: unknown = yaml.toJS({ maxAliasCount: 100 });
  if (!isTree(content)) return refuse([`not a ${kind} document`]);
  const { apiVersion: givenVersion, kind: givenKind, ...rest } = content;
  if (givenVersion !== apiVersion || givenKind !== kind) {
    return refuse([
      `apiVersion must be ${apiVersion} and kind ${kind}, not ${givenVersion ?? 'nothing'} and ${givenKind ?? 'nothing'}`,
    ]);
  }
  const schema = fileSchema(format);
  const set = withoutUnset(rest);
  const parsed = schema.safeParse(set);
  if (!parsed.success) return refuse(problemLines(parsed.error, schema));
  const { settings, warnings } = modern(set, format.renamed ?? {});
  return { settings: withResolvedPaths(settings, format.filePaths, dirname(path)), warnings, problems: [] };
}

/** `logging.options` is part of the logging API of Kubernetes; nothing in it has an effect. */
function fileSchema({ schema }: ConfigFormat): z.ZodObject {
  const logging = schema.shape['logging'];
  const withOptions =
    logging instanceof z.ZodObject
      ? schema.extend({ logging: logging.extend({ options: z.record(z.string(), z.unknown()) }) })
      : schema;
  return partial(withOptions);
}

/** Replaces keys of older releases by those of today. */
function modern(
  tree: Tree,
  renamed: Readonly<Record<string, string>>,
): { readonly settings: Tree; readonly warnings: readonly string[] } {
  let settings: Tree = Object.fromEntries(Object.entries(tree).filter(([key]) => !Object.hasOwn(renamed, key)));
  const warnings: string[] = [];
  for (const [old, path] of Object.entries(renamed)) {
    const value = tree[old];
    if (value === undefined) continue;
    warnings.push(`configuration field ${old} is deprecated, use ${path}`);
    if (atPath(settings, path) === undefined) settings = withPath(settings, path, value);
  }
  if (isTree(settings['logging']) && 'options' in settings['logging']) {
    const { options: _, ...logging } = settings['logging'];
    settings = { ...settings, logging };
    warnings.push('configuration field logging.options has no effect');
  }
  return { settings, warnings };
}

function withResolvedPaths(tree: Tree, filePaths: readonly string[], folder: string): Tree {
  return filePaths.reduce((resolved, path) => {
    const value = atPath(resolved, path);
    return typeof value !== 'string' || isAbsolute(value) ? resolved : withPath(resolved, path, join(folder, value));
  }, tree);
}
