// A TXT value as Route 53 writes it: quoted, in strings of at most 255 bytes. Pure.
import { createHash } from 'node:crypto';
import type { TxtRecord } from '../../dns01.ts';

const ttlSeconds = 10;
const longestString = 255;
const longestSetIdentifier = 128;

/** Equal for equal records, byte for byte and as upstream makes it: what is to be deleted must be described as it was made. */
export function recordSetFor({ fqdn, value }: Pick<TxtRecord, 'fqdn' | 'value'>) {
  const quoted = quotedStrings(value);
  return {
    Name: fqdn,
    Type: 'TXT' as const,
    TTL: ttlSeconds,
    MultiValueAnswer: true,
    SetIdentifier: quoted.length <= longestSetIdentifier ? quoted : createHash('sha256').update(value).digest('hex'),
    ResourceRecords: [{ Value: quoted }],
  };
}

/** `"abc" "def"`; `"`, `\` and what is not printable ASCII are escaped as Route 53 asks for. */
export function quotedStrings(value: string): string {
  const bytes = Buffer.from(value);
  const count = Math.max(1, Math.ceil(bytes.length / longestString));
  const strings = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * longestString, (index + 1) * longestString),
  );
  return strings.map((string) => `"${[...string].map(escaped).join('')}"`).join(' ');
}

function escaped(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === '"' || character === '\\') return `\\${character}`;
  return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`;
}
