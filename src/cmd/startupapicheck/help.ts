// What `startupapicheck --help` prints.
import { helpText } from '../flags/help.ts';
import { startupapicheckFlagGroups } from './flags.ts';

export function startupapicheckHelp(): string {
  return helpText({
    usage: 'certwright startupapicheck check api [flags]',
    about:
      'Waits until the API of cert-manager.io can be used: sends a valid CertificateRequest and an invalid one, both as dry-runs that store nothing,\n' +
      'and looks whether the webhook stamps the one and refuses the other.',
    groups: startupapicheckFlagGroups,
    sections: [
      {
        title: 'Exit codes',
        lines: ['0 the API is ready · 1 it is not · 124 it was not in time · 130, 143 interrupted'],
      },
    ],
  });
}
