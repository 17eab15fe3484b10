// From the command line of startupapicheck to what it is asked to do. Nothing is read and nothing started here.
import { parseDuration } from '../../base/duration.ts';
import { type KubectlSettings, kubectlSettings } from '../flags/kubectl-flags.ts';
import { parseFlags } from '../flags/parse.ts';
import { didYouMean } from '../flags/suggest.ts';
import type { LogSettings } from '../log/logger.ts';
import type { CommandLine } from '../settings/command-line.ts';
import { startupapicheckFlags } from './flags.ts';

export interface StartupapicheckSettings extends KubectlSettings {
  readonly waitMs: number;
  readonly intervalMs: number;
  readonly logging: LogSettings;
  /** For the log, once there is one. */
  readonly warnings: readonly string[];
}

const command = ['check', 'api'];

/** `check api`, with flags before, between and after the two words. Without any word: help, as upstream. */
export function readCommandLine(args: readonly string[]): CommandLine<StartupapicheckSettings> {
  const { values, positionals, problems: flagProblems } = parseFlags(startupapicheckFlags, withVerbosity(args));
  if (values.get('help') === true) return { kind: 'help' };
  if (values.get('version') === true) return { kind: 'version' };
  const problems = [...flagProblems, ...commandProblems(positionals)];
  if (problems.length === 0 && positionals.length < command.length) return { kind: 'help' };
  const [waitMs, intervalMs] = [milliseconds(values.get('wait') ?? '0s'), milliseconds(values.get('interval') ?? '5s')];
  if (waitMs < 0) problems.push(`--wait: must not be negative, not ${values.get('wait')}`);
  if (intervalMs <= 0) problems.push(`--interval: must be longer than 0, not ${values.get('interval')}`);
  const format = String(values.get('logging-format') ?? 'text');
  if (!['text', 'json'].includes(format)) problems.push(`--logging-format: "${format}" is not text or json`);
  const kubectl = kubectlSettings(values, problems);
  if (problems.length > 0) return { kind: 'refused', problems };
  const logging = {
    format,
    verbosity: Number(values.get('v') ?? 2),
    vmodule: (values.get('vmodule') ?? []) as LogSettings['vmodule'],
  };
  const warnings = startupapicheckFlags
    .filter(({ name, ignored }) => ignored !== undefined && values.has(name))
    .map(({ name, ignored }) => `flag --${name} has no effect: ${ignored}`);
  return { kind: 'start', settings: { ...kubectl, waitMs, intervalMs, logging, warnings } };
}

/** `-v` stands alone or before its level: the chart says `check api --wait=1m -v`. */
function withVerbosity(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const isAlone = (arg === '-v' || arg === '--v') && !/^\d+$/.test(args[index + 1] ?? '');
    return isAlone ? '--v=2' : arg;
  });
}

function commandProblems(words: readonly string[]): string[] {
  const wrong = words.findIndex((word, index) => word !== command[index]);
  if (wrong < 0) return [];
  const word = words[wrong] ?? '';
  return [`unknown command "${word}"${didYouMean(word, command.slice(wrong, wrong + 1))}; the command is: check api`];
}

function milliseconds(text: unknown): number {
  return parseDuration(String(text)) ?? Number.NaN;
}
