// What the outcome of a call about a Certificate leads to. Pure.
import { components } from '../../api/components.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Action, Writes } from '../../kube/reconcile.ts';
import { earliest, nothing, write } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import { normal, told, warning } from './actions.ts';
import { acmeStatusAfter } from './ari.ts';
import type { Call, Outcome } from './call.ts';
import { causeOf } from './cause.ts';
import { ended, keyStored, requested, started } from './issuance.ts';
import { rest } from './rest.ts';
import { nextRevision } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { stillIssuing } from './status.ts';
import { triggerOf } from './trigger.ts';
import { wakeOf } from './wake.ts';

/** A server without renewal information is asked for it again after this long. */
const silentMs = 6 * 3_600_000;

type Of<Kind extends Outcome['kind']> = Extract<Outcome, { kind: Kind }>;

export function settle(seen: Seen, call: Call, outcome: Outcome, settings: CertificateSettings, now: Date): Writes {
  if (outcome.kind === 'gone') return nothing;
  if (outcome.kind === 'blocked') return blocked(seen, outcome, settings, now);
  if (outcome.kind === 'prepared' && call.kind === 'prepare') return prepared(seen, call, outcome, settings, now);
  if (outcome.kind === 'requested' && call.kind === 'request')
    return write(requested(seen, outcome.request, call.keySecretName, settings));
  if (outcome.kind === 'answered') return answered(seen, outcome, settings, now);
  if (outcome.kind === 'built') return built(seen, call, outcome, settings, now);
  throw new Error(`a call of kind ${call.kind} cannot come to ${outcome.kind}`);
}

/** The window goes into the status, and the schedule with it; a window that is open or past starts the renewal at the next look, which is at once. */
function answered(seen: Seen, { answer, jitter }: Of<'answered'>, settings: CertificateSettings, now: Date): Writes {
  const acme = acmeStatusAfter(seen.certificate, answer, jitter, now);
  const certificate = {
    ...seen.certificate,
    status: { ...seen.certificate.status, ...(acme === undefined ? {} : { acme }) },
  };
  const after: Seen = { ...seen, certificate };
  const failure =
    answer.kind === 'failed'
      ? [warning(seen, components.readiness, 'ARIError', `Could not fetch ACME Renewal Information: ${answer.message}`)]
      : [];
  const actions = told(seen, { acme: acme ?? 'remove' }, settings, now, failure, after);
  const again =
    answer.kind === 'later' ? answer.at : answer.kind === 'none' ? new Date(now.getTime() + silentMs) : undefined;
  const trigger = triggerOf(after, settings, now);
  if (trigger.kind === 'start') return write(actions, { at: now });
  // The first look at a certificate has told nothing else yet.
  const rested =
    actions.length > 0 ? { actions, wake: wakeOf(after, trigger.at, now) } : rest(seen, trigger, settings, now);
  return write(rested.actions, again === undefined ? rested.wake : earliest(rested.wake, { at: again }));
}

function prepared(
  seen: Seen,
  call: Extract<Call, { kind: 'prepare' }>,
  outcome: Of<'prepared'>,
  settings: CertificateSettings,
  now: Date,
): Writes {
  const { keySecretName, keyPem, request } = outcome;
  const named = { nextKey: keySecretName };
  return write([
    ...(call.start === undefined
      ? told(seen, { ...stillIssuing(seen), ...named }, settings, now)
      : started(seen, call.start, keySecretName, settings, now)),
    ...keyStored(seen, keySecretName, keyPem, call.from, call.warning),
    ...(request === undefined ? [] : requested(seen, request, keySecretName, settings)),
  ]);
}

function built(seen: Seen, call: Call, outcome: Of<'built'>, settings: CertificateSettings, now: Date): Writes {
  const { manifest, facts } = outcome;
  if (call.kind === 'store' && !call.temporary)
    return write(ended(seen, manifest, facts, nextRevision(seen), settings, now));
  const apply = { kind: 'apply', by: components.issuing, resource: secrets, manifest } as const;
  if (call.kind !== 'store') return mended(seen, apply, settings, now);
  const event = normal(seen, components.issuing, 'Issuing', 'Issued temporary certificate');
  const change = { ...stillIssuing(seen), cause: causeOf(seen, now).message };
  return write([apply, event, ...told(seen, change, settings, now, [], { ...seen, secret: facts })]);
}

/** The Secret is applied; where that changes nothing no change will wake us, so all the rest is told now. */
function mended(seen: Seen, apply: Action, settings: CertificateSettings, now: Date): Writes {
  const trigger = triggerOf(seen, settings, now);
  if (trigger.kind === 'start') return write([apply], { at: now });
  const { actions, wake } = rest(seen, trigger, settings, now);
  return write([apply, ...actions], wake);
}

/** Something that only the user can give is missing: said where the user looks, tried again when it changes. */
function blocked(seen: Seen, outcome: Of<'blocked'>, settings: CertificateSettings, now: Date): Writes {
  const { message } = outcome;
  const event = outcome.reason === undefined ? undefined : warning(seen, components.issuing, outcome.reason, message);
  const trigger = isTrue(seen.certificate.status?.conditions, conditionTypes.Issuing)
    ? undefined
    : triggerOf(seen, settings, now);
  if (trigger?.kind === 'rest') return rest(seen, trigger, settings, now, { message, event });
  const events = event === undefined ? [] : [event];
  const actions = told(seen, { ...stillIssuing(seen), cause: message }, settings, now, events);
  return write(actions, wakeOf(seen, undefined, now));
}
