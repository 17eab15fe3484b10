// What an error of the ACME server means for a Challenge: rest, try again, or the end. By type and status of the problem, never by its text. Pure.
import type { AcmeState } from '../../api/order.ts';
import { AcmeProblem, DecodeError } from '../../base/errors.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { restAfter } from '../../issuers/acme/rate-limits.ts';
import { HttpError } from '../../net/http.ts';
import { after } from './seen.ts';

/**
 * | verdict | for |
 * |---|---|
 * | rest | rateLimited, 429, 503 with Retry-After: as long as the server says, a minute where it does not, a day at most |
 * | later | 5xx, no answer, an answer that is none, an account that has to be registered again: by Retry-After, else after 5 s, doubling to 30 min |
 * | end | malformed: `expired`; every other 4xx: `errored` |
 */
export type Verdict =
  | { readonly kind: 'rest'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'later'; readonly at: Date; readonly message: string }
  | { readonly kind: 'end'; readonly state: AcmeState; readonly message: string };

const minuteMs = 60_000;
const longestRestMs = 24 * 60 * minuteMs;
const firstRetryMs = 5_000;
const longestRetryMs = 30 * minuteMs;
/** A status is no place for the texts that servers may send. */
const longestText = 500;

/** The account is registered again by its issuer's controller; a nonce is a matter of luck. */
const passing = ['accountDoesNotExist', 'badNonce', 'serverInternal'];

/** `failures`: how often in a row it went wrong before. Throws what is no answer of a server: a bug, or aborted. */
export function verdictOn(error: unknown, failures: number, now: Date): Verdict {
  const until = restAfter(error, now)?.until;
  if (until !== undefined) {
    const detail = shortened((error as AcmeProblem).detail);
    const reason = `Rate limited by the ACME server until ${formatTime(until)}${detail === '' ? '' : `: ${detail}`}`;
    return { kind: 'rest', until, reason };
  }
  const isAnswerless = error instanceof HttpError || error instanceof DecodeError;
  if (!isAnswerless && !(error instanceof AcmeProblem)) throw error;
  const message = shortened(error.message);
  if (isAnswerless || error.status >= 500 || error.status < 400 || passing.includes(error.type)) {
    const wish = isAnswerless ? undefined : error.retryAfter;
    return { kind: 'later', at: wish === undefined ? after(now, backoffMs(failures)) : clamped(wish, now), message };
  }
  return { kind: 'end', state: error.type === 'malformed' ? 'expired' : 'errored', message };
}

/** 5 s, doubling to 30 minutes. */
export function backoffMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(Math.max(failures, 0), 20), longestRetryMs);
}

const clamped = (at: Date, now: Date): Date =>
  after(now, Math.min(Math.max(at.getTime() - now.getTime(), firstRetryMs), longestRestMs));

export function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText).toWellFormed()}…`;
}
