// The small HTTP servers of a process: health of its components, metrics, profiling. They run from the start to the end, whoever leads.
import type { SecureContextOptions } from 'node:tls';
import type { Log } from '../base/log.ts';
import { type Endpoints, healthAnswer } from './health.ts';
import { createProfiler, profilingAnswerMs } from './http/profiling.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { secureContextOptions } from './http/tls-settings.ts';
import type { MetricsPage } from './metrics/page.ts';
import { expositionType } from './metrics/scraped-metric.ts';
import type { CertificateAndKey, ServingSource } from './serving/source.ts';
import type { ProcessConfig } from './settings/fields.ts';

export interface ServerDeps {
  readonly config: ProcessConfig;
  readonly page: MetricsPage;
  readonly health: readonly { readonly address: string; readonly endpoints: Endpoints }[];
  /** The certificate of /metrics; undefined for plain HTTP. */
  readonly metricsCertificate: ServingSource | undefined;
  readonly commandLine: readonly string[];
  readonly log: Log;
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
    for (const each of deps.health) running.push(await startHealth(each, deps.log));
    for (const start of [startMetrics, startProfiling]) {
      const server = await start(deps);
      if (server !== undefined) running.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function startHealth(
  { address, endpoints }: { readonly address: string; readonly endpoints: Endpoints },
  log: Log,
): Promise<RunningServer> {
  const server = await startServer({ address, answer: (path, query) => healthAnswer(endpoints, path, query) });
  log.info({ address: server.address }, 'health checks are served');
  return server;
}

async function startMetrics({ config, page, metricsCertificate, log }: ServerDeps): Promise<RunningServer | undefined> {
  if (config.metricsListenAddress === '0') return undefined;
  const { minTLSVersion: minVersion, cipherSuites } = config.metricsTLSConfig;
  const settings = secureContextOptions({ minVersion, cipherSuites });
  const withPair = (pair: CertificateAndKey | undefined): SecureContextOptions => ({ ...settings, ...pair });
  const server = await startServer({
    address: config.metricsListenAddress,
    // Without a certificate yet, handshakes fail.
    ...(metricsCertificate === undefined ? {} : { tls: withPair(metricsCertificate.current()) }),
    answer: (path) =>
      path === '/metrics'
        ? { status: 200, contentType: expositionType, body: page.text() }
        : { status: 404, body: '404 page not found\n' },
  });
  metricsCertificate?.onChange((pair) => server.setTls(withPair(pair)));
  log.info({ address: server.address, tls: metricsCertificate !== undefined }, 'metrics are served');
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
