// What each server knows of a TXT record: the evidence that a DNS-01 answer can be seen. Every server is asked at once, each answers for itself.
import type { HttpAccess } from '../net/http.ts';
import { negativeSeconds } from './cache.ts';
import { firstAnswer } from './first-answer.ts';
import { aliasesIn, failureText } from './lookup.ts';
import { type DnsMessage, rcodes, rcodeText, recordTypes } from './message.ts';
import { query } from './query.ts';
import type { TxtAnswer } from './resolver.ts';
import type { Server } from './server.ts';

/** One server, by whatever of its addresses answers. */
export interface Asked {
  /** The server's name where it was found by it. */
  readonly name: string | undefined;
  readonly places: readonly Server[];
  /** Whether it should know for itself. */
  readonly authoritative: boolean;
  /** Why it has no places. */
  readonly problem?: string;
}

export interface Told {
  readonly answer: TxtAnswer;
  readonly ttlSeconds: number;
}

/** Never rejects but with the signal's reason. */
export async function askForTxt(
  asked: Asked,
  fqdn: string,
  value: string,
  http: HttpAccess,
  signal: AbortSignal,
): Promise<Told> {
  const ask = (place: Server, ends: AbortSignal) => query(place, fqdn, 'TXT', http, ends);
  const told = await firstAnswer(asked.places, ask, signal);
  if (told.kind === 'answer') return toldBy(asked, told.source, told.answer, fqdn, value);
  const [first] = told.failed;
  const text = first === undefined ? (asked.problem ?? 'no address') : failureText(first.error);
  return {
    answer: { server: serverText(asked, asked.places[0]), authoritative: false, found: false, answer: text },
    ttlSeconds: 0,
  };
}

/** A server that had no time left to answer. */
export function silent(asked: Asked): Told {
  const answer = {
    server: serverText(asked, asked.places[0]),
    authoritative: false,
    found: false,
    answer: 'no answer',
  };
  return { answer, ttlSeconds: 0 };
}

function serverText({ name }: Asked, place: Server | undefined): string {
  if (name === undefined) return place?.text ?? '';
  return place === undefined ? name : `${name} (${place.text})`;
}

function toldBy(asked: Asked, place: Server, message: DnsMessage, fqdn: string, value: string): Told {
  const aliases = aliasesIn(message.answers, fqdn);
  const records = message.answers.filter((each) => each.type === recordTypes.TXT && aliases.includes(each.name));
  const wanted = Buffer.from(value);
  const found = records.some(({ data }) => data.kind === 'text' && data.text.equals(wanted));
  const ttls = records.map(({ ttlSeconds }) => ttlSeconds);
  const ttlSeconds = records.length > 0 ? Math.max(...ttls) : (negativeSeconds(message) ?? 0);
  const { authoritative } = message;
  const text = found ? foundText(authoritative, ttlSeconds) : absentText(message.rcode, records.length);
  // A name server of the zone that does not speak for itself: someone on the way answers in its place.
  const remark = asked.authoritative && !authoritative && isAnswer(message.rcode) ? ', not authoritative' : '';
  return { answer: { server: serverText(asked, place), authoritative, found, answer: `${text}${remark}` }, ttlSeconds };
}

const isAnswer = (rcode: number) => rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN;

/** The TTL only where it is the zone's own: with everybody else it counts down. */
function foundText(authoritative: boolean, ttlSeconds: number): string {
  return authoritative ? `found, TTL ${ttlSeconds}` : 'found';
}

function absentText(rcode: number, others: number): string {
  const text = rcodeText(rcode);
  if (rcode !== rcodes.NOERROR) return text;
  return `${text}, ${others === 0 ? 'no' : others} ${others === 0 ? '' : 'other '}record${others === 1 ? '' : 's'}`;
}
