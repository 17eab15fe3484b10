// What `webhook --help` prints.
import { gateLines } from '../feature-gates.ts';
import { helpText } from '../flags/help.ts';
import { webhookGates } from './feature-gates.ts';
import { webhookFlagGroups } from './flags.ts';

export function webhookHelp(): string {
  return helpText({
    usage: 'certwright webhook [flags]',
    about:
      'Answers the API server about what is applied: validates cert-manager.io and acme.cert-manager.io objects, stamps and guards requests.',
    groups: webhookFlagGroups,
    sections: [
      { title: 'Feature gates', lines: gateLines(webhookGates) },
      {
        title: 'Configuration file',
        lines: [
          '--config names a YAML file of apiVersion webhook.config.cert-manager.io/v1alpha1, kind WebhookConfiguration.',
        ],
      },
    ],
  });
}
