// Times as Kubernetes writes them: RFC 3339 in UTC. No clock is read here.

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** `date` with seconds, as in metav1.Time: `2026-11-22T19:58:00Z`. Fractions are cut off, not rounded. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `date` with six fraction digits, as in metav1.MicroTime: `2026-11-22T19:58:00.123000Z`. */
export function formatMicroTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}

/** The time that an RFC 3339 text names, to the millisecond; undefined for anything else, impossible dates included. */
export function parseTime(text: string): Date | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const fields = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (fields[3] > 23 || fields[4] > 59 || fields[5] > 59) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(fields[0], fields[1] - 1, fields[2]);
  local.setUTCHours(fields[3], fields[4], fields[5], Number(fraction.slice(1, 4).padEnd(3, '0')));
  if (local.getUTCMonth() !== fields[1] - 1 || local.getUTCDate() !== fields[2]) return undefined;
  const offset = offsetMinutes(zone);
  return offset === undefined ? undefined : new Date(local.getTime() - offset * 60_000);
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
