// What a run that was killed together with its undertaker left on this machine: processes in a node's namespaces, cgroups, a folder.
// Only nodes of this project whose owner is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupName, cgroupRemoval } from './namespaces.ts';

/** How the folders of nodes begin. */
export const nodeFolderPrefix = 'certwright-node-';

/** Says in `folder` that this process owns the node. */
export function markOwner(folder: string): void {
  writeFileSync(join(folder, 'owner'), identity(process.pid) ?? '');
}

/** Ends and removes the nodes of processes that are gone. */
export function removeLeftovers(say: (line: string) => void): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(nodeFolderPrefix))) {
    const folder = join(tmpdir(), name);
    const owner = read(join(folder, 'owner'));
    const [pid = ''] = owner.split(' ');
    if (owner === '' || identity(Number(pid)) === owner) continue;
    say(`Removing what an earlier run left in ${folder}`);
    const holder = Number(read(join(folder, 'holder')));
    // The number may by now belong to somebody else's process.
    if (holder > 0 && read(`/proc/${holder}/cmdline`).startsWith('unshare\0')) endAll(holder);
    spawnSync('sh', ['-c', cgroupRemoval(cgroupName(folder))]);
    for (const path of [read(join(folder, 'plane')), folder])
      if (path !== '') rmSync(path, { recursive: true, force: true });
  }
}

/** The holder, and all processes in the network of its first child: the control plane is among them. */
function endAll(holder: number): void {
  const child = read(`/proc/${holder}/task/${holder}/children`).trim();
  const network = networkOf(child);
  const inside = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && networkOf(pid) === network);
  for (const pid of network === undefined ? [holder] : [...inside.map(Number), holder]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function networkOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** A process, told apart from a later one of the same number by when it started. */
function identity(pid: number): string | undefined {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return existsSync(`/proc/${pid}`) ? `${pid} ${fields[19]}` : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
