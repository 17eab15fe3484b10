// PKCS#10 requests (RFC 2986): made from a Certificate's spec, signed, read and verified. Comparing them with a spec: match.ts.
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../api/certificate.ts';
import type { CertificateRequest } from '../api/certificate-request.ts';
import { DecodeError } from '../base/errors.ts';
import {
  children,
  DerCursor,
  type DerValue,
  encode,
  explicitTag,
  integer,
  oid,
  only,
  readBitStringBytes,
  readDer,
  readOid,
  readSmallInteger,
  sequence,
  set,
  tags,
} from './der.ts';
import {
  type DistinguishedName,
  decodeName,
  encodeName,
  parseLiteralSubject,
  subjectNamesOf,
  subjectOf,
  valuesOf,
} from './distinguished-name.ts';
import {
  type BasicConstraints,
  basicConstraintsExtension,
  decodeBasicConstraints,
  decodeExtensions,
  decodeExtKeyUsage,
  decodeKeyUsage,
  type Extension,
  encodeExtensions,
  extKeyUsageExtension,
  keyUsageExtension,
} from './extensions.ts';
import type { Decoded, KeyFacts } from './facts.ts';
import {
  decodeGeneralNames,
  encodeGeneralNames,
  type GeneralName,
  generalNamesOf,
  namesByKind,
} from './general-names.ts';
import { usagesOf } from './key-usage.ts';
import { keySpecOf, spkiOf } from './keys.ts';
import { defaultPemLimits, type PemLimits } from './limits.ts';
import { decodeNameConstraints, encodeNameConstraints, type NameConstraints } from './name-constraints.ts';
import type { SubjectNames } from './names.ts';
import { oids } from './oids.ts';
import { decodePem, encodePem, noPem, type PemBlock } from './pem.ts';
import { decodePublicKey } from './public-key.ts';
import { defaultSignatureAlgorithm, familyOf, isSignedBy, type SignatureAlgorithm, signed } from './signature.ts';

/** The feature gates that decide what goes into a CSR. */
export interface CsrGates {
  readonly LiteralCertificateSubject: boolean;
  readonly UseCertificateRequestBasicConstraints: boolean;
  readonly NameConstraints: boolean;
  readonly OtherNames: boolean;
}

/** Everything of a CSR but the key and its signature. */
export interface CsrTemplate {
  readonly subjectDer: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly signatureAlgorithm: SignatureAlgorithm;
}

export interface Csr {
  readonly der: Uint8Array;
  readonly names: SubjectNames;
  /** The whole subject, attributes that `names` has no field for included. */
  readonly subject: DistinguishedName;
  readonly subjectDer: Uint8Array;
  /** All of them; `names.commonName` is the last. */
  readonly commonNames: readonly string[];
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Hex SHA-256 of `spki`. */
  readonly publicKey: string;
  /** Undefined for kinds of keys that are not supported. */
  readonly keyFacts: KeyFacts | undefined;
  /** All that were asked for, whether understood or not. */
  readonly extensions: readonly Extension[];
  readonly generalNames: readonly GeneralName[];
  /** Names of forms that `names` has no field for. */
  readonly otherGeneralNames: readonly Extract<GeneralName, { kind: 'other' }>[];
  /** DER inside the extension; undefined where there is none. */
  readonly subjectAltName: Uint8Array | undefined;
  readonly basicConstraints: BasicConstraints | undefined;
  /** Bit n as 1 << n; undefined without the extension. */
  readonly keyUsage: number | undefined;
  /** Object identifiers; undefined without the extension. */
  readonly extKeyUsage: readonly string[] | undefined;
  readonly nameConstraints: (NameConstraints & { readonly critical: boolean; readonly value: Uint8Array }) | undefined;
  /** What was signed, how, and the signature. */
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

const noNameMessage =
  'at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';

/**
 * What the CSR for `spec` says. Throws DecodeError where the spec names nothing, or something that cannot be encoded; the message is for
 * people.
 */
export function csrTemplateOf(spec: CertificateSpec, gates: CsrGates): CsrTemplate {
  const subject = specSubject(spec, gates);
  const names = generalNamesOf({ ...spec, otherNames: gates.OtherNames ? spec.otherNames : undefined });
  if (names.length === 0 && !valuesOf(subject, oids.commonName).some((value) => value !== '')) {
    throw new DecodeError('certificate spec', noNameMessage);
  }
  return {
    subjectDer: encodeName(subject),
    extensions: [
      ...(names.length === 0 ? [] : [subjectAltNameExtension(encodeGeneralNames(names), subject.length === 0)]),
      ...usageExtensions(spec),
      ...(gates.UseCertificateRequestBasicConstraints ? [basicConstraintsExtension(spec.isCA === true)] : []),
      ...(gates.NameConstraints ? nameConstraintExtensions(spec) : []),
    ],
    signatureAlgorithm: spec.signatureAlgorithm || defaultSignatureAlgorithm(keySpecOf(spec.privateKey)),
  };
}

/** The subject that `spec` asks for: its literal subject, or its fields. */
export function specSubject(
  spec: CertificateSpec,
  gates: Pick<CsrGates, 'LiteralCertificateSubject'>,
): DistinguishedName {
  if (gates.LiteralCertificateSubject && spec.literalSubject) return parseLiteralSubject(spec.literalSubject);
  return subjectOf(spec.subject, spec.commonName);
}

/** `value` is the SEQUENCE of names; it must be critical where nothing else names the subject (RFC 5280 4.2.1.6). */
export function subjectAltNameExtension(value: Uint8Array, subjectIsEmpty: boolean): Extension {
  return { oid: oids.subjectAltName, critical: subjectIsEmpty, value };
}

function usageExtensions(spec: CertificateSpec): Extension[] {
  if (spec.encodeUsagesInRequest === false) return [];
  const usages = usagesOf(spec.usages, spec.isCA === true);
  return [
    ...(usages.bits === 0 ? [] : [keyUsageExtension(usages.bits)]),
    ...(usages.oids.length === 0 ? [] : [extKeyUsageExtension(usages.oids)]),
  ];
}

function nameConstraintExtensions(spec: CertificateSpec): Extension[] {
  const value = spec.nameConstraints && encodeNameConstraints(spec.nameConstraints);
  return value ? [{ oid: oids.nameConstraints, critical: spec.nameConstraints?.critical === true, value }] : [];
}

/** PEM of the CSR. Throws DecodeError where the template's signature algorithm is not one of the key. */
export function signCsr(template: CsrTemplate, key: KeyObject): string {
  const spki = spkiOf(key);
  const family = decodePublicKey(spki).facts?.algorithm;
  if (family !== familyOf(template.signatureAlgorithm)) {
    throw new DecodeError('private key', `${template.signatureAlgorithm} needs another kind of key`);
  }
  const request = sequence(oid(oids.extensionRequest), set(encodeExtensions(template.extensions)));
  const attributes = encode(explicitTag(0), ...(template.extensions.length === 0 ? [] : [request]));
  const info = sequence(integer(0), template.subjectDer, spki, attributes);
  return encodePem('CERTIFICATE REQUEST', signed(info, template.signatureAlgorithm, key));
}

/** Reads the first PEM block as a CSR; its signature is not verified. Throws DecodeError. */
export function decodeCsr(pem: string | Uint8Array, limits: PemLimits = defaultPemLimits): Csr {
  const { der } = firstBlock(pem, limits.certificateBytes);
  try {
    return decodeCsrDer(der);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new DecodeError('CSR', `error parsing certificate request: ${cause.message}`, { cause });
  }
}

function firstBlock(pem: string | Uint8Array, maximumBytes: number): PemBlock {
  const fail = (why: string, cause?: unknown): never => {
    throw new DecodeError('CSR', `error decoding certificate request PEM block: ${why}`, { cause });
  };
  try {
    return decodePem(pem, maximumBytes)[0] ?? fail(noPem);
  } catch (cause) {
    if (!(cause instanceof DecodeError) || cause.what !== 'PEM') throw cause;
    return fail(cause.message, cause);
  }
}

function decodeCsrDer(der: Uint8Array): Csr {
  const outer = new DerCursor(readDer(der), tags.sequence);
  const info = outer.next(tags.sequence);
  const signatureAlgorithm = outer.next(tags.sequence).bytes;
  const signature = readBitStringBytes(outer.next());
  outer.end();
  const cursor = new DerCursor(info);
  // Must be 0, but scripts have written other numbers for years and every CA takes them.
  readSmallInteger(cursor.next());
  const subjectValue = cursor.next(tags.sequence);
  const spki = cursor.next(tags.sequence).bytes;
  const attributes = cursor.optional(explicitTag(0));
  cursor.end();
  const subject = decodeName(subjectValue);
  const key = decodePublicKey(spki);
  const extensions = requestedExtensions(attributes);
  const asked = understood(extensions);
  return {
    der,
    names: { ...subjectNamesOf(subject), ...namesByKind(asked.generalNames) },
    subject,
    subjectDer: subjectValue.bytes,
    commonNames: valuesOf(subject, oids.commonName),
    spki,
    publicKey: key.hash,
    keyFacts: key.facts,
    extensions,
    ...asked,
    signed: info.bytes,
    signatureAlgorithm,
    signature,
  };
}

/** The extensions of the one extensionRequest attribute; other attributes are none of ours. */
function requestedExtensions(attributes: DerValue | undefined): Extension[] {
  let found: Extension[] | undefined;
  for (const attribute of attributes === undefined ? [] : children(attributes)) {
    const cursor = new DerCursor(attribute, tags.sequence);
    const type = readOid(cursor.next());
    const values = cursor.next(tags.set);
    cursor.end();
    if (type !== oids.extensionRequest) continue;
    if (found !== undefined) throw new DecodeError('CSR', 'more than one extension request');
    found = decodeExtensions(only(values));
  }
  return found ?? [];
}

function understood(extensions: readonly Extension[]) {
  const find = (type: string) => extensions.find((extension) => extension.oid === type);
  const [altNames, basic, usage, extUsage, constraints] = [
    find(oids.subjectAltName),
    find(oids.basicConstraints),
    find(oids.keyUsage),
    find(oids.extKeyUsage),
    find(oids.nameConstraints),
  ];
  const generalNames = altNames === undefined ? [] : decodeGeneralNames(readDer(altNames.value));
  return {
    generalNames,
    otherGeneralNames: generalNames.filter((name) => name.kind === 'other'),
    subjectAltName: altNames?.value,
    basicConstraints: basic && decodeBasicConstraints(basic.value),
    keyUsage: usage && decodeKeyUsage(usage.value),
    extKeyUsage: extUsage && decodeExtKeyUsage(extUsage.value),
    nameConstraints: constraints && {
      ...decodeNameConstraints(constraints.value),
      critical: constraints.critical,
      value: constraints.value,
    },
  };
}

/** Whether the CSR was signed by the key it is for. False for kinds of keys and algorithms that are not supported. */
export function verifyCsr(csr: Csr): boolean {
  if (csr.keyFacts === undefined) return false;
  const { signed: data, signatureAlgorithm: algorithm, signature } = csr;
  try {
    const key = createPublicKey({ key: Buffer.from(csr.spki), format: 'der', type: 'spki' });
    return isSignedBy({ signed: data, algorithm, signature }, key, csr.keyFacts, true);
  } catch {
    // A point off its curve, or numbers that make no key.
    return false;
  }
}

/** Weak on both sides: a stored request is decoded again rather than holding its CSR for as long as it lives. */
const decodedRequests = new WeakMap<CertificateRequest, WeakRef<Decoded<Csr>>>();

/** The CSR of a stored request, decoded once as long as memory allows. */
export function csrOf(request: CertificateRequest, limits: PemLimits = defaultPemLimits): Decoded<Csr> {
  const known = decodedRequests.get(request)?.deref();
  if (known !== undefined) return known;
  const decoded = decodeRequest(request.spec.request, limits);
  decodedRequests.set(request, new WeakRef(decoded));
  return decoded;
}

function decodeRequest(base64: string, limits: PemLimits): Decoded<Csr> {
  if (!base64) return { kind: 'absent' };
  try {
    return { kind: 'ok', value: decodeCsr(Buffer.from(base64, 'base64'), limits) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: 'bad', error: error.message };
  }
}
