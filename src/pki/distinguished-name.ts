// Distinguished names: DER, the subject fields of a Certificate, and the text form of RFC 4514. Values keep their text, not their string type.
import { DecodeError } from '../base/errors.ts';
import {
  children,
  DerCursor,
  type DerValue,
  isPrintable,
  oid,
  printableString,
  readDer,
  readOid,
  sequence,
  setOf,
  tags,
  utf8,
} from './der.ts';
import { readString } from './der-text.ts';
import { noNames, type SubjectNames } from './names.ts';
import { oids } from './oids.ts';

export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

/** Relative names in the order of the encoding, which is the reverse of RFC 4514's text. */
export type DistinguishedName = readonly (readonly NameAttribute[])[];

/** `spec.subject` of a Certificate. */
export interface SubjectFields {
  readonly organizations?: readonly string[] | undefined;
  readonly countries?: readonly string[] | undefined;
  readonly organizationalUnits?: readonly string[] | undefined;
  readonly localities?: readonly string[] | undefined;
  readonly provinces?: readonly string[] | undefined;
  readonly streetAddresses?: readonly string[] | undefined;
  readonly postalCodes?: readonly string[] | undefined;
  readonly serialNumber?: string | undefined;
}

/** Reads a Name. Throws DecodeError on attributes whose value is no string and on empty relative names. */
export function decodeName(value: DerValue): DistinguishedName {
  return children(value, tags.sequence).map((relative) => {
    const attributes = children(relative, tags.set).map((attribute) => {
      const cursor = new DerCursor(attribute, tags.sequence);
      const decoded = { oid: readOid(cursor.next()), value: readString(cursor.next()) };
      cursor.end();
      return decoded;
    });
    if (attributes.length === 0) throw new DecodeError('name', 'empty relative distinguished name');
    return attributes;
  });
}

/** Writes a Name: sets sorted as DER asks, values as PrintableString where the charset allows it, else UTF8String. */
export function encodeName(name: DistinguishedName): Uint8Array {
  const relatives = name.map((attributes) =>
    setOf(
      attributes.map(({ oid: type, value }) =>
        sequence(oid(type), isPrintable(value) ? printableString(value) : utf8(value)),
      ),
    ),
  );
  return sequence(...relatives);
}

/** The subject that spec.subject and spec.commonName stand for: upstream's order, all values of a type in one set. */
export function subjectOf(subject: SubjectFields | undefined, commonName: string | undefined): DistinguishedName {
  const one = (value: string | undefined): readonly string[] => (value ? [value] : []);
  const fields: readonly (readonly [string, readonly string[] | undefined])[] = [
    [oids.country, subject?.countries],
    [oids.province, subject?.provinces],
    [oids.locality, subject?.localities],
    [oids.streetAddress, subject?.streetAddresses],
    [oids.postalCode, subject?.postalCodes],
    [oids.organization, subject?.organizations],
    [oids.organizationalUnit, subject?.organizationalUnits],
    [oids.commonName, one(commonName)],
    [oids.serialNumber, one(subject?.serialNumber)],
  ];
  return fields.flatMap(([type, values]) =>
    values === undefined || values.length === 0 ? [] : [values.map((value) => ({ oid: type, value }))],
  );
}

/** Values of one attribute type, in order. */
export function valuesOf(name: DistinguishedName, type: string): string[] {
  const values: string[] = [];
  for (const relative of name) {
    for (const attribute of relative) if (attribute.oid === type) values.push(attribute.value);
  }
  return values;
}

/** The subject part of the names; attributes that SubjectNames has no field for are not in it. */
export function subjectNamesOf(name: DistinguishedName): SubjectNames {
  return {
    ...noNames,
    commonName: valuesOf(name, oids.commonName).at(-1) ?? '',
    organizations: valuesOf(name, oids.organization),
    organizationalUnits: valuesOf(name, oids.organizationalUnit),
    countries: valuesOf(name, oids.country),
    provinces: valuesOf(name, oids.province),
    localities: valuesOf(name, oids.locality),
    streetAddresses: valuesOf(name, oids.streetAddress),
    postalCodes: valuesOf(name, oids.postalCode),
    serialNumber: valuesOf(name, oids.serialNumber).at(-1) ?? '',
  };
}

/** The attribute types that a literal subject may name, exactly as spelled; others are dotted object identifiers. */
export const literalAttributeTypes: Readonly<Record<string, string>> = {
  C: oids.country,
  O: oids.organization,
  OU: oids.organizationalUnit,
  CN: oids.commonName,
  SERIALNUMBER: oids.serialNumber,
  L: oids.locality,
  ST: oids.province,
  STREET: oids.streetAddress,
  DC: oids.domainComponent,
  UID: oids.userId,
};

function bad(message: string, cause?: unknown): DecodeError {
  return new DecodeError('literal subject', message, { cause });
}

/** An attribute as the text has it. `oid` is undefined where the type is neither known nor dotted numbers. */
export interface LiteralAttribute {
  readonly type: string;
  readonly oid: string | undefined;
  readonly value: string;
}

/**
 * Reads the RFC 4514 text of spec.literalSubject; the answer is in the order of the encoding, the reverse of the text. `;` separates as `,`
 * does. The empty text is the empty name. Throws DecodeError, also for attribute types that are neither known nor dotted.
 */
export function parseLiteralSubject(text: string): DistinguishedName {
  return readLiteralSubject(text).map((attributes) =>
    attributes.map(({ oid: type, value }) => {
      if (type === undefined) throw bad(unrecognizedKey(value));
      // Refuses numbers that make no object identifier.
      oid(type);
      return { oid: type, value };
    }),
  );
}

/** In upstream's words. */
export const unrecognizedKey = (value: string): string =>
  `Literal subject contains unrecognized key with value [${value}]`;

/** As `parseLiteralSubject`, but types are not judged. Throws DecodeError where the text is no list of attributes. */
export function readLiteralSubject(text: string): readonly (readonly LiteralAttribute[])[] {
  if (text.trim() === '') return [];
  const relatives: LiteralAttribute[][] = [];
  let attributes: LiteralAttribute[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    const isEnd = at >= text.length;
    if (!isEnd && char !== ',' && char !== ';' && char !== '+') continue;
    attributes.push(readAttribute(text.slice(start, at), isEnd));
    start = at + 1;
    if (char === '+') continue;
    relatives.push(attributes);
    attributes = [];
  }
  return relatives.reverse();
}

function readAttribute(text: string, isLast: boolean): LiteralAttribute {
  const equals = text.indexOf('=');
  const type = text.slice(0, equals).trim();
  if (equals < 0 || type === '') throw bad(`${isLast ? 'DN ended with ' : ''}incomplete type, value pair`);
  const value = unescapeValue(text.slice(equals + 1));
  const known = Object.hasOwn(literalAttributeTypes, type) ? literalAttributeTypes[type] : undefined;
  return { type, oid: known ?? (/^\d+(\.\d+)+$/.test(type) ? type : undefined), value };
}

const escapable = ' "#+,;<=>\\';

function unescapeValue(raw: string): string {
  const text = raw.replace(/^ +/, '');
  if (text.startsWith('#')) return hexValue(text.slice(1).trimEnd());
  const bytes: Buffer[] = [];
  let plain = 0;
  let at = 0;
  let lastEscaped = 0;
  for (; at < text.length; at++) {
    if (text[at] !== '\\') continue;
    bytes.push(Buffer.from(text.slice(plain, at), 'utf8'));
    const hex = text.slice(at + 1, at + 3);
    if (hex === '') throw bad(`got corrupted escaped character: '${text}'`);
    if (escapable.includes(hex[0]!)) {
      bytes.push(Buffer.from(hex[0]!));
      at += 1;
    } else if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Buffer.from(hex, 'hex'));
      at += 2;
    } else throw bad(`failed to decode escaped character: ${escapeProblem(hex)}`);
    plain = at + 1;
    lastEscaped = plain;
  }
  let endOfText = text.length;
  while (endOfText > lastEscaped && text[endOfText - 1] === ' ') endOfText--;
  bytes.push(Buffer.from(text.slice(plain, endOfText), 'utf8'));
  return decodeUtf8(Buffer.concat(bytes));
}

/** What is wrong with the one or two characters after a backslash. */
function escapeProblem(hex: string): string {
  if (hex.length < 2) return `encoding/hex: invalid byte: ${hex}`;
  if (Buffer.byteLength(hex) !== 2) return `invalid byte: ${hex}`;
  return hexProblem(hex);
}

/** What Go's encoding/hex says of text that is not pairs of digits; it looks at bytes. */
function hexProblem(hex: string): string {
  const wrong = /[^0-9a-fA-F]/.exec(Buffer.from(hex).toString('latin1'))?.[0];
  if (wrong === undefined) return 'encoding/hex: odd length hex string';
  const point = wrong.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `encoding/hex: invalid byte: U+${point}${/[\x20-\x7e\xa1-\xac\xae-\xff]/.test(wrong) ? ` '${wrong}'` : ''}`;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw bad('value is not UTF-8', cause);
  }
}

/** `#` and hex: the DER of a string (RFC 4514 2.4). */
function hexValue(hex: string): string {
  if (hex === '') throw bad('failed to decode BER encoding: EOF');
  if (!/^([0-9a-fA-F]{2})+$/.test(hex)) throw bad(`failed to decode BER encoding: ${hexProblem(hex)}`);
  return readString(readDer(Buffer.from(hex, 'hex')));
}

const typeNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(literalAttributeTypes).map(([name, type]) => [type, name])),
  [oids.postalCode]: 'POSTALCODE',
};

/** RFC 4514 text, for people. */
export function formatName(name: DistinguishedName): string {
  const escaped = (value: string) =>
    value
      .replace(/["+,;<>\\]/g, '\\$&')
      .replace(/^[ #]/, '\\$&')
      .replace(/(?<!\\) $/, '\\ ')
      .replace(/[\x00-\x1f\x7f]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return name
    .toReversed()
    .map((relative) => relative.map(({ oid: type, value }) => `${typeNames[type] ?? type}=${escaped(value)}`).join('+'))
    .join(',');
}
