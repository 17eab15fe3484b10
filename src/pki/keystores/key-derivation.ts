// The key derivation of PKCS#12 (RFC 7292, appendix B) and its password encoding. PBKDF2 comes from node:crypto instead.
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

export type DerivationHash = 'sha1' | 'sha256';

/** What the derived bytes are for; the number is the diversifier of RFC 7292 B.3. */
export const purposes = { key: 1, iv: 2, mac: 3 } as const;

/** Both hashes work on blocks of 64 bytes. */
const blockBytes = 64;

export interface Derivation {
  readonly hash: DerivationHash;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly purpose: (typeof purposes)[keyof typeof purposes];
  /** Bytes wanted. */
  readonly length: number;
}

/** UTF-16, most significant byte first: BMPString, except that characters beyond the BMP become surrogate pairs, as OpenSSL and Java do. */
export function utf16BigEndian(text: string): Uint8Array {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Derives key, IV or MAC key. Gives the event loop a turn after each hash-sized piece (about 2 ms at 2048 iterations). */
export async function derive(given: Derivation): Promise<Uint8Array> {
  const password = Buffer.concat([utf16BigEndian(given.password), Buffer.alloc(2)]);
  const input = Buffer.concat([repeated(given.salt), repeated(password)]);
  const diversifier = Buffer.alloc(blockBytes, given.purpose);
  const pieces: Uint8Array[] = [];
  for (let have = 0; have < given.length; ) {
    let piece = hash(given.hash, Buffer.concat([diversifier, input]), 'buffer');
    for (let round = 1; round < given.iterations; round++) piece = hash(given.hash, piece, 'buffer');
    pieces.push(piece);
    have += piece.length;
    if (have < given.length) addToBlocks(input, piece);
    await setImmediate();
  }
  return Buffer.concat(pieces).subarray(0, given.length);
}

/** `bytes` again and again until whole blocks are full. */
function repeated(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  return Buffer.alloc(blockBytes * Math.ceil(bytes.length / blockBytes), bytes);
}

/** Adds the repeated `piece` and 1 to each block of `input`, a number of 512 bits that wraps around (step 6 C of B.2). */
function addToBlocks(input: Uint8Array, piece: Uint8Array): void {
  for (let start = 0; start < input.length; start += blockBytes) {
    let carry = 1;
    for (let index = blockBytes - 1; index >= 0; index--) {
      const sum = input[start + index]! + piece[index % piece.length]! + carry;
      input[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
