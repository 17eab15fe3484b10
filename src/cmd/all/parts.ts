// The components that can live in one process, and how each of them reads its own arguments and comes to life.
import { cainjectorFlags } from '../cainjector/flags.ts';
import { cainjectorHelp } from '../cainjector/help.ts';
import { readCommandLine as readCainjector } from '../cainjector/settings.ts';
import { controllerFlags } from '../controller/flags.ts';
import { controllerHelp } from '../controller/help.ts';
import { readCommandLine as readController } from '../controller/settings.ts';
import type { Flag } from '../flags/flag.ts';
import type { Birth } from '../life.ts';
import type { Member } from '../run-together.ts';
import type { CommandLine } from '../settings/command-line.ts';
import type { ProcessConfig } from '../settings/fields.ts';
import { webhookFlags } from '../webhook/flags.ts';
import { webhookHelp } from '../webhook/help.ts';
import { readCommandLine as readWebhook } from '../webhook/settings.ts';

export interface Part {
  readonly name: string;
  readonly flags: readonly Flag[];
  help(): string;
  /** Reads the arguments as the component alone would; the settings are ready to live. */
  read(args: readonly string[], readFile: (path: string) => string): Promise<CommandLine<PartSettings>>;
}

export interface PartSettings {
  /** Loads the component. */
  member(): Promise<Member>;
}

interface Definition<Settings> {
  readonly name: string;
  readonly flags: readonly Flag[];
  help(): string;
  read(args: readonly string[], readFile: (path: string) => string): Promise<CommandLine<Settings>>;
  birth(): Promise<Birth<Settings>>;
  readonly isLast?: boolean;
}

function part<Settings extends { readonly config: ProcessConfig; readonly warnings: readonly string[] }>(
  definition: Definition<Settings>,
): Part {
  const { name, flags, help, isLast = false } = definition;
  return {
    name,
    flags,
    help,
    read: async (args, readFile) => {
      const line = await definition.read(args, readFile);
      if (line.kind !== 'start') return line;
      const { settings } = line;
      const { config, warnings } = settings;
      const member = async (): Promise<Member> => {
        const birth = await definition.birth();
        return { name, config, warnings, isLast, birth: (surroundings) => birth(settings, surroundings) };
      };
      return { kind: 'start', settings: { member } };
    },
  };
}

/** In the order in which they count: the first one's settings are those of the process. */
export const parts: readonly Part[] = [
  part({
    name: 'controller',
    flags: controllerFlags,
    help: controllerHelp,
    read: readController,
    birth: async () => (await import('../controller/run.ts')).controllerLife,
  }),
  part({
    name: 'webhook',
    flags: webhookFlags,
    help: webhookHelp,
    read: readWebhook,
    birth: async () => (await import('../webhook/run.ts')).webhookLife,
    // What the others still write is validated by it.
    isLast: true,
  }),
  part({
    name: 'cainjector',
    flags: cainjectorFlags,
    help: cainjectorHelp,
    read: readCainjector,
    birth: async () => (await import('../cainjector/run.ts')).cainjectorLife,
  }),
];
