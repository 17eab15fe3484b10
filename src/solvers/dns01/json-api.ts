// One exchange with a provider's REST API: JSON in, JSON out, failures as ProviderError with a short and stable message. It never retries.
// What the bodies mean is the providers' business.
import { ProviderError } from '../../base/errors.ts';
import { type Http, type HttpAnswer, HttpError } from '../../net/http.ts';

/** Who is asked, for whom. */
export interface ApiPeer {
  /** The provider's type, which begins each message. */
  readonly provider: string;
  readonly http: Http;
  readonly now: () => Date;
  /**
   * The peer's own code in the body of a failure, for messages. It must be one of a known set where users say who the peer is: else any
   * server that this process reaches could be read through it.
   */
  readonly codeOf?: (json: unknown) => unknown;
  /** Codes that mean that too much was asked, although the status does not say so. */
  readonly rateLimitCodes?: readonly string[];
}

export interface ApiRequest {
  /** What the request is for, as it follows `cannot`: `read the TXT record`. */
  readonly purpose: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Statuses, besides success, that are an answer like any other; their body is not looked at. */
  readonly accepts?: readonly number[];
}

export interface ApiAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there was no body. */
  readonly json: unknown;
}

/** Rejects with ProviderError, or with the signal's reason. */
export async function callApi(peer: ApiPeer, request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
  const { provider } = peer;
  const failed = failureOf(provider, request.purpose);
  const { headers, body } = encoded(request);
  if (Object.values(headers).some((value) => !/^[\t\x20-\x7e]*$/.test(value))) {
    throw failed('NotConfigured', 'a credential has characters that cannot be sent');
  }
  const { method, url, timeoutMs } = request;
  const timeout = timeoutMs === undefined ? {} : { timeoutMs };
  const sent = { method, url, headers, ...(body === undefined ? {} : { body }), ...timeout };
  const answer = await exchanged(peer, sent, failed, signal);
  const { status } = answer;
  if (request.accepts?.includes(status) === true) return { status, headers: answer.headers, json: undefined };
  if (status >= 200 && status < 300) {
    const json = parsed(answer.body);
    if (json === notJson) throw failed('BadAnswer', 'the answer is not JSON');
    return { status, headers: answer.headers, json };
  }
  throw refusal(peer, answer, failed);
}

type Fail = (
  code: string,
  why: string,
  options?: { cause?: unknown; retryAfterMs?: number | undefined },
) => ProviderError;

/** Failures of one kind of request: `akamai: cannot read the TXT record: 403 forbidden`. */
export function failureOf(provider: string, purpose: string): Fail {
  return (code, why, options) => new ProviderError(provider, code, `${provider}: cannot ${purpose}: ${why}`, options);
}

function encoded({ headers, json, form }: ApiRequest): { headers: Record<string, string>; body?: string } {
  const all = { accept: 'application/json', ...headers };
  if (json !== undefined) {
    return { headers: { 'content-type': 'application/json', ...all }, body: JSON.stringify(json) };
  }
  if (form === undefined) return { headers: all };
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return { headers: { ...type, ...all }, body: new URLSearchParams(form).toString() };
}

async function exchanged(
  { http }: ApiPeer,
  request: Parameters<Http>[0],
  failed: Fail,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  try {
    return await http(request, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof HttpError)) throw cause;
    if (cause.code === 'TOO_LARGE') throw failed('TooLarge', 'the answer is too large', { cause });
    throw failed(cause.code === 'BAD_URL' ? 'NotConfigured' : 'Unreachable', cause.code, { cause });
  }
}

function refusal(peer: ApiPeer, { status, headers, body }: HttpAnswer, failed: Fail): ProviderError {
  const json = parsed(body);
  const found = json === notJson ? undefined : peer.codeOf?.(json);
  const own = typeof found === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(found) ? found : undefined;
  const why = own === undefined ? `${status}` : `${status} ${own}`;
  const cause = new Error(body.subarray(0, 2_000).toString('utf8'));
  const retryAfterMs = retryAfter(headers['retry-after'], peer.now());
  if (status === 429 || (own !== undefined && peer.rateLimitCodes?.includes(own) === true)) {
    return failed('RateLimited', why, { cause, retryAfterMs });
  }
  if (status === 401 || status === 403) return failed('Unauthorized', why, { cause, retryAfterMs });
  return failed(own ?? 'Refused', why, { cause, retryAfterMs });
}

const longestWaitMs = 24 * 3_600_000;

/** RFC 9110 section 10.2.3: seconds or a date. */
export function retryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestWaitMs);
}

const notJson = Symbol('not JSON');

function parsed(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return notJson;
  }
}

/** The value at a path of members, undefined where there is none. */
export function memberOf(json: unknown, ...path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The same, where it is text. */
export function textOf(json: unknown, ...path: readonly string[]): string | undefined {
  const value = memberOf(json, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** Whatever else is there is not a list of texts. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** What RFC 6749 section 5.2 and its extensions put into `error`; nothing else of a token server's answer is fit for a message. */
const oauthCodes: readonly unknown[] = [
  'access_denied',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_resource',
  'invalid_scope',
  'invalid_target',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
];

export function oauthCodeOf(json: unknown): unknown {
  const code = memberOf(json, 'error');
  return oauthCodes.includes(code) ? code : undefined;
}
