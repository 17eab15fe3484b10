// Certificate chains: putting loose certificates in order, and what of them goes to tls.crt and ca.crt. No trust is decided here.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import type { ParsedCertificate } from './certificate.ts';
import { certSignBit } from './key-usage.ts';
import { isSignedBy } from './signature.ts';

export const maximumChainLength = 1000;
/** Where names do not settle the order (cross-signed CAs), at most this many certificates are tried in pairs. */
const maximumAmbiguous = 64;

export interface ChainPems {
  /** Leaf to the highest certificate that is not self-signed; the root only where it is the sole certificate. */
  readonly chainPem: string;
  /** The self-signed root, else the highest intermediate, else empty. */
  readonly caPem: string;
}

function malformed(): DecodeError {
  return new DecodeError('chain', 'certificate chain is malformed or broken');
}

/** Whether a certificate may sign others, as far as it says itself: version 1 ones say nothing. */
export function canSign({ version, basicConstraints, keyUsage }: ParsedCertificate): boolean {
  if (basicConstraints === undefined ? version === 3 : !basicConstraints.isCA) return false;
  return keyUsage === undefined || keyUsage === 0 || (keyUsage & certSignBit) !== 0;
}

/** Checks links between certificates; each key is imported once, and the number of signature checks is bounded. */
class Links {
  readonly #keys = new Map<ParsedCertificate, KeyObject | undefined>();
  #checksLeft: number;

  constructor(certificates: number) {
    this.#checksLeft = 4 * certificates + 64;
  }

  /** Whether `parent` issued `child`: by name, by right and by signature. */
  isLink(child: ParsedCertificate, parent: ParsedCertificate): boolean {
    if (!canSign(parent) || parent.keyFacts === undefined) return false;
    if (Buffer.compare(child.issuerDer, parent.subjectDer) !== 0) return false;
    if (--this.#checksLeft < 0) throw malformed();
    const key = this.#keyOf(parent);
    if (key === undefined) return false;
    const { signed, signatureAlgorithm: algorithm, signature } = child;
    return isSignedBy({ signed, algorithm, signature }, key, parent.keyFacts);
  }

  #keyOf(certificate: ParsedCertificate): KeyObject | undefined {
    if (!this.#keys.has(certificate)) this.#keys.set(certificate, importKey(certificate.spki));
    return this.#keys.get(certificate);
  }
}

function importKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** Whether a certificate is a root: a CA that signed itself. */
export function isSelfSigned(certificate: ParsedCertificate): boolean {
  return new Links(1).isLink(certificate, certificate);
}

/**
 * Certificates in any order, repeated or not, as one chain from leaf to root. Throws DecodeError unless they all form exactly one chain,
 * and for more than 1000 different ones.
 */
export function orderChain(certificates: readonly ParsedCertificate[]): ParsedCertificate[] {
  const unique = withoutRepeats(certificates);
  if (unique.length > maximumChainLength) {
    throw new DecodeError(
      'chain',
      `certificate chain is too long, must be less than ${maximumChainLength} certificates`,
    );
  }
  if (unique.length <= 1) {
    if (unique.length === 0) throw malformed();
    return unique;
  }
  const parents = parentsOf(unique);
  const children = new Map<number, number>();
  for (const index of parents.flat()) children.set(index, (children.get(index) ?? 0) + 1);
  const settled = parents.every((list) => list.length <= 1) && [...children.values()].every((count) => count === 1);
  const order = settled ? walk(parents, children) : merge(parents);
  return order.map((index) => unique[index]!);
}

function withoutRepeats(certificates: readonly ParsedCertificate[]): ParsedCertificate[] {
  const seen = new Map<string, ParsedCertificate>();
  for (const certificate of certificates) {
    const digest = createHash('sha256').update(certificate.der).digest('base64');
    if (!seen.has(digest)) seen.set(digest, certificate);
  }
  return [...seen.values()];
}

/** For each certificate the positions of its possible issuers among the others. */
function parentsOf(certificates: readonly ParsedCertificate[]): number[][] {
  const links = new Links(certificates.length);
  const bySubject = new Map<string, number[]>();
  for (const [index, { subjectDer }] of certificates.entries()) {
    const subject = Buffer.from(subjectDer).toString('latin1');
    const list = bySubject.get(subject);
    if (list === undefined) bySubject.set(subject, [index]);
    else list.push(index);
  }
  return certificates.map((child, index) => {
    const candidates = bySubject.get(Buffer.from(child.issuerDer).toString('latin1')) ?? [];
    return candidates.filter((parent) => parent !== index && links.isLink(child, certificates[parent]!));
  });
}

function walk(parents: readonly (readonly number[])[], children: ReadonlyMap<number, number>): number[] {
  const order: number[] = [];
  let at: number | undefined = parents.findIndex((_, index) => !children.has(index));
  while (at !== undefined && at >= 0) {
    order.push(at);
    at = parents[at]?.[0];
  }
  if (order.length !== parents.length) throw malformed();
  return order;
}

/** Pieces are joined where the top of one may be issued by the bottom of another, first fit, as upstream does. */
function merge(parents: readonly (readonly number[])[]): number[] {
  if (parents.length > maximumAmbiguous) throw malformed();
  const fits = (below: readonly number[], above: readonly number[]) => parents[below.at(-1)!]!.includes(above[0]!);
  let pieces: number[][] = parents.map((_, index) => [index]);
  while (pieces.length > 1) {
    const joined = joinOnce(pieces, fits);
    if (joined === undefined) throw malformed();
    pieces = joined;
  }
  return pieces[0]!;
}

function joinOnce(
  pieces: readonly number[][],
  fits: (below: readonly number[], above: readonly number[]) => boolean,
): number[][] | undefined {
  for (const [i, left] of pieces.entries()) {
    for (const right of pieces.slice(i + 1)) {
      const joined = fits(right, left) ? [...right, ...left] : fits(left, right) ? [...left, ...right] : undefined;
      if (joined !== undefined) return [...pieces.filter((piece) => piece !== left && piece !== right), joined];
    }
  }
  return undefined;
}

/** Splits an ordered chain into tls.crt and ca.crt. */
export function chainPems(ordered: readonly ParsedCertificate[]): ChainPems {
  const top = ordered.at(-1);
  if (top === undefined) throw malformed();
  const rooted = isSelfSigned(top);
  const chain = rooted && ordered.length > 1 ? ordered.slice(0, -1) : ordered;
  const chainPem = chain.map(({ pem }) => pem).join('');
  return { chainPem, caPem: rooted || ordered.length > 1 ? top.pem : '' };
}

/** What an issuer returned, as it is stored: put in order, the root apart. Throws DecodeError as `orderChain` does. */
export function parseSingleCertificateChain(certificates: readonly ParsedCertificate[]): ChainPems {
  return chainPems(orderChain(certificates));
}
