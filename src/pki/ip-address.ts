// IP addresses and networks as X.509 holds them: bytes, compared in one canonical text form. Knows nothing of DNS.

const octet = /^(0|[1-9]\d{0,2})$/;

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    const value = octet.test(part) ? Number(part) : 256;
    if (value > 255) return undefined;
    bytes.push(value);
  }
  return bytes;
}

/** Eight groups written out, the dotted tail turned into two of them; without `::`. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':', 9);
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    const tail = part.includes('.') && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (tail !== undefined) bytes.push(...tail);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255);
    else return undefined;
  }
  return bytes;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::', 3);
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  // A dotted tail may only stand at the very end.
  const tail = halves[0]!.includes('.') ? undefined : parseGroups(halves[1]!);
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function isMapped(bytes: ArrayLike<number>): boolean {
  for (let index = 0; index < 12; index++) if (bytes[index] !== (index < 10 ? 0 : 0xff)) return false;
  return bytes.length === 16;
}

/** The bytes of an address: 4 for IPv4 and for IPv4-mapped IPv6, else 16. Undefined for anything else (zones, leading zeros). */
export function parseIp(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (bytes === undefined) return undefined;
  return Uint8Array.from(isMapped(bytes) ? bytes.slice(12) : bytes);
}

/** Canonical text of 4 or 16 bytes: dotted, or RFC 5952. Undefined for other lengths. */
export function formatIp(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  if (isMapped(bytes)) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
  let [bestStart, bestLength] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = (list: readonly number[]) => list.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** `text` in canonical form, or `text` itself where it is no address, so that two lists can still be compared. */
export function canonicalIp(text: string): string {
  const bytes = parseIp(text);
  return (bytes && formatIp(bytes)) ?? text;
}

/** Address and mask of `10.0.0.0/8` as one string of 8 or 32 bytes, host bits cleared (RFC 5280 4.2.1.10). Undefined for other text. */
export function parseCidr(text: string): Uint8Array | undefined {
  const slash = text.indexOf('/');
  const prefix = text.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const address = text.slice(0, slash);
  const parsed = address.length > 45 ? undefined : address.includes(':') ? parseIpv6(address) : parseIpv4(address);
  if (parsed === undefined || Number(prefix) > parsed.length * 8) return undefined;
  const mask = parsed.map((_, index) => {
    const bits = Math.min(8, Math.max(0, Number(prefix) - index * 8));
    return (0xff << (8 - bits)) & 0xff;
  });
  return Uint8Array.from([...parsed.map((byte, index) => byte & mask[index]!), ...mask]);
}

/** The text of such 8 or 32 bytes; undefined where the length is another or the mask has holes. */
export function formatCidr(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 8 && bytes.length !== 32) return undefined;
  const half = bytes.length / 2;
  let prefix = 0;
  let ended = false;
  for (let bit = 0; bit < half * 8; bit++) {
    const set = ((bytes[half + (bit >> 3)]! >> (7 - (bit & 7))) & 1) === 1;
    if (set && ended) return undefined;
    if (set) prefix++;
    else ended = true;
  }
  return `${formatNetwork(bytes.subarray(0, half))}/${prefix}`;
}

function formatNetwork(bytes: Uint8Array): string {
  // A mapped network must stay IPv6, or its prefix would not fit.
  return isMapped(bytes) ? `::ffff:${bytes.slice(12).join('.')}` : formatIp(bytes)!;
}
