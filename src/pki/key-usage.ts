// Key usages: the names of the API, the bits of KeyUsage and the object identifiers of ExtKeyUsage (RFC 5280 4.2.1.3, 4.2.1.12).
import { DecodeError } from '../base/errors.ts';

/** Bit n of the BIT STRING is 1 << n here. */
const keyUsageBits: Readonly<Record<string, number>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 1 << 1,
  'key encipherment': 1 << 2,
  'data encipherment': 1 << 3,
  'key agreement': 1 << 4,
  'cert sign': 1 << 5,
  'crl sign': 1 << 6,
  'encipher only': 1 << 7,
  'decipher only': 1 << 8,
};

export const certSignBit = 1 << 5;

const extKeyUsageOids: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/** Known when read, although the API has no name for them: a request that asks for one never equals its usages. */
const unnamedExtKeyUsages = ['1.3.6.1.4.1.311.2.1.22', '1.3.6.1.4.1.311.61.1.1'];

const namesOfBits = Object.entries(keyUsageBits).filter(([name]) => name !== 'signing');
const namesOfOids = new Map(
  Object.entries(extKeyUsageOids)
    .filter(([name]) => name !== 's/mime')
    .map(([name, oid]) => [oid, name]),
);

export interface Usages {
  /** KeyUsage: bit n is 1 << n. */
  readonly bits: number;
  /** ExtKeyUsage, in the order of the usages. */
  readonly oids: readonly string[];
}

/**
 * What `usages` mean; an empty list is digital signature and key encipherment, `isCA` adds cert sign. Throws DecodeError on names that are
 * not in the API.
 */
export function usagesOf(usages: readonly string[] | undefined, isCA: boolean): Usages {
  let bits = isCA ? certSignBit : 0;
  const oids: string[] = [];
  const unknown: string[] = [];
  const asked = usages === undefined || usages.length === 0 ? ['digital signature', 'key encipherment'] : usages;
  for (const usage of asked) {
    if (Object.hasOwn(keyUsageBits, usage)) bits |= keyUsageBits[usage]!;
    else if (Object.hasOwn(extKeyUsageOids, usage)) oids.push(extKeyUsageOids[usage]!);
    else unknown.push(usage);
  }
  if (unknown.length > 0) throw new DecodeError('usages', `unknown key usages: [${unknown.join(' ')}]`);
  return { bits, oids };
}

/** Whether an ExtKeyUsage is one that requests are checked for. */
export function isKnownExtKeyUsage(oid: string): boolean {
  return namesOfOids.has(oid) || unnamedExtKeyUsages.includes(oid);
}

/** API names of the set bits, in the order of the bits. */
export function keyUsageNames(bits: number): string[] {
  return namesOfBits.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}

/** API names, or the identifier itself where there is none. */
export function extKeyUsageNames(oids: readonly string[]): string[] {
  return oids.map((oid) => namesOfOids.get(oid) ?? oid);
}
