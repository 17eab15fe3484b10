// DNS names as text and as bytes. Text is what zone files have (RFC 1035 section 5.1): lower case here, with a final dot, a dot or backslash
// within a label escaped by a backslash, other bytes as \DDD. Two names are the same exactly where their texts are.
import { DecodeError } from '../base/errors.ts';

const longestLabel = 63;
const longestName = 255;

/** The one text of a name. Throws DecodeError for what cannot be a name. */
export function canonicalName(text: string): string {
  return formatName(labelsOf(text));
}

/** The labels of a name as bytes; none for the root. Throws DecodeError. */
export function labelsOf(text: string): readonly Buffer[] {
  if (text === '' || text === '.') return [];
  const labels: number[][] = [[]];
  const bytes = Buffer.from(text.endsWith('.') ? text : `${text}.`);
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    const label = labels.at(-1)!;
    if (byte === dot) {
      if (label.length === 0) throw badName('an empty label');
      labels.push([]);
    } else if (byte === backslash) {
      const [value, length] = escaped(bytes, at + 1);
      label.push(value);
      at += length;
    } else label.push(byte);
  }
  if (labels.pop()?.length !== 0) throw badName('an escape at its end');
  return checked(labels.map((label) => lowered(Buffer.from(label))));
}

const dot = 0x2e;
const backslash = 0x5c;
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function escaped(bytes: Buffer, at: number): [value: number, length: number] {
  const first = bytes[at];
  if (first === undefined) throw badName('an escape at its end');
  if (!isDigit(first)) return [first, 1];
  const value = Number(bytes.toString('latin1', at, at + 3));
  if (!isDigit(bytes[at + 1]) || !isDigit(bytes[at + 2]) || value > 255) throw badName('a bad escape');
  return [value, 3];
}

function checked(labels: readonly Buffer[]): readonly Buffer[] {
  if (labels.some(({ length }) => length > longestLabel)) throw badName(`a label of more than ${longestLabel} bytes`);
  if (wireLength(labels) > longestName) throw badName(`more than ${longestName} bytes`);
  return labels;
}

const wireLength = (labels: readonly Buffer[]) => labels.reduce((sum, { length }) => sum + length + 1, 1);

const badName = (what: string) => new DecodeError('DNS name', `the DNS name has ${what}`);

function lowered(label: Buffer): Buffer {
  return label.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)) as Buffer;
}

export function formatName(labels: readonly Buffer[]): string {
  return labels.length === 0 ? '.' : labels.map((label) => `${labelText(lowered(label))}.`).join('');
}

function labelText(label: Buffer): string {
  return [...label].map(byteText).join('');
}

function byteText(byte: number): string {
  if (byte === dot || byte === backslash) return `\\${String.fromCharCode(byte)}`;
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
}

/** As messages carry it, without compression. Throws DecodeError. */
export function encodeName(text: string): Buffer {
  const labels = labelsOf(text);
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}

/** The name and every name above it but the root: `a.b.`, `b.`. */
export function namesUpwards(name: string): readonly string[] {
  const labels = labelsOf(name);
  return labels.map((_, index) => formatName(labels.slice(index)));
}

/** Whether `name` is `zone` or below it; both canonical. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '.' || namesUpwards(name).includes(zone);
}
