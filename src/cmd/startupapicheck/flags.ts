// Every flag of startupapicheck, in one table: name, default, meaning.
import type { Flag, FlagGroup } from '../flags/flag.ts';
import { kubectlFlags } from '../flags/kubectl-flags.ts';
import { loggingFlags } from '../flags/logging-flags.ts';

const check: FlagGroup = {
  title: 'Check',
  flags: [
    {
      name: 'wait',
      type: 'duration',
      default: '0s',
      description: 'how long to wait until the API can be used; 0s: look once',
    },
    {
      name: 'interval',
      type: 'duration',
      default: '5s',
      description: 'longest pause between two looks; the first ones are shorter',
    },
    { name: 'help', short: 'h', type: 'bool', default: false, description: 'print this text' },
    { name: 'version', type: 'bool', default: false, description: 'print the version' },
  ],
};

/** Nothing is kept in a file here: flags do not stand in a configuration document. */
const logging: FlagGroup = {
  ...loggingFlags,
  flags: loggingFlags.flags
    .filter((flag) => flag.ignored === undefined)
    .map(({ path: _, ...flag }) =>
      flag.name === 'v' ? { ...flag, description: `${flag.description}; alone: 2` } : flag,
    ),
};

export const startupapicheckFlagGroups: readonly FlagGroup[] = [check, kubectlFlags, logging];
export const startupapicheckFlags: readonly Flag[] = startupapicheckFlagGroups.flatMap(({ flags }) => flags);
