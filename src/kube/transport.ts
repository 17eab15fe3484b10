// HTTP/1.1 exchanges with one API server over kept connections: one attempt each, no retries, no meaning. node:http(s) is used as it is,
// because everything above it costs CPU per request.
import http from 'node:http';
import https from 'node:https';
import { ApiError } from '../base/errors.ts';
import type { ClusterAccess, ClusterTls, Credentials } from './access.ts';

export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Record<string, string | number>;
  readonly body?: string;
  /** Without a byte from the server for this long the exchange fails. */
  readonly idleMs: number;
  readonly signals: readonly AbortSignal[];
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What became of a connection before there was an answer. `unsent`: the server had closed a kept connection, it saw nothing. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string;
  readonly unsent: boolean;

  constructor(code: string, unsent: boolean, cause?: unknown) {
    super(code, { cause });
    this.code = code;
    this.unsent = unsent;
  }
}

export interface Transport {
  /** One exchange, its answer read to the end. Rejects with ConnectionError, an ApiError for an answer beyond the limit, or a signal's reason. */
  exchange(request: Exchange): Promise<Answer>;
  /** As `exchange`, but resolves with the answer as a stream as soon as its head is there. The caller ends it by destroying it. */
  open(request: Exchange): Promise<http.IncomingMessage>;
  /** Current credentials' headers go in; a 401 should be followed by `access.refresh`. */
  close(): void;
}

export function createTransport(
  access: ClusterAccess,
  limits: { maxAnswerBytes: number; maxSockets: number },
): Transport {
  const secure = access.server.protocol === 'https:';
  const agents = new Agents(access, limits.maxSockets);
  const prefix = access.server.pathname.replace(/\/$/, '');
  const { hostname, port } = access.server;
  const start = secure ? https.request : http.request;

  const begin = (request: Exchange, credentials: Credentials, streaming: boolean): http.ClientRequest =>
    start({
      method: request.method,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : port,
      path: prefix + request.path,
      headers: { ...request.headers, ...credentials.headers },
      agent: agents.agentFor(credentials.tls, streaming),
    });

  const head = async (request: Exchange, streaming: boolean): Promise<http.IncomingMessage> => {
    const known = access.credentials();
    const credentials = known instanceof Promise ? await known : known;
    for (const signal of request.signals) signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const outgoing = begin(request, credentials, streaming);
      let answered = false;
      const stop = watchSignals(request.signals, (reason) => outgoing.destroy(reason));
      outgoing.once('response', (answer) => {
        answered = true;
        answer.once('close', stop);
        resolve(answer);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        stop();
        if (answered) return;
        const aborted = request.signals.find((signal) => signal.aborted);
        reject(aborted?.reason ?? connectionError(error, outgoing.reusedSocket));
      });
      outgoing.setTimeout(request.idleMs, () => outgoing.destroy(new ConnectionError('ETIMEDOUT', false)));
      if (streaming) outgoing.once('socket', (socket) => socket.setKeepAlive(true, 30_000));
      outgoing.end(request.body);
    });
  };

  return {
    exchange: async (request) => readAnswer(await head(request, false), request, limits.maxAnswerBytes),
    open: (request) => head(request, true),
    close: () => agents.close(),
  };
}

/** Calls `abort` when one of the signals aborts; the result stops listening. */
function watchSignals(signals: readonly AbortSignal[], abort: (reason: Error) => void): () => void {
  if (signals.length === 0) return () => undefined;
  const listeners = signals.map((signal) => {
    const listener = (): void => abort(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener);
  };
}

function connectionError(error: NodeJS.ErrnoException, reused: boolean): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = error.code ?? 'ECONNABORTED';
  return new ConnectionError(code, reused && (code === 'ECONNRESET' || code === 'EPIPE'), error);
}

function readAnswer(answer: http.IncomingMessage, request: Exchange, limit: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        reject(new ApiError(answer.statusCode ?? 0, 'TooLarge', `the answer is larger than ${limit} bytes`));
        answer.destroy();
      } else chunks.push(chunk);
    });
    answer.once('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    const cut = (error?: NodeJS.ErrnoException): void => {
      const aborted = request.signals.find((signal) => signal.aborted);
      reject(aborted?.reason ?? new ConnectionError(error?.code ?? 'ECONNRESET', false, error));
    };
    answer.on('error', cut);
    answer.once('close', () => {
      if (!answer.complete) cut();
    });
  });
}

/** One pair of agents for as long as the TLS settings stay the same: short exchanges share a bounded pool, streams have connections of their own. */
class Agents {
  readonly #access: ClusterAccess;
  readonly #maxSockets: number;
  #tls: ClusterTls | undefined;
  #short: http.Agent | undefined;
  #streams: http.Agent | undefined;

  constructor(access: ClusterAccess, maxSockets: number) {
    this.#access = access;
    this.#maxSockets = maxSockets;
  }

  agentFor(tls: ClusterTls, streaming: boolean): http.Agent {
    if (tls !== this.#tls) {
      // Requests under way keep their old connections: only idle ones are closed.
      closeIdle(this.#short);
      closeIdle(this.#streams);
      this.#tls = tls;
      this.#short = this.#create(tls, this.#maxSockets);
      this.#streams = this.#create(tls, Number.POSITIVE_INFINITY);
    }
    return (streaming ? this.#streams : this.#short) as http.Agent;
  }

  #create(tls: ClusterTls, maxSockets: number): http.Agent {
    const { server, proxy } = this.#access;
    const options: https.AgentOptions = {
      keepAlive: true,
      keepAliveMsecs: 30_000,
      maxSockets,
      maxFreeSockets: 32,
      scheduling: 'lifo',
    };
    if (proxy !== undefined) options.proxyEnv = { HTTPS_PROXY: proxy.href, HTTP_PROXY: proxy.href };
    const agent = server.protocol === 'https:' ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
    // One server and one set of credentials: Node would put their PEM into the name of the pool for each request, a quarter of its cost.
    agent.getName = () => server.host;
    return agent;
  }

  close(): void {
    this.#short?.destroy();
    this.#streams?.destroy();
    this.#tls = undefined;
  }
}

function closeIdle(agent: http.Agent | undefined): void {
  for (const sockets of Object.values(agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy();
}
