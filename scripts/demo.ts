// `npm run demo`: a real control plane, certwright as a user with its own rights, a private CA, and every kind of Certificate, before the
// reader's eyes. `-- --once` ends it after the tour; otherwise it stays until Ctrl-C.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../test/support/control-plane.ts';
import { controllerUser, startController } from '../test/support/controller-process.ts';
import { taskOptions } from './arguments.ts';
import { Narrator } from './demo/narrator.ts';
import { tour } from './demo/tour.ts';

const usage = `npm run demo [-- --once]

Starts etcd, kube-apiserver and kube-controller-manager on free loopback ports, installs the CRDs, starts certwright with exactly the rights
of its chart, and issues certificates. Everything is gone when it ends.

  --once   end after the tour instead of waiting for Ctrl-C
  --help   this text`;

const options = taskOptions('npm run demo', usage, { once: { type: 'boolean', default: false } });
if (options !== undefined) await demo(options.once);

async function demo(once: boolean): Promise<void> {
  const narrator = new Narrator();
  narrator.title('certwright: from an empty cluster to certificates');
  narrator.step('Starting a Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager) on loopback');
  const plane = await startControlPlane({ controllerManager: true, crds: true, say: (line) => narrator.detail(line) });
  narrator.step(`Starting certwright as user ${controllerUser}, with the rights of its chart's roles and no others`);
  const logFile = join(plane.folder, 'certwright.log');
  const controller = await startController(plane, { logFile });
  const ended = controller.exited.then((code) => {
    throw new Error(`certwright ended by itself with code ${code}; its last words:\n${controller.tail()}`);
  });
  ended.catch(() => {});
  try {
    await Promise.race([tour(plane, narrator, examples), ended]);
    if (once) return;
    narrator.title('It is all yours: press Ctrl-C to end it');
    narrator.detail(`export KUBECONFIG=${plane.admin.kubeconfig}`);
    narrator.detail(`${plane.binaries.path('kubectl')} get certificates -A -o wide`);
    narrator.detail(`certwright's log: ${logFile}`);
    await Promise.race([interrupted(), ended]);
  } finally {
    narrator.step('Cleaning up');
    await controller.stop();
    await plane.stop();
  }
}

function examples(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'docs', 'examples', name), 'utf8');
}

function interrupted(): Promise<void> {
  const idle = setInterval(() => {}, 60_000);
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        clearInterval(idle);
        resolve();
      });
  });
}
