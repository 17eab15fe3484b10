// Cloudflare's own client as this provider uses it: loaded only here, with the few resources that are needed, over io.http, without its retries
// and without the process's own environment. What it throws becomes a ProviderError here.
import { ProviderError } from '../../../base/errors.ts';
import { type Http, type HttpAnswer, HttpError } from '../../../net/http.ts';
import type { Dns01Io } from '../../dns01.ts';
import { memberOf, retryAfter } from '../json-api.ts';
import type { CloudflareCredentials } from './credentials.ts';

const baseURL = 'https://api.cloudflare.com/client/v4';
const timeoutMs = 30_000;
const mostBytes = 1024 * 1024;
const longestMessage = 200;
/** Cloudflare's codes for credentials that it does not take, in answers that are 400. */
const refusalCodes: readonly string[] = ['6003', '9106', '9109', '10000'];
/** The client sends more about itself than Cloudflare needs, and what a variable of the process says. */
const sentHeaders: readonly string[] = ['accept', 'authorization', 'content-type', 'x-auth-email', 'x-auth-key'];

/** For one add or remove: requests follow one another. */
export async function openClient(credentials: CloudflareCredentials, io: Dns01Io, signal: AbortSignal) {
  const [{ createClient }, { BaseZones }, { BaseRecords }] = await Promise.all([
    import('cloudflare/tree-shakable'),
    import('cloudflare/resources/zones/zones'),
    import('cloudflare/resources/dns/records'),
  ]);
  const http = io.http.open();
  let failure: unknown;
  const client = createClient({
    resources: [BaseZones, BaseRecords],
    // Null where there is none: else the client would look for one in the environment.
    ...{ apiToken: null, apiKey: null, apiEmail: null, userServiceKey: null, ...credentials },
    baseURL,
    maxRetries: 0,
    timeout: timeoutMs * 2,
    logLevel: 'off',
    fetch: async (url, init) => {
      try {
        return await fetched(http, String(url), init ?? {}, signal);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
  /** `what` names the request in messages: `GET "/zones"`. Rejects with ProviderError, or with the signal's reason. */
  const call = async <T>(what: string, send: (api: typeof client) => PromiseLike<T>): Promise<T> => {
    signal.throwIfAborted();
    failure = undefined;
    try {
      return await send(client);
    } catch (error) {
      signal.throwIfAborted();
      throw inWords(what, failure ?? error, io.now());
    }
  };
  return call;
}

export type Call = Awaited<ReturnType<typeof openClient>>;

async function fetched(http: Http, url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(init.headers);
  const sent = sentHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const { method = 'GET', body } = init;
  const request = { method, url, headers: Object.fromEntries(sent), timeoutMs, maxBytes: mostBytes };
  const answer = await http({ ...request, ...(typeof body === 'string' ? { body } : {}) }, signal);
  const hasBody = answer.body.length > 0 && answer.status !== 204;
  return new Response(hasBody ? new Uint8Array(answer.body) : null, {
    status: statusOf(answer),
    headers: answer.headers,
  });
}

/** The client takes any answer 2xx for a success; what counts is `success`. */
function statusOf({ status, body }: HttpAnswer): number {
  if (status < 200 || status > 299) return status;
  const json = parsed(body);
  if (memberOf(json, 'success') === true) return status;
  if (memberOf(json, 'success') === false) return 400;
  throw new SyntaxError('an answer that is not of the API');
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What the client throws for an answer other than success (APIError of cloudflare). */
interface AnswerError extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly errors: unknown;
}

function inWords(what: string, error: unknown, now: Date): ProviderError {
  const fail = (code: string, why: string, retryAfterMs?: number) => {
    const message = `while querying the Cloudflare API for ${what}: ${why}`;
    return new ProviderError('cloudflare', code, message, { cause: error, retryAfterMs });
  };
  if (error instanceof HttpError) return fail(error.code === 'TOO_LARGE' ? 'TooLarge' : 'Unreachable', error.message);
  if (!isAnswerError(error)) return fail('BadAnswer', 'the answer could not be understood');
  const { status } = error;
  const said = errorsOf(error.errors);
  const why = said.length === 0 ? `HTTP status ${status}` : said.map(({ text }) => `Error: ${text}`).join('; ');
  const code = said[0]?.code ?? (status >= 500 ? 'Unreachable' : 'Refused');
  const waitMs = retryAfter(error.headers.get('retry-after') ?? undefined, now);
  if (status === 429) return fail('RateLimited', why, waitMs);
  if (status === 401 || status === 403 || refusalCodes.includes(code)) return fail('Unauthorized', why);
  return fail(code, why, waitMs);
}

function isAnswerError(error: unknown): error is AnswerError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && 'errors' in error;
}

interface Said {
  readonly code: string;
  readonly text: string;
}

/** `9109: Invalid access token`, with what stands behind it. Whatever is not as documented is left out. */
function errorsOf(errors: unknown): readonly Said[] {
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 3).flatMap((error: unknown) => {
    const own = saidBy(error);
    if (own === undefined) return [];
    const chain: unknown = memberOf(error, 'error_chain');
    const behind = Array.isArray(chain) ? chain.slice(0, 3).flatMap((each: unknown) => saidBy(each)?.text ?? []) : [];
    return [{ code: own.code, text: [own.text, ...behind].join(' <- ') }];
  });
}

function saidBy(error: unknown): Said | undefined {
  const [code, message] = [memberOf(error, 'code'), memberOf(error, 'message')];
  if (!Number.isInteger(code) || typeof message !== 'string') return undefined;
  const text = message
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, longestMessage);
  return { code: String(code), text: `${code}: ${text}` };
}
