// Java keystores (JKS, Sun's own format): key entry and trusted certificates, protected with Sun's SHA-1 scheme. Never reads one.
// The format has no standard; it is what Java's sun.security.provider.JavaKeyStore and KeyProtector read.
import { createHash, hash, type KeyObject, randomBytes } from 'node:crypto';
import { DecodeError } from '../../base/errors.ts';
import { nullValue, octetString, oid, sequence } from '../der.ts';
import { utf16BigEndian } from './key-derivation.ts';
import type { RandomBytes } from './protection.ts';

const magic = 0xfeedfeed;
const version = 2;
const keyEntry = 1;
const certificateEntry = 2;
/** Goes into the store's digest between password and content; part of the format. */
const whitener = 'Mighty Aphrodite';
const keyProtector = '1.3.6.1.4.1.42.2.17.1.1';

export interface JksContent {
  /** Of the key; `certificate` unless the Certificate says otherwise. Stored in lower case, as Java looks it up. */
  readonly alias: string;
  readonly privateKey: KeyObject;
  /** DER, the leaf first. */
  readonly chain: readonly Uint8Array[];
  /** DER; become trusted entries `ca`, `ca-1`, `ca-2`, …. */
  readonly cas: readonly Uint8Array[];
  /** Of the store and of the key. Java takes it as UTF-16. */
  readonly password: string;
}

export interface JksOptions {
  readonly random?: RandomBytes;
  /** The creation time that the entries carry. */
  readonly now?: Date;
}

/** `keystore.jks`. Throws DecodeError where the alias is too long for the format. */
export function encodeJks(content: JksContent, options: JksOptions = {}): Uint8Array {
  const { random = randomBytes, now = new Date() } = options;
  const { chain, cas, password } = content;
  const alias = content.alias.toLowerCase();
  const pkcs8 = content.privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = protectKey(pkcs8, password, random(20));
  const entry = [uint32(keyEntry), utf(alias), time(now), sized(key), uint32(chain.length), ...chain.map(certificate)];
  return store([Buffer.concat(entry), ...trustedEntries(cas, now, alias)], password);
}

/** `truststore.jks`: trusted entries `ca`, `ca-1`, `ca-2`, …. */
export function encodeJksTruststore(
  { cas, password }: Pick<JksContent, 'cas' | 'password'>,
  { now = new Date() }: Pick<JksOptions, 'now'> = {},
): Uint8Array {
  return store(trustedEntries(cas, now), password);
}

/** An alias that the key has is passed over: two entries of one name would lose the key. */
function trustedEntries(cas: readonly Uint8Array[], now: Date, keyAlias?: string): Uint8Array[] {
  const aliases = ['ca', ...cas.map((_, index) => `ca-${index + 1}`)].filter((alias) => alias !== keyAlias);
  return cas.map((der, index) =>
    Buffer.concat([uint32(certificateEntry), utf(aliases[index]!), time(now), certificate(der)]),
  );
}

function store(entries: readonly Uint8Array[], password: string): Uint8Array {
  const body = Buffer.concat([uint32(magic), uint32(version), uint32(entries.length), ...entries]);
  const digest = createHash('sha1').update(utf16BigEndian(password)).update(whitener).update(body).digest();
  return Buffer.concat([body, digest]);
}

/** EncryptedPrivateKeyInfo: salt, key XOR a chain of SHA-1 digests that starts at the salt, digest of password and key. */
function protectKey(pkcs8: Uint8Array, password: string, salt: Uint8Array): Uint8Array {
  const secret = utf16BigEndian(password);
  const encrypted = Buffer.from(pkcs8);
  let pad: Uint8Array = salt;
  for (let index = 0; index < encrypted.length; index++) {
    const position = index % 20;
    if (position === 0) pad = hash('sha1', Buffer.concat([secret, pad]), 'buffer');
    encrypted[index]! ^= pad[position]!;
  }
  const check = hash('sha1', Buffer.concat([secret, pkcs8]), 'buffer');
  return sequence(sequence(oid(keyProtector), nullValue()), octetString(Buffer.concat([salt, encrypted, check])));
}

function certificate(der: Uint8Array): Uint8Array {
  return Buffer.concat([utf('X509'), sized(der)]);
}

function sized(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Milliseconds since 1970, 64 bits. */
function time(date: Date): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(date.getTime()));
  return bytes;
}

/** Java's modified UTF-8 with its length: each UTF-16 unit by itself, and NUL in two bytes. */
function utf(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit !== 0 && unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  if (bytes.length > 0xffff) throw new DecodeError('JKS alias', 'the JKS alias is longer than 65535 bytes');
  return Buffer.from([bytes.length >> 8, bytes.length & 0xff, ...bytes]);
}
