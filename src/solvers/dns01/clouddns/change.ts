// What a change of Cloud DNS must say to add or remove one value. A change is all or nothing, and fails where its deletions do not match what
// is there: that makes it a compare-and-swap of the whole record set. Knows no HTTP.
import { isTextList, memberOf, textOf } from '../json-api.ts';
import { txtText, txtValue } from '../txt-text.ts';

/** https://cloud.google.com/dns/docs/reference/rest/v1/resourceRecordSets, as much as counts here. */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** As in a zone file: quoted strings. */
  readonly rrdatas: readonly string[];
}

export interface ZoneChange {
  readonly additions: readonly RecordSet[];
  readonly deletions: readonly RecordSet[];
}

/** As upstream. */
const ttlSeconds = 60;

/** Undefined where the value is there already. */
export function additionOf(found: RecordSet | undefined, fqdn: string, value: string): ZoneChange | undefined {
  if (found === undefined) {
    return { additions: [{ name: fqdn, type: 'TXT', ttl: ttlSeconds, rrdatas: [txtText(value)] }], deletions: [] };
  }
  if (found.rrdatas.some((each) => txtValue(each) === value)) return undefined;
  const merged = { ...found, ttl: ttlSeconds, rrdatas: [txtText(value), ...found.rrdatas] };
  return { additions: [merged], deletions: [found] };
}

/** Undefined where the value is not there. */
export function removalOf(found: RecordSet | undefined, value: string): ZoneChange | undefined {
  const rest = found?.rrdatas.filter((each) => txtValue(each) !== value) ?? [];
  if (found === undefined || rest.length === found.rrdatas.length) return undefined;
  return { additions: rest.length === 0 ? [] : [{ ...found, rrdatas: rest }], deletions: [found] };
}

/** The record set with this name among those of an answer; `unusable` where it has no plain data (a routing policy). */
export function recordSetIn(rrsets: readonly unknown[], fqdn: string): RecordSet | 'unusable' | undefined {
  const found = rrsets.find(
    (each) => textOf(each, 'type') === 'TXT' && textOf(each, 'name')?.toLowerCase() === fqdn.toLowerCase(),
  );
  if (found === undefined) return undefined;
  const [name, ttl, rrdatas] = [textOf(found, 'name'), memberOf(found, 'ttl'), memberOf(found, 'rrdatas')];
  if (name === undefined || typeof ttl !== 'number' || !isTextList(rrdatas)) return 'unusable';
  return { name, type: 'TXT', ttl, rrdatas };
}

/** The managed zone to write to, by its name in Google Cloud: a public one first, else whatever there is (upstream). */
export function zoneAmong(zones: readonly unknown[]): string | undefined {
  const chosen = zones.find((zone) => memberOf(zone, 'visibility') === 'public') ?? zones[0];
  return textOf(chosen, 'name');
}
