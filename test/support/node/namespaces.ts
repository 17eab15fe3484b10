// A machine within the machine for a node: Linux namespaces for its processes, mounts and network, linked to ours by one pair of network
// interfaces. When the process that holds them dies, the kernel ends and unmounts all that is in them.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlaneNetwork } from '../control-plane/arguments.ts';
import { type Processes, untilReady } from '../control-plane/processes.ts';

export interface Namespaces extends PlaneNetwork {
  /** Enters the mounts and processes, too. What is started so is no child of ours: only its starter is. */
  readonly enterAll: readonly string[];
  /** The address of this machine on the link. */
  readonly outside: string;
  /** Absolute, below each cgroup hierarchy. */
  readonly cgroup: string;
}

const linkNetwork = '10.217';
const linksAtMost = 250;
/** Private to the node, so that nothing of it is left on this machine: file names that containerd, CNI and the kubelet have built in. */
const ownFolders = [
  '/run/netns',
  '/run/containerd',
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/log/pods',
];
const cgroups = '/sys/fs/cgroup';

/** Its first process reaps whom the containers leave behind; `sleep` itself would not. */
const firstProcess = `
mount --make-rshared /
for folder in "$@"; do mkdir -p "$folder" && mount -t tmpfs -o mode=0755 tmpfs "$folder" || exit 1; done
ip link set lo up || exit 1
echo 1 > /proc/sys/net/ipv4/ip_forward || exit 1
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
while :; do sleep 1000000 & wait; done
`;

/** Removes the cgroups below `name` once their processes are gone; for the shell that outlives us. */
export function cgroupRemoval(name: string): string {
  const find = `find ${cgroups} -depth -type d -path '*/${name}*'`;
  return `for i in $(seq 100); do [ -z "$(${find} 2>/dev/null)" ] && break; ${find} -exec rmdir {} + 2>/dev/null; sleep 0.1; done`;
}

/** The name of the cgroup of a node whose files are in `folder`. */
export function cgroupName(folder: string): string {
  return folder.split('/').at(-1) ?? folder;
}

/** Makes them; `processes` ends them. */
export async function startNamespaces(folder: string, processes: Processes): Promise<Namespaces> {
  const unshare = ['--net', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const holder = processes.start('namespaces', 'unshare', [
    ...unshare,
    '--',
    'sh',
    '-c',
    firstProcess,
    'sh',
    ...ownFolders,
  ]);
  writeFileSync(join(folder, 'holder'), String(holder.pid));
  let first = 0;
  await untilReady(holder, async () => {
    first = onlyChild(holder.pid);
    return first > 0 && isForwarding(first);
  });
  const { inside, outside } = link(first);
  return {
    enter: ['nsenter', `--net=/proc/${first}/ns/net`, '--'],
    enterAll: ['nsenter', `--target=${first}`, '--net', '--mount', '--pid', '--'],
    address: inside,
    outside,
    cgroup: makeCgroup(cgroupName(folder)),
  };
}

function onlyChild(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  } catch {
    return 0;
  }
}

/** The last thing that the first process sets up. */
function isForwarding(pid: number): boolean {
  const { stdout } = spawnSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'cat', '/proc/sys/net/ipv4/ip_forward']);
  return stdout?.toString().trim() === '1';
}

/** A pair of interfaces between this machine and the namespace; it vanishes with the namespace. */
function link(pid: number): { inside: string; outside: string } {
  const name = `cw${randomBytes(4).toString('hex')}`;
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  ip('link', 'set', name, 'up');
  const { inside, outside } = claimAddresses(name);
  const within = ['nsenter', `--net=/proc/${pid}/ns/net`, 'ip'] as const;
  for (const args of [
    ['addr', 'add', `${inside}/30`, 'dev', 'eth0'],
    ['link', 'set', 'eth0', 'up'],
    ['route', 'add', 'default', 'via', outside],
  ]) {
    execFileSync(within[0], [...within.slice(1), ...args], { stdio: 'pipe' });
  }
  return { inside, outside };
}

/** The first pair that no other link has. Two starting at once may take the same one: the later address on the list gives way. */
function claimAddresses(name: string): { inside: string; outside: string } {
  for (let third = 1; third <= linksAtMost; third++) {
    const [outside, inside] = [`${linkNetwork}.${third}.1`, `${linkNetwork}.${third}.2`];
    if (interfacesWith(outside).length > 0) continue;
    ip('addr', 'add', `${outside}/30`, 'dev', name);
    if (interfacesWith(outside)[0] === name) return { inside, outside };
    ip('addr', 'del', `${outside}/30`, 'dev', name);
  }
  throw new Error(`all of ${linkNetwork}.1.0 to ${linkNetwork}.${linksAtMost}.0 are in use on this machine`);
}

function interfacesWith(address: string): string[] {
  const links = JSON.parse(ip('-json', 'addr', 'show')) as { ifname: string; addr_info?: { local: string }[] }[];
  return links
    .filter(({ addr_info = [] }) => addr_info.some(({ local }) => local === address))
    .map((each) => each.ifname);
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Is this machine's hierarchy the unified one? */
function isCgroup2(): boolean {
  return readdirSync(cgroups).includes('cgroup.controllers');
}

/**
 * In each hierarchy, so that the pods of this node have a place apart from those of any other kubelet on this machine. Answers its path
 * below the hierarchies.
 */
export function makeCgroup(name: string): string {
  for (const hierarchy of hierarchies()) {
    mkdirSync(join(hierarchy, name), { recursive: true });
    // A cpuset of version 1 is empty until it is told, and takes no process then.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!isCgroup2() && readdirSync(hierarchy).includes(file))
        writeFileSync(join(hierarchy, name, file), readFileSync(join(hierarchy, file)));
    }
  }
  return `/${name}`;
}

/** It must be empty. */
export function removeCgroup(path: string): void {
  // Two names may lead to one hierarchy.
  for (const folder of hierarchies().map((hierarchy) => join(hierarchy, path)))
    if (existsSync(folder)) rmdirSync(folder);
}

function hierarchies(): string[] {
  const all = isCgroup2() ? [cgroups] : readdirSync(cgroups).map((each) => join(cgroups, each));
  return all.filter((hierarchy) => readdirSync(hierarchy).includes('cgroup.procs'));
}
