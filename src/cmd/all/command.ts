// `certwright all`: the arguments of several components in, one process for all of them, exit code out.
import { readFileSync } from 'node:fs';
import type { Process } from '../process.ts';
import type { Member } from '../run-together.ts';
import { versionText } from '../version.ts';
import { splitGroups } from './groups.ts';
import { allHelp } from './help.ts';
import { type PartSettings, parts } from './parts.ts';
import { idleSettings } from './shared-settings.ts';

/** 0 after a wanted stop, help or version; 1 after anything else. */
export async function runAll(process: Process): Promise<number> {
  const { before, groups, problems } = splitGroups(
    new Map(parts.map(({ name, flags }) => [name, flags])),
    process.args,
  );
  if (before.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout(allHelp());
    return 0;
  }
  if (before.includes('--version')) {
    process.stdout(`${versionText}\n`);
    return 0;
  }
  const wrong = [
    ...before.map((arg) => `argument "${arg}" stands before the name of a component`),
    ...problems,
    ...(groups.length === 0 ? [`name the components to run: ${parts.map(({ name }) => name).join(', ')}`] : []),
  ];
  const named = parts.flatMap((part) =>
    groups.filter(({ name }) => name === part.name).map(({ args }) => ({ part, args })),
  );
  if (wrong.length > 0) return refuse(process, wrong);
  const settings: PartSettings[] = [];
  for (const { part, args } of named) {
    const line = await part.read(args, (path) => readFileSync(path, 'utf8'));
    if (line.kind === 'help') return print(process, part.help());
    if (line.kind === 'version') return print(process, `${versionText}\n`);
    if (line.kind === 'refused') wrong.push(...line.problems.map((problem) => `${part.name}: ${problem}`));
    else settings.push(line.settings);
  }
  return wrong.length > 0 ? refuse(process, wrong) : start(settings, process);
}

async function start(settings: readonly PartSettings[], process: Process): Promise<number> {
  const [first, ...others] = await Promise.all(settings.map((each) => each.member()));
  if (first === undefined) throw new Error('no component was named');
  const rest: Member[] = others.map((member) => ({
    ...member,
    warnings: [...member.warnings, ...idleSettings(first, member)],
  }));
  const { runTogether } = await import('../run-together.ts');
  return runTogether([first, ...rest], process, ['certwright', 'all', ...process.args]);
}

function print(process: Process, text: string): number {
  process.stdout(text);
  return 0;
}

function refuse(process: Process, problems: readonly string[]): number {
  process.stderr(problems.map((problem) => `certwright all: ${problem}\n`).join(''));
  process.stderr('certwright all --help shows how it is started\n');
  return 1;
}
