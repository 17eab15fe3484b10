// `certwright controller`: command line in, exit code out.
import { readFileSync } from 'node:fs';
import type { Process } from '../components.ts';
import { versionText } from '../version.ts';
import { controllerHelp } from './help.ts';
import { readCommandLine } from './settings.ts';

/** 0 after a wanted stop, 1 after anything else. */
export async function runController(process: Process): Promise<number> {
  const command = await readCommandLine(process.args, (path) => readFileSync(path, 'utf8'));
  switch (command.kind) {
    case 'help':
      process.stdout(controllerHelp());
      return 0;
    case 'version':
      process.stdout(`${versionText}\n`);
      return 0;
    case 'refused':
      process.stderr(command.problems.map((problem) => `certwright controller: ${problem}\n`).join(''));
      process.stderr('certwright controller --help shows every flag\n');
      return 1;
    case 'start':
      return (await import('./run.ts')).run(command.settings, process);
  }
}
