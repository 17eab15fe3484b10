// When something is tried again that an ACME server did not do, for Orders and Challenges alike, and in which words a status says so. Wishes for rest are
// rate-limits.ts's. By type and status of the problem, never by its text. Pure.
import { AcmeProblem, DecodeError } from '../../base/errors.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { HttpError } from '../../net/http.ts';

const firstRetryMs = 5_000;
const longestRetryMs = 30 * 60_000;
/** However long a server says that it will be busy. */
const longestWaitMs = 24 * 3_600_000;
/** A status is no place for the texts that servers may send. */
const longestText = 500;

/** The account is registered again by its issuer's controller; a nonce is a matter of luck. */
const passing = ['accountDoesNotExist', 'badNonce', 'serverInternal'];

/** Whether the failure says nothing of what was asked for: 5xx, no answer, one that is none. Throws what is no answer of a server: a bug, or aborted. */
export function mayPass(error: unknown): boolean {
  if (error instanceof HttpError || error instanceof DecodeError) return true;
  if (!(error instanceof AcmeProblem)) throw error;
  return error.status >= 500 || error.status < 400 || passing.includes(error.type);
}

/** By Retry-After, between 5 seconds and a day; else by `failures`, how often in a row it went wrong before. */
export function retryAt(error: unknown, failures: number, now: Date): Date {
  const wish = error instanceof AcmeProblem ? error.retryAfter : undefined;
  const wishMs = wish && Math.min(Math.max(wish.getTime() - now.getTime(), firstRetryMs), longestWaitMs);
  return new Date(now.getTime() + (wishMs ?? backoffMs(failures)));
}

/** 5 s, doubling to 30 minutes. */
export function backoffMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(Math.max(failures, 0), 20), longestRetryMs);
}

/** For as long as the server wants to rest; with its words, where it had any. */
export function restReason(until: Date, error?: unknown): string {
  const detail = error instanceof AcmeProblem ? shortened(error.detail) : '';
  return `Rate limited by the ACME server until ${formatTime(until)}${detail === '' ? '' : `: ${detail}`}`;
}

/** The message of an error, fit for a status: short and stable. */
export function problemText(error: unknown): string {
  return shortened(error instanceof Error ? error.message : String(error));
}

export function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText).toWellFormed()}…`;
}
