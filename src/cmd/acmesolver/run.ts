// One run of acmesolver: answers one HTTP01 challenge until it is stopped, and tells of what it answered, as often as is useful.
import { followInterrupts } from '../interrupts.ts';
import type { Process } from '../process.ts';
import { whenAborted } from '../process-events.ts';
import { solverAnswer } from './answer.ts';
import { startSolver } from './server.ts';
import type { AcmesolverSettings } from './settings.ts';

const graceMs = 5_000;
/** Anybody on the internet can make a log line: of each outcome the first ones are told. */
const mostLines = 20;

/** Resolves with the exit code: 0 after a wanted stop, 1 where it cannot listen. */
export async function run(settings: AcmesolverSettings, process: Process): Promise<number> {
  const interrupts = followInterrupts();
  const say = (text: string): void => process.stderr(`${new Date().toISOString()} ${text}\n`);
  const told = new Map<string, number>();
  try {
    const answers = (path: string, host: string) => solverAnswer(settings, path, host);
    const server = await startSolver(answers, { host: undefined, port: settings.port }, ({ outcome }, host) => {
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
