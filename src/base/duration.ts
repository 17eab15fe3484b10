// Durations in Go's notation, as they stand in specs and flags. Read and written exactly; what a duration means is for others.

const nanosecondsOf: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
/** Go keeps a duration in 64 bits. */
const limit = 1n << 63n;

/**
 * Reads a Go duration such as `2160h`, `1h30m`, `-1.5s` or `0` and gives its length in milliseconds, which may be a fraction.
 * Undefined for what Go's time.ParseDuration refuses: no unit, no digits, more than 64 bits of nanoseconds.
 */
export function parseDuration(text: string): number | undefined {
  const nanoseconds = parseNanoseconds(text);
  if (nanoseconds === undefined) return undefined;
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1_000_000;
}

/** As `parseDuration`, in whole nanoseconds. */
export function parseNanoseconds(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  let total = 0n;
  part.lastIndex = 0;
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest);
    if (match === null) return undefined;
    const [, whole = '', fraction = '', unit = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    const scale = nanosecondsOf[unit] ?? 0n;
    total += BigInt(whole.slice(0, 40) || '0') * scale + fractionOf(fraction, Number(scale));
    if (total > limit || whole.length > 40) return undefined;
  }
  if (!negative && total === limit) return undefined;
  return negative ? -total : total;
}

/** What is wrong with a duration, in Go's words; undefined for those that `parseNanoseconds` reads. */
export function durationProblem(text: string): string | undefined {
  if (parseNanoseconds(text) !== undefined) return undefined;
  let rest = text.replace(/^[-+]/, '');
  while (rest !== '') {
    const [all, number = '', unit = ''] = /^(\d*\.?\d*)([^0-9.]*)/.exec(rest) ?? [''];
    if (!/\d/.test(number)) break;
    if (unit === '') return `time: missing unit in duration ${quoted(text)}`;
    if (!Object.hasOwn(nanosecondsOf, unit)) return `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`;
    rest = rest.slice(all.length);
  }
  return `time: invalid duration ${quoted(text)}`;
}

/** As Go's package time quotes, byte by byte. */
function quoted(text: string): string {
  const escaped = (char: string) =>
    /["\\]/.test(char) ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const bytes = Buffer.from(text).toString('latin1');
  return `"${bytes.replace(/["\\]|[^ -\x7f]/g, escaped)}"`;
}

/** The nanoseconds of the digits after the point, rounded as Go rounds them: in floating point, digits beyond 63 bits ignored. */
function fractionOf(digits: string, scale: number): bigint {
  let value = 0n;
  let divisor = 1;
  for (const digit of digits.slice(0, 20)) {
    const next = value * 10n + BigInt(digit);
    if (value > (limit - 1n) / 10n || next > limit) break;
    value = next;
    divisor *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (scale / divisor)));
}

/** Writes `ms` milliseconds exactly as Go's time.Duration.String does: `1h30m0s`, `1.5s`, `250ms`, `0s`. Rounded to nanoseconds. */
export function formatDuration(ms: number): string {
  const whole = Math.trunc(ms);
  return formatNanoseconds(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000)));
}

/** As `formatDuration`, from nanoseconds. */
export function formatNanoseconds(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  const minutes = size / 60_000_000_000n;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

/** `value` × 10^-places without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = (value % scale).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}
