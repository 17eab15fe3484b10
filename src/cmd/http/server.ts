// The small HTTP servers of a component (metrics, health, profiling): GET only, with limits that a slow or greedy client runs into.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SecureContextOptions } from 'node:tls';
import { parseListenAddress } from './listen-address.ts';

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string | Uint8Array | AsyncIterable<string>;
}

export interface ServerOptions {
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  /** How long one answer may take; 8 s where nothing is said, as upstream. */
  readonly answerMs?: number;
  readonly tls?: SecureContextOptions;
  answer(path: string, query: URLSearchParams): Answer | Promise<Answer>;
}

export interface RunningServer {
  readonly port: number;
  /** The address as a URL would have it. */
  readonly address: string;
  /** For TLS: new connections use this. */
  setTls(tls: SecureContextOptions): void;
  close(): Promise<void>;
}

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
};
const mostConnections = 200;

/** Resolves once the server listens; rejects where it cannot. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const listen = parseListenAddress(options.address);
  if (listen === undefined) throw new Error(`not a listen address: ${options.address}`);
  const handle = handler(options);
  const secure =
    options.tls === undefined
      ? undefined
      : createTlsServer({ ...limits, handshakeTimeout: 5_000, ...options.tls }, handle);
  const server: Server = secure ?? createServer(limits, handle);
  server.maxConnections = mostConnections;
  server.timeout = (options.answerMs ?? 8_000) + keepAliveSlackMs;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted is an error of the server, and one that nobody hears ends the process.
    server.on('error', (error) =>
      reject(new Error(`cannot listen on ${options.address}: ${error.message}`, { cause: error })),
    );
    server.listen({ port: listen.port, ...(listen.host === undefined ? {} : { host: listen.host }) }, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    port,
    address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    setTls: (tls) => secure?.setSecureContext(tls),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A connection is idle between requests for up to keepAliveTimeout; only after that is silence an error. */
const keepAliveSlackMs = limits.keepAliveTimeout;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function handler(options: ServerOptions): Handler {
  return async (request, response) => {
    request.resume();
    try {
      await send(await answerTo(request, options), request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else
        await send({ status: 500, body: `${error instanceof Error ? error.message : 'failed'}\n` }, request, response);
    }
  };
}

function answerTo(request: IncomingMessage, options: ServerOptions): Answer | Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'only GET and HEAD\n' };
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  return url === null ? { status: 400, body: 'not a path\n' } : options.answer(url.pathname, url.searchParams);
}

async function send(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType = 'text/plain; charset=utf-8', body } = answer;
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  response.writeHead(status, {
    'content-type': contentType,
    ...(isWhole ? { 'content-length': Buffer.byteLength(body) } : {}),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  if (request.method === 'HEAD') response.end();
  else if (isWhole) response.end(body);
  else await pipeline(Readable.from(body), response);
}
