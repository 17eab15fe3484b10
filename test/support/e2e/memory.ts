// The processes of a pod and how much memory they hold, read from this machine's /proc: the node's processes are this machine's.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { type Pod, pods } from './release.ts';

interface Memory {
  /** Resident, pages of files included. */
  readonly rssBytes: number;
  /** Of those, what no file backs: what only this process pays for. */
  readonly anonymousBytes: number;
}

/** Long enough for what starting took to be given back. */
export const restMs = 20_000;
const cgroups = '/sys/fs/cgroup';

/** The sum over its processes. */
function memoryOf(cluster: Cluster, pod: Pod): Memory {
  const statuses = processesOf(cluster, pod).map(statusOf);
  return {
    rssBytes: sum(statuses.map(({ rssBytes }) => rssBytes)),
    anonymousBytes: sum(statuses.map(({ anonymousBytes }) => anonymousBytes)),
  };
}

/** The ids, on this machine, of a pod's processes; not of the one that only holds its namespaces. */
export function processesOf(cluster: Cluster, pod: Pod): number[] {
  const hierarchy = readdirSync(cgroups).includes('memory') ? join(cgroups, 'memory') : cgroups;
  const top = join(hierarchy, cluster.file.cgroup);
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('/cgroup.procs') && path.split('/').includes(`pod${pod.metadata.uid}`),
  );
  const pids = new Set(files.flatMap((path) => lines(join(top, path))));
  return [...pids].map(Number).filter((pid) => !lines(`/proc/${pid}/status`).includes('Name:\tpause'));
}

/** A line for each pod of the release. Numbers of this machine: nothing is to be asserted of them. */
export async function memoryLines(cluster: Cluster): Promise<string[]> {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return (await pods(cluster)).map((pod) => {
    const { rssBytes, anonymousBytes } = memoryOf(cluster, pod);
    const name = pod.metadata.labels?.['app.kubernetes.io/component'] ?? pod.metadata.name;
    return `${name}: ${megabytes(rssBytes)} resident, ${megabytes(anonymousBytes)} of it anonymous`;
  });
}

function statusOf(pid: number): Memory {
  const text = lines(`/proc/${pid}/status`);
  const field = (name: string) => text.find((line) => line.startsWith(`${name}:`))?.split(/\s+/)[1] ?? '';
  return {
    rssBytes: Number(field('VmRSS')) * 1024,
    anonymousBytes: Number(field('RssAnon')) * 1024,
  };
}

/** None of a process that has just ended. */
function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
