// One burst of the bench: N Certificates created at once, until all are Ready, and what that cost the controller and the API server.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../src/api/certificate.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import { certificates } from '../../src/api/kinds.ts';
import type { Manifest } from '../../test/support/api-client.ts';
import * as audit from '../../test/support/audit-log.ts';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import { controllerUser } from '../../test/support/controller-process.ts';
import { type Usage, usageOf } from '../../test/support/usage.ts';

const creators = 16;
const settleMs = 5_000;
const quietMs = 1_000;

/** `make` gets the name of each. `pid`: the controller's. */
export async function issueBurst(
  plane: ControlPlane,
  pid: number,
  namespace: string,
  count: number,
  make: (name: string) => Manifest,
  say: (line: string) => void,
): Promise<object> {
  const { client, auditLog } = plane;
  await audit.untilAuditIsQuiet(auditLog);
  const offset = audit.auditOffset(auditLog);
  const before = usageOf(pid);
  const started = performance.now();
  let next = 0;
  const create = async () => {
    for (let i = next++; i < count; i = next++) await client.create(certificates, make(`c${i}`));
  };
  await Promise.all(Array.from({ length: creators }, create));
  const created = performance.now();
  let ready = 0;
  while (ready < count) {
    await sleep(Math.min(5_000, 250 + (count - ready) * 2));
    ready = await readyIn(plane, namespace);
    say(`  ${ready} of ${count} Ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  const seconds = (performance.now() - started) / 1000;
  const busy = usageOf(pid);
  await sleep(settleMs);
  await audit.untilAuditIsQuiet(auditLog, quietMs);
  const after = usageOf(pid);
  const rows = audit.auditCounts(auditLog, { user: controllerUser, sinceOffset: offset });
  return {
    count,
    seconds: round(seconds),
    createSeconds: round((created - started) / 1000),
    perSecond: round(count / seconds),
    ...figures(after, before),
    cpuMsPerCertificate: round(((after.cpuSeconds - before.cpuSeconds) * 1000) / count),
    rssBusyMB: round(busy.rssMB),
    objectWritesPerCertificate: round(audit.total(audit.objectWrites(rows)) / count),
    eventWritesPerCertificate: round(audit.total(audit.eventWrites(rows)) / count),
    readsPerCertificate: round(audit.total(audit.reads(rows)) / count),
    conflicts: audit.conflicts(rows),
    byVerb: Object.fromEntries(byVerb(rows, count)),
  };
}

/** How many Certificates of a namespace are Ready. */
export async function readyIn({ client }: ControlPlane, namespace: string): Promise<number> {
  const all = await client.list<Certificate>(certificates, namespace);
  return all.filter(({ status }) => conditionOf(status?.conditions, 'Ready')?.status === 'True').length;
}

export function figures(now: Usage, before: Usage | undefined) {
  return {
    cpuSeconds: round(now.cpuSeconds - (before?.cpuSeconds ?? 0)),
    rssMB: round(now.rssMB),
    rssPeakMB: round(now.rssPeakMB),
  };
}

function byVerb(rows: readonly audit.AuditRow[], count: number): readonly [string, number][] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const name = `${row.verb} ${row.resource}${row.code >= 400 ? ` ${row.code}` : ''}`;
    sums.set(name, (sums.get(name) ?? 0) + row.count);
  }
  return [...sums].map(([name, sum]) => [name, round(sum / count)]);
}

/** To hundredths. */
export const round = (value: number): number => Math.round(value * 100) / 100;
