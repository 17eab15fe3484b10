// The life of the controller: cluster reachable, elected, controllers running, orderly stop.
import { hostname } from 'node:os';
import { certificateRequests, certificates, clusterIssuers, issuers } from '../../api/kinds.ts';
import { parseDuration } from '../../base/duration.ts';
import type { Client } from '../../kube/client.ts';
import { createClient } from '../../kube/client.ts';
import { openAccess } from '../../kube/credentials.ts';
import { createRecorder } from '../../kube/events.ts';
import { waitForApiServer } from '../../kube/ready.ts';
import { joinElection, type Leadership } from '../leadership.ts';
import { type Life, once, type Surroundings } from '../life.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { stopInOrder } from '../orderly-stop.ts';
import type { Process } from '../process.ts';
import { whenAborted } from '../process-events.ts';
import { runAlone } from '../run-together.ts';
import { version } from '../version.ts';
import { startControllers } from './controllers-run.ts';
import { controllerHealth, type ProcessState } from './health-checks.ts';
import { sharedServiceOf } from './http01-settings.ts';
import { openOutside } from './outside.ts';
import type { ControllerSettings } from './settings.ts';
import { type SharedSolver, startSharedSolver } from './shared-solver.ts';

/** Resolves with the exit code: 0 after an orderly stop, 1 after a lost Lease or an error. */
export function run(settings: ControllerSettings, process: Process): Promise<number> {
  return runAlone('controller', settings, controllerLife, process);
}

interface Self extends Surroundings {
  readonly settings: ControllerSettings;
  readonly metrics: Metrics;
  readonly state: ProcessState;
  readonly client: () => Promise<Client>;
  /** Nothing may go on. */
  readonly end: AbortController;
}

export function controllerLife(settings: ControllerSettings, surroundings: Surroundings): Life {
  const state: ProcessState = { phase: 'starting', leaderProblem: () => undefined };
  const metrics = createMetrics(() => new Date(), surroundings.page);
  const client = once(() => connect(settings, surroundings, metrics));
  const self: Self = { ...surroundings, settings, metrics, state, client, end: new AbortController() };
  return {
    health: { address: settings.config.healthzListenAddress, endpoints: controllerHealth(state) },
    client,
    live: async () => {
      announce(settings, surroundings);
      try {
        return await live(self);
      } finally {
        self.end.abort();
      }
    },
  };
}

async function live(self: Self): Promise<number> {
  const { settings, log, state, stopping } = self;
  const client = await self.client();
  const namespaced = settings.config.namespace !== '';
  const resources = [certificates, certificateRequests, issuers, ...(namespaced ? [] : [clusterIssuers])];
  await waitForApiServer({ client, resources, log, signal: stopping });
  state.phase = 'standby';
  const solver = await sharedSolver(self, client);
  try {
    return await lead(self, client);
  } finally {
    await solver?.close();
  }
}

/** Answers challenges before it leads, and for as long as it lives. */
async function sharedSolver(
  { settings: { config }, log, stopping, end }: Self,
  client: Client,
): Promise<SharedSolver | undefined> {
  if (sharedServiceOf(config.acmeHTTP01Config) === undefined) return undefined;
  return startSharedSolver({
    client,
    listenAddress: config.acmeHTTP01Config.solverListenAddress,
    namespace: config.namespace,
    log: log.named('solver'),
    stopping,
    signal: end.signal,
  });
}

async function lead(self: Self, client: Client): Promise<number> {
  const { settings, log, env, state, stopping, end } = self;
  const leadership = await elected(self, client);
  if (leadership === undefined) return 0;
  state.phase = 'syncing';
  const recorder = createRecorder({ client, log: log.named('events'), signal: end.signal });
  const outside = await openOutside(env);
  const running = startControllers({
    settings,
    outside,
    log,
    metrics: self.metrics,
    client: leadership.client,
    reader: client,
    recorder,
    signal: end.signal,
  });
  running.started.then(
    () => {
      if (state.phase === 'syncing') state.phase = 'running';
    },
    () => undefined,
  );
  const ending = await Promise.race([
    whenAborted(stopping).then(() => 'stop' as const),
    whenAborted(leadership.lost).then(() => 'lost' as const),
    running.failed,
  ]);
  state.phase = 'stopping';
  if (ending === 'stop') {
    await stopInOrder({ running, recorder, leadership, client, end });
    return 0;
  }
  end.abort(new Error(ending === 'lost' ? 'leader election lost' : 'a controller ended'));
  if (ending !== 'lost') log.error({ error: ending }, 'the controllers ended');
  return 1;
}

function elected({ settings, log, env, state, stopping, end }: Self, client: Client): Promise<Leadership | undefined> {
  const config = settings.config.leaderElectionConfig;
  return joinElection({
    client,
    config,
    lease: 'cert-manager-controller',
    labels: { 'app.kubernetes.io/managed-by': 'cert-manager' },
    identity: leaderIdentity(env),
    log,
    onElection: (unhealthy) => {
      state.leaderProblem = () => unhealthy(parseDuration(config.healthzTimeout) ?? 0);
    },
    stopping,
    ended: end.signal,
  });
}

async function connect(
  { config, explicitRate }: ControllerSettings,
  { env, log }: Surroundings,
  metrics: Metrics,
): Promise<Client> {
  const { kubeConfig: kubeconfig, apiServerHost: master, kubernetesAPIQPS: qps, kubernetesAPIBurst: burst } = config;
  const access = await openAccess({ kubeconfig, master, env });
  log.info({ server: access.server.href }, 'using this API server');
  return createClient({
    access,
    version,
    component: 'cert-manager-controller',
    ...(explicitRate ? { qps, burst } : {}),
    log: log.named('client'),
    onRequest: (method, status) => metrics.onRequest(method, status),
  });
}

/** As upstream's, so that the Lease reads the same. In a pod, HOSTNAME is the host's name. */
function leaderIdentity(env: Process['env']): string {
  return `${env['HOSTNAME'] || hostname()}-external-cert-manager-controller`;
}

function announce({ controllers: { enabled, absent } }: ControllerSettings, { log }: Surroundings): void {
  log.info({ controllers: [...enabled].filter((name) => !absent.includes(name)) }, 'controllers that are on');
  if (absent.length > 0) log.warn({ controllers: absent }, 'controllers that are on but not part of this build');
}
