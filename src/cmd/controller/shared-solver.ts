// The solver that all HTTP-01 challenges share: every replica answers, whoever leads, from its own watch of the Challenges. Writes nothing.
import type { Challenge } from '../../api/challenge.ts';
import { challenges } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../../kube/client.ts';
import { createCollection } from '../../kube/store.ts';
import { startWatch } from '../../kube/watch.ts';
import { Answers, isAnswerable } from '../../solvers/http01/answers.ts';
import { sharedAnswer } from '../acmesolver/answer.ts';
import { startSolver } from '../acmesolver/server.ts';
import { parseListenAddress } from '../http/listen-address.ts';
import { whenAborted } from '../process-events.ts';

export interface SharedSolver {
  /** `host:port`. */
  readonly address: string;
  /** Lets answers under way finish. */
  close(): Promise<void>;
}

export interface SharedSolverDeps {
  readonly client: Client;
  /** `host:port`, or `:port` for all addresses. */
  readonly listenAddress: string;
  /** Empty: all namespaces. */
  readonly namespace: string;
  readonly log: Log;
  /** The process was asked to end: nothing is started any more. */
  readonly stopping: AbortSignal;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

const graceMs = 5_000;

/**
 * Listens once it knows all Challenges: until then a Service leads to the other replicas. Undefined where `stopping` aborts before. Rejects where
 * it cannot listen.
 */
export async function startSharedSolver({
  client,
  listenAddress,
  namespace,
  log,
  stopping,
  signal,
}: SharedSolverDeps): Promise<SharedSolver | undefined> {
  const answers = new Answers();
  const collection = createCollection<Challenge>({
    resource: challenges,
    keep: (raw) => isWellFormed(raw) && isAnswerable(raw),
    onFault: (error, { namespace: place, name }) =>
      log.error({ namespace: place, name, error }, 'a Challenge could not be taken in'),
  });
  collection.onChange((now, before) => answers.change(now, before));
  const scope = namespace === '' ? {} : { namespace };
  const { synced } = startWatch({ client, collection, ...scope, log, signal });
  await Promise.race([synced, whenAborted(AbortSignal.any([stopping, signal]))]);
  if (stopping.aborted || signal.aborted) return undefined;
  const listen = parseListenAddress(listenAddress) ?? { host: undefined, port: 0 };
  const answer = (path: string, host: string) => sharedAnswer((token) => answers.of(token), path, host);
  const server = await startSolver(answer, listen, ({ outcome }, host) => {
    if (outcome !== undefined) log.debug({ outcome, host }, 'a request for an HTTP01 challenge');
  });
  const address = `${listen.host ?? '[::]'}:${server.port}`;
  log.info({ address }, 'HTTP01 challenges are answered');
  return { address, close: () => server.close(graceMs) };
}

/** What was stored under an older schema may lack anything. */
function isWellFormed(raw: KubeObject): raw is Challenge {
  const { dnsName, token, key } = (raw as Partial<Challenge>).spec ?? {};
  return [dnsName, token, key].every((each) => typeof each === 'string');
}
