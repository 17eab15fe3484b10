// What the outcome of a call about a Certificate leads to. Pure.
import { components } from '../../api/components.ts';
import type { Writes } from '../../kube/reconcile.ts';
import { nothing, write } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import { type Event, normal, told, warning } from './actions.ts';
import type { Call, Outcome } from './call.ts';
import { ended, keyStored, requested, started } from './issuance.ts';
import { nextRevision } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import { stillIssuing } from './status.ts';
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
      ? told(seen, named, settings, now)
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
  if (call.kind !== 'store') return write([apply]);
  const event = normal(seen, components.issuing, 'Issuing', 'Issued temporary certificate');
  return write([apply, event, ...told(seen, {}, settings, now, [], { ...seen, secret: facts })]);
}

/** Something that only the user can give is missing: said where the user looks, tried again when it changes. */
function blocked(seen: Seen, outcome: Of<'blocked'>, settings: CertificateSettings, now: Date): Writes {
  const events: Event[] =
    outcome.reason === undefined ? [] : [warning(seen, components.issuing, outcome.reason, outcome.message)];
  const actions = told(seen, { ...stillIssuing(seen), cause: outcome.message }, settings, now, events);
  return write(actions, wakeOf(seen, undefined, now));
}
