// `certwright webhook`: command line in, exit code out.
import { runCommand } from '../command.ts';
import type { Process } from '../process.ts';
import { webhookHelp } from './help.ts';
import { readCommandLine, type WebhookSettings } from './settings.ts';

/** 0 after a wanted stop, 1 after anything else. */
export function runWebhook(process: Process): Promise<number> {
  return runCommand<WebhookSettings>(
    {
      name: 'webhook',
      help: webhookHelp,
      read: readCommandLine,
      run: async (settings) => (await import('./run.ts')).run(settings, process),
    },
    process,
  );
}
