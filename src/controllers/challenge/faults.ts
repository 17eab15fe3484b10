// What an error of the ACME server means for a Challenge: rest, try again, or the end. By type and status of the problem, never by its text. Pure.
import type { AcmeState } from '../../api/order.ts';
import { AcmeProblem } from '../../base/errors.ts';
import { restAfter } from '../../issuers/acme/rate-limits.ts';
import { mayPass, problemText, restReason, retryAt } from '../../issuers/acme/retries.ts';

/**
 * | verdict | for |
 * |---|---|
 * | rest | rateLimited, 429, 503 with Retry-After: by rate-limits.ts |
 * | later | 5xx, no answer, an answer that is none, an account that has to be registered again: by retries.ts |
 * | end | malformed: `expired`; every other 4xx: `errored` |
 */
export type Verdict =
  | { readonly kind: 'rest'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'later'; readonly at: Date; readonly message: string }
  | { readonly kind: 'end'; readonly state: AcmeState; readonly message: string };

/** `failures`: how often in a row it went wrong before. Throws what is no answer of a server: a bug, or aborted. */
export function verdictOn(error: unknown, failures: number, now: Date): Verdict {
  const until = restAfter(error, now)?.until;
  if (until !== undefined) return { kind: 'rest', until, reason: restReason(until, error) };
  const message = problemText(error);
  if (mayPass(error)) return { kind: 'later', at: retryAt(error, failures, now), message };
  const isMalformed = error instanceof AcmeProblem && error.type === 'malformed';
  return { kind: 'end', state: isMalformed ? 'expired' : 'errored', message };
}
