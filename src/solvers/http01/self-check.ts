// Our own look at an HTTP-01 challenge, as the ACME server will look (RFC 8555 section 8.3). Whoever owns a name decides where a look at it leads, so
// nothing of what is found there is told, but that it is not the answer: no body ever, and no status of another host.
import { isIPv6 } from 'node:net';
import type { Challenge } from '../../api/challenge.ts';
import { type Http, type HttpAnswer, HttpError, type Trust } from '../../net/http.ts';
import { challengePath } from './ingress-path.ts';

export interface SelfCheckDeps {
  /** Opened with `selfCheckTrust`. */
  readonly http: Http;
}

export type SelfCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly answers: readonly { readonly server: string; readonly answer: string }[];
      /** For people, stable. */
      readonly problem: string;
    };

/** For the whole look, redirects included (upstream). */
const longestMs = 10_000;
const maxBytes = 1024 * 1024;
const mostRedirects = 10;
/** Let's Encrypt follows redirects to no other ports. */
const knownPorts = ['', '80', '443'];
const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** Any certificate will do after a redirect to https: the one that is there may be the one that is to be replaced. `lookup`: custom name servers. */
export function selfCheckTrust(lookup?: Trust['lookup']): Trust {
  return { skipVerify: true, ...(lookup === undefined ? {} : { lookup }) };
}

/** Where the answer must be; an IPv6 address is in brackets. */
export function challengeUrl({ spec }: Challenge): string {
  return `http://${isIPv6(spec.dnsName) ? `[${spec.dnsName}]` : spec.dnsName}${challengePath(spec.token)}`;
}

/** Rejects with the signal's reason only. */
export async function selfCheck(
  challenge: Challenge,
  { http }: SelfCheckDeps,
  signal: AbortSignal,
): Promise<SelfCheck> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const start = challengeUrl(challenge);
  try {
    return await followed(challenge, start, http, ends);
  } catch (error) {
    signal.throwIfAborted();
    if (!ends.aborted) throw error;
    return unreached(challenge, start, 'TIMEOUT');
  }
}

async function followed(challenge: Challenge, start: string, http: Http, signal: AbortSignal): Promise<SelfCheck> {
  let url = start;
  for (let count = 0; count <= mostRedirects; count++) {
    const answer = await fetched(http, url, signal);
    const isOwn = hostOf(url) === hostOf(start);
    if (answer instanceof HttpError) return isOwn ? unreached(challenge, url, answer.code) : elsewhere(challenge, url);
    const next = redirectedTo(answer, url);
    if (next === undefined) return judged(challenge, answer, url, isOwn);
    if (!knownPorts.includes(next.port)) {
      return failed(
        challenge,
        `a redirect to port ${next.port}`,
        'redirected to a port other than 80 and 443, where ACME servers do not look',
      );
    }
    url = next.href;
  }
  return failed(challenge, `more than ${mostRedirects} redirects`, `stopped after ${mostRedirects} redirects`);
}

async function fetched(http: Http, url: string, signal: AbortSignal): Promise<HttpAnswer | HttpError> {
  try {
    // A kept connection may end at what was there before.
    return await http({ method: 'GET', url, headers: { connection: 'close' }, timeoutMs: longestMs, maxBytes }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpError) return error;
    throw error;
  }
}

/** Undefined where the answer is no redirect, or leads to nothing that can be asked. */
function redirectedTo({ status, headers }: HttpAnswer, url: string): URL | undefined {
  const location = headers['location'];
  if (!redirects.includes(status) || location === undefined) return undefined;
  const next = URL.parse(location, url);
  return next?.protocol === 'http:' || next?.protocol === 'https:' ? next : undefined;
}

function judged(challenge: Challenge, { status, body, peer }: HttpAnswer, url: string, isOwn: boolean): SelfCheck {
  const { key } = challenge.spec;
  // The server ignores whitespace at the end as well.
  if (status === 200 && body.toString('latin1').trimEnd() === key) return { ok: true };
  if (!isOwn) return elsewhere(challenge, url);
  const server = peer?.replace(/:\d+$/, '');
  if (status !== 200)
    return failed(challenge, `status ${status}`, `wrong status code '${status}', expected '200'`, server);
  return failed(
    challenge,
    'status 200, with another text',
    `did not get expected response "${key}" when querying endpoint`,
    server,
  );
}

function elsewhere(challenge: Challenge, url: string): SelfCheck {
  const host = hostOf(url);
  return failed(challenge, `a redirect to ${host}`, `redirected to ${host}, which did not give the expected response`);
}

function unreached(challenge: Challenge, url: string, code: string): SelfCheck {
  return failed(challenge, code, `failed to perform self check GET request '${url}': ${code}`);
}

function failed({ spec }: Challenge, answer: string, problem: string, server: string = spec.dnsName): SelfCheck {
  return { ok: false, answers: [{ server, answer }], problem };
}

/** At most as long as a name can be: a redirect may say anything. */
const hostOf = (url: string): string => (URL.parse(url)?.hostname ?? '').slice(0, 253);
