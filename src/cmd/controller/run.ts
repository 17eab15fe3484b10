// The life of the controller process: servers up, cluster reachable, elected, controllers running, orderly stop.
import { hostname } from 'node:os';
import { certificateRequests, certificates, clusterIssuers, issuers } from '../../api/kinds.ts';
import type { Client } from '../../kube/client.ts';
import { createClient } from '../../kube/client.ts';
import { openAccess } from '../../kube/credentials.ts';
import { createRecorder, type Recorder } from '../../kube/events.ts';
import { waitForApiServer } from '../../kube/ready.ts';
import type { Process } from '../components.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { followProcess, whenAborted } from '../process-events.ts';
import { upstreamVersion, version } from '../version.ts';
import { type ControllerRun, startControllers } from './controllers-run.ts';
import { controllerHealth, type ProcessState } from './health-checks.ts';
import { joinElection, type Leadership } from './leadership.ts';
import { startServers } from './servers.ts';
import type { ControllerSettings } from './settings.ts';

/** How long work under way may take when the process is asked to stop. */
const graceMs = 10_000;
const flushMs = 2_000;

interface Life {
  readonly settings: ControllerSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly state: ProcessState;
  /** Asked to stop in order. */
  readonly stopping: AbortSignal;
  /** Aborts when nothing may go on. */
  readonly ended: AbortSignal;
}

/** Resolves with the exit code: 0 after an orderly stop, 1 after a lost Lease or an error. */
export async function run(settings: ControllerSettings, process: Process): Promise<number> {
  const log = createLogger(settings.config.logging, process.stderr);
  const { stopping } = followProcess(log);
  announce(settings, log);
  const end = new AbortController();
  const state: ProcessState = { phase: 'starting', leaderProblem: () => undefined };
  const metrics = createMetrics(() => new Date());
  const life: Life = { settings, log, metrics, state, stopping, ended: end.signal };
  try {
    const servers = await startServers({
      config: settings.config,
      metrics,
      health: controllerHealth(state),
      commandLine: ['certwright', 'controller', ...process.args],
      log,
      signal: end.signal,
    });
    const code = await live(life, process, (reason) => end.abort(reason));
    await servers.close();
    return code;
  } catch (error) {
    if (stopping.aborted) return 0;
    log.error({ error }, 'the controller cannot run');
    return 1;
  } finally {
    end.abort();
  }
}

async function live(life: Life, process: Process, end: (reason: Error) => void): Promise<number> {
  const { settings, log, state, stopping, ended } = life;
  const client = await connect(life, process);
  const namespaced = settings.config.namespace !== '';
  const resources = [certificates, certificateRequests, issuers, ...(namespaced ? [] : [clusterIssuers])];
  await waitForApiServer({ client, resources, log, signal: stopping });
  state.phase = 'standby';
  const leadership = await joinElection({
    client,
    config: settings.config,
    identity: leaderIdentity(process.env),
    log,
    state,
    stopping,
    ended,
  });
  if (leadership === undefined) return 0;
  state.phase = 'syncing';
  const recorder = createRecorder({ client, log: log.named('events'), signal: ended });
  const running = startControllers({ ...life, client: leadership.client, reader: client, recorder, signal: ended });
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
  if (ending === 'stop') return stop(running, recorder, leadership, client, end);
  end(new Error(ending === 'lost' ? 'leader election lost' : 'a controller ended'));
  if (ending !== 'lost') log.error({ error: ending }, 'the controllers ended');
  return 1;
}

async function connect({ settings, log, metrics }: Life, process: Process): Promise<Client> {
  const {
    kubeConfig: kubeconfig,
    apiServerHost: master,
    kubernetesAPIQPS: qps,
    kubernetesAPIBurst: burst,
  } = settings.config;
  const access = await openAccess({ kubeconfig, master, env: process.env });
  log.info({ server: access.server.href }, 'using this API server');
  return createClient({
    access,
    version,
    component: 'cert-manager-controller',
    ...(settings.explicitRate ? { qps, burst } : {}),
    log: log.named('client'),
    onRequest: (method, status) => metrics.onRequest(method, status),
  });
}

/** In order: no new work, work under way, events, then everything else; the Lease last, so that nobody else acts meanwhile. */
async function stop(
  running: ControllerRun,
  recorder: Recorder,
  leadership: Leadership,
  client: Client,
  end: (reason: Error) => void,
): Promise<number> {
  const inTime = await within(graceMs, running.stop());
  if (inTime) await within(flushMs, recorder.flush(flushMs));
  end(new Error('stopped'));
  await within(flushMs, leadership.release());
  client.close();
  return 0;
}

/** Whether the promise settled in time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}

/** As upstream's, so that the Lease reads the same. In a pod, HOSTNAME is the host's name. */
function leaderIdentity(env: Process['env']): string {
  return `${env['HOSTNAME'] || hostname()}-external-cert-manager-controller`;
}

function announce(settings: ControllerSettings, log: Logger): void {
  const { enabled, absent } = settings.controllers;
  log.info({ version, upstream: upstreamVersion, node: process.version }, 'starting the controller');
  for (const warning of settings.warnings) log.warn({}, warning);
  log.info({ controllers: [...enabled].filter((name) => !absent.includes(name)) }, 'controllers that are on');
  if (absent.length > 0) log.warn({ controllers: absent }, 'controllers that are on but not part of this build');
}
