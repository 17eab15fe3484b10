// SubjectPublicKeyInfo: which key it is, without handing it to a crypto library. Whether a point is on its curve shows when it is used.
import { createHash } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import { DerCursor, readBitStringBytes, readDer, readIntegerBytes, readNull, readOid, tags } from './der.ts';
import type { KeyFacts } from './facts.ts';
import { oids } from './oids.ts';

const curves: Readonly<Record<string, { readonly size: number; readonly bytes: number }>> = {
  [oids.p256]: { size: 256, bytes: 32 },
  [oids.p384]: { size: 384, bytes: 48 },
  [oids.p521]: { size: 521, bytes: 66 },
};

export interface PublicKeyInfo {
  /** Hex SHA-256 of the whole SubjectPublicKeyInfo. */
  readonly hash: string;
  /** Content of the BIT STRING, which key identifiers are made from. */
  readonly bits: Uint8Array;
  /** Undefined for keys of other kinds than RSA, P-256, P-384, P-521 and Ed25519. */
  readonly facts: KeyFacts | undefined;
}

/** Hex SHA-256 of the DER of a SubjectPublicKeyInfo. */
export function publicKeyHash(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('hex');
}

/** Reads a SubjectPublicKeyInfo. Throws DecodeError where it, or a key of a known kind in it, is malformed. */
export function decodePublicKey(spki: Uint8Array): PublicKeyInfo {
  const cursor = new DerCursor(readDer(spki), tags.sequence);
  const algorithm = new DerCursor(cursor.next(), tags.sequence);
  const bits = readBitStringBytes(cursor.next());
  cursor.end();
  const type = readOid(algorithm.next());
  const hash = publicKeyHash(spki);
  if (type === oids.rsaEncryption) {
    readNull(algorithm.next());
    algorithm.end();
    return { hash, bits, facts: { algorithm: 'RSA', size: rsaBits(bits), publicKey: hash } };
  }
  if (type === oids.ed25519) {
    algorithm.end();
    if (bits.length !== 32) throw new DecodeError('public key', 'Ed25519 key of wrong length');
    return { hash, bits, facts: { algorithm: 'Ed25519', size: 256, publicKey: hash } };
  }
  if (type !== oids.ecPublicKey || algorithm.nextTag !== tags.oid) return { hash, bits, facts: undefined };
  const curve = curves[readOid(algorithm.next())];
  algorithm.end();
  if (curve === undefined) return { hash, bits, facts: undefined };
  if (bits.length !== 1 + 2 * curve.bytes || bits[0] !== 4) throw new DecodeError('public key', 'malformed point');
  return { hash, bits, facts: { algorithm: 'ECDSA', size: curve.size, publicKey: hash } };
}

function rsaBits(key: Uint8Array): number {
  const cursor = new DerCursor(readDer(key), tags.sequence);
  const modulus = readIntegerBytes(cursor.next());
  const exponent = readIntegerBytes(cursor.next());
  cursor.end();
  if (modulus[0]! >= 0x80 || exponent[0]! >= 0x80) throw new DecodeError('public key', 'RSA key with negative numbers');
  const start = modulus[0] === 0 ? 1 : 0;
  const first = modulus[start];
  if (first === undefined) throw new DecodeError('public key', 'RSA modulus is zero');
  return (modulus.length - start) * 8 - (Math.clz32(first) - 24);
}
