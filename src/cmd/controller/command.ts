// `certwright controller`: command line in, exit code out.
import { runCommand } from '../command.ts';
import type { Process } from '../process.ts';
import { controllerHelp } from './help.ts';
import { type ControllerSettings, readCommandLine } from './settings.ts';

/** 0 after a wanted stop, 1 after anything else. */
export function runController(process: Process): Promise<number> {
  return runCommand<ControllerSettings>(
    {
      name: 'controller',
      help: controllerHelp,
      read: readCommandLine,
      run: async (settings) => (await import('./run.ts')).run(settings, process),
    },
    process,
  );
}
