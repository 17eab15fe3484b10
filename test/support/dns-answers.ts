// Records, scripts and a resolver for tests that lie to it: a zone as it should be, and ways to answer otherwise.
import type { Answer } from 'dns-packet';
import { DnsError } from '../../src/dns/dns-error.ts';
import { createResolver, type DnsResolver, type ResolverOptions } from '../../src/dns/resolver.ts';
import { createHttpAccess } from '../../src/net/http.ts';
import { type DnsQuestion, type DnsScript, replyTo } from './dns-server.ts';

const http = createHttpAccess({ userAgent: 'test' });
export const start = new Date('2026-11-22T19:00:00Z');

export const resolverFor = (servers: readonly string[], change: Partial<ResolverOptions> = {}): DnsResolver =>
  createResolver({ servers, systemServers: [], http, now: () => start, ...change });

export const soa = (name: string, ttl = 300, minimum = 30): Answer => ({
  type: 'SOA',
  name,
  ttl,
  data: { mname: `ns.${name}`, rname: `root.${name}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});
export const cname = (name: string, data: string, ttl = 300): Answer => ({ type: 'CNAME', name, ttl, data });
export const txt = (name: string, data: string | string[], ttl = 60): Answer => ({ type: 'TXT', name, ttl, data });
export const ns = (name: string, data: string): Answer => ({ type: 'NS', name, ttl: 300, data });
export const a = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 300, data });

export const zone = 'example.com';
export const fqdn = '_acme-challenge.example.com.';

/** Serves the zone as it should be: what a script does not answer itself. */
export function honest(question: DnsQuestion): Buffer {
  const { name, type } = question;
  if (type === 'SOA' && name === zone) return replyTo(question, { answers: [soa(zone)] });
  if (name === zone) return replyTo(question, { authorities: [soa(zone)] });
  return replyTo(question, { rcode: 3, authorities: [soa(zone)] });
}

/** The script where it answers, else honesty. */
export const butFor =
  (name: string, type: string, script: DnsScript): DnsScript =>
  (question) =>
    question.name === name && question.type === type ? script(question) : honest(question);

export async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** Cut within its last record. */
export const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 3);
export const counting = (bytes: Buffer, section: number, count: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(count, 4 + section * 2);
  return copy;
};
export const many = (count: number, make: (index: number) => Answer): Answer[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** Complete over TCP only. */
export const cutOverUdp =
  (script: (question: DnsQuestion) => Buffer): DnsScript =>
  (question) =>
    question.over === 'UDP' ? replyTo(question, { truncated: true }) : script(question);
export const noAnswer = (type: string, name: string, text: string, what: string) =>
  `BAD_ANSWER: no nameserver answered for ${type} of ${name} (${text}: ${what})`;
