// Signature algorithms of certificates and CSRs: which one, how it is written, signing and verifying.
import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import { bitString, explicit, integer, nullValue, oid, sequence } from './der.ts';
import type { KeyFacts } from './facts.ts';

/** The names of spec.signatureAlgorithm. */
export type SignatureAlgorithm =
  | 'SHA256WithRSA'
  | 'SHA384WithRSA'
  | 'SHA512WithRSA'
  | 'ECDSAWithSHA256'
  | 'ECDSAWithSHA384'
  | 'ECDSAWithSHA512'
  | 'PureEd25519';

interface Scheme {
  /** DER of the AlgorithmIdentifier. */
  readonly identifier: Uint8Array;
  readonly family: KeyFacts['algorithm'];
  readonly hash: string | null;
  /** Salt length of RSASSA-PSS; PKCS#1 v1.5 where absent. */
  readonly saltBytes?: number;
}

const schemes: Readonly<Record<SignatureAlgorithm, Scheme>> = {
  SHA256WithRSA: rsa('1.2.840.113549.1.1.11', 'sha256'),
  SHA384WithRSA: rsa('1.2.840.113549.1.1.12', 'sha384'),
  SHA512WithRSA: rsa('1.2.840.113549.1.1.13', 'sha512'),
  ECDSAWithSHA256: ecdsa('1.2.840.10045.4.3.2', 'sha256'),
  ECDSAWithSHA384: ecdsa('1.2.840.10045.4.3.3', 'sha384'),
  ECDSAWithSHA512: ecdsa('1.2.840.10045.4.3.4', 'sha512'),
  PureEd25519: { identifier: sequence(oid('1.3.101.112')), family: 'Ed25519', hash: null },
};

/** Verified, never written: RSASSA-PSS with the three usual parameter sets. */
const pssSchemes = [
  pss('2.16.840.1.101.3.4.2.1', 'sha256', 32),
  pss('2.16.840.1.101.3.4.2.2', 'sha384', 48),
  pss('2.16.840.1.101.3.4.2.3', 'sha512', 64),
];

/** Proof of possession in CSRs only, as upstream: nobody gains a certificate by a collision there. */
const sha1Schemes = [rsa('1.2.840.113549.1.1.5', 'sha1'), ecdsa('1.2.840.10045.4.1', 'sha1')];

function rsa(type: string, hash: string): Scheme {
  return { identifier: sequence(oid(type), nullValue()), family: 'RSA', hash };
}

function ecdsa(type: string, hash: string): Scheme {
  return { identifier: sequence(oid(type)), family: 'ECDSA', hash };
}

function pss(hashOid: string, hash: string, saltBytes: number): Scheme {
  const digest = sequence(oid(hashOid), nullValue());
  const parameters = sequence(
    explicit(0, digest),
    explicit(1, sequence(oid('1.2.840.113549.1.1.8'), digest)),
    explicit(2, integer(saltBytes)),
  );
  return { identifier: sequence(oid('1.2.840.113549.1.1.10'), parameters), family: 'RSA', hash, saltBytes };
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const modern = new Map([...Object.values(schemes), ...pssSchemes].map((scheme) => [hexOf(scheme.identifier), scheme]));
const dated = new Map(sha1Schemes.map((scheme) => [hexOf(scheme.identifier), scheme]));

const byCurve: Readonly<Record<number, SignatureAlgorithm>> = {
  256: 'ECDSAWithSHA256',
  384: 'ECDSAWithSHA384',
  521: 'ECDSAWithSHA512',
};

/**
 * What a key of this kind signs with, unless told otherwise: the larger the key, the longer the hash. Throws DecodeError for RSA below 2048
 * bits and curves that do not exist.
 */
export function defaultSignatureAlgorithm(key: Pick<KeyFacts, 'algorithm' | 'size'>): SignatureAlgorithm {
  if (key.algorithm === 'Ed25519') return 'PureEd25519';
  if (key.algorithm === 'ECDSA') {
    const algorithm = byCurve[key.size];
    if (algorithm === undefined) {
      throw new DecodeError('private key', `unsupported ecdsa key size specified: ${key.size}`);
    }
    return algorithm;
  }
  if (key.size < 2048)
    throw new DecodeError('private key', `unsupported rsa key size specified: ${key.size}. min 2048: invalid size`);
  return key.size >= 4096 ? 'SHA512WithRSA' : key.size >= 3072 ? 'SHA384WithRSA' : 'SHA256WithRSA';
}

export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(schemes, name);
}

/** DER of the AlgorithmIdentifier. */
export function algorithmIdentifier(algorithm: SignatureAlgorithm): Uint8Array {
  return schemes[algorithm].identifier;
}

export function familyOf(algorithm: SignatureAlgorithm): KeyFacts['algorithm'] {
  return schemes[algorithm].family;
}

/** SEQUENCE { toBeSigned, algorithm, signature }: the frame that certificates and CSRs share. */
export function signed(toBeSigned: Uint8Array, algorithm: SignatureAlgorithm, key: KeyObject): Uint8Array {
  const scheme = schemes[algorithm];
  return sequence(toBeSigned, scheme.identifier, bitString(sign(scheme.hash, toBeSigned, key)));
}

export interface Signature {
  /** DER of what was signed. */
  readonly signed: Uint8Array;
  /** DER of the AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Whether `key`, of the kind `facts` says, made this signature. False for algorithms that are unknown or do not belong to the key; SHA-1
 * counts only where `allowSha1` is set.
 */
export function isSignedBy(
  { signed: data, algorithm, signature }: Signature,
  key: KeyObject,
  facts: Pick<KeyFacts, 'algorithm'>,
  allowSha1 = false,
): boolean {
  const identifier = hexOf(algorithm);
  const scheme = modern.get(identifier) ?? (allowSha1 ? dated.get(identifier) : undefined);
  if (scheme === undefined || scheme.family !== facts.algorithm) return false;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const verifier = scheme.saltBytes === undefined ? key : { key, padding, saltLength: scheme.saltBytes };
  try {
    return verify(scheme.hash, data, verifier, signature);
  } catch {
    // Numbers that the library refuses to calculate with.
    return false;
  }
}
