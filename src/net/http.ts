// HTTP to the world outside the cluster: who is trusted and how much is read is said per use; proxies are the process's. One attempt, no retries.
// The Kubernetes API server is src/kube's business.
import http from 'node:http';
import https from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole exchange; 30 seconds by default. */
  readonly timeoutMs?: number;
  /** The longest body that is read; 1 MiB by default. */
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Address and port of the peer, where known. */
  readonly peer?: string;
}

/** Redirects are answers like any other. Rejects with HttpError, or with the signal's reason. */
export type Http = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** Who is trusted, beyond the process's own settings. */
export interface Trust {
  /** CA certificates instead of those of the system. */
  readonly caPem?: string;
  /** Any certificate will do. */
  readonly skipVerify?: boolean;
  /** The name that the server's certificate must have, instead of the URL's host. */
  readonly serverName?: string;
  readonly clientCertificate?: { readonly certificatePem: string; readonly keyPem: string };
  /** False: proxies of the environment are not used. */
  readonly proxied?: boolean;
  /** Looks names up instead of the system, for answers of chosen DNS servers; the first address is used. */
  readonly lookup?: (name: string) => Promise<readonly string[]>;
}

export interface HttpAccess {
  /** Connections are kept and shared between uses with equal trust (not with `lookup`, which must be one function to share). */
  open(trust?: Trust): Http;
  /** Closes kept connections. */
  close(): void;
}

/** An exchange that brought no answer. `code` is short and stable (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, `TIMEOUT`, `TOO_LARGE`, …): fit for a status. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export interface ProxySettings {
  readonly HTTP_PROXY?: string | undefined;
  readonly HTTPS_PROXY?: string | undefined;
  readonly NO_PROXY?: string | undefined;
}

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 1024 * 1024;
const idleMs = 30_000;
/** Kinds of trust whose connections are kept; those of the longest unused go first. */
const mostAgents = 100;

export function createHttpAccess(options: { readonly userAgent: string; readonly proxy?: ProxySettings }): HttpAccess {
  const agents = new AgentPool(options.proxy ?? {});
  return {
    open: (trust = {}) => {
      checkTrust(trust);
      return (request, signal) => exchange(request, trust, agents, options.userAgent, signal);
    },
    close: () => agents.close(),
  };
}

function checkTrust({ caPem, skipVerify }: Trust): void {
  if (caPem !== undefined && skipVerify === true)
    throw new HttpError('BAD_TRUST', 'a CA bundle and skipping verification exclude each other');
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

class AgentPool {
  readonly #agents = new Map<string, Agents>();
  readonly #lookups = new Map<unknown, number>();
  readonly #proxy: ProxySettings;

  constructor(proxy: ProxySettings) {
    this.#proxy = proxy;
  }

  of(trust: Trust): Agents {
    const { lookup, ...rest } = trust;
    const key = JSON.stringify([rest, lookup === undefined ? 0 : this.#idOf(lookup)]);
    const agents = this.#agents.get(key) ?? this.#make(trust);
    this.#agents.delete(key);
    this.#agents.set(key, agents);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > mostAgents && oldest !== undefined) {
      const gone = this.#agents.get(oldest);
      this.#agents.delete(oldest);
      // What is under way keeps its connection: only idle ones are closed.
      for (const agent of [gone?.http, gone?.https]) closeIdle(agent);
    }
    return agents;
  }

  close(): void {
    for (const { http: plain, https: secure } of this.#agents.values()) {
      plain.destroy();
      secure.destroy();
    }
    this.#agents.clear();
  }

  #idOf(lookup: unknown): number {
    const known = this.#lookups.get(lookup) ?? this.#lookups.size + 1;
    this.#lookups.set(lookup, known);
    return known;
  }

  #make(trust: Trust): Agents {
    const kept = { keepAlive: true, timeout: idleMs, maxFreeSockets: 16 };
    const proxy = trust.proxied === false ? {} : { proxyEnv: { ...this.#proxy } };
    return {
      http: new http.Agent({ ...kept, ...proxy }),
      https: new https.Agent({ ...kept, ...proxy, ...tlsOptions(trust) }),
    };
  }
}

function closeIdle(agent: http.Agent | undefined): void {
  for (const sockets of Object.values(agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy();
}

function tlsOptions(trust: Trust): https.AgentOptions {
  const { caPem, skipVerify, serverName, clientCertificate } = trust;
  // Made once: hundreds of roots are not parsed again for each connection.
  const secureContext = createSecureContext({
    // The system's own store counts beside Node's, as users expect who mount their CA into the container.
    ca: caPem ?? systemRoots(),
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificatePem, key: clientCertificate.keyPem }),
  });
  return {
    secureContext,
    ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

let roots: string[] | undefined;

function systemRoots(): string[] {
  roots ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return roots;
}

async function exchange(
  request: HttpRequest,
  trust: Trust,
  agents: AgentPool,
  userAgent: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const url = parsedUrl(request.url);
  const deadline = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  const { http: plain, https: secure } = agents.of(trust);
  const start = url.protocol === 'https:' ? https.request : http.request;
  const sent = start(url, {
    method: request.method,
    agent: url.protocol === 'https:' ? secure : plain,
    headers: { 'user-agent': userAgent, ...request.headers, ...lengthOf(request.body) },
    signal: AbortSignal.any([signal, deadline]),
    ...(trust.lookup === undefined ? {} : { lookup: nodeLookup(trust.lookup) }),
  });
  try {
    return await answered(sent, request.body, request.maxBytes ?? defaultMaxBytes);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new HttpError('TIMEOUT', `no answer from ${url.host} in time`, error);
    throw error instanceof HttpError ? error : httpError(url, error);
  }
}

function parsedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new HttpError('BAD_URL', 'not an http or https URL');
  return url;
}

const lengthOf = (body: string | Uint8Array | undefined): Record<string, string> =>
  body === undefined
    ? {}
    : { 'content-length': String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength) };

function answered(
  sent: http.ClientRequest,
  body: string | Uint8Array | undefined,
  maxBytes: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) {
          // First: what destroying leads to are errors, too.
          reject(new HttpError('TOO_LARGE', `the answer is larger than ${maxBytes} bytes`));
          response.destroy();
        } else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('aborted', () => reject(new HttpError('ECONNRESET', 'the connection broke off')));
      const { remoteAddress, remotePort } = response.socket;
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: flat(response.headers),
          body: Buffer.concat(chunks),
          ...(remoteAddress === undefined ? {} : { peer: `${remoteAddress}:${remotePort}` }),
        }),
      );
    });
    sent.end(body);
  });
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  );
  return Object.fromEntries(entries);
}

/** The messages of Node's network errors name ports and addresses that change: the code alone is stable. */
function httpError(url: URL, error: unknown): HttpError {
  const { code } = error as { code?: unknown };
  const text = typeof code === 'string' ? code : 'FAILED';
  return new HttpError(text, `cannot reach ${url.host}: ${text}`, error);
}

function nodeLookup(lookup: NonNullable<Trust['lookup']>): http.RequestOptions['lookup'] {
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = found;
        if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
        else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 4),
    );
  };
}
