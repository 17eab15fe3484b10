// A TXT record set of Edge DNS with one value more or less. Knows no HTTP.
import { isTextList, memberOf, textOf } from '../json-api.ts';
import { txtText, txtValue } from '../txt-text.ts';

/** https://techdocs.akamai.com/edge-dns/reference/post-zone-names-name-types-type */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** As in a zone file: quoted strings. */
  readonly rdata: readonly string[];
}

/** As upstream. */
const ttlSeconds = 300;

export type SetEdit =
  | { readonly kind: 'create' | 'replace'; readonly set: RecordSet }
  | { readonly kind: 'delete' }
  | undefined;

/** Undefined where the value is there already. `name` without a final dot. */
export function withValue(found: RecordSet | undefined, name: string, value: string): SetEdit {
  if (found?.rdata.some((each) => txtValue(each) === value) === true) return undefined;
  const rdata = [...(found?.rdata ?? []), txtText(value)];
  const set = { name: found?.name ?? name, type: 'TXT', ttl: ttlSeconds, rdata };
  return { kind: found === undefined ? 'create' : 'replace', set };
}

/** Undefined where the value is not there. */
export function withoutValue(found: RecordSet | undefined, value: string): SetEdit {
  const rest = found?.rdata.filter((each) => txtValue(each) !== value) ?? [];
  if (found === undefined || rest.length === found.rdata.length) return undefined;
  return rest.length === 0 ? { kind: 'delete' } : { kind: 'replace', set: { ...found, rdata: rest } };
}

/** Undefined where an answer is no record set. */
export function recordSetIn(json: unknown): RecordSet | undefined {
  const [name, ttl, rdata] = [textOf(json, 'name'), memberOf(json, 'ttl'), memberOf(json, 'rdata')];
  if (name === undefined || typeof ttl !== 'number' || !isTextList(rdata)) return undefined;
  return { name, type: 'TXT', ttl, rdata };
}
