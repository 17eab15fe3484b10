// What a command-line flag is and how the text after it becomes a value. Knows no particular flag and no component.
import { parseDuration } from '../../base/duration.ts';

export type FlagType = 'string' | 'bool' | 'int' | 'float' | 'duration' | 'list' | 'map' | 'gates' | 'vmodule';

export interface Flag {
  /** Without dashes. */
  readonly name: string;
  /** One letter, for `-v`. */
  readonly short?: string;
  readonly type: FlagType;
  /** Where the value stands in the configuration document; undefined for flags that do not configure (`--help`) or do nothing. */
  readonly path?: string;
  /** In the document's form: durations as Go text, lists, maps. */
  readonly default: unknown;
  readonly description: string;
  /** Works, but upstream does not show it in its help. */
  readonly hidden?: boolean;
  /** Set for flags that are accepted so that old command lines keep starting: what happens to them. */
  readonly ignored?: string;
}

/** A flag that sets the field at `path` of the configuration document. */
export function flag(name: string, path: string, type: FlagType, fallback: unknown, description: string): Flag {
  return { name, path, type, default: fallback, description };
}

export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

interface TypeRule {
  /** How the help shows a value; empty for a bare switch. */
  readonly word: string;
  /** How a message says what would have been right. */
  readonly expects: string;
  /** Undefined for text that is no such value. */
  read(text: string): unknown;
}

const truths: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

export const flagTypes: Readonly<Record<FlagType, TypeRule>> = {
  string: { word: 'text', expects: 'text', read: (text) => text },
  bool: {
    word: '',
    expects: 'true or false',
    read: (text) => (Object.hasOwn(truths, text) ? truths[text] : undefined),
  },
  int: {
    word: 'int',
    expects: 'a whole number',
    read: (text) => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined),
  },
  float: {
    word: 'number',
    expects: 'a number',
    read: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined),
  },
  duration: {
    word: 'duration',
    expects: 'a duration such as 90s or 1h30m',
    read: (text) => (parseDuration(text) === undefined ? undefined : text),
  },
  list: { word: 'list', expects: 'a comma-separated list', read: readList },
  map: {
    word: 'key=value,…',
    expects: 'key=value pairs, separated by commas',
    read: (text) => readPairs(text, (value) => value),
  },
  gates: {
    word: 'gate=bool,…',
    expects: 'gate=true or gate=false pairs, separated by commas',
    read: (text) => readPairs(text, (value) => truths[value]),
  },
  vmodule: { word: 'pattern=int,…', expects: 'pattern=level pairs, separated by commas', read: readModules },
};

function readList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

function readPairs<T>(text: string, read: (value: string) => T | undefined): Readonly<Record<string, T>> | undefined {
  const entries: [string, T][] = [];
  for (const pair of readList(text)) {
    const at = pair.indexOf('=');
    const value = at <= 0 ? undefined : read(pair.slice(at + 1).trim());
    if (value === undefined) return undefined;
    entries.push([pair.slice(0, at).trim(), value]);
  }
  return Object.fromEntries(entries);
}

function readModules(text: string): readonly { filePattern: string; verbosity: number }[] | undefined {
  const pairs = readPairs(text, (value) => (/^\d{1,9}$/.test(value) ? Number(value) : undefined));
  return pairs === undefined
    ? undefined
    : Object.entries(pairs).map(([filePattern, verbosity]) => ({ filePattern, verbosity }));
}

/** The value after a repetition of the flag: lists grow, maps gain keys, everything else is replaced. */
export function combine(type: FlagType, before: unknown, next: unknown): unknown {
  if (before === undefined) return next;
  if (type === 'list' || type === 'vmodule') return [...(before as unknown[]), ...(next as unknown[])];
  if (type === 'map' || type === 'gates') return { ...(before as object), ...(next as object) };
  return next;
}

/** A value as one would type it: `a,b`, `k=v,k2=v2`, `true`. The empty text for nothing. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map((item) => (typeof item === 'string' ? item : `${item.filePattern}=${item.verbosity}`)).join(',');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, item]) => `${key}=${item}`)
      .join(',');
  }
  return String(value);
}
