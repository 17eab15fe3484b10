// The statuses of a Challenge and the events that go with them: one builder per step, each the whole status. Pure.
import type { Challenge, ChallengeStatus } from '../../api/challenge.ts';
import { components } from '../../api/components.ts';
import { challenges } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/meta.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { backoffMs } from '../../issuers/acme/retries.ts';
import type { Action } from '../../kube/reconcile.ts';
import { after, type ChallengeSeen } from './seen.ts';

export const by = components.challenges;

/** The write of a status; nothing where it is what it was. */
export function statusActions(challenge: Challenge, status: ChallengeStatus): readonly Action[] {
  if (deepEqual(status, challenge.status ?? {})) return [];
  return [{ kind: 'status', by, resource: challenges, object: challenge, status }];
}

export function eventOf(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  return { kind: 'event', by, about, type, reason, message };
}

/** The status without these members. */
export function without(
  status: ChallengeStatus | undefined,
  ...names: readonly (keyof ChallengeStatus)[]
): ChallengeStatus {
  return Object.fromEntries(
    Object.entries(status ?? {}).filter(([name]) => !names.includes(name as keyof ChallengeStatus)),
  );
}

/** The answer is in place. */
export function presentedActions({ challenge, progress }: ChallengeSeen, now: Date): readonly Action[] {
  const kept = without(challenge.status, 'reason', 'failedAttempts', 'nextAttemptAt', 'visibleSince', 'checks');
  const status: ChallengeStatus = {
    ...kept,
    processing: true,
    presented: true,
    presentedAt: formatTime(now),
    state: kept.state ?? 'pending',
  };
  const { type } = challenge.spec;
  const started = eventOf(challenge, 'Normal', 'Started', 'Challenge scheduled for processing');
  return [
    ...statusActions(challenge, status),
    ...(progress.waited === true ? [started] : []),
    eventOf(challenge, 'Normal', 'Presented', `Presented challenge using ${type} challenge mechanism`),
  ];
}

/** The answer could not be put in place: said once, tried again at `at`. */
export function presentFailure(
  { challenge }: ChallengeSeen,
  message: string,
  retryAfterMs: number | undefined,
  now: Date,
): { readonly actions: readonly Action[]; readonly at: Date } {
  const { status } = challenge;
  const failed = status?.failedAttempts ?? 0;
  const at = after(now, Math.max(backoffMs(failed), Math.min(retryAfterMs ?? 0, 3_600_000)));
  const next: ChallengeStatus = {
    ...status,
    // What could not be put there gives its slot back; what stands there is only repaired.
    ...(status?.presented === true ? {} : { processing: false, failedAttempts: failed + 1 }),
    reason: message,
    nextAttemptAt: formatTime(at),
  };
  return { actions: [...statusActions(challenge, next), ...presentError(challenge, message)], at };
}

/** The answer cannot be put in place before somebody changes something. */
export function presentImpossible({ challenge }: ChallengeSeen, message: string): readonly Action[] {
  const next = { ...without(challenge.status, 'nextAttemptAt'), processing: false, reason: message };
  return [...statusActions(challenge, next), ...presentError(challenge, message)];
}

function presentError(challenge: Challenge, message: string): readonly Action[] {
  if (challenge.status?.reason === message) return [];
  return [eventOf(challenge, 'Warning', 'PresentError', `Error presenting challenge: ${message}`)];
}

/** The end at the ACME server: `valid`, or one of the failures. */
export function endedActions(
  challenge: Challenge,
  state: NonNullable<ChallengeStatus['state']>,
  reason?: string,
): readonly Action[] {
  const kept = without(challenge.status, 'failedAttempts', 'nextAttemptAt');
  return statusActions(challenge, { ...kept, processing: false, state, ...(reason === undefined ? {} : { reason }) });
}

/** Only the reason changes. */
export function reasonActions(challenge: Challenge, reason: string): readonly Action[] {
  return statusActions(challenge, { ...challenge.status, reason });
}
