// The stage for fakes of providers' APIs: one HTTP server on this machine that every host of the world leads to, and the HttpAccess that leads there.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpAccess, type HttpAccess } from '../../../src/net/http.ts';

export interface FakeRequest {
  readonly method: string;
  /** As the client wrote it, with the host that it meant. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the client lets the process's proxies see it. */
  readonly proxied: boolean;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export interface FakeServer {
  /** Where it really is. */
  readonly origin: string;
  readonly http: HttpAccess;
  /** All that came, in order. */
  readonly requests: readonly FakeRequest[];
  /** Sees each request first; what it answers is the answer. Undefined: nobody does. */
  intercept: ((request: FakeRequest) => FakeAnswer | undefined) | undefined;
  stop(): Promise<void>;
}

const originHeader = 'x-fake-origin';
const proxiedHeader = 'x-fake-proxied';

/** `handle` may throw a FakeAnswer. */
export async function startFakeServer(
  handle: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await received(incoming);
    requests.push(request);
    const { status, headers, json } = fake.intercept?.(request) ?? (await answered(handle, request));
    const body = json === undefined ? '' : JSON.stringify(json);
    response
      .writeHead(status, { ...(body === '' ? {} : { 'content-type': 'application/json' }), ...headers })
      .end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = leadingTo(origin);
  const fake: FakeServer = {
    origin,
    http,
    requests,
    intercept: undefined,
    stop: async () => {
      http.close();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return fake;
}

async function answered(
  handle: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
  request: FakeRequest,
): Promise<FakeAnswer> {
  try {
    return await handle(request);
  } catch (thrown) {
    if (thrown instanceof Error) return { status: 500, json: { fake: thrown.message } };
    return thrown as FakeAnswer;
  }
}

async function received(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { [originHeader]: origin, [proxiedHeader]: proxied, ...headers } = incoming.headers;
  return {
    method: incoming.method ?? '',
    url: new URL(incoming.url ?? '/', `${origin}`),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`])),
    body: Buffer.concat(chunks).toString('utf8'),
    proxied: proxied === 'true',
  };
}

/** Every request goes to `origin`, and says where it was meant to go. */
function leadingTo(origin: string): HttpAccess {
  const access = createHttpAccess({ userAgent: 'test' });
  const http = access.open({ proxied: false });
  return {
    open:
      ({ proxied = true } = {}) =>
      (request, signal) => {
        const meant = new URL(request.url);
        const url = origin + meant.pathname + meant.search;
        const headers = { ...request.headers, [originHeader]: meant.origin, [proxiedHeader]: `${proxied}` };
        return http({ ...request, url, headers }, signal);
      },
    close: () => access.close(),
  };
}

/** The members of a form. */
export function formOf({ headers, body }: FakeRequest): Readonly<Record<string, string>> {
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true) return {};
  return Object.fromEntries(new URLSearchParams(body));
}

/** The bearer token of a request; empty where there is none. */
export function bearerOf({ headers }: FakeRequest): string {
  return /^Bearer (\S+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
}

/** The strings of a TXT record as a zone file writes it; undefined where it is not written so, or one is too long. */
export function quotedStrings(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string' || !/^"[^"\\]{0,255}"( "[^"\\]{0,255}")*$/.test(text)) return undefined;
  return text.slice(1, -1).split('" "');
}
