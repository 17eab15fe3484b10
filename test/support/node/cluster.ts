// A real cluster on this machine: the control plane and a node with containerd, kubelet, kube-proxy and kube-scheduler, in namespaces of
// their own, so that several can run side by side and nothing stays behind. Needs what prerequisites.ts asks for.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/api/meta.ts';
import { type Binaries, findBinaries, type NodeBinary, type Say } from '../binaries.ts';
import { type Processes, type Running, startProcesses, untilReady } from '../control-plane/processes.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import {
  cniConfiguration,
  containerdConfiguration,
  kubeletConfiguration,
  podNetwork,
  socketOf,
} from './configuration.ts';
import { markOwner, nodeFolderPrefix, removeLeftovers } from './leftovers.ts';
import { cgroupName, cgroupRemoval, type Namespaces, startNamespaces } from './namespaces.ts';
import { buildPause } from './pause.ts';

export interface NodeCluster {
  readonly plane: ControlPlane;
  /** The node's files and logs; the control plane has a folder of its own. */
  readonly folder: string;
  readonly namespaces: Namespaces;
  /** Ends every process in it and removes its files. Happens by itself when the process ends, in whatever way. */
  stop(): Promise<void>;
}

export const nodeName = 'node1';
/** Of containerd's: where the kubelet looks for images. */
const containerdNamespace = 'k8s.io';
const readyMs = 120_000;

/** Ready in about ten seconds, once the programs are there. Throws with the end of the log of what failed. */
export async function startNodeCluster(
  options: { readonly say?: Say; readonly keep?: boolean } = {},
): Promise<NodeCluster> {
  const say = options.say ?? (() => {});
  removeLeftovers(say);
  const binaries = await findBinaries({ controllerManager: true, node: true, say });
  const folder = mkdtempSync(join(tmpdir(), nodeFolderPrefix));
  markOwner(folder);
  const processes = startProcesses(folder, options.keep ?? false, cgroupRemoval(cgroupName(folder)));
  let plane: ControlPlane | undefined;
  try {
    const namespaces = await startNamespaces(folder, processes);
    const runtime = startContainerd(folder, namespaces, processes);
    plane = await startControlPlane({ controllerManager: true, network: namespaces, say });
    writeFileSync(join(folder, 'plane'), plane.folder);
    await runtime;
    await startNode({ plane, folder, namespaces, processes, binaries });
    return clusterOf(plane, folder, namespaces, processes);
  } catch (error) {
    await plane?.stop();
    await processes.stopAll();
    throw error;
  }
}

/** From an OCI or docker archive, under the names that it carries, into the containerd at this socket. */
export function loadImage(socket: string, archive: string): Promise<void> {
  return ctr(socket, 'images', 'import', archive);
}

function clusterOf(plane: ControlPlane, folder: string, namespaces: Namespaces, processes: Processes): NodeCluster {
  return {
    plane,
    folder,
    namespaces,
    async stop() {
      await plane.stop();
      await processes.stopAll();
    },
  };
}

async function startContainerd(folder: string, namespaces: Namespaces, processes: Processes): Promise<void> {
  mkdirSync(join(folder, 'cni'));
  writeFileSync(join(folder, 'cni', '10.conflist'), JSON.stringify(cniConfiguration(folder)));
  const snapshotter = canOverlay(folder) ? 'overlayfs' : 'native';
  writeFileSync(join(folder, 'containerd.toml'), containerdConfiguration(folder, snapshotter));
  const containerd = enterAndRun('containerd', 'containerd', namespaces, processes, [
    '--config',
    join(folder, 'containerd.toml'),
  ]);
  await untilReady(containerd, () => succeeds(ctr(socketOf(folder), 'version')));
  await loadImage(socketOf(folder), buildPause(folder));
}

/** Not where the temporary folder is itself an overlay, as in a container. */
function canOverlay(folder: string): boolean {
  const test = join(folder, 'overlay-test');
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(test, name));
  for (const path of [lower, upper, work, merged]) mkdirSync(path ?? '', { recursive: true });
  const mount = `mount -t overlay overlay -o lowerdir=${lower},upperdir=${upper},workdir=${work} ${merged}`;
  return spawnSync('unshare', ['--mount', 'sh', '-c', mount]).status === 0;
}

interface NodeParts {
  readonly plane: ControlPlane;
  readonly folder: string;
  readonly namespaces: Namespaces;
  readonly processes: Processes;
  readonly binaries: Binaries;
}

async function startNode({ plane, folder, namespaces, processes, binaries }: NodeParts): Promise<void> {
  const user = await plane.user(`system:node:${nodeName}`, ['system:nodes']);
  const configuration = kubeletConfiguration({ folder, ca: join(plane.folder, 'ca.crt') }, namespaces.cgroup);
  writeFileSync(join(folder, 'kubelet.json'), JSON.stringify(configuration));
  const kubelet = enterAndRun('kubelet', binaries.path('kubelet'), namespaces, processes, [
    `--config=${join(folder, 'kubelet.json')}`,
    `--kubeconfig=${user.kubeconfig}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${namespaces.address}`,
  ]);
  const start = (name: NodeBinary, args: readonly string[]) => {
    const [program = '', ...before] = [...namespaces.enter, binaries.path(name)];
    return processes.start(name, program, [...before, `--kubeconfig=${plane.admin.kubeconfig}`, ...args]);
  };
  const others = [
    start('kube-scheduler', ['--leader-elect=false', '--secure-port=0']),
    start('kube-proxy', [
      `--hostname-override=${nodeName}`,
      '--proxy-mode=iptables',
      `--cluster-cidr=${podNetwork}`,
      // The limits of connection tracking belong to the whole machine.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ]),
  ];
  await untilReady(kubelet, () => isNodeReady(plane), readyMs);
  for (const running of others) await untilReady(running, async () => running.ended() === undefined);
}

/** In all namespaces of the node; its working folder is the root. */
function enterAndRun(
  name: string,
  path: string,
  namespaces: Namespaces,
  processes: Processes,
  args: readonly string[],
): Running {
  const [program = '', ...before] = namespaces.enterAll;
  return processes.start(name, program, [...before, path, ...args]);
}

async function isNodeReady(plane: ControlPlane): Promise<boolean> {
  interface Node extends KubeObject {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }
  try {
    const node = await plane.client.request<Node>('GET', `/api/v1/nodes/${nodeName}`);
    return (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
  } catch {
    return false;
  }
}

function ctr(socket: string, ...args: string[]): Promise<void> {
  const all = ['--address', socket, '--namespace', containerdNamespace, ...args];
  return new Promise((resolve, reject) => {
    execFile('ctr', all, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`ctr ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}

const succeeds = (work: Promise<void>) =>
  work.then(
    () => true,
    () => false,
  );
