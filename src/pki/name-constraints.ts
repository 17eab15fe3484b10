// Name constraints (RFC 5280 4.2.1.10): between the fields of a Certificate and DER.
import { DecodeError } from '../base/errors.ts';
import {
  children,
  context,
  DerCursor,
  type DerValue,
  encode,
  explicitTag,
  implicit,
  isIa5,
  readDer,
  sequence,
  tags,
} from './der.ts';
import { stringContent } from './der-text.ts';
import { formatCidr, parseCidr } from './ip-address.ts';

export interface NameConstraintItem {
  readonly dnsDomains?: readonly string[] | undefined;
  readonly ipRanges?: readonly string[] | undefined;
  readonly emailAddresses?: readonly string[] | undefined;
  readonly uriDomains?: readonly string[] | undefined;
}

/** `spec.nameConstraints` of a Certificate. */
export interface NameConstraintFields {
  readonly critical?: boolean | undefined;
  readonly permitted?: NameConstraintItem | undefined;
  readonly excluded?: NameConstraintItem | undefined;
}

/** As read: ranges as canonical CIDR text; subtrees of other forms as their bytes, so that nothing stays unseen. */
export interface NameSubtrees {
  readonly dnsDomains: readonly string[];
  readonly ipRanges: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uriDomains: readonly string[];
  readonly others: readonly Uint8Array[];
}

export interface NameConstraints {
  readonly permitted: NameSubtrees;
  readonly excluded: NameSubtrees;
}

function asIa5(value: string): Uint8Array {
  if (!isIa5(value)) {
    throw new DecodeError('name constraints', `${JSON.stringify(value)} cannot be encoded as an IA5String`);
  }
  return Buffer.from(value, 'latin1');
}

function range(text: string): Uint8Array {
  const bytes = parseCidr(text);
  if (bytes === undefined) throw new DecodeError('name constraints', `invalid CIDR address: ${text}`);
  return bytes;
}

function subtrees(item: NameConstraintItem | undefined): Uint8Array[] {
  return [
    ...(item?.dnsDomains ?? []).map((domain) => sequence(encode(context(2), asIa5(domain)))),
    ...(item?.ipRanges ?? []).map((text) => sequence(encode(context(7), range(text)))),
    ...(item?.emailAddresses ?? []).map((address) => sequence(encode(context(1), asIa5(address)))),
    ...(item?.uriDomains ?? []).map((domain) => sequence(encode(context(6), asIa5(domain)))),
  ];
}

/** The extension's value; undefined where nothing is constrained. Throws DecodeError on what cannot be encoded. */
export function encodeNameConstraints(fields: NameConstraintFields): Uint8Array | undefined {
  const permitted = subtrees(fields.permitted);
  const excluded = subtrees(fields.excluded);
  if (permitted.length === 0 && excluded.length === 0) return undefined;
  return sequence(
    ...(permitted.length === 0 ? [] : [implicit(0, sequence(...permitted))]),
    ...(excluded.length === 0 ? [] : [implicit(1, sequence(...excluded))]),
  );
}

/** Reads the extension's value. Throws DecodeError on minimum and maximum, which RFC 5280 forbids, and on empty constraints. */
export function decodeNameConstraints(value: Uint8Array): NameConstraints {
  const cursor = new DerCursor(readDer(value), tags.sequence);
  const permitted = cursor.optional(explicitTag(0));
  const excluded = cursor.optional(explicitTag(1));
  cursor.end();
  if (permitted === undefined && excluded === undefined)
    throw new DecodeError('name constraints', 'empty name constraints');
  return { permitted: decodeSubtrees(permitted), excluded: decodeSubtrees(excluded) };
}

function decodeSubtrees(value: DerValue | undefined): NameSubtrees {
  const found = {
    dnsDomains: [] as string[],
    ipRanges: [] as string[],
    emailAddresses: [] as string[],
    uriDomains: [] as string[],
    others: [] as Uint8Array[],
  };
  for (const subtree of value === undefined ? [] : children(value)) {
    const cursor = new DerCursor(subtree, tags.sequence);
    const base = cursor.next();
    cursor.end();
    const text = () => stringContent(tags.ia5String, base.content);
    if (base.tag === context(1)) found.emailAddresses.push(text());
    else if (base.tag === context(2)) found.dnsDomains.push(text());
    else if (base.tag === context(6)) found.uriDomains.push(text());
    else if (base.tag === context(7)) {
      const cidr = formatCidr(base.content);
      if (cidr === undefined) throw new DecodeError('name constraints', 'invalid IP range');
      found.ipRanges.push(cidr);
    } else found.others.push(base.bytes);
  }
  return found;
}
