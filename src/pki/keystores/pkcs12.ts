// PKCS#12 keystores and truststores (RFC 7292): which bags with which attributes. How they are encrypted: protection.ts. Never reads one.
// The layout is that of upstream's library: one encrypted SafeContents with the certificates, one in the clear with the encrypted key.
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { encode, explicit, integer, octetString, oid, sequence, setOf, tags } from '../der.ts';
import { friendlyNamesOf } from './friendly-name.ts';
import { utf16BigEndian } from './key-derivation.ts';
import { macDataOf, type Pkcs12Profile, protect, type RandomBytes } from './protection.ts';

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  /** Oracle's `trustedKeyUsage`: Java trusts a certificate in a PKCS#12 only where its bag has it. */
  trustedKeyUsage: '2.16.840.1.113894.746875.1.1',
  anyExtendedKeyUsage: '2.5.29.37.0',
} as const;

export interface Pkcs12Content {
  readonly privateKey: KeyObject;
  /** DER, the leaf first; its issuers follow it as further certificates. At least one. */
  readonly chain: readonly Uint8Array[];
  /** DER; come after the chain. */
  readonly cas: readonly Uint8Array[];
  readonly password: string;
  readonly profile: Pkcs12Profile;
}

export interface Pkcs12TruststoreContent {
  /** DER. */
  readonly cas: readonly Uint8Array[];
  readonly password: string;
  readonly profile: Pkcs12Profile;
}

/** `keystore.p12`: the key, its certificate and all further certificates. Salts and IVs come from `random`. */
export async function encodePkcs12(content: Pkcs12Content, random: RandomBytes = randomBytes): Promise<Uint8Array> {
  const { chain, cas, password, profile } = content;
  const [leaf, ...issuers] = chain;
  if (!leaf) throw new RangeError('a PKCS#12 keystore needs a certificate');
  const keyId = attribute(oids.localKeyId, octetString(createHash('sha1').update(leaf).digest()));
  const bags = [certBag(leaf, [keyId]), ...[...issuers, ...cas].map((certificate) => certBag(certificate, []))];
  const certificates = await encryptedContents(bags, profile, password, random);

  const pkcs8 = content.privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = await protect(profile, 'key', pkcs8, password, random);
  const shrouded = sequence(key.algorithm, octetString(key.ciphertext));
  const keyBag = bag(oids.shroudedKeyBag, shrouded, [keyId]);

  return pfx([certificates, dataContents(sequence(keyBag))], profile, password, random);
}

/** `truststore.p12`: the CAs, marked as trusted for Java, each under its subject as friendly name. */
export async function encodePkcs12Truststore(
  { cas, password, profile }: Pkcs12TruststoreContent,
  random: RandomBytes = randomBytes,
): Promise<Uint8Array> {
  const names = friendlyNamesOf(cas);
  const trusted = attribute(oids.trustedKeyUsage, oid(oids.anyExtendedKeyUsage));
  const bags = cas.map((certificate, index) => {
    const name = encode(tags.bmpString, utf16BigEndian(names[index]!));
    return certBag(certificate, [trusted, attribute(oids.friendlyName, name)]);
  });
  return pfx([await encryptedContents(bags, profile, password, random)], profile, password, random);
}

async function pfx(
  contents: readonly Uint8Array[],
  profile: Pkcs12Profile,
  password: string,
  random: RandomBytes,
): Promise<Uint8Array> {
  const safe = sequence(...contents);
  return sequence(integer(3), dataContents(safe), await macDataOf(profile, safe, password, random));
}

function dataContents(content: Uint8Array): Uint8Array {
  return sequence(oid(oids.data), explicit(0, octetString(content)));
}

async function encryptedContents(
  bags: readonly Uint8Array[],
  profile: Pkcs12Profile,
  password: string,
  random: RandomBytes,
): Promise<Uint8Array> {
  const { algorithm, ciphertext } = await protect(profile, 'certificates', sequence(...bags), password, random);
  // [0] IMPLICIT OCTET STRING: primitive, as the ciphertext is in one piece.
  const content = sequence(oid(oids.data), algorithm, encode(0x80, ciphertext));
  return sequence(oid(oids.encryptedData), explicit(0, sequence(integer(0), content)));
}

function certBag(certificate: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return bag(oids.certBag, sequence(oid(oids.x509Certificate), explicit(0, octetString(certificate))), attributes);
}

function bag(kind: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return sequence(oid(kind), explicit(0, value), ...(attributes.length === 0 ? [] : [setOf(attributes)]));
}

function attribute(kind: string, value: Uint8Array): Uint8Array {
  return sequence(oid(kind), setOf([value]));
}
