// Signs messages with a shared key and checks that answers are signed with it (TSIG, RFC 8945). Sends nothing.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DnsError } from './dns-error.ts';
import { classes, type DnsMessage, type DnsRecord, decodeMessage, recordTypes, words } from './message.ts';
import { canonicalName, encodeName } from './name.ts';
import { Reader } from './reader.ts';

const algorithms = {
  HMACMD5: { name: 'hmac-md5.sig-alg.reg.int.', hash: 'md5' },
  HMACSHA1: { name: 'hmac-sha1.', hash: 'sha1' },
  HMACSHA256: { name: 'hmac-sha256.', hash: 'sha256' },
  HMACSHA512: { name: 'hmac-sha512.', hash: 'sha512' },
} as const;

export type TsigAlgorithm = keyof typeof algorithms;

export const tsigAlgorithms = Object.keys(algorithms) as TsigAlgorithm[];

export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

const fudgeSeconds = 300;

const errorTexts: Readonly<Record<number, string>> = { 16: 'BADSIG', 17: 'BADKEY', 18: 'BADTIME', 22: 'BADTRUNC' };

export interface Signed {
  readonly bytes: Buffer;
  readonly mac: Buffer;
}

/** Throws DecodeError where the key's name cannot be a name. */
export function sign(message: Buffer, key: TsigKey, now: Date): Signed {
  const time = timeBytes(Math.floor(now.getTime() / 1000));
  const stamp: Stamp = { time, fudge: fudgeSeconds, error: 0, other: Buffer.alloc(0) };
  const mac = macOf(key, [message, variables(key, stamp)]);
  const data = Buffer.concat([
    encodeName(algorithms[key.algorithm].name),
    time,
    words(fudgeSeconds, mac.length),
    mac,
    words(message.readUInt16BE(0), 0, 0),
  ]);
  const head = Buffer.concat([encodeName(key.name), words(recordTypes.TSIG, classes.ANY, 0, 0, data.length)]);
  const bytes = Buffer.concat([message, head, data]);
  bytes.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
}

/**
 * `signed`: by this key, in answer to the request with that MAC. `unsigned`: not signed at all, or refused for its signature, which `error`
 * names then. Throws DnsError (`BAD_ANSWER`) for a signature that does not hold, DecodeError for rubbish.
 */
export function verify(
  answer: Buffer,
  requestMac: Buffer,
  key: TsigKey,
  now: Date,
): { readonly kind: 'signed' | 'unsigned'; readonly error: string } {
  const message = decodeMessage(answer);
  const record = tsigOf(message);
  if (record === undefined) return { kind: 'unsigned', error: '' };
  const tsig = readTsig(answer, record);
  const error = tsig.error === 0 ? '' : (errorTexts[tsig.error] ?? `TSIG error ${tsig.error}`);
  // RFC 8945 section 5.3.2: who does not know the key, or could not verify, cannot sign.
  if (error !== '' && tsig.mac.length === 0) return { kind: 'unsigned', error };
  if (record.name !== canonicalName(key.name) || tsig.algorithm !== algorithms[key.algorithm].name)
    throw badSignature();
  const unsigned = Buffer.from(answer.subarray(0, record.at));
  unsigned.writeUInt16BE(tsig.originalId, 0);
  unsigned.writeUInt16BE(message.additionals.length - 1, 10);
  const mac = macOf(key, [words(requestMac.length), requestMac, unsigned, variables(key, tsig)]);
  if (mac.length !== tsig.mac.length || !timingSafeEqual(mac, tsig.mac)) throw badSignature();
  const drift = Math.abs(now.getTime() / 1000 - tsig.time.readUIntBE(0, 6));
  if (error === '' && drift > tsig.fudge)
    throw new DnsError('BAD_ANSWER', 'an answer signed at another time: do the clocks agree?');
  return { kind: 'signed', error };
}

interface Stamp {
  /** Six bytes. */
  readonly time: Buffer;
  readonly fudge: number;
  readonly error: number;
  readonly other: Buffer;
}

interface Tsig extends Stamp {
  readonly algorithm: string;
  readonly mac: Buffer;
  readonly originalId: number;
}

/** Only as the last record of a message (RFC 8945 section 5.2). */
function tsigOf(message: DnsMessage): DnsRecord | undefined {
  const last = message.additionals.at(-1);
  return last?.type === recordTypes.TSIG && last.class === classes.ANY ? last : undefined;
}

function readTsig(answer: Buffer, { dataAt, end }: DnsRecord): Tsig {
  const reader = new Reader(answer.subarray(0, end), dataAt);
  const algorithm = reader.name();
  const time = reader.take(6);
  const fudge = reader.uint16();
  const mac = reader.take(reader.uint16());
  const [originalId, error] = [reader.uint16(), reader.uint16()];
  return { algorithm, time, fudge, mac, originalId, error, other: reader.take(reader.uint16()) };
}

/** RFC 8945 section 4.3.3. */
function variables(key: TsigKey, { time, fudge, error, other }: Stamp): Buffer {
  const names = [encodeName(key.name), words(classes.ANY, 0, 0), encodeName(algorithms[key.algorithm].name)];
  return Buffer.concat([...names, time, words(fudge, error, other.length), other]);
}

function macOf({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(algorithms[algorithm].hash, secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function timeBytes(seconds: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(seconds, 0, 6);
  return bytes;
}

const badSignature = () => new DnsError('BAD_ANSWER', 'an answer with a signature that does not hold');
