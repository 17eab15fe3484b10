// Names of Orders and Challenges: upstream's, byte for byte, so that what it left half-way is found again. Pure.
import type { ChallengeSpec } from '../../api/challenge.ts';
import type { OrderSpec } from '../../api/order.ts';
import { goJson } from '../../base/go-text.ts';
import { challengeShape, orderShape } from './spec-shapes.ts';
import { specText } from './spec-text.ts';

const fnvOffset = 2_166_136_261;
const fnvPrime = 16_777_619;
/** With a hyphen and ten digits a name has 63 characters at most: it becomes a label. */
const prefixLength = 52;

/** The 32-bit FNV-1 hash (multiply, then xor). */
export function fnv1(bytes: Uint8Array): number {
  let hash = fnvOffset;
  for (const byte of bytes) hash = Math.imul(hash, fnvPrime) ^ byte;
  return hash >>> 0;
}

/**
 * The name of the Order that a CertificateRequest gets. `spec` is the Order's, whose `request` does not count. A request's name that has to be
 * cut counts too, so that two requests of one long prefix do not share an Order.
 */
export function orderName(requestName: string, spec: Omit<OrderSpec, 'request'>): string {
  const text = specText({ ...spec, request: undefined }, orderShape);
  const isCut = requestName.length >= prefixLength;
  const hashed = isCut ? `{"certificateRequestName":${goJson(requestName)},"spec":${text}}` : text;
  return nameOf(requestName, hashed);
}

/** The name of a Challenge of an Order; the spec's `key` does not count. */
export function challengeName(order: string, spec: Omit<ChallengeSpec, 'key'>): string {
  return nameOf(order, specText({ ...spec, key: '' }, challengeShape));
}

function nameOf(prefix: string, hashed: string): string {
  return `${shortened(prefix)}-${fnv1(Buffer.from(hashed))}`;
}

/** Names of 52 characters and more end with a letter or digit. */
function shortened(name: string): string {
  return name.length < prefixLength ? name : name.slice(0, prefixLength).replace(/[^a-zA-Z0-9]+$/, '');
}
