// One run of startupapicheck: find the cluster, look until the API can be used, say what is missing meanwhile.
import { systemClock } from '../../base/clock.ts';
import type { ApiProblem } from '../../cli/api-problem.ts';
import { checkApi, createProbes, waitForApi } from '../../cli/check-api.ts';
import { createClient } from '../../kube/client.ts';
import { openKubectlAccess } from '../../kube/kubectl-access.ts';
import { followInterrupts, type Interrupts } from '../interrupts.ts';
import { createLogger } from '../log/logger.ts';
import type { Process } from '../process.ts';
import { version } from '../version.ts';
import type { StartupapicheckSettings } from './settings.ts';

/** As timeout(1) has it, and upstream. */
const timedOutCode = 124;

/** Resolves with the exit code. */
export async function run(settings: StartupapicheckSettings, process: Process): Promise<number> {
  const interrupts = followInterrupts();
  try {
    return await check(settings, process, interrupts);
  } catch (error) {
    const code = interrupts.exitCode();
    if (code !== undefined) return code;
    process.stderr(`error: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    interrupts.end();
  }
}

async function check(settings: StartupapicheckSettings, process: Process, interrupts: Interrupts): Promise<number> {
  const log = createLogger(settings.logging, process.stderr);
  for (const warning of settings.warnings) log.warn({}, warning);
  const access = await openKubectlAccess({ ...settings.access, env: process.env });
  const namespace = access.namespace ?? 'default';
  const { requestTimeoutMs: timeoutMs } = settings;
  const client = createClient({ access, version, component: 'cert-manager-startupapicheck', qps: -1 });
  log.info({ server: access.server.href, namespace, waitMs: settings.waitMs }, 'looking whether the API can be used');
  const options = {
    client,
    namespace,
    probes: await createProbes(),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  const result = await waitForApi({
    check: (signal) => checkApi(options, signal),
    waitMs: settings.waitMs,
    intervalMs: settings.intervalMs,
    clock: systemClock,
    onProblem: ({ message, detail }) =>
      log.info({ reason: message, ...(detail === undefined ? {} : { detail }) }, 'not ready yet'),
    signal: interrupts.signal,
  });
  client.close();
  if (result.kind === 'ready') {
    process.stdout('The cert-manager API is ready\n');
    return 0;
  }
  process.stderr(`error: ${textOf(result.problem)}\n`);
  return result.timedOut ? timedOutCode : 1;
}

function textOf({ message, detail }: ApiProblem): string {
  return detail === undefined ? message : `${message} (${detail})`;
}
