// What `acmesolver --help` prints.
import { helpText } from '../flags/help.ts';
import { acmesolverFlagGroups } from './flags.ts';

export function acmesolverHelp(): string {
  return helpText({
    usage: 'certwright acmesolver --domain <name> --token <token> --key <key>',
    about: 'Answers one HTTP01 challenge: the pod that the controller starts for it runs this.',
    groups: acmesolverFlagGroups,
    sections: [],
  });
}
