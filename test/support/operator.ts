// The controllers in this process, against a real API server, with the rights of the chart and nothing more: as cmd composes them, but without
// election and servers, and with a client that a test may interfere with.

import type { Clock } from '../../src/base/clock.ts';
import { startControllers } from '../../src/cmd/controller/controllers-run.ts';
import { openOutside } from '../../src/cmd/controller/outside.ts';
import { readCommandLine } from '../../src/cmd/controller/settings.ts';
import { createLogger } from '../../src/cmd/log/logger.ts';
import { createMetrics } from '../../src/cmd/metrics/metrics.ts';
import type { Client } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/client.ts';
import { openAccess } from '../../src/kube/credentials.ts';
import { createRecorder } from '../../src/kube/events.ts';
import type { ControlPlane } from './control-plane.ts';

export const operatorUser = 'system:serviceaccount:cert-manager:cert-manager';

export interface OperatorOptions {
  readonly flags?: readonly string[];
  /** Stands between the controllers and the client of their writes. */
  readonly interfere?: (client: Client) => Client;
  readonly user?: string;
  /** What time the controllers believe it is. */
  readonly clock?: Clock;
  /** The environment of the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shows the log. */
  readonly verbose?: boolean;
}

export interface Operator {
  /** The store holds its first complete lists and the controllers work. */
  readonly started: Promise<void>;
  readonly logged: readonly string[];
  /** In order: work under way ends, events are written. */
  stop(): Promise<void>;
  /** As `kill -9` would: nothing more is sent. */
  kill(): void;
}

/** Servers that one works on: two would do each other's work, and count in each other's budget. */
const busy = new Set<string>();

/** Throws where another one still works on the same API server: test files of one process have to follow each other. */
export async function startOperator(plane: ControlPlane, options: OperatorOptions = {}): Promise<Operator> {
  if (busy.has(plane.server)) throw new Error('another operator has not been stopped');
  const name = options.user ?? operatorUser;
  const user = await plane.user(name, ['system:serviceaccounts']);
  await plane.grantControllerRoles(name);
  const settings = await settingsOf(['--cluster-resource-namespace=cert-manager', ...(options.flags ?? [])]);
  const logged: string[] = [];
  const log = createLogger(settings.config.logging, (line) => {
    logged.push(line);
    if (options.verbose) process.stderr.write(line);
  });
  const access = await openAccess({ kubeconfig: user.kubeconfig, env: {} });
  const reader = createClient({ access, version: 'test', component: 'cert-manager-controller', log });
  const end = new AbortController();
  const gated = reader.gated(end.signal);
  const recorder = createRecorder({ client: gated, log, signal: end.signal });
  busy.add(plane.server);
  const running = startControllers({
    settings,
    outside: await openOutside(options.env ?? {}),
    client: options.interfere?.(gated) ?? gated,
    reader,
    recorder,
    metrics: createMetrics(() => new Date()),
    log,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    signal: end.signal,
  });
  running.started.catch(() => {});
  return {
    started: running.started,
    logged,
    async stop() {
      await running.stop();
      await recorder.flush(5_000);
      end.abort();
      reader.close();
      busy.delete(plane.server);
    },
    kill() {
      end.abort();
      reader.close();
      busy.delete(plane.server);
    },
  };
}

async function settingsOf(flags: readonly string[]) {
  const line = await readCommandLine(flags, () => '');
  if (line.kind !== 'start') throw new Error(`these flags do not start: ${JSON.stringify(line)}`);
  return line.settings;
}
