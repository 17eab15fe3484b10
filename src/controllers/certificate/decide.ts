// What to do next about a Certificate. Pure: the first step that has something to do decides.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { components } from '../../api/components.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import { formatTime } from '../../base/rfc3339.ts';
import type { Action, Decision, Writes } from '../../kube/reconcile.ts';
import { call, write } from '../../kube/reconcile.ts';
import { deleteRequests, deleteSecrets, type Event, normal, told, warning } from './actions.ts';
import { nextQuestion } from './ari.ts';
import type { Call, Start } from './call.ts';
import { causeOf } from './cause.ts';
import { ownerOfSecret } from './duplicates.ts';
import { started } from './issuance.ts';
import { type KeyStep, keyStep } from './key.ts';
import { takenName } from './new-request.ts';
import { heldUntil } from './repeats.ts';
import { nextRequests, resultOf, surplusRequests } from './request.ts';
import { rest } from './rest.ts';
import type { CertificateSettings, Refusal, Seen } from './seen.ts';
import { secretProblem, specProblem } from './spec-problem.ts';
import { type StatusChange, stillIssuing } from './status.ts';
import { wantsTemporary } from './temporary.ts';
import { earlier, type Trigger, triggerOf } from './trigger.ts';
import { upkeepReason } from './upkeep.ts';
import { wakeOf } from './wake.ts';

//   Issuing is not True                              Issuing is True
//   ├ trigger: a reason to issue → prepare           ├ key: none → prepare · unfit → delete
//   ├ upkeep: Secret differs from wish → reapply     ├ request: unfit → delete · none → request
//   └ tidy up, tell readiness                        ├ result: failed → back off · issued → store
//                                                    └ tell what it waits for

/** The next step for a Certificate that is not being deleted. */
export function decide(seen: Seen, settings: CertificateSettings, now: Date): Decision<Call> {
  const issuing = isTrue(seen.certificate.status?.conditions, conditionTypes.Issuing);
  const decision = issuing ? whileIssuing(seen, settings, now) : atRest(seen, settings, now);
  const refused = seen.refusal !== undefined && now < seen.refusal.retryAt;
  return decision.kind === 'call' && refused ? afterRefusal(seen, seen.refusal, settings, now) : decision;
}

/** The API server did not take what this call led to: said once, and not tried again at once. */
function afterRefusal(
  seen: Seen,
  { message, asks, retryAt }: Refusal,
  settings: CertificateSettings,
  now: Date,
): Writes {
  const text = asks ? `Failed to create CertificateRequest: ${message}` : message;
  const events = asks ? [warning(seen, components.requestManager, 'RequestFailed', text)] : [];
  const actions = told(seen, { ...stillIssuing(seen), cause: text }, settings, now, events);
  return write(actions, wakeOf(seen, retryAt, now));
}

function atRest(seen: Seen, settings: CertificateSettings, now: Date): Decision<Call> {
  const leftKeys = settings.stages.has('key-manager') ? seen.keySecrets : [];
  if (leftKeys.length > 0) return write(deleteSecrets(leftKeys));
  const trigger = triggerOf(seen, settings, now);
  if (trigger.kind === 'start') return start(seen, trigger.start, settings, now);
  const mine = ownerOfSecret(seen).metadata.uid === seen.certificate.metadata.uid;
  if (!settings.stages.has('issuing') || !mine || !needsUpkeep(seen, settings))
    return asked(seen, trigger, settings, now);
  // Somebody else writes the Secret as often as we do.
  const held = heldUntil(seen, 'reapply', now);
  if (held === undefined) return call({ kind: 'reapply' });
  return rest(seen, { ...trigger, at: earlier(trigger.at, held) }, settings, now);
}

/** Nothing to do but to ask the ACME server whether that is so, where it is time to. */
function asked(
  seen: Seen,
  trigger: Extract<Trigger, { kind: 'rest' }>,
  settings: CertificateSettings,
  now: Date,
): Decision<Call> {
  const { issuer, secret } = seen;
  const [at, leaf] = [nextQuestion(seen), secret?.tls.leaf];
  const renewalId = leaf?.kind === 'ok' ? leaf.value.renewalId : undefined;
  if (
    at === undefined ||
    at > now ||
    issuer.kind !== 'found' ||
    renewalId === undefined ||
    !settings.stages.has('readiness')
  )
    return rest(seen, trigger, settings, now);
  return call({ kind: 'askServer', issuer: issuer.issuer, renewalId });
}

/** A Secret that cannot be written is not written in vain. */
function needsUpkeep(seen: Seen, settings: CertificateSettings): boolean {
  return upkeepReason(seen, settings) !== undefined && secretProblem(seen) === undefined;
}

function start(seen: Seen, begin: Start, settings: CertificateSettings, now: Date): Decision<Call> {
  const step = keyStep(seen);
  if (step.kind !== 'make' || !settings.stages.has('key-manager'))
    return write(started(seen, begin, undefined, settings, now));
  return call({
    kind: 'prepare',
    start: begin,
    from: step.from,
    warning: step.warning,
    request: mayRequest(seen, settings),
  });
}

function whileIssuing(seen: Seen, settings: CertificateSettings, now: Date): Decision<Call> {
  const step = keyStep(seen);
  if (step.kind === 'usable') return withKey(seen, step, settings, now);
  if (!settings.stages.has('key-manager')) return waiting(seen, {}, settings, now);
  if (step.kind === 'discard') {
    const events = step.because === undefined ? [] : [normal(seen, components.keyManager, 'Deleted', step.because)];
    return write([...deleteSecrets(step.secrets), ...events]);
  }
  if (step.kind === 'stalled') {
    const event = warning(seen, components.keyManager, 'CannotRegenerateKey', step.message);
    return stuck(seen, { cause: step.message.trim() }, event, settings, now);
  }
  const problem = specProblem(seen, settings);
  if (problem !== undefined) return cannotRequest(seen, problem, settings, now);
  if (seen.certificate.status?.nextPrivateKeySecretName !== undefined) {
    const held = heldUntil(seen, 'remake', now);
    if (held !== undefined) return notAgain(seen, {}, held, settings, now);
  }
  return call({
    kind: 'prepare',
    start: undefined,
    from: step.from,
    warning: step.warning,
    request: mayRequest(seen, settings),
  });
}

function mayRequest(seen: Seen, settings: CertificateSettings): boolean {
  if (!settings.stages.has('request-manager') || takenName(seen) !== undefined) return false;
  return nextRequests(seen).length === 0;
}

function withKey(
  seen: Seen,
  step: Extract<KeyStep, { kind: 'usable' }>,
  settings: CertificateSettings,
  now: Date,
): Decision<Call> {
  const name = step.secret.metadata.name;
  const adopt: StatusChange = settings.stages.has('key-manager') ? { nextKey: name } : {};
  const surplus = surplusRequests(seen, step.key);
  if (surplus.length > 0) {
    if (!settings.stages.has('request-manager')) return waiting(seen, adopt, settings, now);
    const actions = [...told(seen, { ...stillIssuing(seen), ...adopt }, settings, now), ...deleteRequests(surplus)];
    return write(actions, wakeOf(seen, undefined, now));
  }
  const [request] = nextRequests(seen);
  if (request === undefined) return withoutRequest(seen, name, adopt, settings, now);
  return withRequest(seen, request, name, adopt, settings, now);
}

function withoutRequest(
  seen: Seen,
  keySecretName: string,
  adopt: StatusChange,
  settings: CertificateSettings,
  now: Date,
): Decision<Call> {
  if (!settings.stages.has('request-manager')) return waiting(seen, adopt, settings, now);
  const taken = takenName(seen);
  if (taken?.stale) return write(deleteRequests([taken.request]));
  if (taken !== undefined) {
    const message = `CertificateRequest "${taken.request.metadata.name}" exists and does not belong to this Certificate`;
    const event = warning(
      seen,
      components.requestManager,
      'RequestFailed',
      `Failed to create CertificateRequest: ${message}`,
    );
    return stuck(seen, { ...adopt, cause: message }, event, settings, now);
  }
  const problem = specProblem(seen, settings);
  if (problem !== undefined) return cannotRequest(seen, problem, settings, now);
  const held = heldUntil(seen, 'remake', now);
  return held === undefined ? call({ kind: 'request', keySecretName }) : notAgain(seen, adopt, held, settings, now);
}

/** A key or request that somebody keeps deleting is not made anew as often as that. */
function notAgain(seen: Seen, adopt: StatusChange, held: Date, settings: CertificateSettings, now: Date): Writes {
  const cause = `somebody keeps deleting its next private key or CertificateRequest, made again at ${formatTime(held)}`;
  return write(told(seen, { ...stillIssuing(seen), ...adopt, cause }, settings, now), wakeOf(seen, held, now));
}

/** Somebody else has to do something; what is stored may expire meanwhile. */
function stuck(seen: Seen, change: StatusChange, event: Event, settings: CertificateSettings, now: Date): Writes {
  return write(told(seen, { ...stillIssuing(seen), ...change }, settings, now, [event]), wakeOf(seen, undefined, now));
}

function cannotRequest(seen: Seen, problem: string, settings: CertificateSettings, now: Date): Writes {
  const event = warning(seen, components.requestManager, 'RequestFailed', problem);
  return stuck(seen, { cause: problem }, event, settings, now);
}

function withRequest(
  seen: Seen,
  request: CertificateRequest,
  keySecretName: string,
  adopt: StatusChange,
  settings: CertificateSettings,
  now: Date,
): Decision<Call> {
  const result = settings.stages.has('issuing')
    ? resultOf(request, now, settings.pemLimits)
    : { kind: 'silent' as const };
  if (result.kind === 'failed') return failed(seen, result.reason, result.message, settings, now);
  const problem = secretProblem(seen);
  if (problem !== undefined && (result.kind === 'issued' || result.kind === 'pending'))
    return cannotRequest(seen, problem, settings, now);
  if (result.kind === 'issued') return call({ kind: 'store', keySecretName, request, temporary: false });
  if (result.kind !== 'pending' || !wantsTemporary(seen)) return waiting(seen, adopt, settings, now);
  const held = heldUntil(seen, 'temporary', now);
  if (held === undefined) return call({ kind: 'store', keySecretName, request, temporary: true });
  return waiting(seen, adopt, settings, now, held);
}

/** The attempt is over; the next one comes after the back-off, with another key. */
function failed(seen: Seen, reason: string, message: string, settings: CertificateSettings, now: Date): Writes {
  const told_ = `The certificate request has failed to complete and will be retried: ${message}`;
  const event = warning(seen, components.issuing, reason, told_);
  const keys = settings.stages.has('key-manager');
  const change: StatusChange = {
    issuing: { status: 'False', reason, message: told_ },
    failure: 'add',
    cause: told_,
    ...(keys ? { nextKey: 'remove' } : {}),
  };
  return write([...told(seen, change, settings, now, [event]), ...(keys ? deleteSecrets(seen.keySecrets) : [])]);
}

function waiting(seen: Seen, adopt: StatusChange, settings: CertificateSettings, now: Date, held?: Date): Writes {
  const cause = causeOf(seen, now);
  const actions: readonly Action[] = told(
    seen,
    { ...stillIssuing(seen), ...adopt, cause: cause.message },
    settings,
    now,
  );
  return write(actions, wakeOf(seen, earlier(cause.changesAt, held), now));
}
