// Asks the configured servers on behalf of everything that wants to know what DNS says: whichever answers first, from memory where it may.
import type { HttpAccess } from '../net/http.ts';
import type { AnswerCache } from './cache.ts';
import { DnsError } from './dns-error.ts';
import { firstAnswer } from './first-answer.ts';
import { type DnsMessage, type DnsRecord, type RecordType, rcodes, rcodeText, recordTypes } from './message.ts';
import { query } from './query.ts';
import type { Server } from './server.ts';

/** NOERROR or NXDOMAIN. Rejects with DnsError or the signal's reason. */
export type Lookup = (name: string, type: RecordType, signal: AbortSignal) => Promise<DnsMessage>;

export interface LookupOptions {
  readonly servers: readonly Server[];
  readonly cache: AnswerCache;
  readonly http: HttpAccess;
  readonly now: () => Date;
}

export function createLookup({ servers, cache, http, now }: LookupOptions): Lookup {
  /** Who answered last is asked first: a server that is down costs its time once. */
  let preferred: Server | undefined;
  return async (name, type, signal) => {
    for (const { text } of servers) {
      const known = cache.get(text, name, type, now());
      if (known !== undefined) return known;
    }
    const order = [...servers].sort((a, b) => Number(b === preferred) - Number(a === preferred));
    const ask = async (server: Server, ends: AbortSignal) => usable(await query(server, name, type, http, ends));
    const asked = await firstAnswer(order, ask, signal);
    if (asked.kind === 'none')
      throw noAnswer(name, type, new Map(asked.failed.map((each) => [each.source, each.error])), servers);
    preferred = asked.source;
    cache.put(asked.source.text, name, type, asked.answer, now());
    return asked.answer;
  };
}

function usable(answer: DnsMessage): DnsMessage {
  if (answer.rcode === rcodes.NOERROR || answer.rcode === rcodes.NXDOMAIN) return answer;
  throw new DnsError(answer.rcode === rcodes.REFUSED ? 'REFUSED' : 'SERVFAIL', rcodeText(answer.rcode));
}

/** In the order of the configuration, so that the message stays the same whoever was asked first. */
function noAnswer(
  name: string,
  type: RecordType,
  failed: ReadonlyMap<Server, unknown>,
  servers: readonly Server[],
): DnsError {
  const errors = servers.map((server) => failed.get(server)).filter((error) => error instanceof DnsError);
  const said = servers.map((server) => `${server.text}: ${failureText(failed.get(server))}`).join('; ');
  const rank = ['BAD_NAME', 'SERVFAIL', 'REFUSED', 'BAD_ANSWER', 'TIMEOUT', 'UNREACHABLE'] as const;
  const code = rank.find((each) => errors.some((error) => error.code === each)) ?? 'UNREACHABLE';
  return new DnsError(code, `no nameserver answered for ${type} of ${name} (${said})`, errors[0]);
}

/** A failure in words that stay the same. */
export function failureText(error: unknown): string {
  return error instanceof DnsError ? error.message : 'failed';
}

/** The names that stand for `name` in this answer: itself, then along its CNAME records to the last. Ends where they go in a circle. */
export function aliasesIn(answers: readonly DnsRecord[], name: string): readonly string[] {
  const chain = [name];
  for (;;) {
    const target = cnameOf(answers, chain.at(-1) ?? name);
    if (target === undefined || chain.includes(target)) return chain;
    chain.push(target);
  }
}

/** Where a CNAME record of exactly this name leads. */
export function cnameOf(answers: readonly DnsRecord[], name: string): string | undefined {
  const found = answers.find((record) => record.type === recordTypes.CNAME && record.name === name);
  return found?.data.kind === 'name' ? found.data.name : undefined;
}
