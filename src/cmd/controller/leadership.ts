// Being the one replica that works: the election on the Lease that cert-manager uses too, so that the two never work at once.
import { parseDuration } from '../../base/duration.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../../kube/client.ts';
import { electLeader } from '../../kube/leader.ts';
import { whenAborted } from '../process-events.ts';
import type { ControllerConfiguration } from './configuration.ts';
import type { ProcessState } from './health-checks.ts';

export interface Leadership {
  /** Aborts at once when the Lease is lost. */
  readonly lost: AbortSignal;
  /** Stops writing with `lost`. */
  readonly client: Client;
  release(): Promise<void>;
}

export interface ElectionDeps {
  readonly client: Client;
  readonly config: ControllerConfiguration;
  readonly identity: string;
  readonly log: Log;
  readonly state: ProcessState;
  readonly stopping: AbortSignal;
  readonly ended: AbortSignal;
}

/** Waits for our turn. Undefined where the process was asked to stop before. Without leader election it is always our turn. */
export async function joinElection(deps: ElectionDeps): Promise<Leadership | undefined> {
  const { client, config, identity, log, state, stopping, ended } = deps;
  const settings = config.leaderElectionConfig;
  if (!settings.enabled) {
    return { lost: new AbortController().signal, client, release: () => Promise.resolve() };
  }
  const milliseconds = (text: string): number => parseDuration(text) ?? 0;
  const election = electLeader({
    client,
    namespace: settings.namespace,
    name: 'cert-manager-controller',
    identity,
    labels: { 'app.kubernetes.io/managed-by': 'cert-manager' },
    leaseDurationMs: milliseconds(settings.leaseDuration),
    renewDeadlineMs: milliseconds(settings.renewDeadline),
    retryPeriodMs: milliseconds(settings.retryPeriod),
    log,
    signal: ended,
    onNewLeader: (leader) => log.info({ leader }, 'leader elected'),
  });
  state.leaderProblem = () => election.unhealthy(milliseconds(settings.healthzTimeout));
  const lost = await Promise.race([election.elected, whenAborted(stopping)]);
  if (lost === undefined) {
    await election.release();
    return undefined;
  }
  const check = (): void => {
    if (!election.held()) throw new Error('leader election lost');
  };
  return { lost, client: client.gated(lost, check), release: () => election.release() };
}
