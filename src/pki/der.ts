// Strict DER (X.690): a lazy reader that visits every byte at most once a level, and a writer. Knows ASN.1 types and nothing of X.509.
// Reading of strings and times: der-text.ts.
// Refused when read: indefinite, over-long or truncated lengths, multi-byte tags, trailing bytes, padded integers, BER booleans,
// dirty bit strings, times without seconds or zone Z. Accepted although not DER: encoded defaults and unsorted sets (real peers send them).
import { DecodeError } from '../base/errors.ts';

/** Identifier octets; `context(n)` is primitive [n], `explicitTag(n)` constructed [n]. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export function context(number: number): number {
  return 0x80 | number;
}

export function explicitTag(number: number): number {
  return 0xa0 | number;
}

/** One value: its identifier octet, its content, and the whole encoding. Views on the input, never copies. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
  /** How many values contain this one. */
  readonly depth: number;
}

/** Nothing that this project reads nests deeper than a dozen levels. */
export const maximumDepth = 32;
const maximumOidBytes = 128;
/** 128-bit arcs exist (UUIDs under 2.25). */
const maximumArcBytes = 19;

/** The error of everything in here and in der-text.ts. */
export function bad(message: string): DecodeError {
  return new DecodeError('DER', message);
}

function readAt(bytes: Uint8Array, offset: number, depth: number): DerValue {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw bad('truncated value');
  if ((tag & 0x1f) === 0x1f) throw bad('multi-byte tag');
  if (tag === 0) throw bad('tag zero');
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0) throw bad('indefinite length');
    if (count > 4) throw bad('length too large');
    length = 0;
    for (let index = 0; index < count; index++) {
      const byte = bytes[start + index];
      if (byte === undefined) throw bad('truncated length');
      length = length * 256 + byte;
    }
    if (length < 0x80 || bytes[start] === 0) throw bad('length is not minimal');
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw bad('truncated value');
  return { tag, content: bytes.subarray(start, end), bytes: bytes.subarray(offset, end), depth };
}

/** Reads the one value that `bytes` holds. Throws DecodeError on anything before, after or inside its header that is not DER. */
export function readDer(bytes: Uint8Array, tag?: number): DerValue {
  const value = readAt(bytes, 0, 0);
  if (value.bytes.length !== bytes.length) throw bad('trailing bytes');
  return tag === undefined ? value : expectTag(value, tag);
}

export function expectTag(value: DerValue, tag: number): DerValue {
  if (value.tag !== tag) throw bad(`unexpected tag 0x${value.tag.toString(16)}, want 0x${tag.toString(16)}`);
  return value;
}

/** Reads the values inside a constructed value, one after the other. */
export class DerCursor {
  readonly #content: Uint8Array;
  readonly #depth: number;
  #offset = 0;

  /** Opens `value`; with `tag`, it must have that identifier. */
  constructor(value: DerValue, tag?: number) {
    if (tag !== undefined) expectTag(value, tag);
    if ((value.tag & 0x20) === 0) throw bad('value is not constructed');
    if (value.depth >= maximumDepth) throw bad('nested too deeply');
    this.#content = value.content;
    this.#depth = value.depth + 1;
  }

  get atEnd(): boolean {
    return this.#offset === this.#content.length;
  }

  /** The identifier octet of what comes next, undefined at the end. */
  get nextTag(): number | undefined {
    return this.#content[this.#offset];
  }

  next(tag?: number): DerValue {
    if (this.atEnd) throw bad('missing value');
    const value = readAt(this.#content, this.#offset, this.#depth);
    if (tag !== undefined) expectTag(value, tag);
    this.#offset += value.bytes.length;
    return value;
  }

  optional(tag: number): DerValue | undefined {
    return this.nextTag === tag ? this.next(tag) : undefined;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (!this.atEnd) throw bad('trailing bytes');
  }
}

/** All values inside a constructed value. */
export function children(value: DerValue, tag?: number): DerValue[] {
  const cursor = new DerCursor(value, tag);
  const list: DerValue[] = [];
  while (!cursor.atEnd) list.push(cursor.next());
  return list;
}

/** The single value inside an explicit tag (or any constructed value that holds exactly one). */
export function only(value: DerValue, tag?: number): DerValue {
  const cursor = new DerCursor(value);
  const inner = cursor.next(tag);
  cursor.end();
  return inner;
}

/** The content of an INTEGER: two's complement, minimal. */
export function readIntegerBytes(value: DerValue): Uint8Array {
  const { content } = expectTag(value, tags.integer);
  const [first, second] = content;
  if (first === undefined) throw bad('empty integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw bad('integer is not minimal');
  }
  return content;
}

export function readInteger(value: DerValue): bigint {
  const content = readIntegerBytes(value);
  const unsigned = BigInt(`0x${Buffer.from(content).toString('hex')}`);
  return content[0]! < 0x80 ? unsigned : unsigned - (1n << BigInt(content.length * 8));
}

/** An INTEGER that fits in 32 bits and is not negative. */
export function readSmallInteger(value: DerValue): number {
  if (readIntegerBytes(value).length > 5) throw bad('integer too large');
  const number = readInteger(value);
  if (number < 0n || number > 0xffffffffn) throw bad('integer out of range');
  return Number(number);
}

export function readBoolean(value: DerValue): boolean {
  const { content } = expectTag(value, tags.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw bad('malformed boolean');
  return content[0] === 0xff;
}

export function readNull(value: DerValue): void {
  if (expectTag(value, tags.null).content.length !== 0) throw bad('malformed null');
}

export function readOctetString(value: DerValue): Uint8Array {
  return expectTag(value, tags.octetString).content;
}

/** The content of a BIT STRING, read from `value` whatever its tag, so that implicitly tagged ones work too. */
export function bitStringContent(value: DerValue): { readonly unusedBits: number; readonly bytes: Uint8Array } {
  const unusedBits = value.content[0];
  const bytes = value.content.subarray(1);
  if (unusedBits === undefined || unusedBits > 7 || (bytes.length === 0 && unusedBits > 0))
    throw bad('malformed bit string');
  if (bytes.length > 0 && (bytes[bytes.length - 1]! & ((1 << unusedBits) - 1)) !== 0)
    throw bad('bit string with dirty padding');
  return { unusedBits, bytes };
}

export function readBitString(value: DerValue): { readonly unusedBits: number; readonly bytes: Uint8Array } {
  return bitStringContent(expectTag(value, tags.bitString));
}

/** The bytes of a BIT STRING that holds whole octets (keys, signatures). */
export function readBitStringBytes(value: DerValue): Uint8Array {
  const { unusedBits, bytes } = readBitString(value);
  if (unusedBits !== 0) throw bad('bit string is not whole bytes');
  return bytes;
}

/** Dotted text of an OBJECT IDENTIFIER, read from the content whatever the tag. */
export function oidContent(value: DerValue): string {
  const { content } = value;
  if (content.length === 0 || content.length > maximumOidBytes) throw bad('malformed object identifier');
  const arcs: bigint[] = [];
  let arc = 0n;
  let length = 0;
  for (const byte of content) {
    if (length === 0 && byte === 0x80) throw bad('object identifier is not minimal');
    if (++length > maximumArcBytes) throw bad('object identifier too large');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0n;
      length = 0;
    }
  }
  if (length !== 0) throw bad('truncated object identifier');
  const first = arcs[0]!;
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

export function readOid(value: DerValue): string {
  return oidContent(expectTag(value, tags.oid));
}

// ---- writing ----

/** A value of any identifier octet with the given content. */
export function encode(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of content) length += part.length;
  const lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const out = new Uint8Array(2 + lengthBytes + length);
  out[0] = tag;
  if (lengthBytes === 0) out[1] = length;
  else {
    out[1] = 0x80 | lengthBytes;
    for (let index = 0, rest = length; index < lengthBytes; index++, rest = Math.floor(rest / 256)) {
      out[1 + lengthBytes - index] = rest & 0xff;
    }
  }
  let offset = 2 + lengthBytes;
  for (const part of content) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encode(tags.sequence, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return encode(tags.set, ...parts);
}

/** SET OF: the parts in the order of their encodings (X.690 11.6). */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return encode(tags.set, ...parts.toSorted(Buffer.compare));
}

/** `value` as number or bigint, or as the big-endian bytes of a number that is not negative. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  if (typeof value === 'object') {
    let start = 0;
    while (start < value.length - 1 && value[start] === 0) start++;
    const bytes = value.subarray(start);
    if (bytes.length === 0) return encode(tags.integer, Uint8Array.of(0));
    return bytes[0]! >= 0x80 ? encode(tags.integer, Uint8Array.of(0), bytes) : encode(tags.integer, bytes);
  }
  const number = BigInt(value);
  let size = 1;
  while (BigInt.asIntN(size * 8, number) !== number) size++;
  const hex = BigInt.asUintN(size * 8, number)
    .toString(16)
    .padStart(size * 2, '0');
  return encode(tags.integer, Buffer.from(hex, 'hex'));
}

const oidCache = new Map<string, Uint8Array>();

/** Throws DecodeError where `dotted` is no object identifier (two arcs at least, 0–2 first, below 40 second under 0 and 1). */
export function oid(dotted: string): Uint8Array {
  const cached = oidCache.get(dotted);
  if (cached) return cached;
  if (dotted.length > 512 || !/^[0-2](\.(0|[1-9]\d{0,38}))+$/.test(dotted)) throw bad('invalid oid syntax');
  const [root, second, ...rest] = dotted.split('.').map(BigInt);
  if (root! < 2n && second! >= 40n) throw bad('invalid oid syntax');
  const content: number[] = [];
  for (const arc of [root! * 40n + second!, ...rest]) {
    const groups: number[] = [];
    for (let left = arc; groups.length === 0 || left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn));
    if (groups.length > maximumArcBytes) throw bad('object identifier too large');
    groups.forEach((group, index) => {
      content.push(index < groups.length - 1 ? group | 0x80 : group);
    });
  }
  if (content.length > maximumOidBytes) throw bad('object identifier too large');
  const encoded = encode(tags.oid, Uint8Array.from(content));
  // Bounded: names of the outside world must not fill the memory.
  if (oidCache.size < 256) oidCache.set(dotted, encoded);
  return encoded;
}

export function octetString(content: Uint8Array): Uint8Array {
  return encode(tags.octetString, content);
}

export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return encode(tags.bitString, Uint8Array.of(unusedBits), content);
}

/** A BIT STRING of named bits: bit n is set where `bits` has 1 << n; trailing zero bits are left out (X.690 11.2.2). */
export function namedBits(bits: number): Uint8Array {
  const length = 32 - Math.clz32(bits);
  const content = new Uint8Array(Math.ceil(length / 8));
  for (let bit = 0; bit < length; bit++) {
    if ((bits >>> bit) & 1) content[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  return bitString(content, content.length * 8 - length);
}

export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw bad('invalid UTF-8');
  return encode(tags.utf8String, Buffer.from(text, 'utf8'));
}

const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

export function isPrintable(text: string): boolean {
  return printable.test(text);
}

export function printableString(text: string): Uint8Array {
  if (!isPrintable(text)) throw bad('invalid PrintableString');
  return encode(tags.printableString, Buffer.from(text, 'latin1'));
}

/** True where all of `text` is ASCII. */
export function isIa5(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}

export function ia5(text: string): Uint8Array {
  if (!isIa5(text)) throw bad('invalid IA5String');
  return encode(tags.ia5String, Buffer.from(text, 'latin1'));
}

/** UTCTime from 1950 to 2049, GeneralizedTime otherwise; whole seconds, rounded down. */
export function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) throw bad('time out of range');
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const utc = year >= 1950 && year < 2050;
  return encode(utc ? tags.utcTime : tags.generalizedTime, Buffer.from(utc ? digits.slice(2) : digits, 'latin1'));
}

export function boolean(value: boolean): Uint8Array {
  return encode(tags.boolean, Uint8Array.of(value ? 0xff : 0));
}

const encodedNull = encode(tags.null);

export function nullValue(): Uint8Array {
  return encodedNull;
}

/** [number] EXPLICIT: wraps `inner`. */
export function explicit(number: number, ...inner: readonly Uint8Array[]): Uint8Array {
  return encode(explicitTag(number), ...inner);
}

/** [number] IMPLICIT: replaces the identifier of `inner`, keeping whether it is constructed. */
export function implicit(number: number, inner: Uint8Array): Uint8Array {
  const out = Uint8Array.from(inner);
  out[0] = 0x80 | (inner[0]! & 0x20) | number;
  return out;
}
