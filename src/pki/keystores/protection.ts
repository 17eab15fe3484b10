// How the profiles of a PKCS#12 keystore encrypt and authenticate: algorithms, iteration counts, salt sizes. Knows nothing of bags.
// Sizes and counts are those of the library that upstream uses (go-pkcs12): 2048 iterations for encryption, and for the MAC of the
// modern profiles; 1 for the MAC of the legacy ones, because old readers cannot do more.
import { createCipheriv, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { integer, nullValue, octetString, oid, sequence } from '../der.ts';
import { type DerivationHash, derive, purposes } from './key-derivation.ts';
import { encryptRc2Cbc } from './rc2.ts';

/** The values of `spec.keystores.pkcs12.profile`. */
export type Pkcs12Profile = 'LegacyRC2' | 'LegacyDES' | 'Modern2023' | 'Modern2026';

/** So many bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array;

/** Encrypted bytes with the AlgorithmIdentifier that says how. */
export interface Protected {
  readonly algorithm: Uint8Array;
  readonly ciphertext: Uint8Array;
}

interface Scheme {
  readonly certificates: Encryption;
  readonly key: Encryption;
  readonly saltBytes: number;
  readonly mac: 'SHA-1' | 'SHA-256' | 'PBMAC1';
}

type Encryption = 'RC2-40' | '3DES' | 'PBES2';

const schemes: Readonly<Record<Pkcs12Profile, Scheme>> = {
  LegacyRC2: { certificates: 'RC2-40', key: '3DES', saltBytes: 8, mac: 'SHA-1' },
  LegacyDES: { certificates: '3DES', key: '3DES', saltBytes: 8, mac: 'SHA-1' },
  Modern2023: { certificates: 'PBES2', key: 'PBES2', saltBytes: 16, mac: 'SHA-256' },
  Modern2026: { certificates: 'PBES2', key: 'PBES2', saltBytes: 16, mac: 'PBMAC1' },
};

const iterations = 2048;
const macKeyBytes = 32;

const oids = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  hmacSha256: '1.2.840.113549.2.9',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbes2: '1.2.840.113549.1.5.13',
  pbmac1: '1.2.840.113549.1.5.14',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  shaAnd3Des: '1.2.840.113549.1.12.1.3',
  shaAnd40BitRc2: '1.2.840.113549.1.12.1.6',
} as const;

/** Encrypts the certificates or the key of a keystore. */
export function protect(
  profile: Pkcs12Profile,
  what: 'certificates' | 'key',
  plain: Uint8Array,
  password: string,
  random: RandomBytes,
): Promise<Protected> {
  const scheme = schemes[profile];
  const salt = random(scheme.saltBytes);
  switch (scheme[what]) {
    case 'RC2-40':
      return protectWithRc2(plain, password, salt);
    case '3DES':
      return protectWith3Des(plain, password, salt);
    case 'PBES2':
      return protectWithPbes2(plain, password, salt, random(16));
  }
}

/** The MacData (RFC 7292 section 4) over the AuthenticatedSafe. */
export async function macDataOf(
  profile: Pkcs12Profile,
  content: Uint8Array,
  password: string,
  random: RandomBytes,
): Promise<Uint8Array> {
  const { mac, saltBytes } = schemes[profile];
  const salt = random(saltBytes);
  switch (mac) {
    case 'SHA-1':
      return classicMac(content, { hash: 'sha1', length: 20, iterations: 1, password, salt });
    case 'SHA-256':
      return classicMac(content, { hash: 'sha256', length: 32, iterations, password, salt });
    case 'PBMAC1':
      return pbmac1(content, password, salt);
  }
}

async function protectWithRc2(plain: Uint8Array, password: string, salt: Uint8Array): Promise<Protected> {
  const { key, iv } = await legacyKey(password, salt, 5);
  return {
    algorithm: legacyAlgorithm(oids.shaAnd40BitRc2, salt),
    ciphertext: await encryptRc2Cbc(key, iv, plain, 40),
  };
}

async function protectWith3Des(plain: Uint8Array, password: string, salt: Uint8Array): Promise<Protected> {
  const { key, iv } = await legacyKey(password, salt, 24);
  return { algorithm: legacyAlgorithm(oids.shaAnd3Des, salt), ciphertext: encrypt('des-ede3-cbc', key, iv, plain) };
}

async function legacyKey(password: string, salt: Uint8Array, keyBytes: number) {
  const common = { hash: 'sha1', password, salt, iterations } as const;
  const key = await derive({ ...common, purpose: purposes.key, length: keyBytes });
  const iv = await derive({ ...common, purpose: purposes.iv, length: 8 });
  return { key, iv };
}

function legacyAlgorithm(algorithm: string, salt: Uint8Array): Uint8Array {
  return sequence(oid(algorithm), sequence(octetString(salt), integer(iterations)));
}

async function protectWithPbes2(
  plain: Uint8Array,
  password: string,
  salt: Uint8Array,
  iv: Uint8Array,
): Promise<Protected> {
  const key = await pbkdf2Key(password, salt);
  const pseudoRandom = sequence(oid(oids.hmacSha256), nullValue());
  const derivation = sequence(oid(oids.pbkdf2), sequence(octetString(salt), integer(iterations), pseudoRandom));
  const cipher = sequence(oid(oids.aes256Cbc), octetString(iv));
  return {
    algorithm: sequence(oid(oids.pbes2), sequence(derivation, cipher)),
    ciphertext: encrypt('aes-256-cbc', key, iv, plain),
  };
}

function encrypt(cipher: 'des-ede3-cbc' | 'aes-256-cbc', key: Uint8Array, iv: Uint8Array, plain: Uint8Array) {
  const encryption = createCipheriv(cipher, key, iv);
  return Buffer.concat([encryption.update(plain), encryption.final()]);
}

interface ClassicMac {
  readonly hash: DerivationHash;
  readonly length: number;
  readonly iterations: number;
  readonly password: string;
  readonly salt: Uint8Array;
}

async function classicMac(content: Uint8Array, given: ClassicMac): Promise<Uint8Array> {
  const key = await derive({ ...given, purpose: purposes.mac });
  const digest = createHmac(given.hash, key).update(content).digest();
  const algorithm = sequence(oid(oids[given.hash]), nullValue());
  // DEFAULT 1, which DER leaves out.
  const count = given.iterations === 1 ? [] : [integer(given.iterations)];
  return sequence(sequence(algorithm, octetString(digest)), octetString(given.salt), ...count);
}

/** RFC 9579: derivation and salt are parameters of the algorithm; the salt outside is ignored, but the structure asks for one. */
async function pbmac1(content: Uint8Array, password: string, salt: Uint8Array): Promise<Uint8Array> {
  const digest = createHmac('sha256', await pbkdf2Key(password, salt))
    .update(content)
    .digest();
  const hmac = sequence(oid(oids.hmacSha256), nullValue());
  const derivation = sequence(
    oid(oids.pbkdf2),
    sequence(octetString(salt), integer(iterations), integer(macKeyBytes), hmac),
  );
  const algorithm = sequence(oid(oids.pbmac1), sequence(derivation, hmac));
  return sequence(sequence(algorithm, octetString(digest)), octetString(Buffer.from('NOT USED')));
}

const pbkdf2Async = promisify(pbkdf2);

/** The password in UTF-8, as RFC 9579 section 5 and OpenSSL have it. */
function pbkdf2Key(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return pbkdf2Async(Buffer.from(password, 'utf8'), salt, iterations, macKeyBytes, 'sha256');
}
