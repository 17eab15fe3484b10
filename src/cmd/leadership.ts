// Being the one replica that works: the election on the Lease that cert-manager uses too, so that the two never work at once.
import { parseDuration } from '../base/duration.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../kube/client.ts';
import { electLeader } from '../kube/leader.ts';
import { whenAborted } from './process-events.ts';
import type { LeaderElectionTimes } from './settings/checks.ts';

export interface Leadership {
  /** Aborts at once when the Lease is lost. */
  readonly lost: AbortSignal;
  /** Stops writing with `lost`. */
  readonly client: Client;
  release(): Promise<void>;
}

export interface ElectionDeps {
  readonly client: Client;
  readonly config: LeaderElectionTimes & { readonly namespace: string };
  /** The Lease's name. */
  readonly lease: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly identity: string;
  readonly log: Log;
  /** Told, once there is an election, how to ask whether it is healthy, a Lease that ran out that long ago being tolerated. */
  onElection?(unhealthy: (toleratedMs: number) => string | undefined): void;
  readonly stopping: AbortSignal;
  readonly ended: AbortSignal;
}

/** Waits for our turn. Undefined where the process was asked to stop before. Without leader election it is always our turn. */
export async function joinElection(deps: ElectionDeps): Promise<Leadership | undefined> {
  const { client, config, lease, labels, identity, log, stopping, ended } = deps;
  if (!config.enabled) {
    return { lost: new AbortController().signal, client, release: () => Promise.resolve() };
  }
  const milliseconds = (text: string): number => parseDuration(text) ?? 0;
  const election = electLeader({
    client,
    namespace: config.namespace,
    name: lease,
    identity,
    labels,
    leaseDurationMs: milliseconds(config.leaseDuration),
    renewDeadlineMs: milliseconds(config.renewDeadline),
    retryPeriodMs: milliseconds(config.retryPeriod),
    log,
    signal: ended,
    onNewLeader: (leader) => log.info({ leader }, 'leader elected'),
  });
  deps.onElection?.((toleratedMs) => election.unhealthy(toleratedMs));
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
