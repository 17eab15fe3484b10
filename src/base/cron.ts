// Cron expressions of renewal windows: the grammar that stored Certificates use (five fields, descriptors, `@every`, time zone prefix) and
// when a schedule next comes round. Finding occurrences in a time zone is croner's; the grammar is read here, because dialects differ in
// what `?`, `5/15`, `*/2` in a day field, `7` and `L` mean, and croner is given plain lists of numbers only.
import { Cron } from 'croner';
import { durationProblem, parseNanoseconds } from './duration.ts';
import { goQuote } from './go-text.ts';

export interface Schedule {
  /** The first occurrence strictly after `time`; undefined where there is none. */
  next(time: Date): Date | undefined;
}

export type ParsedSchedule =
  | { readonly kind: 'ok'; readonly schedule: Schedule }
  | { readonly kind: 'bad'; readonly error: string };

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: monthNames },
  { min: 0, max: 6, names: dayNames },
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
 * Reads a cron expression; errors are in the words of github.com/robfig/cron v3, which upstream uses. A `TZ=` or `CRON_TZ=` prefix counts more than `zone`, an IANA name. `@every` counts from `anchor`; the first
 * occurrence is one period after it. Times that a change to summer time leaves out do not occur; repeated ones occur twice.
 */
export function parseSchedule(text: string, zone: string, anchor: Date): ParsedSchedule {
  try {
    return { kind: 'ok', schedule: scheduleOf(text, zone, anchor) };
  } catch (error) {
    if (error instanceof Bad) return { kind: 'bad', error: error.message };
    throw error;
  }
}

function scheduleOf(text: string, zone: string, anchor: Date): Schedule {
  if (text === '') throw new Bad('empty spec string');
  if (text.length > longestText) throw new Bad(`longer than ${longestText} characters`);
  const prefixed = /^(?:CRON_)?TZ=([^ ]*)(?: (.*))?$/s.exec(text);
  const named = prefixed === null ? zone : (prefixed[1] ?? '');
  const timeZone = zoneOf(named);
  if (timeZone === undefined) throw new Bad(`provided bad location ${named}: ${locationProblem(named)}`);
  const body = prefixed === null ? text : (prefixed[2] ?? '').trim();
  if (body.startsWith('@every ')) return everySchedule(body, anchor);
  const plain = body.startsWith('@') ? descriptors[body] : body;
  if (plain === undefined) throw new Bad(`unrecognized descriptor: ${body}`);
  return fieldSchedule(plain, timeZone);
}

/** Go looks zones up as files, and refuses what could name another file before it looks. */
function locationProblem(zone: string): string {
  return zone.includes('..') || /^[/\\]/.test(zone) ? 'time: invalid location name' : `unknown time zone ${zone}`;
}

/** Looking a zone up costs more than reading an expression, and a spec may have very many windows. */
const knownZones = new Map<string, string>();
const mostKnownZones = 1000;

function zoneOf(zone: string): string | undefined {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 'Etc/UTC';
  // Offsets such as +02:00 are time zones to ECMAScript, but not to the IANA database.
  if (!/^[A-Za-z][-+\w/]{0,63}$/.test(zone)) return undefined;
  const known = knownZones.get(zone);
  if (known !== undefined) return known;
  try {
    const found = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    if (knownZones.size < mostKnownZones) knownZones.set(zone, found);
    return found;
  } catch {
    return undefined;
  }
}

function everySchedule(text: string, anchor: Date): Schedule {
  const duration = text.slice('@every '.length);
  const nanoseconds = parseNanoseconds(duration);
  if (nanoseconds === undefined) throw new Bad(`failed to parse duration ${text}: ${durationProblem(duration)}`);
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
  if (parts.length !== fields.length) {
    throw new Bad(`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`);
  }
  const [minute, hour, day, month, weekday] = fields.map((field, index) => valuesOf(parts[index] ?? '', field)) as [
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  if (weekday.any && !day.any && !occurs(day, month)) return { next: () => undefined };
  if ([minute, hour, day, month, weekday].some((values) => values.numbers.length === 0))
    return { next: () => undefined };
  const lists = [minute, hour, day, month, weekday].map((values) => (values.any ? '*' : values.numbers.join(',')));
  // A step in the seconds makes croner treat every schedule alike on days with a clock change: by what the clock shows.
  const make = () => new Cron(['0-0/1', ...lists].join(' '), { timezone: timeZone, mode: '6-part' });
  // Made when it is first asked: most expressions are only read to see whether they are right.
  let cron: Cron | undefined;
  return {
    next(time) {
      cron ??= make();
      return cron.nextRun(time) ?? undefined;
    },
  };
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

/** Commas without anything between them are read over; a list of nothing else has no values. */
function valuesOf(text: string, field: Field): Values {
  const ranges = text.split(',').flatMap((item) => (item === '' ? [] : [rangeOf(item, field)]));
  const numbers = new Set(ranges.flatMap((range) => range.numbers));
  return { any: ranges.some((range) => range.any), numbers: [...numbers].sort((a, b) => a - b) };
}

function rangeOf(item: string, field: Field): Values {
  const { min, max } = field;
  const [range = '', stepText, ...tooMany] = item.split('/');
  const [lowText = '', highText, ...more] = range.split('-');
  const open = lowText === '*' || lowText === '?';
  const low = open ? min : numberOf(lowText, field);
  if (!open && more.length > 0) throw new Bad(`too many hyphens: ${item}`);
  const last = open ? max : highText === undefined ? low : numberOf(highText, field);
  if (tooMany.length > 0) throw new Bad(`too many slashes: ${item}`);
  const step = stepText === undefined ? 1 : numberOf(stepText, { ...field, names: [] });
  // `5/15` means from 5 to the end.
  const high = highText === undefined && stepText !== undefined ? max : last;
  if (low < min) throw new Bad(`beginning of range (${low}) below minimum (${min}): ${item}`);
  if (high > max) throw new Bad(`end of range (${high}) above maximum (${max}): ${item}`);
  if (low > high) throw new Bad(`beginning of range (${low}) beyond end of range (${high}): ${item}`);
  if (step === 0) throw new Bad(`step of range should be a positive number: ${item}`);
  const numbers: number[] = [];
  for (let number = low; number <= high; number += step) numbers.push(number);
  return { any: open && step === 1, numbers };
}

const mostInteger = (1n << 63n) - 1n;

function numberOf(text: string, { names, min }: Field): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  const fail = (why: string): never => {
    throw new Bad(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: ${why}`);
  };
  if (!/^[-+]?\d+$/.test(text)) return fail('invalid syntax');
  const number = BigInt(text.replace('+', ''));
  if (number > mostInteger || number < -mostInteger - 1n) return fail('value out of range');
  if (number < 0n) throw new Bad(`negative number (${number}) not allowed: ${text}`);
  return Number(number);
}
