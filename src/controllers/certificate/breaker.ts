// The breaker against runaway re-issuance: at most six issuances beyond schedule in 24 hours for one Certificate.
//
// Never counted and never held back: the first issuance, a renewal on schedule, a change of the spec, a manual renewal (that one does
// not pass through the trigger at all). What is counted is kept in the condition IssuanceSuspended, in the status that every version of
// the CRDs has, so that it survives a restart. It heals by itself: a slot is free again 24 hours after it was used.
import type { Condition } from '../../api/conditions.ts';
import { conditionOf, conditionTypes, reasons } from '../../api/conditions.ts';
import { parseDuration } from '../../base/duration.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { renewalTimeOf } from './renewal.ts';
import { currentRequest, issuedAt } from './revisions.ts';
import { violationsOf } from './rules.ts';
import type { CertificateSettings, Seen } from './seen.ts';

export const slots = 6;
export const windowMs = 24 * 3600_000;
const defaultDurationMs = 90 * 24 * 3600_000;
/** The shortest duration that can be asked for; whatever is shorter was not. */
const shortestDurationMs = 3600_000;
/** A renewal that is due so soon after the certificate was issued is no schedule. */
const shortestIntervalMs = 60_000;
/** The same where the issuer gave less than was asked for. */
const shortestShortenedMs = 20 * 60_000;
/** Issuers back-date and round; a certificate this much shorter than asked for is still what was asked for. */
const toleranceMs = 5 * 60_000;

const timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
const listIntroduction = 'used at ';

/** The issuances beyond schedule of the last 24 hours, oldest first, as the condition tells them. */
export function usedSlots(conditions: readonly Condition[] | undefined, now: Date): readonly Date[] {
  const message = conditionOf(conditions, conditionTypes.IssuanceSuspended)?.message ?? '';
  const list = message.slice(Math.max(0, message.lastIndexOf(listIntroduction)));
  return (list.match(timePattern) ?? [])
    .map((text) => new Date(text))
    .filter((time) => time.getTime() > now.getTime() - windowMs && time <= now);
}

/** When the next issuance beyond schedule is allowed; undefined where it is allowed now. */
export function suspendedUntil(used: readonly Date[]): Date | undefined {
  const oldest = used[used.length - slots];
  return oldest === undefined ? undefined : new Date(oldest.getTime() + windowMs);
}

/** Whether an issuance for `reason` is one that nobody asked for and no schedule explains. */
export function isBeyondSchedule(seen: Seen, reason: string, settings: CertificateSettings, now: Date): boolean {
  const { status } = seen.certificate;
  if (hasChangedSpec(seen, settings)) return false;
  // Without a back-off nothing else would slow the retries down.
  if ((status?.failedIssuanceAttempts ?? 0) > 0 && settings.minimumBackoffMs <= 0) return true;
  if (status?.revision === undefined) return false;
  // What an ACME server wants renewed before the schedule of the spec is no schedule: it may want it of every certificate that it gives out.
  if (reason === reasons.Renewing && (scheduledAt(seen) ?? now) > now) return true;
  return reason !== reasons.Renewing || !hasAskedLifetime(seen, shortestDurationMs) || isDueAtOnce(seen);
}

/** When the renewal is due by the spec alone; undefined where it never is. */
export function scheduledAt(seen: Seen): Date | undefined {
  const leaf = seen.secret?.tls.leaf;
  if (leaf?.kind !== 'ok') return undefined;
  const renewal = renewalTimeOf(leaf.value, seen.certificate.spec);
  return renewal.kind === 'never' ? undefined : renewal.at;
}

/**
 * Whether the spec asks for something else than was asked for last. A certificate without its request is no witness: the issuer may have
 * left names out, and would again.
 */
function hasChangedSpec(seen: Seen, { stages }: CertificateSettings): boolean {
  const { metadata, status } = seen.certificate;
  const looked = conditionOf(status?.conditions, conditionTypes.Ready)?.observedGeneration;
  // With nobody to keep Ready up to date, what it observed would differ for ever.
  if (stages.has('readiness') && looked !== undefined && looked !== metadata.generation) return true;
  return currentRequest(seen) !== undefined && violationsOf(seen).length > 0;
}

/** Whether the certificate lives as long as asked for, or at least `enoughMs`. */
function hasAskedLifetime(seen: Seen, enoughMs: number): boolean {
  const leaf = seen.secret?.tls.leaf;
  if (leaf?.kind !== 'ok') return false;
  const { duration } = seen.certificate.spec;
  const asked = (duration === undefined ? undefined : parseDuration(duration)) ?? defaultDurationMs;
  const lifetime = leaf.value.notAfter.getTime() - leaf.value.notBefore.getTime();
  return lifetime >= Math.min(asked, enoughMs) - toleranceMs;
}

/**
 * Whether the renewal of what is stored was due as soon as it was there: then every renewal would lead to the next one (upstream #1786). An
 * issuer that shortens what it is asked for has no say in how short the time between two renewals may be.
 */
function isDueAtOnce(seen: Seen): boolean {
  const leaf = seen.secret?.tls.leaf;
  if (leaf?.kind !== 'ok') return false;
  const renewal = renewalTimeOf(leaf.value, seen.certificate.spec);
  if (renewal.kind === 'never' || renewal.at === undefined) return false;
  const issued = issuedAt(seen) ?? leaf.value.notBefore;
  const shortest = hasAskedLifetime(seen, Number.POSITIVE_INFINITY) ? shortestIntervalMs : shortestShortenedMs;
  return renewal.at.getTime() - issued.getTime() < shortest;
}

/** The condition that remembers `used`; undefined where there is nothing to remember. */
export function breakerCondition(
  seen: Seen,
  used: readonly Date[],
  suspended: { readonly until: Date; readonly reason: string } | undefined,
): Omit<Condition, 'lastTransitionTime'> | undefined {
  if (used.length === 0) return undefined;
  const list = `${listIntroduction}${used.map(formatTime).join(', ')}`;
  const generation = seen.certificate.metadata.generation;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  if (suspended === undefined)
    return {
      type: conditionTypes.IssuanceSuspended,
      status: 'False',
      reason: reasons.WithinLimit,
      message: `${used.length} of ${slots} re-issuances beyond schedule in 24h ${list}`,
      ...observed,
    };
  return {
    type: conditionTypes.IssuanceSuspended,
    status: 'True',
    reason: reasons.TooManyRequests,
    message: `No re-issuance before ${formatTime(suspended.until)}, because of ${suspended.reason}: ${culpritOf(seen, suspended.reason)} All ${slots} re-issuances beyond schedule in 24h ${list}`,
    ...observed,
  };
}

function culpritOf(seen: Seen, reason: string): string {
  const { secretName, issuerRef } = seen.certificate.spec;
  const others = seen.sharing.filter((other) => other.metadata.uid !== seen.certificate.metadata.uid);
  if (others.length > 0)
    return `Secret "${secretName}" is also named by Certificate ${listed(others.map((other) => other.metadata.name))}; give each its own secretName.`;
  const writers = seen.secret?.foreignWriters ?? [];
  if (writers.length > 0)
    return `Secret "${secretName}" is overwritten by ${listed(writers.map((writer) => writer.manager))}; keep it from writing there.`;
  if (reason === reasons.Renewing && hasAskedLifetime(seen, shortestDurationMs) && isDueAtOnce(seen))
    return `the renewal is due as soon as the certificate is there, since issuer "${issuerRef.name}" backdates it or renewBefore is too close to the lifetime.`;
  if (reason === reasons.Renewing || reason === reasons.Expired)
    return `issuer "${issuerRef.name}" returns certificates that are far shorter than asked for; see to its maximum lifetime.`;
  if (seen.secret === undefined) return `Secret "${secretName}" keeps being deleted; find out by whom.`;
  return `what issuer "${issuerRef.name}" returns, or what is stored in Secret "${secretName}", never fits the spec.`;
}

const namesShown = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).map((name) => `"${name}"`);
  return [...shown, ...(names.length > namesShown ? [`${names.length - namesShown} more`] : [])].join(', ');
}
