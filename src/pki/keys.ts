// Private keys: making, writing and reading them, and comparing them with a spec. No key is kept here.
import { createECDH, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { PrivateKeySpec } from '../api/private-key.ts';
import { DecodeError } from '../base/errors.ts';
import {
  bitString,
  DerCursor,
  type DerValue,
  explicit,
  explicitTag,
  integer,
  octetString,
  oid,
  only,
  readDer,
  readInteger,
  readOctetString,
  readOid,
  sequence,
  tags,
} from './der.ts';
import type { KeyFacts } from './facts.ts';
import { defaultPemLimits, type PemLimits } from './limits.ts';
import { oids } from './oids.ts';
import { decodePem, encodePem } from './pem.ts';
import { decodePublicKey } from './public-key.ts';

export interface KeySpec {
  readonly algorithm: 'RSA' | 'ECDSA' | 'Ed25519';
  /** Bits of the modulus or of the curve; 256 for Ed25519. */
  readonly size: number;
}

const curveNames: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' };
const curves = new Map<string, { readonly name: string; readonly bytes: number }>([
  [oids.p256, { name: 'prime256v1', bytes: 32 }],
  [oids.p384, { name: 'secp384r1', bytes: 48 }],
  [oids.p521, { name: 'secp521r1', bytes: 66 }],
]);

/** The key that spec.privateKey asks for: RSA 2048 where it says nothing, P-256 for ECDSA. Sizes are not checked here. */
export function keySpecOf(spec: PrivateKeySpec | undefined): KeySpec {
  const algorithm = spec?.algorithm || 'RSA';
  if (algorithm === 'Ed25519') return { algorithm, size: 256 };
  return { algorithm, size: spec?.size || (algorithm === 'RSA' ? 2048 : 256) };
}

const generate = promisify(generateKeyPair);

/** RSA generation fills the thread pool that DNS and files use too: two at once are enough. */
let freeRsaSlots = 2;
const waitingForSlot: (() => void)[] = [];

async function withRsaSlot<T>(work: () => Promise<T>): Promise<T> {
  if (freeRsaSlots > 0) freeRsaSlots--;
  else await new Promise<void>((resolve) => waitingForSlot.push(resolve));
  try {
    return await work();
  } finally {
    const next = waitingForSlot.shift();
    if (next === undefined) freeRsaSlots++;
    else next();
  }
}

/** Makes a key off the event loop; of RSA keys at most two at a time in the process. Throws DecodeError for sizes that do not exist. */
export async function generateKey({ algorithm, size }: KeySpec): Promise<KeyObject> {
  if (algorithm === 'Ed25519') return (await generate('ed25519')).privateKey;
  if (algorithm === 'ECDSA') {
    const namedCurve = curveNames[size];
    if (namedCurve === undefined) throw new DecodeError('private key', `unsupported ecdsa key size specified: ${size}`);
    return (await generate('ec', { namedCurve })).privateKey;
  }
  if (!Number.isInteger(size) || size < 2048 || size > 8192) {
    throw new DecodeError('private key', `unsupported rsa key size specified: ${size}`);
  }
  return withRsaSlot(async () => (await generate('rsa', { modulusLength: size })).privateKey);
}

/** PEM of a private key. `PKCS1` is PKCS#1 for RSA and SEC1 for ECDSA; Ed25519 has only PKCS#8. */
export function encodePrivateKey(key: KeyObject, encoding: 'PKCS1' | 'PKCS8'): string {
  const { label, der } = privateKeyDer(key, encoding);
  return encodePem(label, der);
}

function privateKeyDer(
  key: KeyObject,
  encoding: 'PKCS1' | 'PKCS8',
): { readonly label: string; readonly der: Uint8Array } {
  if (encoding === 'PKCS1' && key.asymmetricKeyType === 'rsa') {
    return { label: 'RSA PRIVATE KEY', der: key.export({ format: 'der', type: 'pkcs1' }) };
  }
  if (encoding === 'PKCS1' && key.asymmetricKeyType === 'ec') {
    return { label: 'EC PRIVATE KEY', der: key.export({ format: 'der', type: 'sec1' }) };
  }
  return { label: 'PRIVATE KEY', der: key.export({ format: 'der', type: 'pkcs8' }) };
}

const formats: Readonly<Record<string, { readonly type: 'pkcs1' | 'pkcs8' | 'sec1'; readonly failure: string }>> = {
  'PRIVATE KEY': { type: 'pkcs8', failure: 'error parsing pkcs#8 private key' },
  'EC PRIVATE KEY': { type: 'sec1', failure: 'error parsing ecdsa private key' },
  'RSA PRIVATE KEY': { type: 'pkcs1', failure: 'error parsing rsa private key' },
};

/**
 * Reads the first PEM block as a private key: PKCS#8, PKCS#1 or SEC1. Throws DecodeError on anything else, on keys of other kinds than RSA,
 * P-256, P-384, P-521 and Ed25519, and on RSA numbers that do not belong together.
 */
export function decodePrivateKey(pem: string | Uint8Array, limits: PemLimits = defaultPemLimits): KeyObject {
  const [block] = decodePem(pem, limits.privateKeyBytes);
  if (block === undefined) throw new DecodeError('private key', 'error decoding private key PEM block');
  if (!Object.hasOwn(formats, block.label))
    throw new DecodeError('private key', `unknown private key type: ${block.label}`);
  const { type, failure } = formats[block.label]!;
  try {
    return decodeKey(block.der, type);
  } catch (cause) {
    if (cause instanceof DecodeError && cause.what === 'private key') throw cause;
    // The library's text differs between versions, and that of DER helps nobody here.
    throw new DecodeError('private key', failure, { cause });
  }
}

function decodeKey(der: Uint8Array, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject {
  const value = readDer(der, tags.sequence);
  if (type === 'sec1') return ecKey(value, undefined);
  if (type === 'pkcs1') return rsaKey(value);
  // PrivateKeyInfo (RFC 5958).
  const cursor = new DerCursor(value);
  readInteger(cursor.next());
  const algorithm = new DerCursor(cursor.next(), tags.sequence);
  const inner = readOctetString(cursor.next());
  const kind = readOid(algorithm.next());
  if (kind === oids.rsaEncryption) return rsaKey(readDer(inner));
  if (kind === oids.ecPublicKey) return ecKey(readDer(inner), readOid(algorithm.next()));
  const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type });
  keyFactsOf(key);
  return key;
}

type Four = [bigint, bigint, bigint, bigint];

/** RSAPrivateKey (RFC 8017). OpenSSL imports the numbers without looking; signatures made with wrong ones fail, or leak the key. */
function rsaKey(value: DerValue): KeyObject {
  const cursor = new DerCursor(value, tags.sequence);
  const numbers = Array.from({ length: 9 }, () => readInteger(cursor.next()));
  cursor.end();
  const [version, n, e, d, p, q, dp, dq, inverse] = numbers as [...Four, ...Four, bigint];
  const sound =
    version === 0n &&
    p > 2n &&
    q > 2n &&
    p * q === n &&
    e > 1n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (inverse * q) % p === 1n;
  if (!sound) throw new DecodeError('private key', 'rsa private key failed validation');
  return createPrivateKey({ key: Buffer.from(value.bytes), format: 'der', type: 'pkcs1' });
}

/**
 * ECPrivateKey (RFC 5915), its curve named inside or by `curveOid`. The public point is calculated, whatever stands there: OpenSSL would
 * believe one that belongs to another key, and keep a compressed one.
 */
function ecKey(value: DerValue, curveOid: string | undefined): KeyObject {
  const cursor = new DerCursor(value, tags.sequence);
  if (readInteger(cursor.next()) !== 1n) throw new DecodeError('EC key', 'unknown version');
  const secret = readOctetString(cursor.next());
  const parameters = cursor.optional(explicitTag(0));
  cursor.optional(explicitTag(1));
  cursor.end();
  const named = curveOid ?? (parameters && readOid(only(parameters)));
  const curve = named === undefined ? undefined : curves.get(named);
  if (named === undefined || curve === undefined) throw new DecodeError('private key', 'unknown elliptic curve');
  const significant = Buffer.from(secret).subarray(Math.max(0, secret.length - curve.bytes));
  if (secret.subarray(0, secret.length - significant.length).some((byte) => byte !== 0)) {
    throw new DecodeError('EC key', 'invalid elliptic curve private key value');
  }
  const pair = createECDH(curve.name);
  pair.setPrivateKey(significant);
  const padded = Buffer.concat([new Uint8Array(curve.bytes - significant.length), significant]);
  const point = explicit(1, bitString(pair.getPublicKey()));
  const key = sequence(integer(1), octetString(padded), explicit(0, oid(named)), point);
  return createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'sec1' });
}

/** DER of the SubjectPublicKeyInfo of a private or public key. */
export function spkiOf(key: KeyObject): Uint8Array {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
}

/** Kind, size and fingerprint of a key. Throws DecodeError for kinds that are not supported. */
export function keyFactsOf(key: KeyObject): KeyFacts {
  const { facts } = decodePublicKey(spkiOf(key));
  if (facts === undefined) throw new DecodeError('private key', `unknown private key type: ${key.asymmetricKeyType}`);
  return facts;
}

/** The fields of the spec that a key does not fit: `spec.privateKey.algorithm`, else `spec.privateKey.size`. */
export function keyViolations(facts: KeyFacts, spec: { readonly privateKey?: PrivateKeySpec | undefined }): string[] {
  const wanted = keySpecOf(spec.privateKey);
  if (facts.algorithm !== wanted.algorithm) return ['spec.privateKey.algorithm'];
  return facts.size === wanted.size ? [] : ['spec.privateKey.size'];
}
