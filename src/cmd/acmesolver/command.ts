// `certwright acmesolver`: command line in, exit code out.
import { runCommand } from '../command.ts';
import type { Process } from '../process.ts';
import { acmesolverHelp } from './help.ts';
import { type AcmesolverSettings, readCommandLine } from './settings.ts';

/** 0 after a wanted stop, 1 after anything else. */
export function runAcmesolver(process: Process): Promise<number> {
  return runCommand<AcmesolverSettings>(
    {
      name: 'acmesolver',
      help: acmesolverHelp,
      read: readCommandLine,
      run: async (settings) => (await import('./run.ts')).run(settings, process),
    },
    process,
  );
}
