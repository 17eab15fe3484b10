// `certwright startupapicheck`: command line in, exit code out.
import type { Process } from '../components.ts';
import { versionText } from '../version.ts';
import { startupapicheckHelp } from './help.ts';
import { readCommandLine } from './settings.ts';

/** 0 where the API can be used, 124 where it could not in time, 1 after anything else; 128 and the signal's number when interrupted. */
export async function runStartupapicheck(process: Process): Promise<number> {
  const command = readCommandLine(process.args);
  switch (command.kind) {
    case 'help':
      process.stdout(startupapicheckHelp());
      return 0;
    case 'version':
      process.stdout(`${versionText}\n`);
      return 0;
    case 'refused':
      process.stderr(command.problems.map((problem) => `certwright startupapicheck: ${problem}\n`).join(''));
      process.stderr('certwright startupapicheck --help shows every flag\n');
      return 1;
    case 'start':
      return (await import('./run.ts')).run(command.settings, process);
  }
}
