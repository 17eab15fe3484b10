// What an answer of the API server means: its object, or an ApiError. No I/O.
import { ApiError } from '../base/errors.ts';

/** The part of metav1.Status that errors are made of. */
interface StatusBody {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The ApiError for an answer of 300 and more. `body` is a Status object, or whatever a proxy in between wrote. */
export function errorFrom(status: number, body: string, retryAfter: string | undefined, now: Date): ApiError {
  const parsed = parseStatus(body);
  return errorOfStatus(status, parsed, parseRetryAfter(retryAfter, now), body);
}

/** The ApiError for a Status object that arrived inside a watch. */
export function errorOfEvent(object: unknown): ApiError {
  const status = (typeof object === 'object' && object !== null ? object : {}) as StatusBody;
  return errorOfStatus(status.code ?? 500, status, undefined, '');
}

function errorOfStatus(
  status: number,
  body: StatusBody | undefined,
  waitMs: number | undefined,
  text: string,
): ApiError {
  const seconds = body?.details?.retryAfterSeconds;
  const retryAfterMs = waitMs ?? (seconds === undefined || seconds <= 0 ? undefined : seconds * 1000);
  const reason = body?.reason || reasons[status] || 'Unknown';
  const message = body?.message || text.trim().slice(0, 200) || `the server answered ${status}`;
  return new ApiError(status, reason, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function parseStatus(body: string): StatusBody | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(body) as StatusBody;
    // Where its own time limit strikes, the API server leaves out the kind.
    return parsed.kind === 'Status' || parsed.status === 'Failure' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date; in milliseconds from `now`. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
