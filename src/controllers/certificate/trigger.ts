// Whether an issuance begins now, or what holds it back: the guard against shared Secrets, the back-off, the breaker. Pure.
import { components } from '../../api/components.ts';
import type { NewCondition } from '../../api/conditions.ts';
import { conditionOf, conditionTypes } from '../../api/conditions.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { backoffUntil } from './backoff.ts';
import { breakerCondition, isBeyondSchedule, scheduledAt, suspendedUntil, usedSlots, windowMs } from './breaker.ts';
import type { Start } from './call.ts';
import { ownerOfSecret } from './duplicates.ts';
import { reissueReason } from './reissue.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { specProblem } from './spec-problem.ts';

export type Trigger =
  | { readonly kind: 'start'; readonly start: Start }
  | {
      readonly kind: 'rest';
      /** What holds an issuance back; undefined where there is nothing to issue. */
      readonly because: string | undefined;
      readonly suspended: NewCondition | 'remove';
      /** When time alone changes this. */
      readonly at: Date | undefined;
      readonly warning?: { readonly by: string; readonly reason: string; readonly message: string };
    };

export function triggerOf(seen: Seen, settings: CertificateSettings, now: Date): Trigger {
  const used = usedSlots(seen.certificate.status?.conditions, now);
  const memory = breakerCondition(seen, used, undefined) ?? 'remove';
  const forgetAt = used[0] === undefined ? undefined : new Date(used[0].getTime() + windowMs);
  const rest = (because?: string, at?: Date): Trigger => ({
    kind: 'rest',
    because,
    suspended: memory,
    at: earlier(at, forgetAt),
  });
  if (!settings.stages.has('trigger')) return rest();
  const owner = ownerOfSecret(seen);
  if (owner.metadata.uid !== seen.certificate.metadata.uid)
    return rest(`Secret "${seen.certificate.spec.secretName}" belongs to Certificate "${owner.metadata.name}"`);
  const backoff = backoffUntil(seen, settings, now);
  if (backoff !== undefined) return rest(lastFailure(seen, backoff), backoff);
  const reason = reissueReason(seen, now);
  if (reason === undefined) return rest();
  const problem = specProblem(seen, settings);
  if (problem !== undefined)
    return {
      kind: 'rest',
      because: problem,
      suspended: memory,
      at: forgetAt,
      warning: { by: components.requestManager, reason: 'RequestFailed', message: problem },
    };
  return startOrSuspend(seen, { ...reason, used, memory }, settings, now);
}

interface Reason {
  readonly reason: string;
  readonly message: string;
  readonly windowWarning?: string | undefined;
  readonly used: readonly Date[];
  readonly memory: NewCondition | 'remove';
}

function startOrSuspend(seen: Seen, why: Reason, settings: CertificateSettings, now: Date): Trigger {
  const { reason, message, used } = why;
  const begin = (suspended: NewCondition | 'remove'): Trigger => ({
    kind: 'start',
    start: { reason, message, suspended, windowWarning: why.windowWarning },
  });
  if (!isBeyondSchedule(seen, reason, settings, now)) return begin(why.memory);
  const until = suspendedUntil(used);
  if (until === undefined || until <= now) return begin(breakerCondition(seen, [...used, now], undefined) ?? 'remove');
  return {
    kind: 'rest',
    because: `re-issuance is suspended until ${formatTime(until)}, see condition ${conditionTypes.IssuanceSuspended}`,
    suspended: breakerCondition(seen, used, { until, reason }) ?? 'remove',
    at: earlier(until, scheduledAt(seen)),
  };
}

function lastFailure(seen: Seen, until: Date): string {
  const issuing = conditionOf(seen.certificate.status?.conditions, conditionTypes.Issuing);
  const next = `next attempt at ${formatTime(until)}`;
  return issuing?.message ? `${next}. ${issuing.message}` : next;
}

/** The earlier of two times that may not be there. */
export function earlier(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
