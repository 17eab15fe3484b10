// X.509 certificates (RFC 5280): read, and made from a CSR as upstream makes them. Chains: chain.ts; whole issuances: signer.ts.
import { type KeyObject, randomBytes } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import { type Csr, subjectAltNameExtension, verifyCsr } from './csr.ts';
import {
  bitStringContent,
  context,
  DerCursor,
  type DerValue,
  explicit,
  explicitTag,
  integer,
  only,
  readBitStringBytes,
  readDer,
  readIntegerBytes,
  readSmallInteger,
  sequence,
  tags,
  time,
} from './der.ts';
import { readTime } from './der-text.ts';
import { type DistinguishedName, decodeName, subjectNamesOf, valuesOf } from './distinguished-name.ts';
import {
  authorityInfoAccessExtension,
  authorityKeyIdExtension,
  type BasicConstraints,
  basicConstraintsExtension,
  crlDistributionPointsExtension,
  decodeAuthorityKeyId,
  decodeBasicConstraints,
  decodeExtensions,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectKeyId,
  type Extension,
  encodeExtensions,
  extKeyUsageExtension,
  keyUsageExtension,
  subjectKeyIdExtension,
  subjectKeyIdOf,
} from './extensions.ts';
import type { KeyFacts } from './facts.ts';
import { decodeGeneralNames, type GeneralName, namesByKind } from './general-names.ts';
import { extKeyUsageNames, isKnownExtKeyUsage, keyUsageNames, usagesOf } from './key-usage.ts';
import type { SubjectNames } from './names.ts';
import { oids } from './oids.ts';
import { decodePem, encodePem } from './pem.ts';
import { decodePublicKey } from './public-key.ts';
import { algorithmIdentifier, defaultSignatureAlgorithm, signed } from './signature.ts';

export interface ParsedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly version: number;
  /** Hex, no leading zeros. */
  readonly serial: string;
  readonly names: SubjectNames;
  /** The whole subject, attributes that `names` has no field for included. */
  readonly subject: DistinguishedName;
  readonly subjectDer: Uint8Array;
  /** All of them; `names.commonName` is the last. */
  readonly commonNames: readonly string[];
  readonly issuer: DistinguishedName;
  readonly issuerDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Uint8Array;
  /** Hex SHA-256 of `spki`. */
  readonly publicKey: string;
  /** Undefined for kinds of keys that are not supported. */
  readonly keyFacts: KeyFacts | undefined;
  readonly extensions: readonly Extension[];
  readonly generalNames: readonly GeneralName[];
  readonly basicConstraints: BasicConstraints | undefined;
  readonly isCA: boolean;
  /** Bit n as 1 << n; undefined without the extension. */
  readonly keyUsage: number | undefined;
  /** Object identifiers; undefined without the extension. */
  readonly extKeyUsage: readonly string[] | undefined;
  readonly ski: Uint8Array | undefined;
  readonly aki: Uint8Array | undefined;
  /** What was signed, how, and the signature. */
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads every PEM block as a certificate, in order. Throws DecodeError where there is none, where one block is no certificate, and where
 * the PEM is larger than `maximumBytes`.
 */
export function decodeCertificates(pem: string | Uint8Array, maximumBytes: number): ParsedCertificate[] {
  const blocks = decodePem(pem, maximumBytes);
  if (blocks.length === 0) throw new DecodeError('certificate', 'error decoding certificate PEM block');
  return blocks.map(({ der }) => decodeCertificate(der));
}

/** Reads the DER of one certificate. Throws DecodeError. */
export function decodeCertificate(der: Uint8Array): ParsedCertificate {
  try {
    return decode(der);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new DecodeError('certificate', `error parsing TLS certificate: ${cause.message}`, { cause });
  }
}

function decode(der: Uint8Array): ParsedCertificate {
  const outer = new DerCursor(readDer(der), tags.sequence);
  const toBeSigned = outer.next(tags.sequence);
  const signatureAlgorithm = outer.next(tags.sequence).bytes;
  const signature = readBitStringBytes(outer.next());
  outer.end();
  const cursor = new DerCursor(toBeSigned);
  const version = decodeVersion(cursor.optional(explicitTag(0)));
  const serial = decodeSerial(cursor.next());
  if (Buffer.compare(cursor.next(tags.sequence).bytes, signatureAlgorithm) !== 0) {
    throw new DecodeError('certificate', "inner and outer signature algorithm identifiers don't match");
  }
  const issuerValue = cursor.next(tags.sequence);
  const validity = new DerCursor(cursor.next(), tags.sequence);
  const [notBefore, notAfter] = [readTime(validity.next()), readTime(validity.next())];
  validity.end();
  const subjectValue = cursor.next(tags.sequence);
  const spki = cursor.next(tags.sequence).bytes;
  const extensions = decodeTail(cursor, version);
  const subject = decodeName(subjectValue);
  const key = decodePublicKey(spki);
  const known = understood(extensions);
  return {
    der,
    get pem() {
      return encodePem('CERTIFICATE', der);
    },
    version,
    serial,
    names: { ...subjectNamesOf(subject), ...namesByKind(known.generalNames) },
    subject,
    subjectDer: subjectValue.bytes,
    commonNames: valuesOf(subject, oids.commonName),
    issuer: decodeName(issuerValue),
    issuerDer: issuerValue.bytes,
    notBefore,
    notAfter,
    spki,
    publicKey: key.hash,
    keyFacts: key.facts,
    extensions,
    ...known,
    signed: toBeSigned.bytes,
    signatureAlgorithm,
    signature,
  };
}

function decodeVersion(value: DerValue | undefined): number {
  const version = value === undefined ? 1 : readSmallInteger(only(value)) + 1;
  if (version > 3) throw new DecodeError('certificate', 'invalid version');
  return version;
}

function decodeSerial(value: DerValue): string {
  const bytes = readIntegerBytes(value);
  if (bytes[0]! >= 0x80) throw new DecodeError('certificate', 'negative serial number');
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}

/** Unique identifiers, which nobody uses, and the extensions. */
function decodeTail(cursor: DerCursor, version: number): Extension[] {
  for (const number of [1, 2]) {
    const identifier = cursor.optional(context(number));
    if (identifier !== undefined) bitStringContent(identifier);
  }
  const extensions = cursor.optional(explicitTag(3));
  cursor.end();
  if (extensions === undefined) return [];
  if (version !== 3) throw new DecodeError('certificate', 'extensions need version 3');
  return decodeExtensions(only(extensions));
}

function understood(extensions: readonly Extension[]) {
  const contentOf = (type: string) => extensions.find((extension) => extension.oid === type)?.value;
  const [altNames, basic, usage] = [
    contentOf(oids.subjectAltName),
    contentOf(oids.basicConstraints),
    contentOf(oids.keyUsage),
  ];
  const [extUsage, ski, aki] = [
    contentOf(oids.extKeyUsage),
    contentOf(oids.subjectKeyId),
    contentOf(oids.authorityKeyId),
  ];
  const basicConstraints = basic && decodeBasicConstraints(basic);
  return {
    generalNames: altNames === undefined ? [] : decodeGeneralNames(readDer(altNames)),
    basicConstraints,
    isCA: basicConstraints?.isCA ?? false,
    keyUsage: usage && decodeKeyUsage(usage),
    extKeyUsage: extUsage && decodeExtKeyUsage(extUsage),
    ski: ski && decodeSubjectKeyId(ski),
    aki: aki && decodeAuthorityKeyId(aki),
  };
}

/** Everything of a certificate but its issuer, its serial number and its signature. */
export interface CertificateTemplate {
  readonly subjectDer: Uint8Array;
  readonly spki: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCA: boolean;
  /** Bit n as 1 << n; 0 leaves the extension out. */
  readonly keyUsage: number;
  /** Object identifiers in order; empty leaves the extension out. */
  readonly extKeyUsage: readonly string[];
  readonly subjectAltName?: Extension | undefined;
  readonly nameConstraints?: Extension | undefined;
  readonly ocspServers?: readonly string[] | undefined;
  readonly issuingCertificateURLs?: readonly string[] | undefined;
  readonly crlDistributionPoints?: readonly string[] | undefined;
  /** The key identifier of an issuer that has the subject's own name; otherwise it is taken from the issuer. */
  readonly authorityKeyId?: Uint8Array | undefined;
}

export interface IssuanceOptions {
  readonly durationMs: number;
  readonly isCA: boolean;
  /** As in spec.usages; empty means the default. */
  readonly usages: readonly string[] | undefined;
  readonly now: Date;
}

/**
 * The certificate that a CSR asks for: its subject and names as they are, usages and CA flag from the request's spec. Throws DecodeError
 * where the CSR contradicts the spec (upstream's texts) or is not signed by its own key.
 */
export function certificateTemplateFor(csr: Csr, options: IssuanceOptions): CertificateTemplate {
  const { isCA } = options;
  const usages = usagesOf(options.usages, isCA);
  requireConsistency(csr, usages, isCA);
  if (!verifyCsr(csr)) throw new DecodeError('CSR', 'certificate request is not signed by its own key');
  const emptyNames = csr.generalNames.length === 0;
  const { subjectAltName, nameConstraints } = csr;
  return {
    subjectDer: csr.subjectDer,
    spki: csr.spki,
    ...validityOf(options.now, options.durationMs),
    isCA,
    keyUsage: usages.bits,
    extKeyUsage: [...usages.oids, ...(csr.extKeyUsage ?? []).filter((usage) => !isKnownExtKeyUsage(usage))],
    subjectAltName:
      emptyNames || !subjectAltName ? undefined : subjectAltNameExtension(subjectAltName, csr.subject.length === 0),
    nameConstraints: nameConstraints && {
      oid: oids.nameConstraints,
      critical: nameConstraints.critical,
      value: nameConstraints.value,
    },
  };
}

/** From `now`, seconds cut off, for exactly `durationMs`. */
export function validityOf(now: Date, durationMs: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const start = Math.floor(now.getTime() / 1000) * 1000;
  return { notBefore: new Date(start), notAfter: new Date(start + durationMs) };
}

/** What a CSR says about CA and usages must be what its spec says. Throws DecodeError with upstream's texts. */
export function requireConsistency(
  csr: Pick<Csr, 'basicConstraints' | 'keyUsage' | 'extKeyUsage'>,
  usages: { readonly bits: number; readonly oids: readonly string[] },
  isCA: boolean,
): void {
  const asked = csr.basicConstraints?.isCA;
  if (asked !== undefined && asked !== isCA) {
    throw inconsistent(`IsCA ${asked} does not match expected value ${isCA}`);
  }
  if (csr.keyUsage === undefined && csr.extKeyUsage === undefined) return;
  const bits = csr.keyUsage ?? 0;
  if (bits !== usages.bits) {
    const [found, expected] = [keyUsageNames(bits), keyUsageNames(usages.bits)].map(quoted);
    throw inconsistent(`the KeyUsages ${found} do not match the expected KeyUsages ${expected}`);
  }
  const extended = (csr.extKeyUsage ?? []).filter(isKnownExtKeyUsage);
  if (extended.join() !== usages.oids.join()) {
    const [found, expected] = [extKeyUsageNames(extended), extKeyUsageNames(usages.oids)].map(quoted);
    throw inconsistent(`the ExtKeyUsages ${found} do not match the expected ExtKeyUsages ${expected}`);
  }
}

function inconsistent(message: string): DecodeError {
  return new DecodeError('CSR', `encoded CSR error: ${message}`);
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? '[]' : `[ ${names.map((name) => `'${name}'`).join(', ')} ]`;
}

/** Who signs: a key, the name that becomes the issuer, and the identifier of the key. */
export interface SigningIdentity {
  readonly key: KeyObject;
  readonly facts: KeyFacts;
  /** DER of the signer's subject, byte for byte. */
  readonly subjectDer: Uint8Array;
  readonly ski: Uint8Array | undefined;
}

/** PEM of the certificate, with a fresh serial number. Throws DecodeError for RSA keys below 2048 bits and URLs that are not ASCII. */
export function signCertificate(template: CertificateTemplate, signer: SigningIdentity): string {
  const algorithm = defaultSignatureAlgorithm(signer.facts);
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    integer(newSerial()),
    algorithmIdentifier(algorithm),
    signer.subjectDer,
    sequence(time(template.notBefore), time(template.notAfter)),
    template.subjectDer,
    template.spki,
    explicit(3, encodeExtensions(extensionsOf(template, signer))),
  );
  return encodePem('CERTIFICATE', signed(toBeSigned, algorithm, signer.key));
}

/** 159 random bits: positive, and no longer than RFC 5280 allows. */
function newSerial(): Uint8Array {
  const serial = randomBytes(20);
  serial[0]! &= 0x7f;
  return serial;
}

/** In upstream's order. A key identifier only for CAs; the issuer's only where the issuer is somebody else. */
function extensionsOf(template: CertificateTemplate, signer: SigningIdentity): Extension[] {
  const list: (Extension | undefined)[] = [
    template.keyUsage === 0 ? undefined : keyUsageExtension(template.keyUsage),
    template.extKeyUsage.length === 0 ? undefined : extKeyUsageExtension(template.extKeyUsage),
    basicConstraintsExtension(template.isCA),
    template.isCA ? subjectKeyIdExtension(subjectKeyIdOf(decodePublicKey(template.spki).bits)) : undefined,
    authorityKeyIdOf(template, signer),
    authorityInfoAccessOf(template),
    template.nameConstraints,
    template.crlDistributionPoints?.length ? crlDistributionPointsExtension(template.crlDistributionPoints) : undefined,
    template.subjectAltName,
  ];
  return list.filter((extension) => extension !== undefined);
}

function authorityKeyIdOf(template: CertificateTemplate, { ski, subjectDer }: SigningIdentity): Extension | undefined {
  if (template.authorityKeyId !== undefined) return authorityKeyIdExtension(template.authorityKeyId);
  const byItself = Buffer.compare(subjectDer, template.subjectDer) === 0;
  return byItself || ski === undefined || ski.length === 0 ? undefined : authorityKeyIdExtension(ski);
}

function authorityInfoAccessOf({
  ocspServers = [],
  issuingCertificateURLs = [],
}: CertificateTemplate): Extension | undefined {
  if (ocspServers.length + issuingCertificateURLs.length === 0) return undefined;
  return authorityInfoAccessExtension(ocspServers, issuingCertificateURLs);
}
