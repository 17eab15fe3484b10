// What the solver answers to one request (RFC 8555 section 8.3). Pure: serving it is server.ts's business.

export interface ExpectedChallenge {
  /** A DNS name or an IP address, as the challenge has it. */
  readonly domain: string;
  readonly token: string;
  /** The key authorization. */
  readonly key: string;
}

export interface SolverAnswer {
  readonly status: 200 | 404;
  readonly body: string;
  /** For the log; undefined for health checks. */
  readonly outcome?: 'answered' | 'wrong path' | 'wrong host' | 'wrong token';
}

const folder = '/.well-known/acme-challenge/';
const notFound = '404 page not found\n';

/** `path` as it was sent, without its query; `host` is the Host header. Any method is answered, as by upstream. */
export function solverAnswer(expected: ExpectedChallenge, path: string, host: string): SolverAnswer {
  if (path === '/' || path === '/healthz') return { status: 200, body: '' };
  if (!path.startsWith(folder)) return { status: 404, body: notFound, outcome: 'wrong path' };
  if (hostName(host) !== hostName(expected.domain)) return { status: 404, body: notFound, outcome: 'wrong host' };
  if (path.slice(folder.length) !== expected.token) return { status: 404, body: notFound, outcome: 'wrong token' };
  return { status: 200, body: expected.key, outcome: 'answered' };
}

/** Without the port, an IPv6 address' brackets, a root's dot and case: names are compared as DNS does (RFC 4343). */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  const name = bracketed?.[1] ?? (host.split(':').length === 2 ? host.slice(0, host.indexOf(':')) : host);
  return name.toLowerCase().replace(/\.$/, '');
}
