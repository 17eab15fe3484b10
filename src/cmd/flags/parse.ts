// Reads a command line the way Go programs with pflag do: --flag=value, --flag value, --switch, --switch=false, -v=2, -v 2, -v2,
// repeated and comma-separated lists. Built on util.parseArgs, because commander cannot take a value for a switch only after `=`,
// nor `-v=2`. Collects every problem instead of stopping at the first.
import { parseArgs } from 'node:util';
import { combine, type Flag, flagTypes } from './flag.ts';
import { didYouMean } from './suggest.ts';

export interface ParsedFlags {
  /** Flag name → value, only for flags that were given. */
  readonly values: ReadonlyMap<string, unknown>;
  /** What stood there without belonging to a flag. */
  readonly positionals: readonly string[];
  readonly problems: readonly string[];
}

export function parseFlags(flags: readonly Flag[], args: readonly string[]): ParsedFlags {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])));
  const known = new Map([...byName, ...byShort]);
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      flags.map((flag) => [
        flag.name,
        {
          type: flag.type === 'bool' ? ('boolean' as const) : ('string' as const),
          ...(flag.short === undefined ? {} : { short: flag.short }),
        },
      ]),
    ),
  });
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = known.get(token.name);
    if (flag === undefined) {
      problems.push(
        `unknown flag ${token.rawName}${didYouMean(token.name, [...byName.keys()], (name) => `--${name}`)}`,
      );
      continue;
    }
    const text = valueText(flag, token.rawName, token.value);
    const value = text === undefined ? undefined : flagTypes[flag.type].read(text);
    if (value === undefined) {
      problems.push(problemWith(flag, token.rawName, text));
      continue;
    }
    values.set(flag.name, combine(flag.type, values.get(flag.name), value));
  }
  return { values, positionals, problems };
}

/** The text a flag was given; `true` for a bare switch; undefined where a value is missing. */
function valueText(flag: Flag, rawName: string, value: string | undefined): string | undefined {
  if (value === undefined) return flag.type === 'bool' ? 'true' : undefined;
  return !rawName.startsWith('--') && value.startsWith('=') ? value.slice(1) : value;
}

function problemWith(flag: Flag, rawName: string, text: string | undefined): string {
  const { expects } = flagTypes[flag.type];
  return text === undefined ? `${rawName} needs a value: ${expects}` : `${rawName}: "${text}" is not ${expects}`;
}
