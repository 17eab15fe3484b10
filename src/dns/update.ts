// Dynamic updates of one TXT record (RFC 2136): the message, its signature, and what the server made of it.
import { randomInt } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import { DnsError } from './dns-error.ts';
import { classes, decodeHeader, encodeHeader, opcodes, rcodeText, recordTypes, words } from './message.ts';
import { encodeName } from './name.ts';
import { type Accept, overTcp, overUdp, type Place } from './transport.ts';
import { sign, type TsigKey, verify } from './tsig.ts';

export interface TxtUpdate {
  readonly action: 'add' | 'remove';
  readonly zone: string;
  readonly fqdn: string;
  /** Strings of at most 255 bytes. */
  readonly strings: readonly string[];
  readonly ttlSeconds: number;
}

export interface UpdateOptions {
  readonly protocol: 'UDP' | 'TCP';
  /** Absent: neither request nor answer is signed. */
  readonly key: TsigKey | undefined;
  readonly now: () => Date;
}

export interface UpdateAnswer {
  /** `NOERROR`, `REFUSED`, … */
  readonly rcode: string;
  /** What the server had against the signature: `BADKEY`, `BADSIG`, `BADTIME`; empty where nothing. */
  readonly signatureError: string;
  /** Whether the answer is signed, where a key was given. */
  readonly genuine: boolean;
}

/** More does not fit a datagram on every path (RFC 9715). */
const largestDatagram = 1_232;

/**
 * Both actions may be repeated. Answers whatever the server said; a success that is not signed, where the request was, is none. Rejects with
 * DnsError (`TIMEOUT`, `UNREACHABLE`, `BAD_ANSWER`, `BAD_NAME`), or with the signal's reason.
 */
export async function sendUpdate(
  place: Place,
  update: TxtUpdate,
  { protocol, key, now }: UpdateOptions,
  signal: AbortSignal,
): Promise<UpdateAnswer> {
  const id = randomInt(0x10000);
  const { bytes, mac } = request(id, update, key, now());
  const send = protocol === 'TCP' || bytes.length > largestDatagram ? overTcp : overUdp;
  const answer = await send(place, bytes, answerTo(id), signal);
  const rcode = rcodeText(decodeHeader(answer).rcode);
  if (key === undefined) return { rcode, signatureError: '', genuine: true };
  const { kind, error } = verified(answer, mac, key, now());
  if (kind === 'unsigned' && rcode === 'NOERROR') throw new DnsError('BAD_ANSWER', 'an answer without a signature');
  return { rcode, signatureError: error, genuine: kind === 'signed' };
}

function request(id: number, update: TxtUpdate, key: TsigKey | undefined, now: Date): { bytes: Buffer; mac: Buffer } {
  try {
    const bytes = updateMessage(id, update);
    return key === undefined ? { bytes, mac: Buffer.alloc(0) } : sign(bytes, key, now);
  } catch (error) {
    throw error instanceof DecodeError ? new DnsError('BAD_NAME', error.message, error) : error;
  }
}

/** RFC 2136 sections 2.5.1 and 2.5.4: a record is added; a record with this name and data is deleted. */
export function updateMessage(id: number, { action, zone, fqdn, strings, ttlSeconds }: TxtUpdate): Buffer {
  const header = encodeHeader(id, opcodes.update << 11, [1, 0, 1, 0]);
  const [klass, ttl] = action === 'add' ? [classes.IN, ttlSeconds] : [classes.NONE, 0];
  const data = Buffer.concat(strings.map(characterString));
  const record = [encodeName(fqdn), words(recordTypes.TXT, klass, ttl >>> 16, ttl & 0xffff, data.length), data];
  return Buffer.concat([header, encodeName(zone), words(recordTypes.SOA, classes.IN), ...record]);
}

function characterString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function answerTo(id: number): Accept {
  return (bytes) => {
    try {
      const header = decodeHeader(bytes);
      return header.id === id && header.isResponse && header.opcode === opcodes.update;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  };
}

function verified(...args: Parameters<typeof verify>): ReturnType<typeof verify> {
  try {
    return verify(...args);
  } catch (error) {
    throw error instanceof DecodeError ? new DnsError('BAD_ANSWER', 'an answer that is no DNS message', error) : error;
  }
}
