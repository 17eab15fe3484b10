// What an ACME server's wish for rest means: how long, and for whom. Pure.
import { AcmeProblem } from '../../base/errors.ts';

const defaultRestMs = 60_000;
/** Whoever asks for less gets the queue's first back-off: an answer of 429 must not become a loop. */
const shortestRestMs = 5_000;
const longestRestMs = 24 * 3_600_000;
/** A limit on new orders may be that of one name: all others must not wait for a week because of it. */
const longestRestOfOrdersMs = 15 * 60_000;

export interface Rest {
  /** Whoever was refused asks again then. */
  readonly until: Date;
  /** The whole account rests until then. */
  readonly accountUntil: Date;
}

/** The rest that an error asks for; undefined where it does not. `isNewOrder`: a new order was refused. */
export function restAfter(error: unknown, now: Date, isNewOrder = false): Rest | undefined {
  if (!(error instanceof AcmeProblem)) return undefined;
  const limited = error.type === 'rateLimited' || error.status === 429;
  if (!limited && !(error.status === 503 && error.retryAfter !== undefined)) return undefined;
  const asked = error.retryAfter?.getTime() ?? now.getTime() + defaultRestMs;
  const until = Math.min(Math.max(asked, now.getTime() + shortestRestMs), now.getTime() + longestRestMs);
  const account = isNewOrder ? Math.min(until, now.getTime() + longestRestOfOrdersMs) : until;
  return { until: new Date(until), accountUntil: new Date(account) };
}
