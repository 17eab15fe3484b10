// Works on certwright against a real API server: the controller from source, started again on every change, as a user with just its rights.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startControlPlane } from '../test/support/control-plane.ts';
import { asksForHelp } from './arguments.ts';

const usage = `npm run dev [-- flags of the controller]

Starts etcd, kube-apiserver and kube-controller-manager on free loopback ports with the CRDs, and the controller from source, again on every
change, as a user with just its rights. Prints a kubeconfig. Ctrl-C ends everything. docs/reference/flags.md has the controller's flags;
metrics and health are at 127.0.0.1:9402 and 127.0.0.1:9403 unless they say otherwise.`;

const root = join(import.meta.dirname, '..');
const namespace = 'cert-manager';

const args = process.argv.slice(2);
if (asksForHelp(args)) console.log(usage);
else await develop();

async function develop(): Promise<void> {
  console.log('Starting a control plane');
  const plane = await startControlPlane({ controllerManager: true, crds: true, say: (line) => console.log(line) });
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
      '--internal-healthz-listen-address=127.0.0.1:9403',
      ...args,
    ],
    { cwd: root, stdio: 'inherit' },
  );

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.kill(signal));
  controller.on('close', async () => {
    await plane.stop();
    process.exit();
  });
}
