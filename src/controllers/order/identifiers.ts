// What an Order asks the server for: its names as identifiers, and its signing request as bytes. Pure.
import type { Identifier } from '../../acme/resources.ts';
import type { OrderSpec } from '../../api/order.ts';
import { DecodeError } from '../../base/errors.ts';
import { parseIp } from '../../pki/ip-address.ts';
import { decodePem } from '../../pki/pem.ts';

/** DNS names, then IP addresses, each sorted and once. A common name that is an address or has two labels and more counts too (upstream). */
export function identifiersOf({ commonName = '', dnsNames = [], ipAddresses = [] }: OrderSpec): Identifier[] {
  const isIp = commonName !== '' && parseIp(commonName) !== undefined;
  const isDns = !isIp && isFullyQualified(commonName);
  return [
    ...sortedOnce([...dnsNames, ...(isDns ? [commonName] : [])]).map((value) => ({ type: 'dns' as const, value })),
    ...sortedOnce([...ipAddresses, ...(isIp ? [commonName] : [])]).map((value) => ({ type: 'ip' as const, value })),
  ];
}

const domainLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** As Kubernetes sees it: lower case, at least two labels, a final dot allowed. */
function isFullyQualified(name: string): boolean {
  const bare = name.replace(/\.$/, '');
  const labels = bare.split('.');
  return bare.length <= 253 && labels.length > 1 && labels.every((label) => domainLabel.test(label));
}

function sortedOnce(values: readonly string[]): string[] {
  return [...new Set(values)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The DER of spec.request. What is no PEM is taken for DER: early releases stored it so. Throws DecodeError where it is larger than allowed. */
export function csrDerOf({ request }: OrderSpec, maximumBytes: number): Uint8Array {
  const bytes = Buffer.from(request, 'base64');
  const [block] = decodePem(bytes, maximumBytes);
  if (block !== undefined) return block.der;
  if (bytes.length === 0) throw new DecodeError('CSR', 'the Order has no signing request');
  return bytes;
}
