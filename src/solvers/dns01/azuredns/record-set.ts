// A TXT record set of Azure DNS with one value more or less. Whoever sends it says which version it was made of. Knows no HTTP.
import { isTextList, memberOf } from '../json-api.ts';
import { txtStrings } from '../txt-text.ts';
import type { ZoneService } from './clouds.ts';

/** As upstream; a set that is there keeps its own. */
const ttlSeconds = 60;

/** What becomes of a set: its new properties, or undefined where nothing has to be done. */
export type SetEdit = { readonly kind: 'put'; readonly properties: object } | { readonly kind: 'delete' } | undefined;

/** `found`: the properties of the set that is there. Undefined too where it cannot be understood: see `valuesIn`. */
export function withValue(found: unknown, value: string, service: ZoneService): SetEdit {
  const records = recordsIn(found, service) ?? [];
  if (records.some((strings) => strings.join('') === value)) return undefined;
  return put(found, [...records, txtStrings(value)], service);
}

export function withoutValue(found: unknown, value: string, service: ZoneService): SetEdit {
  const records = recordsIn(found, service) ?? [];
  const rest = records.filter((strings) => strings.join('') !== value);
  if (rest.length === records.length) return undefined;
  return rest.length === 0 ? { kind: 'delete' } : put(found, rest, service);
}

/** The strings of each record; undefined where the properties are not those of a TXT record set. */
export function recordsIn(
  properties: unknown,
  { txtRecords }: ZoneService,
): readonly (readonly string[])[] | undefined {
  const records = memberOf(properties, txtRecords) ?? [];
  if (typeof properties !== 'object' || properties === null || !Array.isArray(records)) return undefined;
  const strings = records.map((record) => memberOf(record, 'value'));
  return strings.every(isTextList) ? strings : undefined;
}

/** A PUT replaces the set: what users put beside the records is kept. */
function put(found: unknown, records: readonly (readonly string[])[], { ttl, txtRecords }: ZoneService): SetEdit {
  const metadata = memberOf(found, 'metadata');
  const properties = {
    ...(metadata === undefined ? {} : { metadata }),
    [ttl]: memberOf(found, ttl) ?? ttlSeconds,
    [txtRecords]: records.map((value) => ({ value })),
  };
  return { kind: 'put', properties };
}
