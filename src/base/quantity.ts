// Kubernetes quantities such as `100m` or `64Mi`, in the one form that Kubernetes itself writes. What an amount means is for others. Pure.

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly form: 'decimal' | 'binary' | 'scientific';
}

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const parts = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]*(?:[+-]?\d+)?)$/;
/** Finer amounts are rounded up to it. */
const nanoPlaces = 9;
/** A number of more digits takes Kubernetes' slow path, which never keeps a text. */
const maxDigits = 18;
const maxBinary = 2n ** 63n - 1n;

/**
 * As apimachinery's resource.Quantity writes `text` after having read it: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`. What is no quantity
 * stays as it is, and so does a text that Kubernetes takes for canonical without looking closer (`1.234k`).
 */
export function canonicalQuantity(text: string): string {
  const [, sign = '', whole = '', fraction = '', suffixText = ''] = parts.exec(text) ?? [];
  const suffix = suffixOf(suffixText);
  if (suffix === undefined || whole + fraction === '') return text;
  const digits = whole.replace(/^0+(?=.)/, '') + fraction;
  if (isTakenForCanonical(digits, fraction.length, suffix)) return text;
  const places = BigInt(fraction.length);
  const scaled = suffix.base === 2 ? BigInt(digits) * 2n ** BigInt(suffix.exponent) : BigInt(digits);
  const shift = BigInt(nanoPlaces + (suffix.base === 10 ? suffix.exponent : 0)) - places;
  const nanos = shift >= 0n ? scaled * 10n ** shift : dividedUp(scaled, 10n ** -shift);
  if (nanos === 0n) return '0';
  return (sign === '-' ? '-' : '') + formatted(nanos, suffix.form);
}

function suffixOf(text: string): Suffix | undefined {
  const binary = binarySuffixes.indexOf(text);
  if (binary > 0) return { base: 2, exponent: binary * 10, form: 'binary' };
  const decimal = decimalSuffixes.indexOf(text);
  if (decimal >= 0) return { base: 10, exponent: (decimal - 3) * 3, form: 'decimal' };
  const scientific = /^[eE]([+-]?\d{1,3})$/.exec(text);
  return scientific === null ? undefined : { base: 10, exponent: Number(scientific[1]), form: 'scientific' };
}

function isTakenForCanonical(digits: string, places: number, suffix: Suffix): boolean {
  if (suffix.base === 2) {
    const isShort = 15 - digits.length - Math.trunc((suffix.exponent * 3) / 10) - 1 >= 0;
    return isShort && places === 0 && (BigInt(digits) & 7n) !== 0n;
  }
  const scale = suffix.exponent - places;
  const isShort = digits.length <= maxDigits && scale >= -nanoPlaces;
  return isShort && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

function dividedUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

function formatted(nanos: bigint, form: Suffix['form']): string {
  const unit = 10n ** BigInt(nanoPlaces);
  if (form === 'binary' && nanos >= 1024n * unit && nanos % unit === 0n) return inBinary(nanos / unit);
  let [value, step] = [nanos, 0];
  while (value % 1000n === 0n) [value, step] = [value / 1000n, step + 1];
  if (form !== 'scientific') {
    const known = Math.min(step, decimalSuffixes.length - 1);
    return `${value * 1000n ** BigInt(step - known)}${decimalSuffixes[known]}`;
  }
  const exponent = step * 3 - nanoPlaces;
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

function inBinary(whole: bigint): string {
  let [value, step] = [whole > maxBinary ? maxBinary : whole, 0];
  while (value % 1024n === 0n && step < binarySuffixes.length - 1) [value, step] = [value / 1024n, step + 1];
  return `${value}${binarySuffixes[step]}`;
}
