// Takes one message to one server and brings the answer: UDP, TCP, DNS over HTTPS (RFC 8484). Which answers count is said by the caller; all
// others are dropped, as anybody could have sent them. Knows time limits; knows no cache and no second server.
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { type HttpAccess, HttpError } from '../net/http.ts';
import { DnsError } from './dns-error.ts';
import { largestMessage } from './message.ts';

/** Whether these bytes are an answer to what was sent. Must not throw. */
export type Accept = (bytes: Buffer) => boolean;

export interface Place {
  /** An address or a name, which the system looks up. */
  readonly host: string;
  readonly port: number;
}

/** A datagram may get lost: after the first time it is sent again. */
const datagramTimesMs = [2_000, 3_000] as const;
const streamTimeMs = 5_000;
const httpTimeMs = 10_000;
const dnsMediaType = 'application/dns-message';

/** Rejects with DnsError (`TIMEOUT`, `UNREACHABLE`), or with the signal's reason. */
export async function overUdp(place: Place, message: Buffer, accept: Accept, signal: AbortSignal): Promise<Buffer> {
  const { address, family } = await addressOf(place.host, signal);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const times = [...datagramTimesMs];
      const send = () => {
        const time = times.shift();
        if (time === undefined) return reject(new DnsError('TIMEOUT', 'no answer'));
        timer = setTimeout(send, time);
        socket.send(message, (error) => error && reject(error));
      };
      socket.on('error', reject);
      socket.on('message', (bytes) => accept(bytes) && resolve(bytes));
      // Connected, the socket takes datagrams of this one address and port only, and hears that nobody listens there.
      const connected = (error?: Error) => (error ? reject(error) : send());
      socket.connect(place.port, address, connected);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof DnsError ? error : unreachable(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.on('error', () => {});
    socket.close();
  }
}

/** One message on a connection of its own (RFC 7766). Rejects with DnsError, or with the signal's reason. */
export async function overTcp(place: Place, message: Buffer, accept: Accept, signal: AbortSignal): Promise<Buffer> {
  const { address } = await addressOf(place.host, signal);
  const deadline = AbortSignal.timeout(streamTimeMs);
  const ends = AbortSignal.any([signal, deadline]);
  let socket: Socket | undefined;
  try {
    const open = connect({ host: address, port: place.port, signal: ends });
    socket = open;
    return await new Promise<Buffer>((resolve, reject) => {
      let received = Buffer.alloc(0);
      open.on('error', reject);
      open.on('close', () => reject(new DnsError('BAD_ANSWER', 'the connection ended early')));
      open.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        const whole = received.length >= 2 && received.length >= received.readUInt16BE(0) + 2;
        if (!whole) return;
        const answer = received.subarray(2, received.readUInt16BE(0) + 2);
        if (accept(answer)) resolve(answer);
        else reject(new DnsError('BAD_ANSWER', 'an answer to another question'));
      });
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      open.write(Buffer.concat([length, message]));
    });
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new DnsError('TIMEOUT', 'no answer', error);
    throw error instanceof DnsError ? error : unreachable(error);
  } finally {
    socket?.destroy();
  }
}

/** Rejects with DnsError, or with the signal's reason. */
export async function overHttps(
  url: string,
  message: Buffer,
  accept: Accept,
  access: HttpAccess,
  signal: AbortSignal,
): Promise<Buffer> {
  const headers = { 'content-type': dnsMediaType, accept: dnsMediaType };
  const request = { method: 'POST', url, headers, body: message, timeoutMs: httpTimeMs, maxBytes: largestMessage };
  try {
    const { status, headers: got, body } = await access.open()(request, signal);
    if (status !== 200) throw new DnsError('BAD_ANSWER', `HTTP status ${status}`);
    const [mediaType = ''] = (got['content-type'] ?? '').split(';');
    if (mediaType.trim().toLowerCase() !== dnsMediaType)
      throw new DnsError('BAD_ANSWER', 'an answer that is no DNS message');
    if (!accept(body)) throw new DnsError('BAD_ANSWER', 'an answer to another question');
    return body;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.code === 'TIMEOUT') throw new DnsError('TIMEOUT', 'no answer', error);
    if (error.code === 'TOO_LARGE') throw new DnsError('BAD_ANSWER', 'an answer that is too large', error);
    throw new DnsError('UNREACHABLE', `cannot be reached: ${error.code}`, error);
  }
}

/** Of names, the system's first address: there is no other way to find a server that is given by name. */
async function addressOf(host: string, signal: AbortSignal): Promise<{ address: string; family: number }> {
  signal.throwIfAborted();
  const family = isIP(host);
  if (family !== 0) return { address: host, family };
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([lookup(host), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The messages of Node's network errors name ports that change: the code alone is stable. */
function unreachable(error: unknown): DnsError {
  const { code } = error as { code?: unknown };
  return new DnsError('UNREACHABLE', `cannot be reached: ${typeof code === 'string' ? code : 'FAILED'}`, error);
}
