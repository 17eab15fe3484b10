// What there is to do for a Certificate that is not being issued, once its Secret is as it should be, or cannot be: status, old requests, and
// when to look again. Pure.
import { components } from '../../api/components.ts';
import type { Writes } from '../../kube/reconcile.ts';
import { write } from '../../kube/reconcile.ts';
import { deleteRequests, type Event, told, warning } from './actions.ts';
import { requestsToDelete } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';
import type { Trigger } from './trigger.ts';
import { wakeOf } from './wake.ts';

/** What keeps the Secret from being mended, and the event that says so. */
export interface Obstacle {
  readonly message: string;
  readonly event: Event | undefined;
}

export function rest(
  seen: Seen,
  trigger: Extract<Trigger, { kind: 'rest' }>,
  settings: CertificateSettings,
  now: Date,
  obstacle?: Obstacle,
): Writes {
  const { because, suspended, warning: why } = trigger;
  const nextKey = settings.stages.has('key-manager') ? ({ nextKey: 'remove' } as const) : {};
  const events = [
    ...(why === undefined ? [] : [warning(seen, why.by, why.reason, why.message)]),
    ...(obstacle?.event === undefined ? [] : [obstacle.event]),
  ];
  const past = settings.stages.has('revision-manager') ? requestsToDelete(seen) : [];
  const actions = [
    ...told(seen, { cause: because ?? obstacle?.message, suspended, ...nextKey }, settings, now, events),
    ...deleteRequests(past, components.revisionManager),
  ];
  return write(actions, wakeOf(seen, trigger.at, now));
}
