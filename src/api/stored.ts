// The one check of our own objects when they enter the store. Nothing is converted, defaulted or dropped here.
import * as z from 'zod';
import type { Kind } from './kinds.ts';
import type { KubeObject } from './meta.ts';

/** `bad`: an object that the API server holds but our schema does not fit. It is to be kept and marked, never dropped. */
export type Stored<T extends KubeObject> =
  | { readonly kind: 'ok'; readonly object: T }
  | { readonly kind: 'bad'; readonly object: KubeObject; readonly error: string };

const parsers = new WeakMap<Kind, z.ZodType>();

function parserOf(kind: Kind): z.ZodType {
  let parser = parsers.get(kind);
  if (parser === undefined) {
    parser = z.object({ spec: kind.spec, status: kind.status.optional() });
    parsers.set(kind, parser);
  }
  return parser;
}

/**
 * Checks spec and status of a stored object against the schema of its kind. The very same object comes back: members that we do not know
 * stay, so that writing it back loses nothing. `error` names up to three paths and is the same for the same fault.
 */
export function parseStored<T extends KubeObject>(kind: Kind, object: KubeObject): Stored<T> {
  const result = parserOf(kind).safeParse(object);
  if (result.success) return { kind: 'ok', object: object as T };
  const issues = result.error.issues.slice(0, 3).map((issue) => `${pathText(issue.path)}: ${issue.message}`);
  return { kind: 'bad', object, error: issues.join('; ') };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
