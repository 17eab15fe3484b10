// PEM (RFC 7468) in linear time. Finds blocks and decodes their base64; what is inside is for others.
import { requirePemSize } from './limits.ts';

export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/** In upstream's words, where there is no block at all. */
export const noPem = 'no PEM data was found in given input';

const begin = '-----BEGIN ';
const end = '-----END ';
const dashes = '-----';
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * All well-formed blocks in `input`, in order. Text around blocks is skipped, and so are blocks that are broken (no matching end line, bad
 * base64), as every reader of such files does; RFC 1421 headers are read over. A block without content has empty `der`.
 * Throws DecodeError, before looking at it, where `input` is larger than `maximumBytes`.
 */
export function decodePem(input: string | Uint8Array, maximumBytes: number): PemBlock[] {
  const bytes = typeof input === 'string' ? input.length : input.byteLength;
  requirePemSize(bytes, maximumBytes);
  // Every character of PEM is ASCII; latin1 keeps one character a byte and never fails.
  const text =
    typeof input === 'string'
      ? input
      : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('latin1');
  const blocks: PemBlock[] = [];
  let from = 0;
  for (;;) {
    // From end lines backwards: a run of begin lines without an end costs one look each, not a scan to the end of the file.
    const endAt = text.indexOf(end, from);
    if (endAt < 0) return blocks;
    const next = endAt + end.length;
    const block = blockBetween(text, from, endAt);
    if (block !== undefined) blocks.push(block);
    from = next;
  }
}

/** The block whose end line starts at `endAt`; its begin line is the last one after `from`. */
function blockBetween(text: string, from: number, endAt: number): PemBlock | undefined {
  const region = text.slice(from, endAt);
  const beginAt = region.lastIndexOf(begin);
  if (beginAt < 0 || !startsLine(text, from + beginAt) || !startsLine(text, endAt)) return undefined;
  const lineEnd = region.indexOf('\n', beginAt);
  if (lineEnd < 0) return undefined;
  const beginLine = region.slice(beginAt, lineEnd).trimEnd();
  if (!beginLine.endsWith(dashes) || beginLine.length < begin.length + dashes.length) return undefined;
  const label = beginLine.slice(begin.length, -dashes.length);
  const trailer = `${label}${dashes}`;
  if (!text.startsWith(trailer, endAt + end.length)) return undefined;
  const afterTrailer = endAt + end.length + trailer.length;
  const newline = text.indexOf('\n', afterTrailer);
  // Bounded, so that many end lines before one far newline stay linear.
  const rest = text.slice(afterTrailer, Math.min(newline < 0 ? text.length : newline, afterTrailer + 256));
  if (rest.trim() !== '') return undefined;
  const body = withoutHeaders(region.slice(lineEnd + 1)).replace(/[ \t\r\n]+/g, '');
  if (body.length % 4 !== 0 || !base64.test(body)) return undefined;
  return { label, der: Buffer.from(body, 'base64') };
}

function startsLine(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n';
}

function withoutHeaders(body: string): string {
  let start = 0;
  for (;;) {
    const newline = body.indexOf('\n', start);
    if (newline < 0 || !body.slice(start, newline).includes(':')) return body.slice(start);
    start = newline + 1;
  }
}

/** One PEM block in lines of 64 characters, with a newline at its end. */
export function encodePem(label: string, der: Uint8Array): string {
  const body = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  let lines = '';
  for (let at = 0; at < body.length; at += 64) lines += `${body.slice(at, at + 64)}\n`;
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
