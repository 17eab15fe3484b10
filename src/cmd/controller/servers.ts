// The HTTP servers of the controller process: metrics, health, profiling. They run before and during leader election.
import type { Log } from '../../base/log.ts';
import { type Endpoints, healthAnswer } from '../health.ts';
import { createProfiler, profilingAnswerMs } from '../http/profiling.ts';
import { type RunningServer, startServer } from '../http/server.ts';
import { followTlsFiles, readTlsFiles } from '../http/tls-files.ts';
import { secureContextOptions } from '../http/tls-settings.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { expositionType } from '../metrics/scraped-metric.ts';
import type { ControllerConfiguration } from './configuration.ts';

export interface ServerDeps {
  readonly config: ControllerConfiguration;
  readonly metrics: Metrics;
  readonly health: Endpoints;
  readonly commandLine: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface Servers {
  close(): Promise<void>;
}

/** Resolves once all of them listen; rejects, with none left open, where one cannot. */
export async function startServers(deps: ServerDeps): Promise<Servers> {
  const running: RunningServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.close()));
  };
  try {
    for (const start of [startHealth, startMetrics, startProfiling]) {
      const server = await start(deps);
      if (server !== undefined) running.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function startHealth({ config, health, log }: ServerDeps): Promise<RunningServer> {
  const server = await startServer({
    address: config.healthzListenAddress,
    answer: (path, query) => healthAnswer(health, path, query),
  });
  log.info({ address: server.address }, 'health checks are served');
  return server;
}

async function startMetrics({ config, metrics, log, signal }: ServerDeps): Promise<RunningServer | undefined> {
  if (config.metricsListenAddress === '0') return undefined;
  const { filesystem, minTLSVersion: minVersion, cipherSuites } = config.metricsTLSConfig;
  const settings = secureContextOptions({ minVersion, cipherSuites });
  const pair = filesystem.certFile === '' ? undefined : readTlsFiles(filesystem);
  const server = await startServer({
    address: config.metricsListenAddress,
    ...(pair === undefined ? {} : { tls: { ...settings, ...pair } }),
    answer: (path) =>
      path === '/metrics'
        ? { status: 200, contentType: expositionType, body: metrics.text() }
        : { status: 404, body: '404 page not found\n' },
  });
  if (pair !== undefined) {
    followTlsFiles(filesystem, pair, { use: (next) => server.setTls({ ...settings, ...next }), log, signal });
  }
  log.info({ address: server.address, tls: pair !== undefined }, 'metrics are served');
  return server;
}

async function startProfiling({ config, commandLine, log }: ServerDeps): Promise<RunningServer | undefined> {
  if (!config.enablePprof) return undefined;
  const server = await startServer({
    address: config.pprofAddress,
    answerMs: profilingAnswerMs,
    answer: createProfiler(commandLine),
  });
  log.warn({ address: server.address }, 'profiles are served; a heap snapshot holds secrets');
  return server;
}
