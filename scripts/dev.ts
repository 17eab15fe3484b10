// Works on certwright against a real API server: the controller from source, started again on every change, as a user with just its rights.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startControlPlane } from '../test/support/control-plane.ts';

const root = join(import.meta.dirname, '..');
const namespace = 'cert-manager';

const plane = await startControlPlane({ controllerManager: true, crds: true });
await plane.grantControllerRoles('certwright');
await plane.kubectl(['create', 'namespace', namespace]);
const user = await plane.user('certwright');

console.log(`
A control plane runs at ${plane.server}, its logs are in ${plane.folder}.
In another terminal:

  export KUBECONFIG=${plane.admin.kubeconfig}
  export PATH=${plane.binaries.folder}:$PATH
  kubectl apply -f docs/examples

The controller starts now, and again whenever its source changes. Arguments after -- are given to it. Ctrl-C ends everything.
`);

const controller = spawn(
  process.execPath,
  [
    '--watch',
    '--watch-preserve-output',
    join(root, 'src', 'cmd', 'main.ts'),
    'controller',
    `--kubeconfig=${user.kubeconfig}`,
    `--cluster-resource-namespace=${namespace}`,
    '--leader-elect=false',
    '--metrics-listen-address=127.0.0.1:9402',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.kill(signal));
controller.on('close', async () => {
  await plane.stop();
  process.exit();
});
