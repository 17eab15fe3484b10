// What is remembered of a Challenge from one step to the next, and so when the next step comes: the times of looking, accepting and polling. Pure.
import type { Challenge } from '../../api/challenge.ts';
import type { Decision, Wake } from '../../kube/reconcile.ts';
import { verdictOn } from './faults.ts';
import {
  after,
  type ChallengeCall,
  type ChallengeOutcome,
  type ChallengeRules,
  type ChallengeSeen,
  isFinished,
  type Look,
  noProgress,
  type Progress,
  timeOf,
} from './seen.ts';

const longestTtlSeconds = 60;
const secondLookMs = 2_000;
const longestPollMs = 30_000;
/** Polls after which the time between them no longer grows. */
const manyPolls = 5;
/** A server that has not begun after that long was not told, or forgot. */
const acceptAgainMs = 120_000;

/** What a process that remembers nothing of this Challenge can tell from its status. */
export function progressOf({ status }: Challenge): Progress {
  const visibleSince = timeOf(status, 'visibleSince');
  const accepted = timeOf(status, 'acceptedAt');
  return {
    ...noProgress,
    missed: status?.checks !== undefined,
    ...(visibleSince === undefined
      ? {}
      : { visibleSince, acceptAt: timeOf(status, 'nextAttemptAt') ?? after(visibleSince, longestTtlSeconds * 1000) }),
    ...(accepted === undefined ? {} : { accepted: { at: accepted, pollAt: accepted, polls: manyPolls } }),
  };
}

/** What is remembered once a call has come to its outcome; `wake` is what was made of it. */
export function progressAfter(
  seen: ChallengeSeen,
  outcome: ChallengeOutcome,
  wake: Wake,
  now: Date,
  rules: ChallengeRules,
): Progress {
  const { progress, challenge, credentials } = seen;
  switch (outcome.kind) {
    case 'looked':
      return afterLook(seen, outcome.look, now, rules);
    case 'checking':
      return afterPoll(progress, outcome, now);
    case 'trouble':
      return afterTrouble(progress, outcome.error, now);
    case 'ingress':
      return { ...progress, ingressRead: true };
    case 'failed':
      return {
        ...progress,
        failedWith: credentials,
        ...(isFinished(challenge) && wake !== 'onChange' ? { cleanUpAt: wake.at } : {}),
      };
    default:
      return progress;
  }
}

/**
 * An answer that was there at the first look is believed. One that was missed before may be kept as missing by others who asked (DNS), or be
 * there on some servers only (HTTP): then the time for which it may be kept passes, or a second look follows.
 */
function afterLook({ challenge, progress }: ChallengeSeen, look: Look, now: Date, rules: ChallengeRules): Progress {
  const { ingressRead: _, visibleSince, acceptAt: __, nextLookAt: ___, ...kept } = progress;
  const looks = progress.looks + 1;
  const ttlSeconds = Math.max(progress.ttlSeconds, look.ttlSeconds);
  const base = { ...kept, looks, ttlSeconds };
  if (!look.isVisible) {
    const pauseMs = Math.min(1000 * 2 ** Math.min(looks, 20), rules.checkPeriodMs);
    return { ...base, missed: true, nextLookAt: after(now, pauseMs) };
  }
  const since = visibleSince ?? now;
  if (!progress.missed) return { ...base, visibleSince: since, acceptAt: now };
  if (challenge.spec.type === 'DNS-01') {
    const waitMs = Math.min(ttlSeconds, longestTtlSeconds) * 1000;
    return { ...base, visibleSince: since, acceptAt: after(since, waitMs) };
  }
  if (visibleSince !== undefined) return { ...base, visibleSince: since, acceptAt: now };
  return { ...base, visibleSince: since, nextLookAt: after(now, secondLookMs) };
}

function afterPoll(progress: Progress, outcome: ChallengeOutcome & { kind: 'checking' }, now: Date): Progress {
  const { accepted, notBefore: _, ...rest } = progress;
  const kept = { ...rest, failures: 0 };
  const at = accepted?.at ?? now;
  if (outcome.isPending && accepted !== undefined && now.getTime() - at.getTime() >= acceptAgainMs) return kept;
  const polls = accepted === undefined ? 0 : accepted.polls + 1;
  const pauseMs = Math.min(1000 * 2 ** Math.min(polls, 20), longestPollMs);
  const wish = outcome.retryAfter === undefined ? pauseMs : outcome.retryAfter.getTime() - now.getTime();
  const pollAt = after(now, Math.min(Math.max(wish, 1000), longestPollMs * 10));
  return { ...kept, accepted: { at, pollAt, polls } };
}

function afterTrouble(progress: Progress, error: unknown, now: Date): Progress {
  const verdict = verdictOn(error, progress.failures, now);
  if (verdict.kind === 'end') return progress;
  return {
    ...progress,
    failures: progress.failures + 1,
    notBefore: verdict.kind === 'rest' ? verdict.until : verdict.at,
  };
}

/** What is remembered of a decision: what was said once, what was begun, what was taken up. */
export function progressOn(
  { challenge, standing, progress }: ChallengeSeen,
  decision: Decision<ChallengeCall>,
  now: Date,
): Progress {
  const { refusal: _, ...kept } = progress;
  if (isFinished(challenge)) {
    if (!isCleanUp(decision)) return kept;
    return { ...kept, cleanUps: progress.cleanUps + 1, cleanUpSince: progress.cleanUpSince ?? now };
  }
  if (standing.kind !== 'stranger') return kept;
  const said = decision.kind === 'write' && decision.actions.length > 0;
  return { ...kept, strangeSince: progress.strangeSince ?? now, isDisowned: progress.isDisowned === true || said };
}

function isCleanUp(decision: Decision<ChallengeCall>): boolean {
  return decision.kind === 'call' || decision.actions.length > 0;
}
