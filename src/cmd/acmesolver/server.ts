// The solver's HTTP server, which the whole internet may talk to: small limits, no state, a body is never read. Its own server rather than
// http/server.ts because that one brings TLS, and the solver's pods have 64 MiB.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from '../http/listen-address.ts';
import type { SolverAnswer, SolverAnswers } from './answer.ts';

export interface SolverServer {
  readonly port: number;
  /** Lets answers under way finish, for at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const mostConnections = 256;
const silentMs = 10_000;

/** Resolves once the server listens; rejects where it cannot. */
export async function startSolver(
  answers: SolverAnswers,
  { host, port }: ListenAddress,
  onRequest: (answer: SolverAnswer, host: string) => void,
): Promise<SolverServer> {
  const server = createServer(limits, (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const asked = request.headers.host ?? '';
    const answer = answers(path, asked);
    onRequest(answer, asked);
    send(answer, request, response);
  });
  server.maxConnections = mostConnections;
  server.timeout = silentMs;
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted is an error of the server, and one that nobody hears ends the process.
    server.on('error', reject);
    server.listen({ port, host }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function send({ status, body }: SolverAnswer, request: IncomingMessage, response: ServerResponse): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(status === 200 ? { 'cache-control': 'no-cache, no-store, must-revalidate' } : {}),
    'x-content-type-options': 'nosniff',
    // What a client wants to send is not read; the connection cannot be used again then.
    ...(hasBody ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
