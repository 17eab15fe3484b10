// What is left to do for a Challenge that has its result or is being deleted: take the answer away, let go of the object. Always comes to an end. Pure.
import { challenges } from '../../api/kinds.ts';
import { formatTime, parseTime } from '../../base/rfc3339.ts';
import { backoffMs } from '../../issuers/acme/retries.ts';
import { type Action, call, type Decision, nothing, type Writes, write } from '../../kube/reconcile.ts';
import { removalActions } from './http01-objects.ts';
import { after, type ChallengeCall, type ChallengeSeen, foreignFinalizers, hasFinalizer } from './seen.ts';
import { by, eventOf, statusActions, without } from './status.ts';

/** A namespace must not wait longer than that for a DNS provider that is down. */
const deadlineMs = 5 * 60_000;
/** So many attempts take as long, by their back-off: for a process that does not know when the first was. */
const mostAttempts = 7;
/** For an answer of which we do not know that it was ever there. */
const fewAttempts = 2;

export function decideCleanUp(seen: ChallengeSeen, now: Date): Decision<ChallengeCall> {
  const { challenge, cleanUp, http01 } = seen;
  if (!hasFinalizer(challenge)) return nothing;
  const { cleanUpAt, failedWith } = seen.progress;
  if (cleanUpAt !== undefined && now < cleanUpAt && failedWith === seen.credentials)
    return write([], { at: cleanUpAt });
  const mayTouch = cleanUp.allowed && !cleanUp.isShared;
  if (http01 === undefined) {
    if (mayTouch) return call({ kind: 'cleanUp', challenge });
    const isOurs = cleanUp.allowed || challenge.status?.presented !== true;
    return write(isOurs ? released(seen) : abandoned(seen, 'somebody has changed what the Challenge says'));
  }
  // Every attempt failed before it came to the finalizer, or this would not be seen again.
  if (seen.progress.cleanUps > 0 && isOverdue(seen, now))
    return write(abandoned(seen, 'its objects cannot be deleted'));
  if (http01.namedIngress !== undefined && mayTouch) {
    return call({ kind: 'readIngress', challenge, name: http01.namedIngress, purpose: 'cleanUp' });
  }
  return write(removed(seen));
}

/** The end of an HTTP-01 challenge; `changes` come first. */
export function removed(seen: ChallengeSeen, changes: readonly Action[] = []): readonly Action[] {
  const { http01 } = seen;
  const removals = http01 === undefined ? [] : removalActions(http01.found);
  return [...changes, ...removals, ...released(seen)];
}

/** Nothing of the Challenge is left behind: it may go. One that failed and stays says so. */
export function released({ challenge }: ChallengeSeen): readonly Action[] {
  const finalizers = foreignFinalizers(challenge);
  const release: Action = { kind: 'finalizers', by, resource: challenges, object: challenge, finalizers };
  const { metadata, status } = challenge;
  const goesSoon = metadata.deletionTimestamp !== undefined || status?.state === 'valid';
  if (goesSoon || status?.presented !== true) return [release];
  const kept = without(status, 'failedAttempts', 'nextAttemptAt');
  return [release, ...statusActions(challenge, { ...kept, presented: false, processing: false })];
}

/** The answer could not be taken away: later again, unless this was the last attempt. */
export function cleanUpFailed(
  seen: ChallengeSeen,
  message: string,
  retryAfterMs: number | undefined,
  now: Date,
): Writes {
  const { challenge, progress } = seen;
  const { status } = challenge;
  const wasPresented = status?.presented === true;
  const attempts = wasPresented ? (status?.failedAttempts ?? 0) + 1 : progress.cleanUps + 1;
  if (attempts >= (wasPresented ? mostAttempts : fewAttempts) || isOverdue(seen, now))
    return write(abandoned(seen, message));
  const wish = after(now, Math.max(backoffMs(attempts - 1), Math.min(retryAfterMs ?? 0, deadlineMs)));
  const end = deadlineOf(seen);
  const at = end !== undefined && end < wish ? end : wish;
  const reason = `Error cleaning up challenge: ${message}`;
  const next = {
    ...status,
    reason,
    nextAttemptAt: formatTime(at),
    ...(wasPresented ? { failedAttempts: attempts } : {}),
  };
  const news = status?.reason === reason ? [] : [eventOf(challenge, 'Warning', 'CleanUpError', reason)];
  return write([...statusActions(challenge, next), ...news], { at });
}

/** Lets go of a Challenge whose answer is still there, and says so where somebody will look. */
function abandoned(seen: ChallengeSeen, message: string): readonly Action[] {
  const { challenge, cleanUp } = seen;
  const { type, dnsName } = challenge.spec;
  const text = `The ${type} answer for "${dnsName}" was left behind, remove it by hand: ${message}`;
  return [
    eventOf(challenge, 'Warning', 'CleanUpAbandoned', text),
    ...(cleanUp.issuer === undefined ? [] : [eventOf(cleanUp.issuer, 'Warning', 'CleanUpAbandoned', text)]),
    ...released(seen),
  ];
}

export function isAbandonment(actions: readonly Action[]): boolean {
  return actions.some((action) => action.kind === 'event' && action.reason === 'CleanUpAbandoned');
}

/** From the deletion, or from the first attempt where nobody deletes it. */
function deadlineOf({ challenge, progress }: ChallengeSeen): Date | undefined {
  const { deletionTimestamp } = challenge.metadata;
  const since = deletionTimestamp === undefined ? progress.cleanUpSince : parseTime(deletionTimestamp);
  return since === undefined ? undefined : after(since, deadlineMs);
}

function isOverdue(seen: ChallengeSeen, now: Date): boolean {
  const end = deadlineOf(seen);
  return end !== undefined && end <= now;
}
