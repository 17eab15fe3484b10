// The rules of what a Certificate names: its subject, literal or by fields, and the alternative names. DNS names and URIs are not judged;
// what issuers take differs too much.
import { DecodeError } from '../../base/errors.ts';
import { type LiteralAttribute, readLiteralSubject, unrecognizedKey } from '../../pki/distinguished-name.ts';
import { parseIp } from '../../pki/ip-address.ts';
import { oids } from '../../pki/oids.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from '../findings.ts';
import type { RuleContext } from '../kind-rules.ts';
import { mailAddressProblem } from './mail-address.ts';
import { errorsIn, itemsOf, type Members, membersOf, textOf } from './members.ts';

const longestCommonName = 64;
const lists = ['dnsNames', 'uris', 'emailAddresses', 'ipAddresses', 'otherNames'];
const noName =
  'at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';

export function nameErrors(spec: Members, context: Pick<RuleContext, 'gates' | 'limits'>): FieldError[] {
  const literal = literalSubjectOf(spec, context);
  const commonName = literal?.commonName ?? textOf(spec['commonName']);
  const isNamed = commonName !== '' || lists.some((name) => itemsOf(spec[name]).length > 0);
  return [
    ...(literal?.errors ?? []),
    ...(isNamed ? [] : [invalid('spec', '', noName)]),
    ...(Buffer.byteLength(commonName) > longestCommonName ? [tooLong('spec.commonName', longestCommonName)] : []),
    ...errorsIn(itemsOf(spec['ipAddresses']), ipAddressErrors),
    ...errorsIn(itemsOf(spec['emailAddresses']), mailErrors),
    ...otherNameErrors(itemsOf(spec['otherNames']), context.gates.OtherNames),
  ];
}

interface LiteralSubject {
  readonly errors: readonly FieldError[];
  /** Undefined where the subject names none, so that the field counts. */
  readonly commonName: string | undefined;
}

const literalPath = 'spec.literalSubject';

function literalSubjectOf(
  spec: Members,
  { gates, limits }: Pick<RuleContext, 'gates' | 'limits'>,
): LiteralSubject | undefined {
  const text = textOf(spec['literalSubject']);
  if (text === '') return undefined;
  const commonName = textOf(spec['commonName']);
  const { attributes, problem } = attributesOf(text, limits.certificateBytes);
  const errors = [
    ...(gates.LiteralCertificateSubject
      ? []
      : [forbidden(literalPath, gateProblem('LiteralCertificateSubject', 'literalSubject'))]),
    ...(commonName === '' ? [] : [invalid('spec.commonName', commonName, exclusive('no `commonName`'))]),
    ...subjectErrors(membersOf(spec['subject'])),
    ...(problem === undefined ? [] : [invalid(literalPath, text, problem)]),
    ...attributes
      .filter(({ oid }) => oid === undefined)
      .map(({ value }) => invalid(literalPath, text, unrecognizedKey(value))),
  ];
  return { errors, commonName: attributes.findLast(({ oid }) => oid === oids.commonName)?.value };
}

/** What no request has room for is not read. */
function attributesOf(text: string, most: number): { attributes: readonly LiteralAttribute[]; problem?: string } {
  if (text.length > most) return { attributes: [], problem: `must not be longer than a request, ${most} bytes` };
  try {
    return { attributes: readLiteralSubject(text).flat() };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { attributes: [], problem: error.message };
  }
}

const gateProblem = (gate: string, field: string) =>
  `Feature gate ${gate} must be enabled on both webhook and controller to use the alpha \`${field}\` field`;
const exclusive = (what: string) => `When providing a \`LiteralSubject\` ${what} may be provided.`;

const subjectLists = [
  ['Organizations', 'organizations'],
  ['Countries', 'countries'],
  ['OrganizationalUnits', 'organizationalUnits'],
  ['Localities', 'localities'],
  ['Provinces', 'provinces'],
  ['StreetAddresses', 'streetAddresses'],
  ['PostalCodes', 'postalCodes'],
] as const;

function subjectErrors(subject: Members | undefined): FieldError[] {
  if (subject === undefined) return [];
  const serialNumber = textOf(subject['serialNumber']);
  const isEmpty = serialNumber === '' && subjectLists.every(([, field]) => itemsOf(subject[field]).length === 0);
  if (isEmpty) return [];
  // With the names and the order of upstream's own type, as it shows them.
  const shown = Object.fromEntries(
    subjectLists.map(([name, field]) => [name, Array.isArray(subject[field]) ? subject[field] : null]),
  );
  return [invalid('spec.subject', { ...shown, SerialNumber: serialNumber }, exclusive('no `Subject` properties'))];
}

function ipAddressErrors(value: unknown, index: number): FieldError[] {
  const address = textOf(value);
  return parseIp(address) === undefined ? [invalid(`spec.ipAddresses[${index}]`, address, 'invalid IP address')] : [];
}

function mailErrors(value: unknown, index: number): FieldError[] {
  const address = textOf(value);
  const problem = mailAddressProblem(address);
  if (problem === undefined) return [];
  return [invalid(`spec.emailAddresses[${index}]`, address, `invalid email address: ${problem}`)];
}

function otherNameErrors(names: readonly unknown[], isEnabled: boolean): FieldError[] {
  if (names.length === 0) return [];
  if (!isEnabled) return [forbidden('spec.OtherNames', gateProblem('OtherNames', 'otherNames'))];
  return errorsIn(names, (value, index) => {
    const [oid, text] = [textOf(membersOf(value)?.['oid']), textOf(membersOf(value)?.['utf8Value'])];
    const path = `spec.otherNames[${index}]`;
    return [
      ...(oid === '' ? [required(`${path}.oid`, 'must be specified')] : []),
      ...(isObjectIdentifier(oid) ? [] : [invalid(`${path}.oid`, oid, 'invalid oid syntax')]),
      ...(text === '' ? [required(`${path}.utf8Value`, 'must be set to a valid non-empty UTF8 string')] : []),
    ];
  });
}

const largest = (1n << 63n) - 1n;

/** Numbers with dots between, as Go reads them: signs and leading zeros pass, what 64 bits cannot hold does not. */
function isObjectIdentifier(text: string): boolean {
  return text.split('.').every((part) => {
    if (!/^[-+]?[0-9]+$/.test(part)) return false;
    const digits = part.replace(/^[-+]?0*/, '');
    if (digits.length > 19) return false;
    const size = BigInt(digits || '0');
    return size <= largest || (part.startsWith('-') && size === largest + 1n);
  });
}
