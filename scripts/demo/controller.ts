// certwright as the demo and the bench run it: a process of its own, with a kubeconfig of its own, and no more rights than the chart gives.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import type { Narrator } from './narrator.ts';

export const controllerUser = 'system:serviceaccount:cert-manager:cert-manager';
export const resourceNamespace = 'cert-manager';

export interface ControllerProcess {
  readonly pid: number;
  readonly log: string;
  readonly exited: Promise<number | null>;
  readonly stopping: boolean;
  tail(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ControllerOptions {
  /** The program to run; the sources by default. */
  readonly entry?: string;
  readonly flags?: readonly string[];
}

/** Starts the controller against `plane`, as its own user. Its two HTTP servers listen on free loopback ports. */
export async function startController(
  plane: ControlPlane,
  narrator?: Narrator,
  options: ControllerOptions = {},
): Promise<ControllerProcess> {
  const user = await plane.user(controllerUser, ['system:serviceaccounts']);
  await plane.grantControllerRoles(controllerUser);
  narrator?.step(`Starting certwright as user ${controllerUser}, with the rights of its chart's roles and no others`);
  const log = join(plane.folder, 'certwright.log');
  const output = openSync(log, 'a');
  const entry = options.entry ?? join(import.meta.dirname, '..', '..', 'src', 'cmd', 'main.ts');
  const child = spawn(process.execPath, [entry, 'controller', ...flagsFor(user.kubeconfig), ...(options.flags ?? [])], {
    stdio: ['ignore', output, output],
    // Its own process group: Ctrl-C reaches it through us, after the last words are said.
    detached: true,
  });
  closeSync(output);
  process.once('exit', () => child.kill('SIGKILL'));
  return handle(child, log);
}

function flagsFor(kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--cluster-resource-namespace=${resourceNamespace}`,
    '--leader-election-namespace=kube-system',
    '--metrics-listen-address=127.0.0.1:0',
    '--internal-healthz-listen-address=127.0.0.1:0',
  ];
}

function handle(child: ChildProcess, log: string): ControllerProcess {
  const state = { stopping: false };
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    log,
    exited,
    get stopping() {
      return state.stopping;
    },
    tail: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n'),
    async stop(signal = 'SIGTERM') {
      state.stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}
