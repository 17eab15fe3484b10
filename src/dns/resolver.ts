// Asks DNS: one question to one server, the zone of a name, the end of a CNAME chain, and what each server knows of a TXT record. Knows no ACME.
// Answers are kept per instance only, never longer than their TTL, and never by name alone.
import type { HttpAccess } from '../net/http.ts';

/** What one server answered; never more than fits a status. */
export interface TxtAnswer {
  /** `192.0.2.1:53`, `ns1.example.com. (192.0.2.1:53)` or a DoH URL. */
  readonly server: string;
  readonly authoritative: boolean;
  /** True where the wanted value is among the records. */
  readonly found: boolean;
  /** For people, stable: `NXDOMAIN`, `NOERROR, 1 other record`, `found, TTL 60`, `SERVFAIL`, `no answer`. */
  readonly answer: string;
}

export interface TxtCheck {
  /** Every asked server has the value. */
  readonly visible: boolean;
  /** Largest TTL, in seconds, of what was found or of the negative answers (SOA minimum). */
  readonly ttlSeconds: number;
  readonly answers: readonly TxtAnswer[];
  /** What kept the check from being made (no zone found, a CNAME loop, …); empty else. */
  readonly problem: string;
}

export interface DnsResolver {
  /** The apex of the zone that holds `fqdn`, with a final dot. Rejects with DnsError. */
  findZone(fqdn: string, signal: AbortSignal): Promise<string>;
  /** The end of the CNAME chain; `fqdn` itself where there is none. Rejects with DnsError. */
  followCnames(fqdn: string, signal: AbortSignal): Promise<string>;
  /** Follows CNAMEs, then asks every authoritative server, or with `recursiveOnly` the configured ones. Never rejects but with the signal's reason. */
  checkTxt(fqdn: string, value: string, options: { readonly recursiveOnly: boolean }, signal: AbortSignal): Promise<TxtCheck>;
  /** A and AAAA records, for the HTTP-01 self-check. Rejects with DnsError. */
  addresses(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** A lookup that came to nothing. The message is stable and fit for a status. */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  readonly code: 'NXDOMAIN' | 'SERVFAIL' | 'TIMEOUT' | 'LOOP' | 'NO_ZONE' | 'BAD_ANSWER' | 'REFUSED';

  constructor(code: DnsError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export interface ResolverOptions {
  /** `host:port` or `https://` (RFC 8484). Empty: those of /etc/resolv.conf (`systemServers`), else 8.8.8.8 and 8.8.4.4. */
  readonly servers: readonly string[];
  /** The servers of /etc/resolv.conf, read by cmd. */
  readonly systemServers: readonly string[];
  readonly http: HttpAccess;
  readonly now: () => Date;
  /** The port of authoritative servers: 53 but in tests. */
  readonly authoritativePort?: number;
  /** Where an authoritative server's name leads, but in tests by DNS. */
  readonly addressesOf?: (name: string) => Promise<readonly string[]>;
}

export function createResolver(_options: ResolverOptions): DnsResolver {
  throw new Error('not there yet');
}
