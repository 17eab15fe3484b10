// CPU time and memory of a process, from /proc (Linux only).
import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time since the start. */
  readonly cpuSeconds: number;
  /** Millions of bytes. */
  readonly rssMB: number;
  readonly rssPeakMB: number;
}

/** The kernel counts in hundredths of a second on every Linux of today. */
const ticksPerSecond = 100;

/** Throws where there is no such process, or no /proc. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssMB: (kilobytes('VmRSS') * 1024) / 1e6,
    rssPeakMB: (kilobytes('VmHWM') * 1024) / 1e6,
  };
}
