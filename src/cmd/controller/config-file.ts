// Reads the text of a --config file into the fields it sets. Strict: unknown fields, wrong types and duplicate keys are refused, with
// their path. Reading the file itself is the caller's.
import { dirname, isAbsolute, join } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { atPath, isTree, partial, problemLines, type Tree, withoutUnset, withPath } from '../document.ts';
import { controllerConfigurationSchema } from './configuration.ts';

const apiVersion = 'controller.config.cert-manager.io/v1alpha1';
const kind = 'ControllerConfiguration';

const fileSchema = partial(
  controllerConfigurationSchema.extend({
    // Keys of older releases; `gatewayAPI` wins over them.
    enableGatewayAPI: z.boolean(),
    enableGatewayAPIListenerSet: z.boolean(),
    logging: controllerConfigurationSchema.shape.logging.extend({ options: z.record(z.string(), z.unknown()) }),
  }),
);

/** Fields that name files; relative ones are relative to the configuration file. */
const filePaths = ['kubeConfig', 'metricsTLSConfig.filesystem.certFile', 'metricsTLSConfig.filesystem.keyFile'];

export interface ConfigFile {
  /** Only what the file sets. */
  readonly settings: Tree;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

export function parseConfigFile(text: string, path: string): ConfigFile {
  const refuse = (problems: readonly string[]): ConfigFile => ({
    settings: {},
    warnings: [],
    problems: problems.map((problem) => `${path}: ${problem}`),
  });
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
  const set = withoutUnset(rest);
  const parsed = fileSchema.safeParse(set);
  if (!parsed.success) return refuse(problemLines(parsed.error, fileSchema));
  const { settings, warnings } = modern(set);
  return { settings: withResolvedPaths(settings, dirname(path)), warnings, problems: [] };
}

/** Replaces keys of older releases by those of today. */
function modern(tree: Tree): { settings: Tree; warnings: string[] } {
  const { enableGatewayAPI, enableGatewayAPIListenerSet, ...rest } = tree;
  let settings: Tree = rest;
  const warnings: string[] = [];
  const move = (old: string, value: unknown, path: string): void => {
    if (value === undefined) return;
    warnings.push(`configuration field ${old} is deprecated, use ${path}`);
    if (atPath(settings, path) === undefined) settings = withPath(settings, path, value);
  };
  move('enableGatewayAPI', enableGatewayAPI, 'gatewayAPI.enabled');
  move('enableGatewayAPIListenerSet', enableGatewayAPIListenerSet, 'gatewayAPI.enableListenerSet');
  if (isTree(settings['logging']) && 'options' in settings['logging']) {
    const { options: _, ...logging } = settings['logging'];
    settings = { ...settings, logging };
    warnings.push('configuration field logging.options has no effect');
  }
  return { settings, warnings };
}

function withResolvedPaths(tree: Tree, folder: string): Tree {
  return filePaths.reduce((resolved, path) => {
    const value = atPath(resolved, path);
    return typeof value !== 'string' || isAbsolute(value) ? resolved : withPath(resolved, path, join(folder, value));
  }, tree);
}
