// Specs as upstream's Go types write them in JSON: members in the order of the types, absent ones left out or written as their zero value. The
// names of Orders and Challenges are hashes of this text, and two specs are the same where their texts are. The shapes are in spec-shapes.ts.
import { formatNanoseconds, parseNanoseconds } from '../../base/duration.ts';
import { goJson } from '../../base/go-text.ts';
import { canonicalQuantity } from '../../base/quantity.ts';

/** A Go type, as far as its JSON goes. `duration` and `quantity` are read and written anew, `json` is any value with its keys sorted. */
export type Shape =
  | 'text'
  | 'flag'
  | 'number'
  | 'duration'
  | 'quantity'
  | 'json'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly struct: readonly Member[] };

/**
 * When a member is written: `always`, with its zero value where it is absent; `filled`, only where it is not its zero value (`omitempty` on
 * values); `set`, only where it is present (`omitempty` on pointers); `nullable`, as null where it is absent (pointers without `omitempty`).
 */
export type Presence = 'always' | 'filled' | 'set' | 'nullable';
export type Member = readonly [name: string, shape: Shape, presence: Presence];

/** `value` in Go's words; members that `shape` does not know are left out. Lone surrogates become U+FFFD. */
export function specText(value: unknown, shape: Shape): string {
  if (typeof shape === 'object') {
    if ('struct' in shape) return structText(isObject(value) ? value : {}, shape.struct);
    if (!isPresent(value)) return 'null';
    if ('list' in shape) return listText(value, shape.list);
    return mapText(isObject(value) ? value : {}, shape.map);
  }
  switch (shape) {
    case 'text':
      return goJson(value ?? '');
    case 'flag':
      return goJson(value ?? false);
    case 'number':
      return goJson(value ?? 0);
    case 'duration':
      return goJson(canonicalDuration(value ?? ''));
    case 'quantity':
      return goJson(canonicalQuantity(`${value ?? 0}`.trim()));
    case 'json':
      return jsonText(value);
  }
}

function structText(value: Readonly<Record<string, unknown>>, members: readonly Member[]): string {
  const texts: string[] = [];
  for (const [name, shape, presence] of members) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (isWritten(member, shape, presence)) {
      const text = presence === 'nullable' && !isPresent(member) ? 'null' : specText(member, shape);
      texts.push(`${goJson(name)}:${text}`);
    }
  }
  return `{${texts.join(',')}}`;
}

function isWritten(value: unknown, shape: Shape, presence: Presence): boolean {
  if (presence === 'always' || presence === 'nullable') return true;
  if (presence === 'set') return isPresent(value);
  return isPresent(value) && !isZero(value, shape);
}

/** A struct is never empty to Go. */
function isZero(value: unknown, shape: Shape): boolean {
  if (value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && !(typeof shape === 'object' && 'struct' in shape) && Object.keys(value).length === 0;
}

function listText(value: unknown, item: Shape): string {
  return Array.isArray(value) ? `[${value.map((each) => specText(each, item)).join(',')}]` : 'null';
}

/** Members are put together as text: a JavaScript object would sort keys that look like numbers on its own terms. */
function mapText(value: Readonly<Record<string, unknown>>, item: Shape): string {
  const keys = Object.keys(value).sort(byBytes);
  return `{${keys.map((key) => `${goJson(key)}:${specText(value[key], item)}`).join(',')}}`;
}

function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  return isObject(value) ? mapText(value, 'json') : goJson(value ?? null);
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function canonicalDuration(value: unknown): unknown {
  const nanoseconds = typeof value === 'string' ? parseNanoseconds(value) : undefined;
  return nanoseconds === undefined ? value : formatNanoseconds(nanoseconds);
}
