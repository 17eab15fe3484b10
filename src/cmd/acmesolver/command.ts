// `certwright acmesolver`: answers one HTTP01 challenge until it is stopped. Command line in, exit code out.
import type { Process } from '../components.ts';
import { helpText } from '../flags/help.ts';
import { followInterrupts } from '../interrupts.ts';
import { whenAborted } from '../process-events.ts';
import { versionText } from '../version.ts';
import { acmesolverFlagGroups } from './flags.ts';
import { startSolver } from './server.ts';
import { type AcmesolverSettings, readCommandLine } from './settings.ts';

const graceMs = 5_000;
/** Anybody on the internet can make a log line: of each outcome the first ones are told. */
const mostLines = 20;

/** 0 after a wanted stop, 1 after anything else. */
export async function runAcmesolver(process: Process): Promise<number> {
  const command = readCommandLine(process.args);
  switch (command.kind) {
    case 'help':
      process.stdout(acmesolverHelp());
      return 0;
    case 'version':
      process.stdout(`${versionText}\n`);
      return 0;
    case 'refused':
      process.stderr(command.problems.map((problem) => `certwright acmesolver: ${problem}\n`).join(''));
      return 1;
    case 'start':
      return serve(command.settings, process);
  }
}

async function serve(settings: AcmesolverSettings, process: Process): Promise<number> {
  const interrupts = followInterrupts();
  const say = (text: string): void => process.stderr(`${new Date().toISOString()} ${text}\n`);
  const told = new Map<string, number>();
  try {
    const server = await startSolver(settings, settings.port, ({ outcome }, host) => {
      if (outcome === undefined) return;
      const count = (told.get(outcome) ?? 0) + 1;
      told.set(outcome, count);
      if (count <= mostLines) say(`${outcome} host=${JSON.stringify(host)}`);
    });
    say(`listening port=${server.port} domain=${JSON.stringify(settings.domain)}`);
    await whenAborted(interrupts.signal);
    await server.close(graceMs);
    return 0;
  } catch (error) {
    say(`cannot listen on port ${settings.port}: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    interrupts.end();
  }
}

export function acmesolverHelp(): string {
  return helpText({
    usage: 'certwright acmesolver --domain <name> --token <token> --key <key>',
    about: 'Answers one HTTP01 challenge: the pod that the controller starts for it runs this.',
    groups: acmesolverFlagGroups,
    sections: [],
  });
}
