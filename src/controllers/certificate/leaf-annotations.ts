// The annotations of a target Secret that repeat what its certificate names, for people and for the shim. Lists are one CSV record.
import { annotations } from '../../api/labels.ts';
import type { SubjectNames } from '../../pki/names.ts';

/** Written even where they are empty, as upstream does. */
const always: ReadonlySet<string> = new Set([
  annotations.commonName,
  annotations.altNames,
  annotations.ipSans,
  annotations.uriSans,
]);

/** The annotations for a certificate with these names. */
export function leafAnnotations(names: SubjectNames): Readonly<Record<string, string>> {
  const all: readonly (readonly [string, string])[] = [
    [annotations.commonName, names.commonName],
    [annotations.altNames, csvRecord(names.dnsNames)],
    [annotations.ipSans, csvRecord(names.ipAddresses)],
    [annotations.uriSans, csvRecord(names.uris)],
    [annotations.emailSans, csvRecord(names.emailAddresses)],
    [annotations.subjectOrganizations, csvRecord(names.organizations)],
    [annotations.subjectOrganizationalUnits, csvRecord(names.organizationalUnits)],
    [annotations.subjectCountries, csvRecord(names.countries)],
    [annotations.subjectProvinces, csvRecord(names.provinces)],
    [annotations.subjectLocalities, csvRecord(names.localities)],
    [annotations.subjectPostalCodes, csvRecord(names.postalCodes)],
    [annotations.subjectStreetAddresses, csvRecord(names.streetAddresses)],
    [annotations.subjectSerialNumber, names.serialNumber],
  ];
  return Object.fromEntries(all.filter(([key, value]) => value !== '' || always.has(key)));
}

/** One record of RFC 4180 without line end, quoted exactly where Go's encoding/csv quotes: the text must come out the same. */
export function csvRecord(fields: readonly string[]): string {
  return fields.map((field) => (needsQuotes(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

// Go also quotes a leading space of any kind, and `\.`, which ends the data in one database's dialect.
const leadingSpace = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function needsQuotes(field: string): boolean {
  return field === '\\.' || /[",\r\n]/.test(field) || leadingSpace.test(field);
}
