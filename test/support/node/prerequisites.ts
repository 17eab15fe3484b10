// What a machine must have to run a node: Linux, root, and programs that Debian packages. Installs what it may, says what is missing.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { makeCgroup, removeCgroup } from './namespaces.ts';
import { pauseCompilers } from './pause.ts';

/** A program or file, and the Debian packages that bring it. */
interface Need {
  readonly what: string;
  readonly packages: readonly string[];
  readonly isThere: () => boolean;
}

const program = (name: string, ...packages: string[]): Need => ({
  what: name,
  packages,
  isThere: () => isProgram(name),
});

const needs: readonly Need[] = [
  program('containerd', 'containerd'),
  program('ctr', 'containerd'),
  program('runc', 'runc'),
  program('iptables', 'iptables'),
  program('conntrack', 'conntrack'),
  program('ip', 'iproute2'),
  program('mount', 'mount'),
  program('unshare', 'util-linux'),
  program('nsenter', 'util-linux'),
  program('buildah', 'buildah'),
  {
    what: '/usr/lib/cni/bridge',
    packages: ['containernetworking-plugins'],
    isThere: () => existsSync('/usr/lib/cni/bridge'),
  },
  {
    what: 'a compiler (gcc with a static C library, or Go)',
    packages: ['gcc', 'libc6-dev'],
    isThere: () => pauseCompilers.some(isProgram),
  },
];

const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const lastCharacters = 2000;

/**
 * Answers what is missing for a node on this machine, one line each; empty when it can run one. As root on Debian and its relatives,
 * missing packages are installed first.
 */
export async function missingPrerequisites(say: (line: string) => void): Promise<string[]> {
  if (process.platform !== 'linux') return [`Linux: this is ${process.platform}`];
  // Also for the processes that are started later: a shell without a login often lacks these folders.
  const path = (process.env['PATH'] ?? '').split(':');
  process.env['PATH'] = [...path, ...sbin.filter((folder) => !path.includes(folder))].join(':');
  const isRoot = process.getuid?.() === 0;
  const problems = isRoot ? [] : ['root: run it as root, or with sudo'];
  const absent = needs.filter(({ isThere }) => !isThere());
  if (absent.length > 0 && isRoot && isProgram('apt-get')) await install(absent, say, problems);
  for (const { what, packages, isThere } of absent) {
    if (!isThere()) problems.push(`${what}: on Debian, apt-get install ${packages.join(' ')}`);
  }
  return problems.length > 0 ? problems : refusedByKernel();
}

async function install(absent: readonly Need[], say: (line: string) => void, problems: string[]): Promise<void> {
  const packages = [...new Set(absent.flatMap((need) => need.packages))];
  say(`Installing ${packages.join(' ')} with apt-get …`);
  const get = ['-o', 'DPkg::Lock::Timeout=120', '-y', '--no-install-recommends', 'install', ...packages];
  let failure = await run('apt-get', get);
  if (failure !== undefined) failure = (await run('apt-get', ['update'])) ?? (await run('apt-get', get));
  if (failure !== undefined) problems.push(`apt-get could not install ${packages.join(' ')}: ${failure}`);
}

/** Answers the end of what a failure wrote. */
function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-lastCharacters);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : output.trim()));
  });
}

function isProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${name}`));
}

/** What root may not do in a container that is not privileged, or on a kernel without the modules. */
function refusedByKernel(): string[] {
  const trial =
    'ip link add trial0 type veth peer name trial1 && ip link add trial2 type bridge && iptables -t nat -n -L';
  const { status, stderr } = spawnSync(
    'unshare',
    ['--net', '--pid', '--mount', '--fork', '--mount-proc', 'sh', '-c', trial],
    { encoding: 'utf8' },
  );
  const network = status === 0 ? [] : [`the right to make namespaces, bridges and iptables rules: ${stderr.trim()}`];
  try {
    removeCgroup(makeCgroup(`certwright-trial-${process.pid}`));
    return network;
  } catch (error) {
    return [...network, `the right to make cgroups: ${error instanceof Error ? error.message : error}`];
  }
}
