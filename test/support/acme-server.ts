// A scripted ACME server on loopback, over plain HTTP: says what a test wants it to say, and remembers what it was asked. It verifies nothing; the real
// one is Pebble (pebble.ts).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AcmeAsked {
  readonly method: string;
  readonly path: string;
  /** Of the protected header; undefined for what is not signed. */
  readonly header:
    | {
        readonly alg?: string;
        readonly nonce?: string;
        readonly url?: string;
        readonly kid?: string;
        readonly jwk?: object;
      }
    | undefined;
  /** Undefined for POST-as-GET. */
  readonly payload: unknown;
  readonly contentType: string | undefined;
}

export interface AcmeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, with `headers`. */
  readonly text?: string;
  /** No nonce comes with it. */
  readonly withoutNonce?: boolean;
  /** Never ends. */
  readonly hangs?: boolean;
}

export interface AcmeServer {
  readonly url: string;
  readonly asked: AcmeAsked[];
  /** What is said next, in order, to requests of this path; afterwards, and to others, what `standard` says. */
  next(path: string, ...replies: AcmeReply[]): void;
  stop(): Promise<void>;
}

export async function startAcmeServer(): Promise<AcmeServer> {
  const asked: AcmeAsked[] = [];
  const replies = new Map<string, AcmeReply[]>();
  let nonces = 0;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    asked.push(await read(request, path));
    const reply = replies.get(path)?.shift() ?? standard(path, url);
    nonces += 1;
    if (reply.hangs !== true) send(response, reply, `nonce-${nonces}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    next: (path, ...more) => void replies.set(path, [...(replies.get(path) ?? []), ...more]),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage, path: string): Promise<AcmeAsked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const message = text === '' ? undefined : (JSON.parse(text) as { protected: string; payload: string });
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    method: request.method ?? '',
    path,
    header: message === undefined ? undefined : decode(message.protected),
    payload: message === undefined || message.payload === '' ? undefined : decode(message.payload),
    contentType: request.headers['content-type'],
  };
}

function send(response: ServerResponse, reply: AcmeReply, nonce: string): void {
  const json = reply.text === undefined ? JSON.stringify(reply.body ?? {}) : reply.text;
  response.writeHead(reply.status ?? 200, {
    'content-type': (reply.status ?? 200) >= 400 ? 'application/problem+json' : 'application/json',
    ...(reply.withoutNonce === true ? {} : { 'replay-nonce': nonce }),
    ...reply.headers,
  });
  response.end(json);
}

/** A server with one account, where nothing goes wrong. */
function standard(path: string, url: string): AcmeReply {
  switch (path) {
    case '/dir':
      return {
        withoutNonce: true,
        body: {
          newNonce: `${url}/nonce`,
          newAccount: `${url}/new-account`,
          newOrder: `${url}/new-order`,
          revokeCert: `${url}/revoke`,
          keyChange: `${url}/key-change`,
          renewalInfo: `${url}/renewal-info`,
        },
      };
    case '/nonce':
      return { status: 204, text: '' };
    case '/new-account':
      return { status: 201, headers: { location: `${url}/account/1` }, body: { status: 'valid', contact: [] } };
    case '/new-order':
      return { status: 201, headers: { location: `${url}/order/1` }, body: order(url) };
    case '/order/1':
      return { body: order(url) };
    case '/account/1':
      return { body: { status: 'valid', contact: [] } };
    case '/revoke':
    case '/key-change':
      return {};
    default:
      return { status: 404, body: { type: 'urn:ietf:params:acme:error:malformed', detail: 'no such page' } };
  }
}

const order = (url: string) => ({
  status: 'pending',
  identifiers: [{ type: 'dns', value: 'example.com' }],
  authorizations: [`${url}/authorization/1`],
  finalize: `${url}/finalize/1`,
});

/** A problem of ACME. */
export const problem = (status: number, type: string, headers: Readonly<Record<string, string>> = {}): AcmeReply => ({
  status,
  headers,
  body: { type: `urn:ietf:params:acme:error:${type}`, detail: `it is ${type}` },
});
