// `certwright cainjector`: command line in, exit code out.
import { runCommand } from '../command.ts';
import type { Process } from '../process.ts';
import { cainjectorHelp } from './help.ts';
import { type CainjectorSettings, readCommandLine } from './settings.ts';

/** 0 after a wanted stop, 1 after anything else. */
export function runCainjector(process: Process): Promise<number> {
  return runCommand<CainjectorSettings>(
    {
      name: 'cainjector',
      help: cainjectorHelp,
      read: readCommandLine,
      run: async (settings) => (await import('./run.ts')).run(settings, process),
    },
    process,
  );
}
