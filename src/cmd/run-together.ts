// A process with one component or several: the logger's destination, signals, listeners, the page of metrics. What a component does is its life's
// business, and how lives end together that of live-together.ts.
import type { Log } from '../base/log.ts';
import type { Birth, Life, Surroundings } from './life.ts';
import { createEnding, liveTogether } from './live-together.ts';
import { createLogger, type Logger } from './log/logger.ts';
import { createMetricsPage } from './metrics/page.ts';
import type { Process } from './process.ts';
import { followProcess } from './process-events.ts';
import { startServers } from './process-servers.ts';
import { servingSource } from './serving/choose.ts';
import type { ServingSource } from './serving/source.ts';
import type { ProcessConfig } from './settings/fields.ts';
import { upstreamVersion, version } from './version.ts';

export interface Member {
  /** As the first argument of the program. */
  readonly name: string;
  readonly config: ProcessConfig;
  readonly warnings: readonly string[];
  birth(surroundings: Surroundings): Life;
  /** Asked to stop only when all others have ended: they may need it until then. */
  readonly isLast?: boolean;
}

export interface ProcessSettings {
  readonly config: ProcessConfig;
  readonly warnings: readonly string[];
}

/** A process with one component. Resolves with the exit code: 0 after an orderly stop, 1 after anything else. */
export function runAlone<Settings extends ProcessSettings>(
  name: string,
  settings: Settings,
  birth: Birth<Settings>,
  process: Process,
): Promise<number> {
  const member = { name, ...settings, birth: (surroundings: Surroundings) => birth(settings, surroundings) };
  return runTogether([member], process, ['certwright', name, ...process.args]);
}

/**
 * Resolves with the exit code: 0 after an orderly stop, else that of the member that ended; with it all others end, in order. The listeners of
 * metrics and profiles and the format of the log are those of the first member.
 */
export async function runTogether(
  members: readonly [Member, ...Member[]],
  { stderr, env }: Process,
  commandLine: readonly string[],
): Promise<number> {
  const [{ name, config }] = members;
  const log = createLogger(config.logging, stderr);
  const { stopping } = followProcess(log);
  announce(members, log);
  const end = new AbortController();
  const page = createMetricsPage();
  const ending = createEnding(stopping);
  const loggerOf = (member: Member): Logger =>
    members.length === 1 ? log : createLogger(loggingOf(member, config), stderr, { component: member.name });
  try {
    const companions = members.map((member) => {
      const surroundings = { log: loggerOf(member), env, page, stopping: member.isLast ? ending.last : ending.asked };
      return { name: member.name, isLast: member.isLast === true, life: member.birth(surroundings) };
    });
    const metricsCertificate = metricsSource(name, config, companions[0]?.life, log, end.signal);
    const health = companions.flatMap(({ life }) => (life.health === undefined ? [] : [life.health]));
    const servers = await startServers({ config, page, health, metricsCertificate, commandLine, log });
    try {
      return await liveTogether(companions, ending, metricsCertificate?.failed ?? never, log);
    } finally {
      await servers.close();
    }
  } catch (error) {
    if (stopping.aborted) return 0;
    log.error({ error }, `the ${name} cannot run`);
    return 1;
  } finally {
    end.abort();
  }
}

const never = new Promise<never>(() => undefined);

/** The certificate of /metrics; undefined for plain HTTP. */
function metricsSource(
  name: string,
  config: ProcessConfig,
  life: Life | undefined,
  log: Logger,
  signal: AbortSignal,
): ServingSource | undefined {
  if (config.metricsListenAddress === '0' || life === undefined) return undefined;
  return servingSource(config.metricsTLSConfig, {
    client: life.client,
    managedBy: name === 'controller' ? 'cert-manager' : `cert-manager-${name}`,
    log: log.named('metrics-tls'),
    signal,
  });
}

/** Every member has the level that it asks for; lines of one process have one format. */
function loggingOf({ config }: Member, { logging }: ProcessConfig): ProcessConfig['logging'] {
  return { ...config.logging, format: logging.format };
}

/** Says at the start who runs, and what of the settings deserves a warning. */
function announce(members: readonly Member[], log: Log): void {
  const names = members.map((member) => `the ${member.name}`).join(', ');
  log.info({ version, upstream: upstreamVersion, node: process.version }, `starting ${names}`);
  for (const { warnings } of members) for (const warning of warnings) log.warn({}, warning);
}
