// How long a failed issuance holds back the next one, and what cuts the wait short. Who asks for a renewal by hand is not held back: that
// sets the Issuing condition, and then nobody asks here.

import type { CertificateSpec } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { DecodeError } from '../../base/errors.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { requestViolations } from '../../pki/match.ts';
import { nextRevision, requestsOfRevision } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';

export type BackoffLimits = Pick<CertificateSettings, 'minimumBackoffMs' | 'maximumBackoffMs'>;

/**
 * The time until which no new attempt is made after the last failure; undefined where none is waited for, or no longer. A request that
 * failed for a spec that has changed since is no reason to wait.
 */
export function backoffUntil(
  seen: Pick<Seen, 'certificate' | 'requests'>,
  limits: BackoffLimits,
  now: Date,
): Date | undefined {
  const { status, spec } = seen.certificate;
  const failed = status?.lastFailureTime === undefined ? undefined : parseTime(status.lastFailureTime);
  if (failed === undefined) return undefined;
  const requests = requestsOfRevision(seen, nextRevision(seen));
  if (requests.length > 0 && requests.every((request) => asksForSomethingElse(request, spec))) return undefined;
  const until = new Date(failed.getTime() + backoffDelayMs(status?.failedIssuanceAttempts, limits));
  return until > now ? until : undefined;
}

/**
 * minimum · 2^(attempts − 1), at most the maximum, never less than the minimum. No or a negative count is one attempt. A minimum of zero or
 * less switches the wait off.
 */
export function backoffDelayMs(attempts: number | undefined, limits: BackoffLimits): number {
  if (limits.minimumBackoffMs <= 0) return 0;
  const doublings = Math.max(0, (attempts ?? 1) - 1);
  return Math.max(limits.minimumBackoffMs, Math.min(limits.minimumBackoffMs * 2 ** doublings, limits.maximumBackoffMs));
}

function asksForSomethingElse(request: CertificateRequest, spec: CertificateSpec): boolean {
  try {
    return requestViolations(request, spec).length > 0;
  } catch (error) {
    if (error instanceof DecodeError) return true;
    throw error;
  }
}
