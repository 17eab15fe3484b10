// Does what exists still fit the spec? A stored request is compared field by field; a certificate without its request only loosely.
import type { CertificateSpec } from '../api/certificate.ts';
import type { CertificateRequest } from '../api/certificate-request.ts';
import { sameIssuer } from '../api/references.ts';
import { parseNanoseconds } from '../base/duration.ts';
import { DecodeError } from '../base/errors.ts';
import { type Csr, csrOf } from './csr.ts';
import { encodeName, parseLiteralSubject, valuesOf } from './distinguished-name.ts';
import type { LeafFacts } from './facts.ts';
import { canonicalIp } from './ip-address.ts';
import { oids } from './oids.ts';
import { noPem } from './pem.ts';

type List = readonly string[] | undefined;

/** Equal as multisets; absent is empty. */
function sameItems(a: List, b: List): boolean {
  const [left, right] = [a ?? [], b ?? []];
  if (left.length !== right.length) return false;
  // Mostly they are even in the same order.
  if (left.every((item, index) => item === right[index])) return true;
  const sorted = right.toSorted();
  return left.toSorted().every((item, index) => item === sorted[index]);
}

function sameIps(a: List, b: List): boolean {
  return sameItems(a?.map(canonicalIp), b?.map(canonicalIp));
}

function sameUris(a: List, b: List): boolean {
  return sameItems(a?.map(comparableUri), b?.map(comparableUri));
}

/** Issuers may write the scheme in lower case. */
function comparableUri(text: string): string {
  return text.replace(/^[A-Za-z][A-Za-z0-9+.-]*(?=:)/, (scheme) => scheme.toLowerCase());
}

function failing(checks: readonly (readonly [string, boolean])[]): string[] {
  return checks.filter(([, fits]) => !fits).map(([field]) => field);
}

/**
 * The spec fields that a CertificateRequest of this Certificate does not fit, in upstream's order and spelling (`spec.subject.postCodes`
 * included). Lists count without order, addresses in canonical form, the duration only where both state one. Throws DecodeError where the
 * CSR, or the spec's literal subject, cannot be decoded.
 */
export function requestViolations(request: CertificateRequest, spec: CertificateSpec): string[] {
  const decoded = csrOf(request);
  if (decoded.kind === 'bad') throw new DecodeError('CSR', decoded.error);
  if (decoded.kind === 'absent') throw new DecodeError('CSR', `error decoding certificate request PEM block: ${noPem}`);
  const asked = request.spec;
  return [
    ...csrViolations(decoded.value, spec),
    ...failing([
      ['spec.isCA', (asked.isCA ?? false) === (spec.isCA ?? false)],
      ['spec.usages', sameItems(asked.usages, spec.usages)],
      ['spec.duration', !asked.duration || !spec.duration || sameDuration(asked.duration, spec.duration)],
      ['spec.issuerRef', sameIssuer(asked.issuerRef, spec.issuerRef)],
    ]),
  ];
}

function sameDuration(a: string, b: string): boolean {
  return a === b || (parseNanoseconds(a) !== undefined && parseNanoseconds(a) === parseNanoseconds(b));
}

function csrViolations(csr: Csr, spec: CertificateSpec): string[] {
  return [
    ...failing([
      ['spec.ipAddresses', sameIps(csr.names.ipAddresses, spec.ipAddresses)],
      ['spec.uris', sameUris(csr.names.uris, spec.uris)],
      ['spec.emailAddresses', sameItems(csr.names.emailAddresses, spec.emailAddresses)],
      ['spec.dnsNames', sameItems(csr.names.dnsNames, spec.dnsNames)],
      ['spec.otherNames', spec.otherNames === undefined || sameOtherNames(csr, spec.otherNames)],
    ]),
    ...(spec.literalSubject ? literalViolations(csr, spec.literalSubject) : subjectViolations(csr, spec)),
  ];
}

function sameOtherNames(csr: Csr, wanted: NonNullable<CertificateSpec['otherNames']>): boolean {
  if (csr.subjectAltName === undefined) return wanted.length === 0;
  if (csr.otherGeneralNames.some(({ form }) => form === 'otherName')) {
    throw new DecodeError('CSR', 'otherName value is not a UTF8String');
  }
  const text = ({ oid = '', utf8Value = '' }) => `${oid} ${utf8Value}`;
  return sameItems(csr.names.otherNames.map(text), wanted.map(text));
}

function literalViolations(csr: Csr, literal: string): string[] {
  const wanted = encodeName(parseLiteralSubject(literal));
  return failing([['spec.literalSubject', Buffer.compare(wanted, csr.subjectDer) === 0]]);
}

function subjectViolations({ names }: Csr, { commonName, subject }: CertificateSpec): string[] {
  return failing([
    ['spec.commonName', names.commonName === (commonName ?? '')],
    ['spec.subject.serialNumber', names.serialNumber === (subject?.serialNumber ?? '')],
    ['spec.subject.organizations', sameItems(names.organizations, subject?.organizations)],
    ['spec.subject.countries', sameItems(names.countries, subject?.countries)],
    ['spec.subject.localities', sameItems(names.localities, subject?.localities)],
    ['spec.subject.organizationalUnits', sameItems(names.organizationalUnits, subject?.organizationalUnits)],
    ['spec.subject.postCodes', sameItems(names.postalCodes, subject?.postalCodes)],
    ['spec.subject.provinces', sameItems(names.provinces, subject?.provinces)],
    ['spec.subject.streetAddresses', sameItems(names.streetAddresses, subject?.streetAddresses)],
  ]);
}

/**
 * The spec fields that a certificate does not fit, where no request says how it came about. Names may move between common name and DNS
 * names, as CAs do; subject, usages and duration are not looked at.
 */
export function leafViolations({ names }: Pick<LeafFacts, 'names'>, spec: CertificateSpec): string[] {
  const commonName = spec.commonName || literalCommonName(spec.literalSubject);
  const wanted = new Set([...(spec.dnsNames ?? []), ...(commonName ? [commonName] : [])]);
  const found = new Set([...names.dnsNames, ...(names.commonName ? [names.commonName] : [])]);
  return failing([
    ['spec.commonName', !commonName || found.has(commonName)],
    ['spec.dnsNames', sameItems([...wanted], [...found])],
    ['spec.ipAddresses', sameIps(names.ipAddresses, spec.ipAddresses)],
    ['spec.uris', sameUris(names.uris, spec.uris)],
    ['spec.emailAddresses', sameItems(names.emailAddresses, spec.emailAddresses)],
  ]);
}

function literalCommonName(literal: string | undefined): string | undefined {
  try {
    return literal ? valuesOf(parseLiteralSubject(literal), oids.commonName).at(-1) : undefined;
  } catch {
    // What the CSR could not be made from is reported where it is made.
    return undefined;
  }
}
