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
export type SolverAnswers = (path: string, host: string) => SolverAnswer;

/** The answers of a solver that has one challenge. */
export function solverAnswer(expected: ExpectedChallenge, path: string, host: string): SolverAnswer {
  const { domain, token, key } = expected;
  // Its host comes first: whoever asks for another learns nothing about the token.
  return answerAmong(path, (asked) => {
    if (hostName(host) !== hostName(domain)) return 'wrong host';
    return asked === token ? { key } : 'wrong token';
  });
}

/** The answers of a solver that has many: `challengesOf` finds those with a token. */
export function sharedAnswer(
  challengesOf: (token: string) => readonly { readonly dnsName: string; readonly key: string }[],
  path: string,
  host: string,
): SolverAnswer {
  return answerAmong(path, (token) => {
    const found = challengesOf(token);
    if (found.length === 0) return 'wrong token';
    return found.find(({ dnsName }) => hostName(dnsName) === hostName(host)) ?? 'wrong host';
  });
}

function answerAmong(
  path: string,
  find: (token: string) => { readonly key: string } | 'wrong host' | 'wrong token',
): SolverAnswer {
  if (path === '/' || path === '/healthz') return { status: 200, body: '' };
  if (!path.startsWith(folder)) return { status: 404, body: notFound, outcome: 'wrong path' };
  const found = find(path.slice(folder.length));
  if (typeof found === 'string') return { status: 404, body: notFound, outcome: found };
  return { status: 200, body: found.key, outcome: 'answered' };
}

/** Without the port, an IPv6 address' brackets, a root's dot and case: names are compared as DNS does (RFC 4343). */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  const name = bracketed?.[1] ?? (host.split(':').length === 2 ? host.slice(0, host.indexOf(':')) : host);
  return name.toLowerCase().replace(/\.$/, '');
}
