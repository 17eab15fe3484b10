// The friendly names of a PKCS#12 truststore, which Java shows as aliases: each certificate's subject as one line of text.
// The text is the one that upstream's library writes (Go's pkix.Name), so that aliases stay what they were after a takeover.
import { DerCursor, isPrintable, printableString, readDer, tags, utf8 } from '../der.ts';
import { decodeName, type NameAttribute } from '../distinguished-name.ts';
import { oids } from '../oids.ts';

/** In the order in which they are shown; whatever else a subject has comes after them. */
const shownFirst: readonly (readonly [oid: string, label: string])[] = [
  [oids.serialNumber, 'SERIALNUMBER'],
  [oids.commonName, 'CN'],
  [oids.organizationalUnit, 'OU'],
  [oids.organization, 'O'],
  [oids.postalCode, 'POSTALCODE'],
  [oids.streetAddress, 'STREET'],
  [oids.locality, 'L'],
  [oids.province, 'ST'],
  [oids.country, 'C'],
];
/** Of these only the last one counts. */
const single: ReadonlySet<string> = new Set(['SERIALNUMBER', 'CN']);

/**
 * One name for each certificate (DER), unique without regard to case: Java keeps only one of two that share an alias, so the second of two
 * CAs with one subject becomes `<subject>-1`. Throws DecodeError.
 */
export function friendlyNamesOf(certificates: readonly Uint8Array[]): string[] {
  const taken = new Set<string>();
  return certificates.map((certificate) => {
    const subject = subjectLine(attributesOf(certificate));
    let name = subject;
    for (let number = 1; taken.has(name.toLowerCase()); number++) name = `${subject}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

function attributesOf(certificate: Uint8Array): NameAttribute[] {
  const fields = new DerCursor(new DerCursor(readDer(certificate, tags.sequence)).next(tags.sequence));
  fields.optional(0xa0); // version
  fields.next(tags.integer); // serial number
  fields.next(tags.sequence); // signature algorithm
  fields.next(tags.sequence); // issuer
  fields.next(tags.sequence); // validity
  return decodeName(fields.next(tags.sequence)).flat();
}

function subjectLine(attributes: readonly NameAttribute[]): string {
  const parts: string[] = [];
  for (const [oid, label] of shownFirst) {
    const all = attributes.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
    const values = single.has(label) ? all.slice(-1).filter((value) => value !== '') : all;
    if (values.length > 0) parts.push(values.map((value) => `${label}=${escaped(value)}`).join('+'));
  }
  const labelled = new Set(shownFirst.map(([oid]) => oid));
  const others = attributes.filter(({ oid }) => !labelled.has(oid)).toReversed();
  for (const { oid, value } of others) parts.push(`${oid}=#${hexValue(value)}`);
  return parts.join(',');
}

/** RFC 4514 section 2.4. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&');
}

function hexValue(value: string): string {
  const encoded = isPrintable(value) ? printableString(value) : utf8(value);
  return Buffer.from(encoded).toString('hex');
}
