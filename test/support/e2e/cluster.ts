// The cluster with a node as the tests of one process see it: started by another process (scripts/e2e.ts), described by a file.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Access, ApiClient } from '../api-client.ts';
import { type NodeCluster, nodeName } from '../node/cluster.ts';
import { socketOf } from '../node/configuration.ts';

/** What the file says. */
export interface ClusterFile {
  readonly kubeconfig: string;
  readonly access: Access;
  readonly kubectl: string;
  readonly helm: string;
  /** Of containerd. */
  readonly socket: string;
  /** Below each cgroup hierarchy; all pods are in there. */
  readonly cgroup: string;
  readonly node: string;
  /** Of the node, as this machine and its pods reach it. */
  readonly address: string;
  /** Of this machine, as the node and its pods reach it. */
  readonly outside: string;
  /** The words before a command that make it run in the network of the node. */
  readonly enter: readonly string[];
}

/** How a test process learns of the file. */
export const clusterVariable = 'CERTWRIGHT_E2E_CLUSTER';

export interface Answer {
  readonly ok: boolean;
  /** What it wrote to stdout, or to stderr if it failed. */
  readonly text: string;
}

export interface Cluster {
  readonly file: ClusterFile;
  /** As the admin. */
  readonly api: ApiClient;
  /** As the admin. Answers what it printed; throws with what it complained about. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** As `kubectl`, for what may fail. */
  tryKubectl(args: readonly string[], input?: string): Promise<Answer>;
  /** As `tryKubectl`. */
  tryHelm(args: readonly string[]): Promise<Answer>;
  /** Throws with what it complained about. */
  helm(args: readonly string[]): Promise<string>;
}

const outputLimit = 64e6;

/** Writes the file and answers its path. */
export function describeCluster({ plane, folder, namespaces }: NodeCluster, helm: string): string {
  const file: ClusterFile = {
    kubeconfig: plane.admin.kubeconfig,
    access: plane.admin.access,
    kubectl: plane.binaries.path('kubectl'),
    helm,
    socket: socketOf(folder),
    cgroup: namespaces.cgroup,
    node: nodeName,
    address: namespaces.address,
    outside: namespaces.outside,
    enter: namespaces.enter,
  };
  const path = join(folder, 'cluster.json');
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  return path;
}

let attached: Cluster | undefined;

/** Nothing is started: call it inside `describe` or a hook, not where a file is loaded. */
export function theCluster(): Cluster {
  attached ??= attach();
  return attached;
}

function attach(): Cluster {
  const path = process.env[clusterVariable];
  if (path === undefined) throw new Error(`${clusterVariable} is not set: these tests run by \`npm run test:e2e\``);
  const file = JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
  const env = { ...process.env, KUBECONFIG: file.kubeconfig };
  const tryKubectl = (args: readonly string[], input?: string) => run(file.kubectl, args, env, input);
  const tryHelm = (args: readonly string[]) => run(file.helm, args, env);
  return {
    file,
    api: new ApiClient(file.access),
    tryKubectl,
    kubectl: async (args, input) => orThrow('kubectl', args, await tryKubectl(args, input)),
    tryHelm,
    helm: async (args) => orThrow('helm', args, await tryHelm(args)),
  };
}

function orThrow(program: string, args: readonly string[], { ok, text }: Answer): string {
  if (!ok) throw new Error(`${program} ${args.join(' ')}: ${text}`);
  return text;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, maxBuffer: outputLimit }, (error, stdout, stderr) => {
      resolve(error === null ? { ok: true, text: stdout } : { ok: false, text: stderr.trim() || error.message });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
