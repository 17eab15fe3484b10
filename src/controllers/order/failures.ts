// What a failure of an order means: rest, try again, place the order anew, or the end. By type and status of the problem, never by its text. Pure.
import type { Order as AcmeOrder } from '../../acme/resources.ts';
import type { OrderStatus } from '../../api/order.ts';
import { AcmeProblem } from '../../base/errors.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { restAfter } from '../../issuers/acme/rate-limits.ts';
import { mayPass, problemText, restReason, retryAt } from '../../issuers/acme/retries.ts';
import type { AuthorizationFault, During, Trouble } from './seen.ts';

/**
 * | verdict | for |
 * |---|---|
 * | rest | rateLimited, 429, 503 with Retry-After: by rate-limits.ts |
 * | later | 5xx, no answer, an answer that is none, an account that has to be registered again: by retries.ts |
 * | anew | an order that is not known (any more): at once, the first time. A name that was not proved for a cause that may pass: after 2, 10, 30 min |
 * | end | everything else, and what failed after the third retry |
 */
export type Verdict =
  | { readonly kind: 'rest'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'later'; readonly at: Date; readonly reason: string }
  | { readonly kind: 'anew'; readonly at: Date; readonly reason: string }
  | { readonly kind: 'end'; readonly state: 'errored' | 'invalid'; readonly reason: string };

/** Upstream's words, by what was tried. */
const prefixes: Readonly<Record<During, string>> = {
  create: 'Failed to create Order',
  retrieve: 'Failed to retrieve Order resource',
  authorize: 'Failed to fetch authorization',
  finalize: 'Failed to finalize Order',
  download: 'Failed to retrieve signed certificate',
};

const minuteMs = 60_000;
/** After how many minutes an order that failed is placed again. */
const attemptMinutes = [2, 10, 30];

/** Types of problems of a name that may be gone at the next try. */
const passing = ['dns', 'connection', 'tls', 'unauthorized', 'incorrectResponse', 'serverInternal', 'rateLimited'];

/** `failures`: how often in a row it went wrong before, in a way that may pass. Throws what is no answer of a server: a bug, or aborted. */
export function verdictOn(trouble: Trouble, status: OrderStatus, failures: number, now: Date): Verdict {
  const { during, error } = trouble;
  const rest = restAfter(error, now);
  if (rest !== undefined) {
    const until = after(rest.until, 0);
    return { kind: 'rest', until, reason: restReason(until, error) };
  }
  const reason = failureReason(during, problemText(error));
  if (mayPass(error)) return { kind: 'later', at: after(retryAt(error, failures, now), 0), reason };
  if (error instanceof AcmeProblem && isUnknownOrder(error, during)) return anew(reason, status, now, true);
  return { kind: 'end', state: 'errored', reason };
}

export function failureReason(during: During, error: string): string {
  return `${prefixes[during]}: ${error}`;
}

/** For an order that the server gave up. `reason` is what is known beyond its answer. */
export function verdictOnFailed(
  order: AcmeOrder,
  faults: readonly AuthorizationFault[],
  status: OrderStatus,
  now: Date,
  reason: string | undefined,
): Verdict {
  const types = [...faults.map(({ fault }) => fault.type), ...(order.error === undefined ? [] : [order.error.type])];
  const isExpired = types.length === 0 && order.expires !== undefined && order.expires <= now;
  const text =
    failedText(order, faults) ?? (isExpired ? 'the order has expired' : (reason ?? 'the ACME server gave no reason'));
  const whole = `The order failed: ${text}`;
  if (types.some((type) => !passing.includes(type))) return { kind: 'end', state: 'invalid', reason: whole };
  return anew(whole, status, now, isExpired);
}

function failedText(order: AcmeOrder, faults: readonly AuthorizationFault[]): string | undefined {
  const [first] = faults;
  if (first === undefined) return order.error && problemText(new AcmeProblem(order.error));
  const others = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`;
  return `authorization error for ${first.identifier}: ${problemText(new AcmeProblem(first.fault))}${others}`;
}

function anew(reason: string, { failedAttempts = 0 }: OrderStatus, now: Date, isUnknown: boolean): Verdict {
  const minutes = isUnknown && failedAttempts === 0 ? 0 : attemptMinutes[failedAttempts];
  if (minutes === undefined) return { kind: 'end', state: 'invalid', reason };
  const at = after(now, minutes * minuteMs);
  return { kind: 'anew', at, reason: `${reason}; will be tried again at ${formatTime(at)}` };
}

function isUnknownOrder({ status, type }: AcmeProblem, during: During): boolean {
  if (status === 404) return during !== 'create' && during !== 'download';
  return (during === 'retrieve' || during === 'authorize') && (type === 'malformed' || type === 'unauthorized');
}

/** In whole seconds, as a status keeps them, and never too early. */
const after = (now: Date, ms: number): Date => new Date(Math.ceil((now.getTime() + ms) / 1000) * 1000);
