// The life of cainjector: cluster reachable, injectors running and standing by, elected, orderly stop.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { components } from '../../api/components.ts';
import { labels } from '../../api/labels.ts';
import type { ClusterAccess } from '../../kube/access.ts';
import { type Client, createClient } from '../../kube/client.ts';
import { openAccess } from '../../kube/credentials.ts';
import { createRecorder } from '../../kube/events.ts';
import { waitForApiServer } from '../../kube/ready.ts';
import { joinElection, type Leadership } from '../leadership.ts';
import { type Life, once, type Surroundings } from '../life.ts';
import { type CainjectorMetrics, createCainjectorMetrics } from '../metrics/cainjector-metrics.ts';
import { countRestRequests } from '../metrics/client-requests.ts';
import { stopInOrder } from '../orderly-stop.ts';
import type { Process } from '../process.ts';
import { whenAborted } from '../process-events.ts';
import { runAlone } from '../run-together.ts';
import { version } from '../version.ts';
import { type InjectionRun, startInjectors } from './injectors-run.ts';
import type { CainjectorSettings } from './settings.ts';

/** Resolves with the exit code: 0 after an orderly stop, 1 after a lost Lease or an error. */
export function run(settings: CainjectorSettings, process: Process): Promise<number> {
  return runAlone('cainjector', settings, cainjectorLife, process);
}

interface Connection {
  readonly client: Client;
  readonly access: ClusterAccess;
}

interface Self extends Surroundings {
  readonly settings: CainjectorSettings;
  readonly metrics: CainjectorMetrics;
  readonly connection: () => Promise<Connection>;
  /** Nothing may go on. */
  readonly end: AbortController;
}

/** As upstream's, it has no health checks of its own: losing the Lease ends it. */
export function cainjectorLife(settings: CainjectorSettings, surroundings: Surroundings): Life {
  const connection = once(() => connect(settings, surroundings));
  const metrics = createCainjectorMetrics(surroundings.page);
  const self: Self = { ...surroundings, settings, metrics, connection, end: new AbortController() };
  return {
    health: undefined,
    client: async () => (await connection()).client,
    live: async () => {
      try {
        return await live(self);
      } finally {
        self.end.abort();
      }
    },
  };
}

async function live(self: Self): Promise<number> {
  const { settings, metrics, log, env, stopping, end } = self;
  const { client, access } = await self.connection();
  const resources = settings.kinds.map(({ resource }) => resource);
  await waitForApiServer({ client, resources, log, signal: stopping });
  const recorder = createRecorder({ client, log: log.named('events'), signal: end.signal });
  const running = startInjectors({
    kinds: settings.kinds,
    rules: settings.rules,
    reader: client,
    access,
    recorder,
    log,
    hooks: metrics.hooks,
    onOutcome: metrics.onOutcome,
    signal: end.signal,
  });
  metrics.watchQueues(running.queues);
  const elected = joinElection({
    client,
    config: settings.config.leaderElectionConfig,
    lease: 'cert-manager-cainjector-leader-election',
    labels: { [labels.managedBy]: components.cainjector },
    identity: `${env['HOSTNAME'] || hostname()}_${randomUUID()}`,
    log,
    stopping,
    ended: end.signal,
  });
  const outcome = await Promise.race([elected, running.failed]);
  const leadership = outcome instanceof Error ? undefined : outcome;
  const ending = outcome instanceof Error ? outcome : await endingOf(self, running, leadership);
  if (ending === 'stop') {
    await stopInOrder({ running, recorder, leadership, client, end });
    return 0;
  }
  end.abort(new Error(ending === 'lost' ? 'leader election lost' : 'an injector ended'));
  if (ending === 'lost') log.error({}, 'leader election lost');
  else log.error({ error: ending }, 'the injectors ended');
  return 1;
}

/** Sees to everything from now on, where it was elected, and waits for what ends that. */
async function endingOf(
  { stopping }: Self,
  running: InjectionRun,
  leadership: Leadership | undefined,
): Promise<'stop' | 'lost' | Error> {
  if (leadership === undefined) return 'stop';
  running.lead(leadership.client);
  return Promise.race([
    whenAborted(stopping).then(() => 'stop' as const),
    whenAborted(leadership.lost).then(() => 'lost' as const),
    running.failed,
  ]);
}

async function connect({ config }: CainjectorSettings, { env, log, page }: Surroundings): Promise<Connection> {
  const access = await openAccess({ kubeconfig: config.kubeConfig, env });
  log.info({ server: access.server.href }, 'using this API server');
  const client = createClient({
    access,
    version,
    component: components.cainjector,
    log: log.named('client'),
    onRequest: countRestRequests(page, access.server.host),
  });
  return { client, access };
}
