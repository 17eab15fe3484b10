// What the outcome of a call about a Certificate leads to. Pure.
import { components } from '../../api/components.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Action, Writes } from '../../kube/reconcile.ts';
import { nothing, write } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import { normal, told, warning } from './actions.ts';
import type { Call, Outcome } from './call.ts';
import { causeOf } from './cause.ts';
import { ended, keyStored, requested, started } from './issuance.ts';
import { rest } from './rest.ts';
import { nextRevision } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { stillIssuing } from './status.ts';
import { triggerOf } from './trigger.ts';
import { wakeOf } from './wake.ts';

type Of<Kind extends Outcome['kind']> = Extract<Outcome, { kind: Kind }>;

export function settle(seen: Seen, call: Call, outcome: Outcome, settings: CertificateSettings, now: Date): Writes {
  if (outcome.kind === 'gone') return nothing;
  if (outcome.kind === 'blocked') return blocked(seen, outcome, settings, now);
  if (outcome.kind === 'prepared' && call.kind === 'prepare') return prepared(seen, call, outcome, settings, now);
  if (outcome.kind === 'requested' && call.kind === 'request')
    return write(requested(seen, outcome.request, call.keySecretName, settings));
  if (outcome.kind === 'built') return built(seen, call, outcome, settings, now);
  throw new Error(`a call of kind ${call.kind} cannot come to ${outcome.kind}`);
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
