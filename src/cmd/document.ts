// Configuration documents as plain trees: reading and setting by dotted path, laying one over another, what a file may leave out.
import * as z from 'zod';
import type { Flag } from './flags/flag.ts';
import { closest } from './flags/suggest.ts';

export type Tree = { [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A new tree that has `value` at the dotted `path`. */
export function withPath(tree: Tree, path: string, value: unknown): Tree {
  const dot = path.indexOf('.');
  if (dot < 0) return { ...tree, [path]: value };
  const head = path.slice(0, dot);
  const inner = tree[head];
  return { ...tree, [head]: withPath(isTree(inner) ? inner : {}, path.slice(dot + 1), value) };
}

export function atPath(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const key of path.split('.')) value = isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** The document that a flag table's defaults make. */
export function defaultDocument(flags: readonly Flag[]): Tree {
  return flags.reduce<Tree>(
    (tree, flag) => (flag.path === undefined ? tree : withPath(tree, flag.path, flag.default)),
    {},
  );
}

/**
 * A file's tree without what counts as unset, as Go's defaulting sees it: null, the empty text, the empty list. A zero or a false is a value.
 */
export function withoutUnset(tree: Tree): Tree {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    if (value === null || value === undefined || value === '') return [];
    if (Array.isArray(value) && value.length === 0) return [];
    return [[key, isTree(value) ? withoutUnset(value) : value]];
  });
  return Object.fromEntries(entries);
}

/** The schema of a file for a complete document: the same fields, each one optional, unknown ones still refused. */
export function partial(schema: z.ZodObject): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([key, field]) => [
    key,
    (field instanceof z.ZodObject ? partial(field) : (field as z.ZodType)).optional(),
  ]);
  return z.strictObject(Object.fromEntries(fields));
}

/** One line a problem, each beginning with the path of the field. `known` are the fields beside an unknown one. */
export function problemLines(error: z.ZodError, schema: z.ZodObject): string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [`${path === '' ? 'document' : path}: ${issue.message}`];
    const known = fieldsAt(schema, issue.path.map(String));
    return issue.keys.map((key) => {
      const nearest = closest(key, known);
      const where = path === '' ? key : `${path}.${key}`;
      return `${where}: unknown field${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}; known here: ${known.join(', ')}`;
    });
  });
}

function fieldsAt(schema: z.ZodObject, path: readonly string[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    const field: unknown = at instanceof z.ZodObject ? at.shape[key] : undefined;
    at = field instanceof z.ZodOptional ? field.unwrap() : field;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
