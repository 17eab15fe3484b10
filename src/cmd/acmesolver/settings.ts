// From the command line of acmesolver to the one challenge that it answers. Nothing is started here.
import { parseFlags } from '../flags/parse.ts';
import type { CommandLine } from '../settings/command-line.ts';
import type { ExpectedChallenge } from './answer.ts';
import { acmesolverFlags } from './flags.ts';

export interface AcmesolverSettings extends ExpectedChallenge {
  /** 0 takes a free one. */
  readonly port: number;
}

/** Without a domain, a token or a key there is nothing to answer: that is refused. */
export function readCommandLine(args: readonly string[]): CommandLine<AcmesolverSettings> {
  const { values, positionals, problems: flagProblems } = parseFlags(acmesolverFlags, args);
  if (values.get('help') === true) return { kind: 'help' };
  if (values.get('version') === true) return { kind: 'version' };
  const text = (name: string): string => String(values.get(name) ?? '');
  const port = Number(values.get('listen-port') ?? 8089);
  // The controller names the component to any image, also to one that is nothing but the solver.
  const words = positionals[0] === 'acmesolver' ? positionals.slice(1) : positionals;
  const problems = [
    ...flagProblems,
    ...words.map((word) => `unexpected argument "${word}"`),
    ...(port >= 0 && port <= 65_535 ? [] : [`--listen-port: must be a port, not ${port}`]),
    ...['domain', 'token', 'key'].filter((name) => text(name) === '').map((name) => `--${name}: must not be empty`),
  ];
  if (problems.length > 0) return { kind: 'refused', problems };
  return { kind: 'start', settings: { port, domain: text('domain'), token: text('token'), key: text('key') } };
}
