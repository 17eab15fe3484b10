// The command line of `all`: groups of arguments, each after the name of its component. What they mean is the component's business.
import { type Flag, flagTypes } from '../flags/flag.ts';

export interface Group {
  readonly name: string;
  readonly args: readonly string[];
}

export interface Groups {
  /** What stands before the first component's name. */
  readonly before: readonly string[];
  readonly groups: readonly Group[];
  readonly problems: readonly string[];
}

/**
 * Splits `args` where a word is a component's name. A word that is the value of the flag before it (`--default-issuer-name webhook`) is none:
 * `known` are the components with their flags.
 */
export function splitGroups(known: ReadonlyMap<string, readonly Flag[]>, args: readonly string[]): Groups {
  const before: string[] = [];
  const groups: { name: string; args: string[] }[] = [];
  const problems: string[] = [];
  for (const arg of args) {
    const current = groups.at(-1);
    const name = arg.replace(/^cert-manager-/, '');
    const isValue = current !== undefined && takesNext(known.get(current.name) ?? [], current.args.at(-1));
    if (!known.has(name) || isValue) (current?.args ?? before).push(arg);
    else if (groups.some((group) => group.name === name)) problems.push(`${name} is named twice`);
    else groups.push({ name, args: [] });
  }
  return { before, groups, problems };
}

/** Whether this argument is a flag whose value is the next one. */
function takesNext(flags: readonly Flag[], arg: string | undefined): boolean {
  if (arg === undefined) return false;
  const flag = flags.find(({ name, short }) => arg === `--${name}` || (short !== undefined && arg === `-${short}`));
  return flag !== undefined && flagTypes[flag.type].word !== '';
}
