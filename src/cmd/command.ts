// A component as a command: what its command line asks for is done, and the exit code answered.
import { readFileSync } from 'node:fs';
import type { Process } from './process.ts';
import type { CommandLine } from './settings/command-line.ts';
import { versionText } from './version.ts';

export interface ComponentCommand<Settings> {
  /** As the first argument of the program. */
  readonly name: string;
  help(): string;
  read(
    args: readonly string[],
    readFile: (path: string) => string,
  ): CommandLine<Settings> | Promise<CommandLine<Settings>>;
  /** Loaded only where something is to start. Resolves with the exit code. */
  run(settings: Settings, process: Process): Promise<number>;
}

/** 0 after a wanted stop, help or version; 1 after anything else. */
export async function runCommand<Settings>(command: ComponentCommand<Settings>, process: Process): Promise<number> {
  const line = await command.read(process.args, (path) => readFileSync(path, 'utf8'));
  switch (line.kind) {
    case 'help':
      process.stdout(command.help());
      return 0;
    case 'version':
      process.stdout(`${versionText}\n`);
      return 0;
    case 'refused':
      process.stderr(line.problems.map((problem) => `certwright ${command.name}: ${problem}\n`).join(''));
      process.stderr(`certwright ${command.name} --help shows every flag\n`);
      return 1;
    case 'start':
      return command.run(line.settings, process);
  }
}
