// The HTTPS server that the API server sends its admission reviews to: POST /mutate and /validate, with limits that a slow or greedy client
// runs into alone. Knows no kind and decides nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { Log } from '../base/log.ts';
import { type AdmissionLimits, defaultAdmissionLimits } from './admission-limits.ts';
import { answerReview, type ReviewHandlers } from './admission-review.ts';
import { bearsName, type ClientVerification, verificationContext } from './client-verification.ts';
import { Connections } from './connections.ts';

export interface AdmissionServerOptions extends ReviewHandlers {
  /** 0 takes a free one. */
  readonly port: number;
  /** All addresses where none is given. */
  readonly host?: string | undefined;
  /** Versions and ciphers; certificate and key come with `setTls`. */
  readonly tls: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
  readonly clientVerification?: ClientVerification | undefined;
  readonly log: Log;
  /** Told of every answer: `/mutate`, `/validate` or `other`, the HTTP status, and how long it took from the last byte of the head. */
  readonly onRequest?: ((path: string, status: number, ms: number) => void) | undefined;
  readonly limits?: Partial<AdmissionLimits> | undefined;
}

export interface AdmissionServer {
  readonly port: number;
  /**
   * Certificate and key for new handshakes; connections that stand go on. Before the first call handshakes fail. Throws where the two do not
   * fit, and then nothing changes.
   */
  setTls(tls: SecureContextOptions): void;
  /**
   * Goes on answering for `limits.lingerMs`, telling clients to come back elsewhere, because an API server goes on sending until it has
   * heard that we are leaving; then takes no more, finishes what is under way, and resolves.
   */
  close(): Promise<void>;
}

/** Resolves once the server listens; rejects where it cannot. Throws for a client CA without certificates. */
export async function startAdmissionServer(options: AdmissionServerOptions): Promise<AdmissionServer> {
  const limits = { ...defaultAdmissionLimits, ...options.limits };
  const { clientVerification: verification } = options;
  const fixed = { ...options.tls, ...(verification === undefined ? {} : verificationContext(verification)) };
  const connections = new Connections(limits, options.log);
  let leaving = false;
  const requestCert = verification !== undefined;
  const server = createServer({ ...nodeOptions(limits), ...fixed, requestCert }, (request, response) => {
    if (leaving) response.setHeader('connection', 'close');
    void serve(request, response, options, { limits, connections });
  });
  server.timeout = limits.answerMs + limits.keepAliveMs;
  server.on('connection', (socket: Socket) => connections.add(socket));
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  if (verification !== undefined) {
    // Before the listener that reads requests from the connection.
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (!bearsName(socket, verification)) socket.destroy();
    });
  }
  const port = await listen(server, options);
  return {
    port,
    setTls: (tls) => server.setSecureContext({ ...tls, ...fixed }),
    close: async () => {
      leaving = true;
      await pause(limits.lingerMs);
      await closed(server, connections, limits);
    },
  };
}

function nodeOptions(limits: AdmissionLimits) {
  return {
    maxHeaderSize: limits.headerBytes,
    handshakeTimeout: limits.handshakeMs,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
  };
}

async function listen(server: Server, { port, host, log }: AdmissionServerOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    let isListening = false;
    // It stays: a connection that cannot be accepted is an error of the server, and one that nobody hears ends the process.
    server.on('error', (error) => {
      if (isListening) log.warn({ error }, 'a connection could not be accepted');
      else reject(new Error(`cannot listen on ${host ?? ''}:${port}: ${error.message}`, { cause: error }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      isListening = true;
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whoever is in the middle of sending gets that long to finish. */
const sendingMs = 500;

/** Requests under way are answered; nobody else can hold us up. */
async function closed(server: Server, connections: Connections, { answerMs }: AdmissionLimits): Promise<void> {
  const timers = [
    setTimeout(() => connections.cutOff(false), sendingMs),
    setTimeout(() => connections.cutOff(true), answerMs),
  ];
  await new Promise<void>((resolve) => server.close(() => resolve()));
  for (const timer of timers) clearTimeout(timer);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: AdmissionServerOptions,
  { limits, connections }: { readonly limits: AdmissionLimits; readonly connections: Connections },
): Promise<void> {
  const start = performance.now();
  const turn = connections.turnOf(request.socket);
  response.once('close', () => turn.end());
  const answer = await answerReview(request, options, { limits, turn });
  if (answer === undefined || response.destroyed) return;
  response.writeHead(answer.status, {
    'content-type': answer.isJson ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(answer.body),
    'x-content-type-options': 'nosniff',
    ...answer.headers,
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(answer.body);
  options.onRequest?.(answer.path, answer.status, performance.now() - start);
}
