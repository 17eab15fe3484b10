// What the controller process checks of itself for /livez, /readyz and /healthz.
import { clockCheck, type Endpoints } from '../health.ts';

/** How far the process has come. A standby waits for its turn and is as ready as it can be. */
export type Phase = 'starting' | 'standby' | 'syncing' | 'running' | 'stopping';

export interface ProcessState {
  phase: Phase;
  /** What is wrong with leader election; set once there is an election. */
  leaderProblem: () => string | undefined;
}

export function controllerHealth(state: ProcessState): Endpoints {
  const live = [
    { name: 'leaderElection', problem: () => state.leaderProblem() },
    clockCheck(
      () => Date.now(),
      () => performance.now(),
    ),
  ];
  const ready = [
    { name: 'ping', problem: () => undefined },
    {
      name: 'caches',
      problem: () =>
        state.phase === 'standby' || state.phase === 'running' ? undefined : `the controller is ${state.phase}`,
    },
  ];
  return { livez: live, healthz: live, readyz: ready };
}
