// Certificate chains as ACME servers send them (RFC 8555 sections 7.4.2 and 9.1), and which of several is the wanted one. What is in the
// certificates is not judged here.
import { X509Certificate } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import type { HttpAnswer } from '../net/http.ts';
import { checkedUrl } from './documents.ts';

const block = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;
/** Chains of public CAs have two to four. */
const mostCertificates = 20;
const mostAlternates = 10;

/**
 * The certificates of an answer as one PEM text, leaf first, without what stands between them. Whatever the server calls it: private ones are
 * careless about content types, and upstream never looked. Throws DecodeError.
 */
export function chainOf(answer: HttpAnswer): string {
  const blocks = answer.body.toString('latin1').match(block) ?? [];
  if (blocks.length === 0) throw new DecodeError('certificate', 'the chain that the server sent holds no certificate');
  if (blocks.length > mostCertificates)
    throw new DecodeError('certificate', 'the chain that the server sent is too long');
  return `${blocks.map((each) => each.replace(/\r/g, '')).join('\n')}\n`;
}

/** Where the other chains are: `Link: <…>;rel="alternate"`. */
export function alternatesOf(answer: HttpAnswer, base: string): readonly string[] {
  const links = (answer.headers['link'] ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]*))*)/g);
  return [...links]
    .filter(([, , parameters = '']) => /;\s*rel\s*=\s*"?[^";]*\balternate\b/i.test(parameters))
    .slice(0, mostAlternates)
    .map(([, url = '']) => checkedUrl(url, 'link to another chain', base));
}

/** Whether the last certificate of a chain was issued by somebody of this common name (upstream's rule for preferredChain). */
export function leadsTo(chainPem: string, commonName: string): boolean {
  const last = chainPem.match(block)?.at(-1);
  if (last === undefined) return false;
  try {
    const { issuer } = new X509Certificate(last).toLegacyObject();
    const found: unknown = (issuer as unknown as Record<string, unknown> | undefined)?.['CN'];
    return Array.isArray(found) ? found.includes(commonName) : found === commonName;
  } catch {
    return false;
  }
}
