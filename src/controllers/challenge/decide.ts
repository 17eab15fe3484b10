// The decisions about a Challenge: put the answer in place, look for it, have the ACME server look, and what must be waited for. Pure.
// What is left to do once it is finished is in clean-up.ts, what follows a call in settle.ts.
import type { Challenge } from '../../api/challenge.ts';
import { parseDuration } from '../../base/duration.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { call, type Decision, earliest, nothing, type Wake, type Writes, write } from '../../kube/reconcile.ts';
import { decideCleanUp } from './clean-up.ts';
import { objectActions } from './http01-objects.ts';
import {
  after,
  type ChallengeCall,
  type ChallengeRules,
  type ChallengeSeen,
  hasFinalizer,
  isFinished,
  type Progress,
  timeOf,
} from './seen.ts';
import {
  eventOf,
  presentedActions,
  presentFailure,
  presentImpossible,
  reasonActions,
  statusActions,
} from './status.ts';

type Found = Decision<ChallengeCall> | undefined;

/** For one who waits for a slot: slots also come free without anybody saying so. */
const slotCheckMs = 60_000;
/** For so long a Challenge may be a stranger without a word: its Order may be about to replace it. */
const strangerMs = 10_000;

/**
 * The first step that applies.
 *
 * | # | seen | decision |
 * |---|---|---|
 * | 1 | finished | clean-up.ts |
 * | 2 | not what any Order of ours asks for | said once, left alone |
 * | 3 | no issuer or account | wait for them |
 * | 4 | something failed, and is to be tried again later | wait until then |
 * | 5 | the answer is not there | a slot, then its state at the server where somebody else began it, then the answer |
 * | 6 | what holds the answer was damaged | repair it |
 * | 7 | the server was told | ask what it saw |
 * | 8 | the answer can be seen, or was waited for long enough | tell the server |
 * | 9 | else | look for the answer |
 */
export function decideChallenge(seen: ChallengeSeen, now: Date, rules: ChallengeRules): Decision<ChallengeCall> {
  const { challenge, standing } = seen;
  if (isFinished(challenge)) return decideCleanUp(seen, now);
  if (standing.kind === 'stranger') return strangerDecision(seen, standing.why, now);
  if (standing.kind === 'unknown') return nothing;
  const nextAttempt = nextAttemptOf(challenge, seen.progress, seen.credentials, now);
  if (nextAttempt !== undefined) return write([], { at: nextAttempt });
  const { refusal } = seen.progress;
  if (refusal !== undefined) return failure(seen, refusal, undefined, now);
  return unpresented(seen, now, rules) ?? repair(seen) ?? backfill(seen, now) ?? polled(seen, now) ?? proved(seen, now);
}

export function failure(seen: ChallengeSeen, message: string, retryAfterMs: number | undefined, now: Date): Writes {
  const { actions, at } = presentFailure(seen, message, retryAfterMs, now);
  return write(actions, { at });
}

/** The time before which nothing is tried. Whoever mends the credentials of a DNS provider should not have to wait. */
function nextAttemptOf(
  { status }: Challenge,
  { failedWith }: Progress,
  credentials: string,
  now: Date,
): Date | undefined {
  const at = timeOf(status, 'nextAttemptAt');
  if (at === undefined || at <= now) return undefined;
  return failedWith === undefined || failedWith === credentials ? at : undefined;
}

const needsGateway = ({ spec }: Challenge): boolean => spec.solver.http01?.gatewayHTTPRoute !== undefined;

/** Whether a Challenge whose answer is not there has no use for a slot now. */
export function isBlocked(
  challenge: Challenge,
  progress: Progress,
  credentials: string,
  now: Date,
  rules: ChallengeRules,
): boolean {
  if (needsGateway(challenge) && !rules.gatewayApi) return true;
  return nextAttemptOf(challenge, progress, credentials, now) !== undefined;
}

function strangerDecision({ challenge, progress }: ChallengeSeen, why: string, now: Date): Writes {
  if (challenge.status?.processing === true || progress.isDisowned === true) return nothing;
  const sayAt = after(progress.strangeSince ?? now, strangerMs);
  if (now < sayAt) return write([], { at: sayAt });
  return write([eventOf(challenge, 'Warning', 'NotOurs', `Nothing is done for this Challenge: ${why}`)]);
}

function unpresented(seen: ChallengeSeen, now: Date, rules: ChallengeRules): Found {
  const { challenge, http01 } = seen;
  const { metadata, status } = challenge;
  if (status?.presented === true && status.state !== undefined) return undefined;
  const refused = `couldn't Present challenge ${metadata.namespace}/${metadata.name}`;
  if (needsGateway(challenge) && !rules.gatewayApi) {
    return write(presentImpossible(seen, `${refused}: gateway api is not enabled`));
  }
  if (http01 !== undefined && http01.namedIngress === undefined && Object.keys(http01.wanted).length === 0) {
    return write(presentImpossible(seen, `${refused}: no Ingress nor Gateway HTTP01 solvers were specified`));
  }
  if (seen.slot.kind !== 'held') return write([], { at: after(now, slotCheckMs) });
  if (needsState(seen)) return asked(seen, 'fetchState', now);
  if (http01 === undefined) return call({ kind: 'present', challenge });
  if (http01.namedIngress !== undefined) {
    return call({ kind: 'readIngress', challenge, name: http01.namedIngress, purpose: 'present' });
  }
  return write([...objectActions(http01), ...presentedActions(seen, now)], { at: now });
}

/** One that we made has its finalizer from the start; one that another version made may be anywhere at the server. */
function needsState({ challenge }: ChallengeSeen): boolean {
  const { status } = challenge;
  if (!hasFinalizer(challenge)) return true;
  return (status?.state ?? '') === '' && (status?.processing === true || status?.presented === true);
}

/** A call of the ACME server, unless it asked for rest. */
function asked(seen: ChallengeSeen, kind: 'fetchState' | 'accept' | 'poll', now: Date): Decision<ChallengeCall> {
  const { challenge, standing, pausedUntil, progress } = seen;
  if (standing.kind !== 'ours') return nothing;
  for (const until of [pausedUntil, progress.notBefore])
    if (until !== undefined && now < until) return write([], { at: until });
  return call({ kind, challenge, issuer: standing.issuer });
}

function repair({ http01 }: ChallengeSeen): Found {
  if (http01 === undefined) return undefined;
  const actions = objectActions(http01);
  return actions.length === 0 ? undefined : write(actions);
}

/** Versions before this one did not say since when the answer is there. */
function backfill({ challenge }: ChallengeSeen, now: Date): Found {
  const { status } = challenge;
  if (timeOf(status, 'presentedAt') !== undefined) return undefined;
  return write(statusActions(challenge, { ...status, presentedAt: formatTime(now) }));
}

function polled(seen: ChallengeSeen, now: Date): Found {
  const { accepted } = seen.progress;
  if (accepted === undefined) return undefined;
  return now < accepted.pollAt ? write([], { at: accepted.pollAt }) : asked(seen, 'poll', now);
}

function proved(seen: ChallengeSeen, now: Date): Decision<ChallengeCall> {
  const { challenge, progress } = seen;
  const presentedAt = timeOf(challenge.status, 'presentedAt') ?? now;
  const { waitInsteadOfSelfCheck } = challenge.spec.solver;
  if (waitInsteadOfSelfCheck !== undefined) return waited(seen, waitInsteadOfSelfCheck, presentedAt, now);
  if (progress.acceptAt !== undefined) {
    return now < progress.acceptAt ? write([], { at: progress.acceptAt }) : asked(seen, 'accept', now);
  }
  const deadline = seen.deadlineMs === undefined ? undefined : after(presentedAt, seen.deadlineMs);
  // Whatever we cannot see the server may well see: names that lead elsewhere from here, traffic that does not come back in.
  const wasLookedFor = progress.looks > 0 || progress.missed;
  if (deadline !== undefined && deadline <= now && wasLookedFor) return asked(seen, 'accept', now);
  const { nextLookAt } = progress;
  if (nextLookAt !== undefined && now < nextLookAt) {
    const end: Wake = deadline === undefined ? 'onChange' : { at: deadline };
    return write([], earliest({ at: nextLookAt }, end));
  }
  return looked(seen);
}

function waited(seen: ChallengeSeen, wait: string, presentedAt: Date, now: Date): Decision<ChallengeCall> {
  const { challenge } = seen;
  const until = after(presentedAt, Math.max(0, parseDuration(wait) ?? 0));
  if (until <= now) return asked(seen, 'accept', now);
  const reason = `Waiting until ${formatTime(until)} before accepting ${challenge.spec.type} challenge without self-check`;
  return write(reasonActions(challenge, reason), { at: until });
}

/** An Ingress that is changed in place may have been changed back by its owner: it is read again after each miss. */
function looked({ challenge, http01, progress }: ChallengeSeen): Decision<ChallengeCall> {
  const name = http01?.namedIngress;
  if (name !== undefined && progress.missed && progress.ingressRead !== true) {
    return call({ kind: 'readIngress', challenge, name, purpose: 'present' });
  }
  return call({ kind: 'look', challenge });
}
