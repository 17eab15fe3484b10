// A small DNS server that answers what a test tells it to, over UDP and TCP on one free port of loopback. It writes its messages with dns-packet:
// another hand than the one that reads them.
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Packet, type Question } from 'dns-packet';

export interface DnsQuestion {
  readonly id: number;
  /** Lower case, without a final dot. */
  readonly name: string;
  readonly type: string;
  readonly over: 'UDP' | 'TCP';
  /** The whole message as it came. */
  readonly bytes: Buffer;
}

/** Undefined: no answer. Several: one datagram each. */
export type DnsScript = (question: DnsQuestion) => Said | Promise<Said>;
type Said = Buffer | readonly Buffer[] | undefined;

export interface ScriptedDns {
  readonly address: string;
  readonly port: number;
  /** `127.0.0.1:<port>` */
  readonly text: string;
  /** What was asked, in order: `SOA example.com over UDP`. */
  readonly asked: string[];
  /** Replaces the script. */
  answer(script: DnsScript): void;
  stop(): Promise<void>;
}

export interface Reply {
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
  readonly additionals?: Answer[];
  readonly rcode?: number;
  readonly authoritative?: boolean;
  readonly truncated?: boolean;
  readonly questions?: Question[];
  readonly id?: number;
  /** More flags of the header. */
  readonly flags?: number;
}

/** An answer to this question; what is not said is as it should be. */
export function replyTo(question: DnsQuestion, reply: Reply = {}): Buffer {
  const { rcode = 0, authoritative = true, truncated = false, flags = 0 } = reply;
  const packet: Packet = {
    type: 'response',
    id: reply.id ?? question.id,
    flags: rcode | (authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0) | 0x0180 | flags,
    questions: reply.questions ?? [{ type: question.type as Question['type'], name: question.name, class: 'IN' }],
    answers: reply.answers ?? [],
    authorities: reply.authorities ?? [],
    additionals: reply.additionals ?? [],
  };
  return encode(packet);
}

/** `port`: where several addresses are to share one; a free one otherwise. */
export async function startDnsServer(script: DnsScript, address = '127.0.0.1', port = 0): Promise<ScriptedDns> {
  let current = script;
  const asked: string[] = [];
  const answersTo = async (bytes: Buffer, over: DnsQuestion['over']): Promise<readonly Buffer[]> => {
    const { id = 0, questions } = decode(bytes);
    const { name = '', type = '' } = questions?.[0] ?? {};
    asked.push(`${type} ${name} over ${over}`);
    const answer = await current({ id, name: name.toLowerCase(), type, over, bytes });
    if (answer === undefined) return [];
    return Buffer.isBuffer(answer) ? [answer] : (answer as readonly Buffer[]);
  };
  const { udp, tcp, port: own } = await listen(address, port);
  let stopped = false;
  udp.on('message', async (bytes, from) => {
    for (const answer of await answersTo(bytes, 'UDP')) if (!stopped) udp.send(answer, from.port, from.address);
  });
  const sockets = new Set<{ destroy(): void }>();
  tcp.on('connection', (socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', async (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      for (const answer of await answersTo(received.subarray(2), 'TCP')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return {
    address,
    port: own,
    text: `${address}:${own}`,
    asked,
    answer: (next) => {
      current = next;
    },
    async stop() {
      stopped = true;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

/** Both protocols on one port: tried until a port is free for both. */
async function listen(address: string, wanted: number): Promise<{ udp: Socket; tcp: Server; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const tcp = createServer();
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(wanted, address, resolve));
    const { port } = tcp.address() as { port: number };
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, address, resolve));
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
      if (attempt === 10) throw error;
    }
  }
}
