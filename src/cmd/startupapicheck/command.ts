// `certwright startupapicheck`: command line in, exit code out.
import { runCommand } from '../command.ts';
import type { Process } from '../process.ts';
import { startupapicheckHelp } from './help.ts';
import { readCommandLine, type StartupapicheckSettings } from './settings.ts';

/** 0 where the API can be used, 124 where it could not in time, 1 after anything else; 128 and the signal's number when interrupted. */
export function runStartupapicheck(process: Process): Promise<number> {
  return runCommand<StartupapicheckSettings>(
    {
      name: 'startupapicheck',
      help: startupapicheckHelp,
      read: readCommandLine,
      run: async (settings) => (await import('./run.ts')).run(settings, process),
    },
    process,
  );
}
