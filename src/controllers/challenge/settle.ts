// What follows a call: the status that says what came of it, and when the next step is due. Pure.
import { challenges } from '../../api/kinds.ts';
import { finalizers as finalizerKeys } from '../../api/labels.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { type Action, type Writes, write } from '../../kube/reconcile.ts';
import { ingresses } from '../../kube/resources.ts';
import { withoutSolverPath, withSolverPath } from '../../solvers/http01/edited-ingress.ts';
import { cleanUpFailed, released, removed } from './clean-up.ts';
import { failure } from './decide.ts';
import { verdictOn } from './faults.ts';
import { objectActions, serviceName } from './http01-objects.ts';
import { progressAfter } from './progress.ts';
import {
  after,
  type ChallengeCall,
  type ChallengeOutcome,
  type ChallengeRules,
  type ChallengeSeen,
  foreignFinalizers,
  isFinal,
  isFinished,
  type Look,
  type Progress,
  timeOf,
} from './seen.ts';
import { by, endedActions, eventOf, presentedActions, reasonActions, statusActions, without } from './status.ts';

/** A look that fails so soon after the answer was put there is no news. */
const quietMs = 15_000;
/** Only a wait that users would notice is written down. */
const noticeableMs = 5_000;
const longValidationMs = 10_000;
/** A status is no place for more. */
const mostAnswers = 20;
const accountCheckMs = 30_000;

export function settleChallenge(
  seen: ChallengeSeen,
  call: ChallengeCall,
  outcome: ChallengeOutcome,
  now: Date,
  rules: ChallengeRules,
): Writes {
  const { challenge } = seen;
  const progress = progressAfter(seen, outcome, 'onChange', now, rules);
  switch (outcome.kind) {
    case 'done':
      return call.kind === 'cleanUp' ? write(released(seen)) : write(presentedActions(seen, now), { at: now });
    case 'failed':
      return (isFinished(challenge) ? cleanUpFailed : failure)(seen, outcome.message, outcome.retryAfterMs, now);
    case 'ingress':
      return ingressRead(seen, call, outcome, now, rules);
    case 'looked':
      return looked(seen, outcome.look, progress, now);
    case 'state':
      return write(stateActions(seen, outcome.state, outcome.reason), { at: now });
    case 'checking':
      return checking(seen, progress, now);
    case 'valid': {
      const { dnsName, type } = challenge.spec;
      const message = `Domain ${JSON.stringify(dnsName)} verified with ${JSON.stringify(type)} validation`;
      return write([
        ...endedActions(challenge, 'valid', 'Successfully authorized domain'),
        eventOf(challenge, 'Normal', 'DomainVerified', message),
      ]);
    }
    case 'refused':
      return write([
        ...endedActions(challenge, outcome.state, `Error accepting authorization: ${outcome.error}`),
        eventOf(challenge, 'Warning', 'Failed', `Accepting challenge authorization failed: ${outcome.error}`),
      ]);
    case 'trouble':
      return trouble(seen, call, outcome.error, now);
    case 'noAccount':
      return write([], { at: after(now, accountCheckMs) });
  }
}

function ingressRead(
  seen: ChallengeSeen,
  call: ChallengeCall,
  { ingress }: ChallengeOutcome & { kind: 'ingress' },
  now: Date,
  rules: ChallengeRules,
): Writes {
  const { challenge, http01 } = seen;
  if (call.kind !== 'readIngress' || http01 === undefined) return write([]);
  if (call.purpose === 'cleanUp') {
    const restored = ingress === undefined ? undefined : withoutSolverPath(ingress, challenge);
    return write(
      removed(seen, restored === undefined ? [] : [{ kind: 'update', by, resource: ingresses, object: restored }]),
    );
  }
  if (ingress === undefined)
    return failure(seen, `ingresses.networking.k8s.io "${call.name}" not found`, undefined, now);
  const edited = withSolverPath(ingress, challenge, serviceName(http01), rules);
  const actions: readonly Action[] = [
    ...objectActions(http01),
    ...(edited === undefined ? [] : [{ kind: 'update', by, resource: ingresses, object: edited } as const]),
  ];
  if (challenge.status?.presented === true) return write(actions, { at: now });
  return write([...actions, ...presentedActions(seen, now)], { at: now });
}

/** Own looks are written down where they say something new: what is missing and who said so, or until when is waited now. */
function looked({ challenge, deadlineMs }: ChallengeSeen, look: Look, progress: Progress, now: Date): Writes {
  const { status, spec } = challenge;
  const presentedAt = timeOf(status, 'presentedAt') ?? now;
  const next = progress.acceptAt ?? progress.nextLookAt ?? now;
  const deadline = deadlineMs === undefined ? undefined : after(presentedAt, deadlineMs);
  const at = deadline !== undefined && deadline > now && deadline < next && !look.isVisible ? deadline : next;
  const answers = look.answers.length === 0 ? {} : { checks: look.answers.slice(0, mostAnswers) };
  if (look.isVisible) {
    if (next.getTime() - now.getTime() < noticeableMs) return write([], { at });
    const reason = `Waiting until ${formatTime(next)} before accepting ${spec.type} challenge: DNS servers may have kept the answer that there is no record`;
    const times = { visibleSince: formatTime(progress.visibleSince ?? now), nextAttemptAt: formatTime(next) };
    return write(statusActions(challenge, { ...status, ...answers, ...times, reason }), { at });
  }
  const quiet = Math.min(quietMs, (deadlineMs ?? quietMs * 2) / 2);
  if (now.getTime() - presentedAt.getTime() < quiet) return write([], { at });
  const reason = `Waiting for ${spec.type} challenge propagation: ${look.problem}`;
  return write(
    statusActions(challenge, {
      ...without(status, 'visibleSince'),
      checks: look.answers.slice(0, mostAnswers),
      reason,
    }),
    {
      at,
    },
  );
}

/** The server has seen this challenge before us: the state is copied, and it becomes ours by its finalizer. */
function stateActions(
  { challenge }: ChallengeSeen,
  state: (ChallengeOutcome & { kind: 'state' })['state'],
  reason: string,
): readonly Action[] {
  const finalizers = [...foreignFinalizers(challenge), finalizerKeys.challenge];
  const kept = { ...without(challenge.status, 'reason'), processing: !isFinal(state), state };
  return [
    { kind: 'finalizers', by, resource: challenges, object: challenge, finalizers },
    ...statusActions(challenge, reason === '' ? kept : { ...kept, reason }),
  ];
}

function checking({ challenge }: ChallengeSeen, { accepted }: Progress, now: Date): Writes {
  if (accepted === undefined) return write([], { at: now });
  const wake = { at: accepted.pollAt };
  if (now.getTime() - accepted.at.getTime() < longValidationMs) return write([], wake);
  const reason = 'Waiting for the ACME server to validate the challenge';
  const status = { ...without(challenge.status, 'nextAttemptAt'), acceptedAt: formatTime(accepted.at), reason };
  return write(statusActions(challenge, status), wake);
}

function trouble(seen: ChallengeSeen, call: ChallengeCall, error: unknown, now: Date): Writes {
  const { challenge } = seen;
  const verdict = verdictOn(error, seen.progress.failures, now);
  switch (verdict.kind) {
    case 'rest':
      return write(reasonActions(challenge, verdict.reason), { at: verdict.until });
    case 'later': {
      const doing =
        call.kind === 'fetchState' ? 'Error fetching the state of the challenge' : 'Error accepting challenge';
      return write(reasonActions(challenge, `${doing}: ${verdict.message}`), { at: verdict.at });
    }
    case 'end': {
      if (verdict.state === 'errored')
        return write(endedActions(challenge, 'errored', `Failed to retrieve Order resource: ${verdict.message}`));
      const reason = call.kind === 'accept' ? `Error accepting challenge: ${verdict.message}` : undefined;
      return write(endedActions(challenge, 'expired', reason));
    }
  }
}
