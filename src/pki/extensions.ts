// X.509 extensions (RFC 5280 4.2): the frame and the value of each that is written or read here, but for names (general-names.ts) and
// name constraints (name-constraints.ts).
import { createHash } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import {
  boolean,
  children,
  context,
  DerCursor,
  type DerValue,
  encode,
  explicit,
  ia5,
  implicit,
  namedBits,
  octetString,
  oid,
  readBitString,
  readBoolean,
  readDer,
  readOctetString,
  readOid,
  readSmallInteger,
  sequence,
  tags,
} from './der.ts';
import { oids } from './oids.ts';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER inside the OCTET STRING. */
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly isCA: boolean;
  readonly pathLength?: number;
}

/** Reads SEQUENCE OF Extension. Throws DecodeError where one identifier occurs twice. */
export function decodeExtensions(value: DerValue): Extension[] {
  const seen = new Set<string>();
  return children(value, tags.sequence).map((item) => {
    const cursor = new DerCursor(item, tags.sequence);
    const type = readOid(cursor.next());
    const flag = cursor.optional(tags.boolean);
    const content = readOctetString(cursor.next());
    cursor.end();
    if (seen.has(type)) throw new DecodeError('extensions', `duplicate extension ${type}`);
    seen.add(type);
    return { oid: type, critical: flag === undefined ? false : readBoolean(flag), value: content };
  });
}

export function encodeExtension(extension: Extension): Uint8Array {
  const { oid: type, critical, value } = extension;
  return critical ? sequence(oid(type), boolean(true), octetString(value)) : sequence(oid(type), octetString(value));
}

export function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  return sequence(...extensions.map(encodeExtension));
}

export function decodeBasicConstraints(value: Uint8Array): BasicConstraints {
  const cursor = new DerCursor(readDer(value), tags.sequence);
  const flag = cursor.optional(tags.boolean);
  const length = cursor.optional(tags.integer);
  cursor.end();
  const isCA = flag !== undefined && readBoolean(flag);
  return length === undefined ? { isCA } : { isCA, pathLength: readSmallInteger(length) };
}

export function basicConstraintsExtension(isCA: boolean): Extension {
  return { oid: oids.basicConstraints, critical: true, value: isCA ? sequence(boolean(true)) : sequence() };
}

/** The nine bits of RFC 5280, bit n as 1 << n; further ones have no meaning and are not kept. */
export function decodeKeyUsage(value: Uint8Array): number {
  const { bytes } = readBitString(readDer(value));
  let bits = 0;
  for (let bit = 0; bit < 9; bit++) if (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) bits |= 1 << bit;
  return bits;
}

export function keyUsageExtension(bits: number): Extension {
  return { oid: oids.keyUsage, critical: true, value: namedBits(bits) };
}

export function decodeExtKeyUsage(value: Uint8Array): string[] {
  return children(readDer(value), tags.sequence).map(readOid);
}

export function extKeyUsageExtension(usages: readonly string[]): Extension {
  return { oid: oids.extKeyUsage, critical: false, value: sequence(...usages.map(oid)) };
}

export function decodeSubjectKeyId(value: Uint8Array): Uint8Array {
  return readOctetString(readDer(value));
}

/** RFC 7093 method 1: the leftmost 160 bits of the SHA-256 of the key's BIT STRING content. `publicKeyBits` is that content. */
export function subjectKeyIdOf(publicKeyBits: Uint8Array): Uint8Array {
  return createHash('sha256').update(publicKeyBits).digest().subarray(0, 20);
}

export function subjectKeyIdExtension(keyId: Uint8Array): Extension {
  return { oid: oids.subjectKeyId, critical: false, value: octetString(keyId) };
}

/** The keyIdentifier; undefined where only issuer and serial are given. */
export function decodeAuthorityKeyId(value: Uint8Array): Uint8Array | undefined {
  return children(readDer(value), tags.sequence).find((part) => part.tag === context(0))?.content;
}

export function authorityKeyIdExtension(keyId: Uint8Array): Extension {
  return { oid: oids.authorityKeyId, critical: false, value: sequence(encode(context(0), keyId)) };
}

function uriName(url: string): Uint8Array {
  return implicit(6, ia5(url));
}

/** OCSP responders first, then the issuer's certificates. */
export function authorityInfoAccessExtension(ocsp: readonly string[], issuers: readonly string[]): Extension {
  const access = (method: string) => (url: string) => sequence(oid(method), uriName(url));
  return {
    oid: oids.authorityInfoAccess,
    critical: false,
    value: sequence(...ocsp.map(access(oids.ocsp)), ...issuers.map(access(oids.caIssuers))),
  };
}

/** One distribution point a URL. */
export function crlDistributionPointsExtension(urls: readonly string[]): Extension {
  // DistributionPoint { distributionPoint [0] { fullName [0] GeneralNames } }
  const points = urls.map((url) => sequence(explicit(0, explicit(0, uriName(url)))));
  return { oid: oids.crlDistributionPoints, critical: false, value: sequence(...points) };
}
