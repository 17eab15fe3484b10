// Counts what users asked of the API server, from its audit log. The counts are exact: they are what write budgets are tested with.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AuditRow {
  readonly user: string;
  /** As RBAC names it; a server-side apply is a `patch`. */
  readonly verb: string;
  /** Plural, with the subresource: `certificates/status`. Paths that are no resource are `-`. */
  readonly resource: string;
  /** Empty for cluster-scoped objects and for requests across namespaces. */
  readonly namespace: string;
  /** The HTTP status. */
  readonly code: number;
  readonly count: number;
}

export interface AuditFilter {
  readonly user?: string;
  readonly namespace?: string;
  /** Only what was logged after `auditOffset` answered this. */
  readonly sinceOffset?: number;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number };
}

const chunkBytes = 1 << 20;
const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Where the last complete line ends now, for `sinceOffset`: the server may be in the middle of the next. */
export function auditOffset(path: string): number {
  const size = auditSize(path);
  if (size === 0) return 0;
  const file = openSync(path, 'r');
  try {
    const tail = Buffer.alloc(Math.min(size, chunkBytes));
    const read = readSync(file, tail, 0, tail.length, size - tail.length);
    return size - tail.length + tail.subarray(0, read).lastIndexOf(10) + 1;
  } finally {
    closeSync(file);
  }
}

function auditSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Equal requests, counted; sorted by user, resource, verb, namespace and code. */
export function auditCounts(path: string, filter: AuditFilter = {}): AuditRow[] {
  const rows = new Map<string, AuditRow>();
  for (const event of readEvents(path, filter.sinceOffset ?? 0)) {
    if (!isCounted(event)) continue;
    const row = rowOf(event);
    if (filter.user !== undefined && row.user !== filter.user) continue;
    if (filter.namespace !== undefined && row.namespace !== filter.namespace) continue;
    const key = [row.user, row.resource, row.verb, row.namespace, row.code].join('\t');
    rows.set(key, { ...row, count: (rows.get(key)?.count ?? 0) + 1 });
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Waits until the log has not grown for a moment, 5 s at most: a request is logged just after it was answered. */
export async function untilAuditIsQuiet(path: string, quietMs = 250): Promise<void> {
  const deadline = Date.now() + 5000;
  for (let size = -1; size !== auditSize(path) && Date.now() < deadline; ) {
    size = auditSize(path);
    await sleep(quietMs);
  }
}

/** How many requests of these rows the server refused because the object had changed, or existed already. */
export function conflicts(rows: readonly AuditRow[]): number {
  return total(rows.filter(({ code }) => code === 409));
}

/** The rows of writes to objects, events apart. */
export function objectWrites(rows: readonly AuditRow[]): AuditRow[] {
  return rows.filter(
    ({ verb, resource }) => writeVerbs.includes(verb) && resource !== 'events' && resource !== 'leases',
  );
}

export function eventWrites(rows: readonly AuditRow[]): AuditRow[] {
  return rows.filter(({ verb, resource }) => writeVerbs.includes(verb) && resource === 'events');
}

export function reads(rows: readonly AuditRow[]): AuditRow[] {
  return rows.filter(({ verb, resource }) => !writeVerbs.includes(verb) && resource !== 'leases');
}

export function total(rows: readonly AuditRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

/** One line for each `verb resource`, for reports and failure messages. */
export function formatCounts(rows: readonly AuditRow[]): string {
  const sums = new Map<string, number>();
  for (const { verb, resource, code, count } of rows) {
    const key = `${verb} ${resource}${code >= 400 ? ` (${code})` : ''}`;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums].map(([what, count]) => `${String(count).padStart(7)} ${what}`).join('\n');
}

/** A watch is counted when it starts, since it may never end; everything else when it was answered. */
function isCounted({ stage, verb }: AuditEvent): boolean {
  return verb === 'watch' ? stage === 'ResponseStarted' : stage === 'ResponseComplete' || stage === 'Panic';
}

function rowOf({ user, verb, objectRef, responseStatus }: AuditEvent): AuditRow {
  const { resource = '-', subresource, namespace = '' } = objectRef ?? {};
  return {
    user: user.username,
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    code: responseStatus?.code ?? 0,
    count: 1,
  };
}

/** The complete lines from `offset` on, parsed one by one: logs of a bench are hundreds of megabytes. */
function* readEvents(path: string, offset: number): Generator<AuditEvent> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(chunkBytes);
  try {
    let rest = Buffer.alloc(0);
    for (let at = offset; ; ) {
      const read = readSync(file, buffer, 0, chunkBytes, at);
      if (read === 0) return;
      at += read;
      const bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
      const end = bytes.lastIndexOf(10) + 1;
      rest = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n')) {
        if (line !== '') yield JSON.parse(line) as AuditEvent;
      }
    }
  } finally {
    closeSync(file);
  }
}
