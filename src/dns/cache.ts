// Answers, kept no longer than their records allow (RFC 1035 section 3.2.1, RFC 2308 section 5), and in bounded number. One for each
// resolver: what one server said counts for no other.
import { type DnsMessage, type DnsRecord, type RecordType, rcodes, recordTypes } from './message.ts';

export interface AnswerCache {
  get(server: string, name: string, type: RecordType, now: Date): DnsMessage | undefined;
  /** Keeps nothing of failures, of what has no TTL, and of TTL 0. */
  put(server: string, name: string, type: RecordType, answer: DnsMessage, now: Date): void;
  readonly size: number;
}

interface Entry {
  readonly answer: DnsMessage;
  readonly until: number;
}

const defaultMost = 1_000;
/** Records may allow days; who mends DNS waits for a controller no longer than this. */
const longestSeconds = { found: 600, absent: 60 } as const;

/** `most`: of more answers the longest unused go. */
export function createAnswerCache(most = defaultMost): AnswerCache {
  const entries = new Map<string, Entry>();
  const keyOf = (...parts: readonly string[]) => parts.join(' ');
  return {
    get(server, name, type, now) {
      const key = keyOf(server, name, type);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.until <= now.getTime()) return undefined;
      entries.set(key, entry);
      return entry.answer;
    },
    put(server, name, type, answer, now) {
      const seconds = keptSeconds(answer);
      if (seconds === 0) return;
      const key = keyOf(server, name, type);
      entries.delete(key);
      entries.set(key, { answer, until: now.getTime() + seconds * 1000 });
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    },
    get size() {
      return entries.size;
    },
  };
}

function keptSeconds(answer: DnsMessage): number {
  const { rcode, answers } = answer;
  if (rcode !== rcodes.NOERROR && rcode !== rcodes.NXDOMAIN) return 0;
  if (rcode === rcodes.NXDOMAIN || answers.length === 0) {
    return Math.min(
      negativeSeconds(answer) ?? 0,
      ...answers.map(({ ttlSeconds }) => ttlSeconds),
      longestSeconds.absent,
    );
  }
  return Math.min(...answers.map(({ ttlSeconds }) => ttlSeconds), longestSeconds.found);
}

/** How long others may remember that there is nothing; undefined where the server did not say. */
export function negativeSeconds({ authorities }: { readonly authorities: readonly DnsRecord[] }): number | undefined {
  for (const { type, ttlSeconds, data } of authorities) {
    if (type === recordTypes.SOA && data.kind === 'soa') return Math.min(ttlSeconds, data.minimumSeconds);
  }
  return undefined;
}
