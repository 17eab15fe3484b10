// The writes that decisions about a Certificate are made of. Pure.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { components } from '../../api/components.ts';
import { reasons } from '../../api/conditions.ts';
import { certificateRequests, certificates } from '../../api/kinds.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { keyOf } from '../../kube/collection.ts';
import type { Action } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import { readinessOf } from './readiness.ts';
import type { CertificateSettings, SecretFacts, Seen } from './seen.ts';
import type { StatusChange } from './status.ts';
import { statusOf } from './status.ts';

export type Event = Extract<Action, { kind: 'event' }>;

export function normal(seen: Seen, by: string, reason: string, message: string): Event {
  return { kind: 'event', by, about: seen.certificate, type: 'Normal', reason, message };
}

export function warning(seen: Seen, by: string, reason: string, message: string): Event {
  return { kind: 'event', by, about: seen.certificate, type: 'Warning', reason, message };
}

/**
 * The status after `change`, and the events that go with it. Where the status stays as it is nothing happens at all: an event is told once, with
 * the change it explains. `after` is what the other writes of the decision lead to, where they change more than the status.
 */
export function told(
  seen: Seen,
  change: StatusChange,
  settings: CertificateSettings,
  now: Date,
  events: readonly Event[] = [],
  after: Seen = seen,
): readonly Action[] {
  const status = statusOf(after, change, settings, now);
  if (deepEqual(status, seen.certificate.status ?? {})) return [];
  const by = writerOf(change);
  const put: Action = { kind: 'status', by, resource: certificates, object: seen.certificate, status };
  return [put, ...events, ...windowEvents(after, settings, now)];
}

// The field manager of a status write is the upstream controller that would have made the weightiest of its changes.
function writerOf(change: StatusChange): string {
  if (change.revision !== undefined || change.failure !== undefined) return components.issuing;
  if (change.issuing !== undefined) return components.trigger;
  return components.readiness;
}

function windowEvents(seen: Seen, settings: CertificateSettings, now: Date): readonly Event[] {
  if (!settings.stages.has('readiness')) return [];
  const { ready } = readinessOf(seen, now);
  if (ready.reason !== reasons.WindowError) return [];
  return [warning(seen, components.readiness, ready.reason, ready.message ?? '')];
}

export function deleteSecrets(unwanted: readonly SecretFacts[]): readonly Action[] {
  return unwanted.map((secret) => ({
    kind: 'delete',
    by: components.keyManager,
    resource: secrets,
    key: keyOf(secret),
    uid: secret.metadata.uid,
  }));
}

export function deleteRequests(
  unwanted: readonly CertificateRequest[],
  by: string = components.requestManager,
): readonly Action[] {
  return unwanted.map((request) => ({
    kind: 'delete',
    by,
    resource: certificateRequests,
    key: keyOf(request),
    uid: request.metadata.uid,
  }));
}
