// The flags of what the process serves over HTTP: part of the table in flags.ts.
import { type FlagGroup, flag } from '../flags/flag.ts';
import { metricsFlags, profilingFlags } from '../flags/process-flags.ts';

export const servers: FlagGroup = {
  title: 'Metrics, health and profiling',
  flags: [
    ...metricsFlags,
    {
      ...flag(
        'internal-healthz-listen-address',
        'healthzListenAddress',
        'string',
        '0.0.0.0:9403',
        'address of /livez and /readyz',
      ),
      hidden: true,
    },
    {
      ...flag(
        'internal-healthz-leader-election-timeout',
        'leaderElectionConfig.healthzTimeout',
        'duration',
        '20s',
        'how long after its Lease ran out a leader still counts as alive',
      ),
      hidden: true,
    },
    ...profilingFlags,
  ],
};
