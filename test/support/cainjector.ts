// cainjector in this process, against a real API server, with the rights of the chart and nothing more: as cmd composes it, but without election
// and servers.
import type { Clock } from '../../src/base/clock.ts';
import { startInjectors } from '../../src/cmd/cainjector/injectors-run.ts';
import { createLogger } from '../../src/cmd/log/logger.ts';
import type { InjectionOutcome } from '../../src/controllers/cainjector/controller.ts';
import type { InjectionRules } from '../../src/controllers/cainjector/seen.ts';
import { targetKinds } from '../../src/controllers/cainjector/targets.ts';
import { createClient } from '../../src/kube/client.ts';
import { openAccess } from '../../src/kube/credentials.ts';
import { createRecorder } from '../../src/kube/events.ts';
import type { ControlPlane, User } from './control-plane.ts';
import { injectionRules } from './injection-builders.ts';
import { grantedRoles } from './rbac.ts';

/** Whom the chart's service account makes it. */
export const cainjectorUser = 'system:serviceaccount:cert-manager:cert-manager-cainjector';

/** The user with exactly the rights of the chart's roles, with leader election in kube-system. */
export async function cainjectorIn(plane: ControlPlane, name = cainjectorUser): Promise<User> {
  const granted = grantedRoles('cainjector', name, { leases: 'kube-system', pods: 'cert-manager' });
  await Promise.all(granted.map(({ resource, manifest }) => plane.client.apply(resource, manifest, 'install')));
  return plane.user(name, ['system:serviceaccounts']);
}

export interface Cainjector {
  /** All targets are known. */
  readonly started: Promise<void>;
  readonly logged: readonly string[];
  readonly outcomes: readonly InjectionOutcome[];
  /** Resolves with what ends it; otherwise never. */
  readonly failed: Promise<Error>;
  /** As when the Lease is won. */
  lead(): void;
  stop(): Promise<void>;
}

export async function startCainjector(
  plane: ControlPlane,
  options: {
    readonly rules?: Partial<InjectionRules>;
    readonly clock?: Clock;
    readonly verbose?: boolean;
    /** Stands by until it is told to lead. */
    readonly standsBy?: boolean;
  } = {},
): Promise<Cainjector> {
  const user = await cainjectorIn(plane);
  const logged: string[] = [];
  const outcomes: InjectionOutcome[] = [];
  const log = createLogger({ format: 'text', verbosity: 2, vmodule: [] }, (line) => {
    logged.push(line);
    if (options.verbose) process.stderr.write(line);
  });
  const access = await openAccess({ kubeconfig: user.kubeconfig, env: {} });
  const reader = createClient({ access, version: 'test', component: 'cert-manager-cainjector', log });
  const end = new AbortController();
  const client = reader.gated(end.signal);
  const recorder = createRecorder({ client, log, signal: end.signal });
  const running = startInjectors({
    kinds: targetKinds,
    rules: { ...injectionRules, ...options.rules },
    reader,
    access,
    recorder,
    log,
    onOutcome: (_controller, outcome) => outcomes.push(outcome),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    signal: end.signal,
  });
  if (options.standsBy !== true) running.lead(client);
  running.started.catch(() => {});
  return {
    started: running.started,
    logged,
    outcomes,
    failed: running.failed,
    lead: () => running.lead(client),
    async stop() {
      await running.stop();
      await recorder.flush(5_000);
      end.abort();
      reader.close();
    },
  };
}
