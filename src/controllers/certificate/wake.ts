// When time alone gives a reason to look at a Certificate again. Pure.
import type { Wake } from '../../kube/reconcile.ts';
import { readinessOf } from './readiness.ts';
import type { Seen } from './seen.ts';

/** The earliest of `at`, the renewal and the expiry, as far as they are still to come. */
export function wakeOf(seen: Seen, at: Date | undefined, now: Date): Wake {
  const leaf = seen.secret?.tls.leaf;
  const expiry = leaf?.kind === 'ok' ? leaf.value.notAfter : undefined;
  const renewal = readinessOf(seen, now).renewalTime;
  const times = [at, expiry, renewal === undefined ? undefined : new Date(renewal)].filter(
    (time): time is Date => time !== undefined && time > now,
  );
  if (times.length === 0) return 'onChange';
  return { at: new Date(Math.min(...times.map((time) => time.getTime()))) };
}
