// Asks DNS: one question to one server, the zone of a name, the end of a CNAME chain, and what each server knows of a TXT record. Knows no ACME.
// Answers are kept per instance only, never longer than their TTL, and never by name alone.
import { DecodeError } from '../base/errors.ts';
import type { HttpAccess } from '../net/http.ts';
import { addressesOf } from './addresses.ts';
import { createAnswerCache } from './cache.ts';
import { DnsError } from './dns-error.ts';
import { createLookup, failureText, type Lookup } from './lookup.ts';
import { canonicalName } from './name.ts';
import { type Asked, askForTxt, silent } from './propagation.ts';
import { plainServer, type Server, serverOf } from './server.ts';
import { findZone, followCnames, nameServersOf } from './zone.ts';

/** What it rejects with; its files below need it, too. */
export { DnsError };

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
  checkTxt(
    fqdn: string,
    value: string,
    options: { readonly recursiveOnly: boolean },
    signal: AbortSignal,
  ): Promise<TxtCheck>;
  /** A and AAAA records, for the HTTP-01 self-check. Rejects with DnsError. */
  addresses(name: string, signal: AbortSignal): Promise<readonly string[]>;
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

const publicServers = ['8.8.8.8', '8.8.4.4'];
/** For one call of the resolver, however many questions it takes. */
const longestMs = 30_000;
/** Of one name server; the second address may be the one that can be reached from here. */
const mostPlaces = 4;

export function createResolver(options: ResolverOptions): DnsResolver {
  return new Resolver(options);
}

class Resolver implements DnsResolver {
  readonly #options: ResolverOptions;
  readonly #servers: readonly Server[];
  readonly #lookup: Lookup;

  constructor(options: ResolverOptions) {
    this.#options = options;
    const texts = [options.servers, options.systemServers, publicServers].find(({ length }) => length > 0) ?? [];
    this.#servers = texts.map(serverOf);
    const { http, now } = options;
    this.#lookup = createLookup({ servers: this.#servers, cache: createAnswerCache(), http, now });
  }

  findZone(fqdn: string, signal: AbortSignal): Promise<string> {
    return inTime(signal, (ends) => this.#zoneOf(nameOf(fqdn), ends));
  }

  followCnames(fqdn: string, signal: AbortSignal): Promise<string> {
    return inTime(signal, (ends) => followCnames(this.#lookup, nameOf(fqdn), ends));
  }

  addresses(name: string, signal: AbortSignal): Promise<readonly string[]> {
    return inTime(signal, (ends) => addressesOf(this.#lookup, nameOf(name), ends));
  }

  async checkTxt(
    fqdn: string,
    value: string,
    { recursiveOnly }: { readonly recursiveOnly: boolean },
    signal: AbortSignal,
  ): Promise<TxtCheck> {
    const check = inTime(signal, async (ends) => {
      const { name, asked } = await this.#serversFor(fqdn, recursiveOnly, ends);
      const told = await Promise.all(
        asked.map((each) =>
          askForTxt(each, name, value, this.#options.http, ends).catch(() => {
            signal.throwIfAborted();
            return silent(each);
          }),
        ),
      );
      return {
        visible: told.length > 0 && told.every(({ answer }) => answer.found),
        ttlSeconds: Math.max(0, ...told.map(({ ttlSeconds }) => ttlSeconds)),
        answers: told.map(({ answer }) => answer),
        problem: '',
      };
    });
    return check.catch((error: unknown) => {
      if (!(error instanceof DnsError)) throw error;
      return { visible: false, ttlSeconds: 0, answers: [], problem: error.message };
    });
  }

  async #serversFor(
    fqdn: string,
    recursiveOnly: boolean,
    ends: AbortSignal,
  ): Promise<{ readonly name: string; readonly asked: readonly Asked[] }> {
    const name = await followCnames(this.#lookup, nameOf(fqdn), ends);
    if (recursiveOnly) {
      return {
        name,
        asked: this.#servers.map((place) => ({ name: undefined, places: [place], authoritative: false })),
      };
    }
    const names = await nameServersOf(this.#lookup, await this.#zoneOf(name, ends), ends);
    return { name, asked: await Promise.all(names.map((each) => this.#authoritative(each, ends))) };
  }

  async #authoritative(name: string, ends: AbortSignal): Promise<Asked> {
    const { addressesOf: known, authoritativePort = 53 } = this.#options;
    try {
      const addresses = await (known === undefined ? addressesOf(this.#lookup, name, ends) : known(name));
      const places = addresses.slice(0, mostPlaces).map((address) => plainServer(address, authoritativePort));
      return { name, places, authoritative: true };
    } catch (error) {
      ends.throwIfAborted();
      return { name, places: [], authoritative: true, problem: failureText(error) };
    }
  }

  #zoneOf(fqdn: string, ends: AbortSignal): Promise<string> {
    return findZone(this.#lookup, fqdn, this.#servers.map(({ text }) => text).join(' '), ends);
  }
}

/** One deadline for all of `act`. Rejects with DnsError once it has passed, with the signal's reason when that aborts. */
async function inTime<T>(signal: AbortSignal, act: (ends: AbortSignal) => Promise<T>): Promise<T> {
  // Held here: a timeout that only a combined signal knows may be collected before its time.
  const deadline = AbortSignal.timeout(longestMs);
  try {
    return await act(AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new DnsError('TIMEOUT', `DNS did not answer within ${longestMs / 1000} seconds`, error);
    throw error;
  }
}

function nameOf(text: string): string {
  try {
    return canonicalName(text);
  } catch (error) {
    throw error instanceof DecodeError ? new DnsError('BAD_NAME', error.message, error) : error;
  }
}
