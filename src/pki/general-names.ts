// GeneralNames (RFC 5280 4.2.1.6): the values of subjectAltName. What has no text form here is kept as bytes, so that nothing stays unseen.
import { DecodeError } from '../base/errors.ts';
import {
  children,
  context,
  DerCursor,
  type DerValue,
  encode,
  explicit,
  explicitTag,
  isIa5,
  oid,
  only,
  readOid,
  sequence,
  tags,
  utf8,
} from './der.ts';
import { readString, stringContent } from './der-text.ts';
import { formatIp, parseIp } from './ip-address.ts';
import type { OtherName, SubjectNames } from './names.ts';

/** `other` is any form without a text: x400Address, directoryName, ediPartyName, registeredID, an otherName that is no UTF8String. */
export type GeneralName =
  | { readonly kind: 'dns' | 'email' | 'uri' | 'ip'; readonly value: string }
  | { readonly kind: 'otherName'; readonly value: OtherName }
  | { readonly kind: 'other'; readonly form: GeneralNameForm; readonly value: Uint8Array };

export type GeneralNameForm = 'otherName' | 'x400Address' | 'directoryName' | 'ediPartyName' | 'registeredID';

const otherForms = new Map<number, GeneralNameForm>([
  [explicitTag(3), 'x400Address'],
  [explicitTag(4), 'directoryName'],
  [explicitTag(5), 'ediPartyName'],
  [context(8), 'registeredID'],
]);

/** The name lists of a Certificate spec. */
export interface NameLists {
  readonly dnsNames?: readonly string[] | undefined;
  readonly emailAddresses?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  readonly uris?: readonly string[] | undefined;
  readonly otherNames?:
    | readonly { readonly oid?: string | undefined; readonly utf8Value?: string | undefined }[]
    | undefined;
}

/** Reads one GeneralName. Throws DecodeError on unknown forms and malformed values. */
export function decodeGeneralName(value: DerValue): GeneralName {
  switch (value.tag) {
    case explicitTag(0):
      return decodeOtherName(value);
    case context(1):
      return { kind: 'email', value: stringContent(tags.ia5String, value.content) };
    case context(2):
      return { kind: 'dns', value: stringContent(tags.ia5String, value.content) };
    case context(6):
      return { kind: 'uri', value: stringContent(tags.ia5String, value.content) };
    case context(7): {
      const ip = formatIp(value.content);
      if (ip === undefined) throw new DecodeError('general name', 'IP address of wrong length');
      return { kind: 'ip', value: ip };
    }
    default: {
      const form = otherForms.get(value.tag);
      if (form === undefined) throw new DecodeError('general name', 'unknown form of general name');
      return { kind: 'other', form, value: value.bytes };
    }
  }
}

function decodeOtherName(value: DerValue): GeneralName {
  const cursor = new DerCursor(value);
  const type = readOid(cursor.next());
  const inner = only(cursor.next(explicitTag(0)));
  cursor.end();
  if (inner.tag !== tags.utf8String) return { kind: 'other', form: 'otherName', value: value.bytes };
  return { kind: 'otherName', value: { oid: type, utf8Value: readString(inner) } };
}

export function decodeGeneralNames(value: DerValue): GeneralName[] {
  return children(value, tags.sequence).map(decodeGeneralName);
}

function asIa5(value: string): Uint8Array {
  if (!isIa5(value))
    throw new DecodeError('general name', `${JSON.stringify(value)} cannot be encoded as an IA5String`);
  return Buffer.from(value, 'latin1');
}

/** Writes one GeneralName. Throws DecodeError where the text does not fit its form. */
export function encodeGeneralName(name: GeneralName): Uint8Array {
  switch (name.kind) {
    case 'email':
      return encode(context(1), asIa5(name.value));
    case 'dns':
      return encode(context(2), asIa5(name.value));
    case 'uri':
      return encode(context(6), asIa5(name.value));
    case 'ip': {
      const bytes = parseIp(name.value);
      if (bytes === undefined)
        throw new DecodeError('general name', `invalid IP address ${JSON.stringify(name.value)}`);
      return encode(context(7), bytes);
    }
    case 'otherName':
      return encode(explicitTag(0), oid(name.value.oid), explicit(0, utf8(name.value.utf8Value)));
    case 'other':
      return name.value;
  }
}

export function encodeGeneralNames(names: readonly GeneralName[]): Uint8Array {
  return sequence(...names.map(encodeGeneralName));
}

/** The names of a spec, in upstream's order: DNS, email, IP, URI, other; each list in the order of the spec. */
export function generalNamesOf(lists: NameLists): GeneralName[] {
  const plain = (kind: 'dns' | 'email' | 'ip' | 'uri', values: readonly string[] | undefined): GeneralName[] =>
    (values ?? []).map((value) => ({ kind, value }));
  return [
    ...plain('dns', lists.dnsNames),
    ...plain('email', lists.emailAddresses),
    ...plain('ip', lists.ipAddresses),
    ...plain('uri', lists.uris),
    ...(lists.otherNames ?? []).map((name): GeneralName => {
      if (!name.oid) throw new DecodeError('general name', 'invalid oid syntax');
      if (!name.utf8Value) throw new DecodeError('general name', 'must be set to a valid non-empty UTF8 string');
      return { kind: 'otherName', value: { oid: name.oid, utf8Value: name.utf8Value } };
    }),
  ];
}

/** The name lists as SubjectNames holds them. */
export function namesByKind(
  names: readonly GeneralName[],
): Pick<SubjectNames, 'dnsNames' | 'ipAddresses' | 'uris' | 'emailAddresses' | 'otherNames'> {
  const lists = { dns: [] as string[], ip: [] as string[], uri: [] as string[], email: [] as string[] };
  const otherNames: OtherName[] = [];
  for (const name of names) {
    if (name.kind === 'otherName') otherNames.push(name.value);
    else if (name.kind !== 'other') lists[name.kind].push(name.value);
  }
  return { dnsNames: lists.dns, ipAddresses: lists.ip, uris: lists.uri, emailAddresses: lists.email, otherNames };
}
