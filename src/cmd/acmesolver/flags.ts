// Every flag of acmesolver, in one table. It has no logging flags and no file: the controller writes its command line into a pod.
import type { Flag, FlagGroup } from '../flags/flag.ts';

export const acmesolverFlagGroups: readonly FlagGroup[] = [
  {
    title: 'Challenge',
    flags: [
      { name: 'listen-port', type: 'int', default: 8089, description: 'port to listen on, on all addresses' },
      { name: 'domain', type: 'string', default: '', description: 'name or address that is being validated' },
      { name: 'token', type: 'string', default: '', description: 'token of the challenge, the end of the path' },
      { name: 'key', type: 'string', default: '', description: 'key authorization, the answer' },
      { name: 'help', short: 'h', type: 'bool', default: false, description: 'print this text' },
      { name: 'version', type: 'bool', default: false, description: 'print the version' },
    ],
  },
];
export const acmesolverFlags: readonly Flag[] = acmesolverFlagGroups.flatMap(({ flags }) => flags);
