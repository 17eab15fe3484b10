// The whole status of a Certificate as one decision leaves it. Pure; the only place that builds it.
import type { CertificateStatus } from '../../api/certificate.ts';
import type { NewCondition } from '../../api/conditions.ts';
import { conditionOf, conditionTypes, removeCondition, setCondition } from '../../api/conditions.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { causeSeparator, withCause } from './cause.ts';
import { readinessOf } from './readiness.ts';
import type { CertificateSettings, Seen } from './seen.ts';

export interface Issuing {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** A status under construction: an undefined member is one that goes. */
type Draft = { -readonly [Member in keyof CertificateStatus]?: CertificateStatus[Member] | undefined };

/** What a decision changes; everything left out stays as it is. */
export interface StatusChange {
  readonly issuing?: Issuing | 'remove';
  readonly suspended?: NewCondition | 'remove';
  readonly nextKey?: string | 'remove';
  readonly failure?: 'add' | 'clear';
  readonly revision?: number;
  /** What an ACME server said of the time of renewal. */
  readonly acme?: CertificateStatus['acme'] | 'remove';
  /** What an issuance waits for; told in the Ready message, while Ready is False, and in the Issuing message, while Issuing is True. */
  readonly cause?: string | undefined;
}

/** The status after `change`, with readiness as `seen` tells it (the `Seen` may be what the writes of this decision lead to). */
export function statusOf(
  seen: Seen,
  change: StatusChange,
  settings: CertificateSettings,
  now: Date,
): CertificateStatus {
  const before = seen.certificate.status ?? {};
  const generation = seen.certificate.metadata.generation;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  let status: Draft = { ...before };
  if (settings.stages.has('readiness')) status = withReadiness(status, seen, change.cause, now);
  let conditions = status.conditions ?? [];
  const { issuing, suspended } = change;
  if (issuing === 'remove') conditions = removeCondition(conditions, conditionTypes.Issuing);
  else if (issuing !== undefined) {
    const message = issuing.status === 'True' ? withCause(issuing.message, change.cause) : issuing.message;
    conditions = setCondition(conditions, { type: conditionTypes.Issuing, ...issuing, message, ...observed }, now);
  }
  if (suspended === 'remove') conditions = removeCondition(conditions, conditionTypes.IssuanceSuspended);
  else if (suspended !== undefined) conditions = setCondition(conditions, suspended, now);
  return compact({ ...status, ...bookkeeping(before, change, now), conditions });
}

function withReadiness(status: Draft, seen: Seen, cause: string | undefined, now: Date): Draft {
  const { ready, ...times } = readinessOf(seen, now);
  const message = ready.status === 'True' ? (ready.message ?? '') : withCause(ready.message ?? '', cause);
  const conditions = setCondition(status.conditions, { ...ready, message }, now);
  // What an ACME server says of a certificate is worth nothing without the certificate.
  const acme = times.notAfter === undefined ? { acme: undefined } : {};
  return { ...status, ...times, ...acme, conditions };
}

function bookkeeping(before: CertificateStatus, change: StatusChange, now: Date): Draft {
  const changed: Draft = {};
  if (change.nextKey !== undefined)
    changed.nextPrivateKeySecretName = change.nextKey === 'remove' ? undefined : change.nextKey;
  if (change.revision !== undefined) changed.revision = change.revision;
  if (change.acme !== undefined) changed.acme = change.acme === 'remove' ? undefined : change.acme;
  if (change.failure === 'clear') {
    changed.lastFailureTime = undefined;
    changed.failedIssuanceAttempts = undefined;
  }
  if (change.failure === 'add') {
    changed.lastFailureTime = formatTime(now);
    changed.failedIssuanceAttempts = (before.failedIssuanceAttempts ?? 0) + 1;
  }
  return changed;
}

/** The Issuing condition as it is, its message said anew: so that a cause that is gone goes from it, too. Nothing while none is True. */
export function stillIssuing(seen: Seen): StatusChange {
  const issuing = conditionOf(seen.certificate.status?.conditions, conditionTypes.Issuing);
  if (issuing?.status !== 'True') return {};
  const [message = ''] = (issuing.message ?? '').split(causeSeparator);
  return { issuing: { status: 'True', reason: issuing.reason ?? '', message } };
}

/** Without the members that are undefined: they must not be told apart from members that are not there. */
function compact(status: Draft): CertificateStatus {
  const entries = Object.entries(status).filter(
    ([name, value]) => value !== undefined && !(name === 'conditions' && (value as unknown[]).length === 0),
  );
  return Object.fromEntries(entries) as CertificateStatus;
}
