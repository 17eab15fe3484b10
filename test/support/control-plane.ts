// A real control plane on loopback, for tests, the demo and the bench: etcd, kube-apiserver and, where asked for, kube-controller-manager,
// in a temporary folder, on free ports, gone when the process is gone. No node (see node/): pods are stored, never run.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { customResourceDefinitions, namespaces } from '../../src/kube/resources.ts';
import { type Access, ApiClient, type Manifest } from './api-client.ts';
import { type Binaries, type Binary, findBinaries, type Say } from './binaries.ts';
import {
  apiserverArguments,
  controllerManagerArguments,
  etcdArguments,
  freePorts,
  kubeconfigText,
  type PlaneNetwork,
  type Ports,
  writeFiles,
} from './control-plane/arguments.ts';
import { type Authority, createAuthority } from './control-plane/authority.ts';
import { type Processes, type Running, startProcesses, untilReady } from './control-plane/processes.ts';
import { controllerRoles } from './rbac.ts';

export interface ControlPlaneOptions {
  /** Garbage collection, namespace deletion, service accounts and their tokens, signing of CertificateSigningRequests. */
  readonly controllerManager?: boolean;
  /** Installs certwright's CRDs; before the controller manager starts, whose garbage collector then knows them at once. */
  readonly crds?: boolean;
  /** Added to the apiserver's command line. */
  readonly apiserverFlags?: readonly string[];
  /** Where a node is to join: the programs run in this network instead of on loopback, with every controller that pods need. */
  readonly network?: PlaneNetwork;
  /** Leaves the folder, with its logs, where it is. */
  readonly keep?: boolean;
  readonly say?: Say;
}

/** Someone who may talk to the API server. */
export interface User {
  readonly name: string;
  readonly access: Access;
  /** The path of a kubeconfig file that needs no other file. */
  readonly kubeconfig: string;
}

export interface ControlPlane {
  /** `https://127.0.0.1:<port>`, or at the network's address. */
  readonly server: string;
  /** `http://127.0.0.1:<port>`, in the network that was given; it speaks JSON below /v3. */
  readonly etcd: string;
  readonly folder: string;
  readonly binaries: Binaries;
  /** One JSON line a request, at metadata level: see audit-log.ts. */
  readonly auditLog: string;
  /** A member of system:masters. */
  readonly admin: User;
  /** As the admin. */
  readonly client: ApiClient;
  user(name: string, groups?: readonly string[]): Promise<User>;
  /** Waits for it to be back, at the same address. `abruptly` kills it, as a crash would. */
  restartApiserver(options?: { readonly abruptly?: boolean }): Promise<void>;
  stopApiserver(options?: { readonly abruptly?: boolean }): Promise<void>;
  startApiserver(): Promise<void>;
  /** Does nothing where it runs already. */
  startControllerManager(): Promise<void>;
  installCrds(): Promise<void>;
  /** Gives a user the rights of certwright's controller and no other; a user of that name in any later start of a process keeps them. */
  grantControllerRoles(user: string): Promise<void>;
  /** A namespace of its own for a test; answers its name, `<prefix>-<random>`. */
  createNamespace(prefix?: string): Promise<string>;
  /** As the admin. Answers what it printed; throws with what it complained about. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Kills this process, too, when ours ends, in whatever way. */
  adopt(pid: number, ended: Promise<unknown>): void;
  /** Kills everything and removes the folder. Happens by itself when the process ends, in whatever way. */
  stop(): Promise<void>;
}

const crdFolder = join(import.meta.dirname, '..', '..', 'crds');
const portAttempts = 3;

/** Starts a control plane; ready in about six seconds once the programs are there. Throws with the end of the log of what failed. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { controllerManager = false, say } = options;
  const binaries = await findBinaries({ controllerManager, ...(say === undefined ? {} : { say }) });
  const authority = await createAuthority();
  for (let attempt = 1; ; attempt++) {
    const plane = new LoopbackControlPlane(binaries, authority, await freePorts(), options);
    try {
      await plane.start();
      return plane;
    } catch (error) {
      const isPortTaken = plane.someLogHas('address already in use');
      await plane.stop();
      if (!isPortTaken || attempt === portAttempts) throw error;
    }
  }
}

let shared: Promise<ControlPlane> | undefined;

/** The one that all tests of a process use, with certwright's CRDs. Nobody stops it: it ends with the process. */
export async function sharedControlPlane(
  options: Pick<ControlPlaneOptions, 'controllerManager'> = {},
): Promise<ControlPlane> {
  shared ??= startControlPlane({ crds: true });
  const plane = await shared;
  if (options.controllerManager === true) await plane.startControllerManager();
  return plane;
}

class LoopbackControlPlane implements ControlPlane {
  readonly binaries: Binaries;
  readonly folder: string;
  readonly server: string;
  readonly etcd: string;
  readonly auditLog: string;
  readonly #authority: Authority;
  readonly #ports: Ports;
  readonly #options: ControlPlaneOptions;
  readonly #processes: Processes;
  #admin: User | undefined;
  #client: ApiClient | undefined;
  #apiserver: Running | undefined;
  #controllerManager: Promise<void> | undefined;

  constructor(binaries: Binaries, authority: Authority, ports: Ports, options: ControlPlaneOptions) {
    this.binaries = binaries;
    this.#authority = authority;
    this.#ports = ports;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'certwright-'));
    this.server = `https://${options.network?.address ?? '127.0.0.1'}:${ports.apiserver}`;
    this.etcd = `http://127.0.0.1:${ports.etcd}`;
    this.auditLog = join(this.folder, 'audit.log');
    this.#processes = startProcesses(this.folder, options.keep ?? false);
  }

  get admin(): User {
    if (this.#admin === undefined) throw new Error('the control plane has not started');
    return this.#admin;
  }

  get client(): ApiClient {
    this.#client ??= new ApiClient(this.admin.access);
    return this.#client;
  }

  async start(): Promise<void> {
    await writeFiles(this.folder, this.#authority, this.#options.network);
    this.#admin = await this.user('admin', ['system:masters']);
    // The apiserver waits for etcd by itself: both start at once.
    const etcd = this.#run('etcd', etcdArguments(this.#ports));
    await this.startApiserver(etcd);
    if (this.#options.crds === true) await this.installCrds();
    if (this.#options.controllerManager === true) await this.startControllerManager();
  }

  #run(name: Binary, args: readonly string[], binaries = this.binaries): Running {
    const [program = '', ...before] = [...(this.#options.network?.enter ?? []), binaries.path(name)];
    return this.#processes.start(name, program, [...before, ...args]);
  }

  async startApiserver(etcd?: Running): Promise<void> {
    const { network, apiserverFlags = [] } = this.#options;
    this.#apiserver = this.#run('kube-apiserver', apiserverArguments(this.#ports, network, apiserverFlags));
    await untilReady(this.#apiserver, async () => {
      // Without etcd the apiserver never becomes ready, and its log does not say why.
      if (etcd?.ended() !== undefined) await untilReady(etcd, async () => false);
      return this.#answers('/readyz');
    });
  }

  async stopApiserver({ abruptly = false } = {}): Promise<void> {
    if (this.#apiserver !== undefined) await this.#processes.stop(this.#apiserver, abruptly ? 0 : 5000);
    this.#apiserver = undefined;
  }

  async restartApiserver(options: { readonly abruptly?: boolean } = {}): Promise<void> {
    await this.stopApiserver(options);
    await this.startApiserver();
  }

  startControllerManager(): Promise<void> {
    this.#controllerManager ??= this.#startControllerManager();
    return this.#controllerManager;
  }

  async #startControllerManager(): Promise<void> {
    const { say, network } = this.#options;
    const binaries = await findBinaries({ controllerManager: true, ...(say === undefined ? {} : { say }) });
    const flags = controllerManagerArguments('admin.kubeconfig', network !== undefined);
    const running = this.#run('kube-controller-manager', flags, binaries);
    // It has no health endpoint here; the first account that it makes shows that it works.
    await untilReady(running, () => this.#answers('/api/v1/namespaces/default/serviceaccounts/default'));
  }

  async #answers(path: string): Promise<boolean> {
    try {
      await this.client.request('GET', path);
      return true;
    } catch {
      return false;
    }
  }

  async user(name: string, groups: readonly string[] = []): Promise<User> {
    const pair = await this.#authority.issue({ commonName: name, groups });
    const access = { server: this.server, ca: this.#authority.cert, ...pair };
    const kubeconfig = join(this.folder, `${name.replaceAll(/[^\w.-]/g, '-')}.kubeconfig`);
    writeFileSync(kubeconfig, kubeconfigText(access, name), { mode: 0o600 });
    return { name, access, kubeconfig };
  }

  async installCrds(): Promise<void> {
    const files = existsSync(crdFolder) ? readdirSync(crdFolder).filter((name) => name.endsWith('.yaml')) : [];
    if (files.length === 0) throw new Error('there are no CRDs in crds/: run `npm run gen`');
    const manifests = files.flatMap((name) =>
      parseAllDocuments(readFileSync(join(crdFolder, name), 'utf8')).map((document) => document.toJS() as Manifest),
    );
    const names = await Promise.all(
      manifests.map(async (manifest) => {
        const { metadata } = await this.client.apply<KubeObject>(customResourceDefinitions, manifest, 'install');
        return metadata.name;
      }),
    );
    await Promise.all(names.map((name) => this.#untilEstablished(name)));
  }

  async #untilEstablished(name: string): Promise<void> {
    interface Crd extends KubeObject {
      readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] };
    }
    for (let left = 200; ; left--) {
      const { status } = await this.client.get<Crd>(customResourceDefinitions, { name });
      const conditions = status?.conditions ?? [];
      if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
      if (left === 0) throw new Error(`the CRD ${name} was not established: ${JSON.stringify(conditions)}`);
      await sleep(50);
    }
  }

  async grantControllerRoles(user: string): Promise<void> {
    await Promise.all(
      controllerRoles(user).map(({ resource, manifest }: { resource: ResourceType; manifest: Manifest }) =>
        this.client.apply(resource, manifest, 'install'),
      ),
    );
  }

  async createNamespace(prefix = 'test'): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  kubectl(args: readonly string[], input?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const all = ['--kubeconfig', this.admin.kubeconfig, ...args];
      const child = execFile(this.binaries.path('kubectl'), all, { maxBuffer: 64e6 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`));
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(input ?? '');
    });
  }

  someLogHas(text: string): boolean {
    const logs = readdirSync(this.folder).filter((name) => name.endsWith('.log'));
    return logs.some((name) => readFileSync(join(this.folder, name), 'utf8').includes(text));
  }

  adopt(pid: number, ended: Promise<unknown>): void {
    this.#processes.adopt(pid, ended);
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#processes.stopAll();
  }
}
