// When time alone gives a reason to look at a Certificate again. Pure.
import type { Wake } from '../../kube/reconcile.ts';
import { nextQuestion } from './ari.ts';
import { readinessOf } from './readiness.ts';
import type { Seen } from './seen.ts';

/** A certificate is still good at its notAfter, and no longer a second later. */
const second = 1000;

/** The earliest of `at`, the next question to an ACME server, the renewal and the end of the expiry's second, as far as they are still to come. */
export function wakeOf(seen: Seen, at: Date | undefined, now: Date): Wake {
  const leaf = seen.secret?.tls.leaf;
  const expiry = leaf?.kind === 'ok' ? new Date(leaf.value.notAfter.getTime() + second) : undefined;
  const renewal = readinessOf(seen, now).renewalTime;
  const times = [at, expiry, renewal === undefined ? undefined : new Date(renewal), nextQuestion(seen)].filter(
    (time): time is Date => time !== undefined && time > now,
  );
  if (times.length === 0) return 'onChange';
  return { at: new Date(Math.min(...times.map((time) => time.getTime()))) };
}
