// Cron expressions of renewal windows: the grammar that stored Certificates use (five fields, descriptors, `@every`, time zone prefix) and
// when a schedule next comes round. Finding occurrences in a time zone is croner's; the grammar is read here, because dialects differ in
// what `?`, `5/15`, `*/2` in a day field, `7` and `L` mean, and croner is given plain lists of numbers only.
import { Cron } from 'croner';
import { parseNanoseconds } from '../../base/duration.ts';

export interface Schedule {
  /** The first occurrence strictly after `time`; undefined where there is none. */
  next(time: Date): Date | undefined;
}

export type ParsedSchedule =
  | { readonly kind: 'ok'; readonly schedule: Schedule }
  | { readonly kind: 'bad'; readonly error: string };

interface Field {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields = [
  { what: 'minute', min: 0, max: 59, names: [] },
  { what: 'hour', min: 0, max: 23, names: [] },
  { what: 'day of month', min: 1, max: 31, names: [] },
  { what: 'month', min: 1, max: 12, names: monthNames },
  { what: 'day of week', min: 0, max: 6, names: dayNames },
] as const satisfies readonly Field[];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Days that a month can have at most, February 29 included. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Every schedule there is can be said in less. */
const longestText = 1000;

class Bad extends Error {}

/** Whether `zone` is a name of the IANA time zone database. `Local` is UTC: that is what a container's clock shows. */
export function isTimeZone(zone: string): boolean {
  return zoneOf(zone) !== undefined;
}

/**
 * Reads a cron expression. A `TZ=` or `CRON_TZ=` prefix counts more than `zone`, an IANA name. `@every` counts from `anchor`; the first
 * occurrence is one period after it. Times that a change to summer time leaves out do not occur; repeated ones occur twice.
 */
export function parseSchedule(text: string, zone: string, anchor: Date): ParsedSchedule {
  try {
    return { kind: 'ok', schedule: scheduleOf(text.trim(), zone, anchor) };
  } catch (error) {
    if (error instanceof Bad) return { kind: 'bad', error: error.message };
    throw error;
  }
}

function scheduleOf(text: string, zone: string, anchor: Date): Schedule {
  if (text.length > longestText) throw new Bad(`longer than ${longestText} characters`);
  const prefixed = /^(?:CRON_)?TZ=(\S*)(?:\s+(.*))?$/s.exec(text);
  const named = prefixed === null ? zone : (prefixed[1] ?? '');
  const timeZone = zoneOf(named);
  if (timeZone === undefined) throw new Bad(`unknown time zone "${named}"`);
  const body = prefixed === null ? text : (prefixed[2] ?? '').trim();
  if (body.startsWith('@every ')) return everySchedule(body.slice('@every '.length), anchor);
  const plain = body.startsWith('@') ? descriptors[body] : body;
  if (plain === undefined) throw new Bad(`unknown descriptor "${body}"`);
  return fieldSchedule(plain, timeZone);
}

function zoneOf(zone: string): string | undefined {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 'Etc/UTC';
  // Offsets such as +02:00 are time zones to ECMAScript, but not to the IANA database.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function everySchedule(duration: string, anchor: Date): Schedule {
  const nanoseconds = parseNanoseconds(duration);
  if (nanoseconds === undefined) throw new Bad(`not a duration: "${duration}"`);
  const periodMs = Math.max(1, Number(nanoseconds / 1_000_000_000n)) * 1000;
  const start = Math.floor(anchor.getTime() / 1000) * 1000;
  return {
    next(time) {
      const periods = Math.max(1, Math.floor((time.getTime() - start) / periodMs) + 1);
      return new Date(start + periods * periodMs);
    },
  };
}

function fieldSchedule(text: string, timeZone: string): Schedule {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) throw new Bad(`${parts.length} fields where 5 are needed: "${text}"`);
  const [minute, hour, day, month, weekday] = fields.map((field, index) => valuesOf(parts[index] ?? '', field)) as [
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  if (weekday.any && !day.any && !occurs(day, month)) return { next: () => undefined };
  const lists = [minute, hour, day, month, weekday].map((values) => (values.any ? '*' : values.numbers.join(',')));
  // A step in the seconds makes croner treat every schedule alike on days with a clock change: by what the clock shows.
  const cron = new Cron(['0-0/1', ...lists].join(' '), { timezone: timeZone, mode: '6-part' });
  return { next: (time) => cron.nextRun(time) ?? undefined };
}

function occurs(day: Values, month: Values): boolean {
  const first = day.numbers[0] ?? 32;
  return month.numbers.some((number) => first <= (longest[number - 1] ?? 0));
}

interface Values {
  /** Written as `*` or `?`: then a day field does not take part in choosing the day. */
  readonly any: boolean;
  /** Ascending. */
  readonly numbers: readonly number[];
}

function valuesOf(text: string, field: Field): Values {
  const items = text.split(',').filter((item) => item !== '');
  if (items.length === 0) throw new Bad(`no ${field.what} in "${text}"`);
  const ranges = items.map((item) => rangeOf(item, field));
  const numbers = new Set(ranges.flatMap((range) => range.numbers));
  return { any: ranges.some((range) => range.any), numbers: [...numbers].sort((a, b) => a - b) };
}

function rangeOf(item: string, field: Field): Values {
  const [range = '', stepText, ...tooMany] = item.split('/');
  if (tooMany.length > 0) throw new Bad(`more than one step in ${field.what} "${item}"`);
  const [lowText = '', highText, ...more] = range.split('-');
  const open = lowText === '*' || lowText === '?';
  if (!open && more.length > 0) throw new Bad(`not a range of ${field.what}s: "${item}"`);
  const low = open ? field.min : numberOf(lowText, field);
  const step = stepText === undefined ? 1 : numberOf(stepText, { ...field, names: [] });
  // `5/15` means from 5 to the end.
  const last = highText === undefined && stepText === undefined ? low : field.max;
  const high = open ? field.max : highText === undefined ? last : numberOf(highText, field);
  if (low < field.min || high > field.max)
    throw new Bad(`${field.what} "${item}" is not within ${field.min}-${field.max}`);
  if (low > high) throw new Bad(`${field.what} range "${item}" ends before it begins`);
  if (step === 0) throw new Bad(`step of ${field.what} "${item}" is zero`);
  const numbers: number[] = [];
  for (let number = low; number <= high; number += step) numbers.push(number);
  return { any: open && step === 1, numbers };
}

function numberOf(text: string, field: Field): number {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  if (!/^\+?\d{1,9}$/.test(text)) throw new Bad(`not a ${field.what}: "${text}"`);
  return Number(text);
}
