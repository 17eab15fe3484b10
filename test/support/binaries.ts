// Finds the programs that a control plane and a node are made of, and gets them where they are missing: from KUBEBUILDER_ASSETS, the
// cache folder, the official downloads, or a build from Go modules. Knows nothing of how they are started.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildBinaries } from './binaries/build.ts';
import { downloadEnvtest, downloadOfficial } from './binaries/download.ts';
import { withLock } from './binaries/lock.ts';

export type NodeBinary = 'kubelet' | 'kube-proxy' | 'kube-scheduler';
export type Binary = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | NodeBinary;

/** Absolute paths. Those that only an option brings may be missing on disk unless they were asked for. */
export interface Binaries {
  readonly folder: string;
  path(binary: Binary): string;
}

export type Say = (line: string) => void;

/** What the build makes, and what the downloads should come close to. The Go modules in binaries/ pin the same. */
export const versions = { kubernetes: '1.37.2', etcd: '3.7.3' } as const;

const always: readonly Binary[] = ['etcd', 'kube-apiserver', 'kubectl'];
const ofNodes: readonly Binary[] = ['kubelet', 'kube-proxy', 'kube-scheduler'];
const temporaryPrefix = 'new-';

const sayOnStderr: Say = (line) => void process.stderr.write(`${line}\n`);

/**
 * Finds, downloads or builds the programs. All of them come from one folder, so that their versions fit.
 *
 * - `controllerManager`: also kube-controller-manager, which garbage collection and service account tokens need. The envtest archive does
 *   not bring it: it is then downloaded on its own, or built.
 * - `node`: also what runs pods. Downloaded or built, too.
 * - `say` gets a line for everything that takes longer than a moment.
 *
 * Throws with the ways out when nothing worked.
 */
export async function findBinaries(
  options: { controllerManager?: boolean; node?: boolean; say?: Say } = {},
): Promise<Binaries> {
  const say = options.say ?? sayOnStderr;
  const needed: readonly Binary[] = [
    ...always,
    ...(options.controllerManager === true ? (['kube-controller-manager'] as const) : []),
    ...(options.node === true ? ofNodes : []),
  ];
  const given = process.env['KUBEBUILDER_ASSETS'];
  if (given !== undefined && given !== '') {
    const missing = missingIn(given, needed);
    if (missing.length === 0) return inFolder(given);
    say(`KUBEBUILDER_ASSETS has no ${missing.join(', ')}: using the project's own set of programs instead.`);
  }
  const folder = cacheFolder();
  if (missingIn(folder, needed).length > 0) {
    mkdirSync(folder, { recursive: true });
    await withLock(join(folder, 'lock'), say, () => fill(folder, needed, say));
  }
  return inFolder(folder);
}

/** Where downloads and builds are kept; one folder for each pair of versions. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(base, 'certwright', `kubernetes-${versions.kubernetes}-etcd-${versions.etcd}`);
}

function inFolder(folder: string): Binaries {
  return { folder, path: (binary) => join(folder, binary) };
}

function missingIn(folder: string, needed: readonly Binary[]): Binary[] {
  return needed.filter((binary) => {
    try {
      accessSync(join(folder, binary), constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
}

/** Each way gets what is still missing and answers with why it failed, or undefined. The last failure decides. */
async function fill(folder: string, needed: readonly Binary[], say: Say): Promise<void> {
  removeLeftovers(folder);
  const missing = () => missingIn(folder, needed);
  const failures: string[] = [];
  const attempt = async (what: string, get: (into: string) => Promise<void>) => {
    const into = mkdtempSync(join(folder, temporaryPrefix));
    try {
      await get(into);
      for (const name of readdirSync(into)) renameSync(join(into, name), join(folder, name));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`- ${what}: ${why}`);
      say(`  ${what}: ${firstLine(why)}`);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  };
  say(`Getting ${missing().join(', ')} (once; they are kept in the cache folder) …`);
  if (missing().some((binary) => always.includes(binary))) {
    await attempt('envtest archive', (into) => downloadEnvtest(versions.kubernetes, into, say));
  }
  if (missing().every((binary) => !always.includes(binary))) {
    const version = apiserverVersion(folder);
    const wanted = missing();
    if (wanted.length > 0)
      await attempt(`official ${wanted.join(', ')}`, (into) => downloadOfficial(wanted, version, into, say));
  }
  if (missing().length > 0) await attempt('go build', (into) => buildBinaries(missing(), versions, into, say));
  if (missing().length > 0) throw new Error(waysOut(missing(), failures));
}

/** What a build that was killed has left behind. Only called while holding the lock. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(temporaryPrefix)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** The archive's apiserver may be of another patch release than `versions`; the other programs must not be newer. */
function apiserverVersion(folder: string): string {
  const { stdout } = spawnSync(join(folder, 'kube-apiserver'), ['--version'], { encoding: 'utf8' });
  return /v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1] ?? versions.kubernetes;
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';

function waysOut(missing: readonly Binary[], failures: readonly string[]): string {
  return [
    `The control plane cannot start: ${missing.join(', ')} could not be had. What was tried:`,
    ...failures,
    'One of these is enough:',
    `- set KUBEBUILDER_ASSETS to a folder that holds ${[...always, 'kube-controller-manager', ...ofNodes].join(', ')};`,
    '- let this machine reach github.com and dl.k8s.io over HTTPS (archives of controller-tools, official Kubernetes programs);',
    '- install Go 1.26 or later and let it reach a module proxy (GOPROXY).',
  ].join('\n');
}
