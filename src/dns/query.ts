// One question to one server: the message, the answer that belongs to it, TCP where UDP is not enough. Keeps nothing.
import { randomInt } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import type { HttpAccess } from '../net/http.ts';
import { DnsError } from './dns-error.ts';
import {
  classes,
  type DnsMessage,
  decodeHeader,
  decodeMessage,
  decodeQuestions,
  encodeQuery,
  opcodes,
  type RecordType,
  rcodes,
  recordTypes,
} from './message.ts';
import type { Server } from './server.ts';
import { type Accept, overHttps, overTcp, overUdp } from './transport.ts';

/**
 * The answer of one server, whatever its response code. Rejects with DnsError (`TIMEOUT`, `UNREACHABLE`, `BAD_ANSWER`, `BAD_NAME`), or with
 * the signal's reason. Takes at most ten seconds. An answer with another id or question is not one (RFC 5452 section 9.1).
 */
export async function query(
  server: Server,
  name: string,
  type: RecordType,
  access: HttpAccess,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const id = randomInt(0x10000);
  const message = queryBytes(id, name, type);
  const accept: Accept = (bytes) => answers(bytes, id, name, type);
  if (server.kind === 'https') return decoded(await overHttps(server.url, message, accept, access, signal));
  const answer = await overUdp(server, message, accept, signal).catch((error: unknown) => {
    // Somebody on the way may let no UDP through.
    if (error instanceof DnsError && error.code === 'TIMEOUT') return undefined;
    throw error;
  });
  if (answer !== undefined && !decodeHeader(answer).truncated) return decoded(answer);
  const whole = decoded(await overTcp(server, message, accept, signal));
  if (whole.truncated) throw new DnsError('BAD_ANSWER', 'an answer that is cut off');
  return whole;
}

function queryBytes(id: number, name: string, type: RecordType): Buffer {
  try {
    return encodeQuery(id, name, type);
  } catch (error) {
    throw error instanceof DecodeError ? new DnsError('BAD_NAME', error.message, error) : error;
  }
}

function decoded(bytes: Buffer): DnsMessage {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    throw error instanceof DecodeError ? new DnsError('BAD_ANSWER', 'an answer that is no DNS message', error) : error;
  }
}

function answers(bytes: Buffer, id: number, name: string, type: RecordType): boolean {
  try {
    const header = decodeHeader(bytes);
    if (header.id !== id || !header.isResponse || header.opcode !== opcodes.query) return false;
    const asked = decodeQuestions(bytes);
    // A server that could not even read the question repeats none.
    if (asked.length === 0) return header.rcode !== rcodes.NOERROR && header.rcode !== rcodes.NXDOMAIN;
    const [question] = asked;
    const isSame = question?.name === name && question.type === recordTypes[type] && question.class === classes.IN;
    return asked.length === 1 && isSame;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
