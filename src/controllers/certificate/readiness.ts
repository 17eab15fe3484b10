// The Ready condition and the times that the status shows, from what is stored.
import { conditionTypes, type NewCondition, reasons } from '../../api/conditions.ts';
import { formatTime } from '../../base/rfc3339.ts';
import { suggestedTime } from './ari.ts';
import { rfc1123Time } from './go-time.ts';
import { type RenewalTime, renewalTimeOf } from './renewal.ts';
import { firstViolation, type Rule, sharedRules, storedOf, type Violation, violation } from './rules.ts';
import type { Seen } from './seen.ts';

export interface Readiness {
  readonly ready: NewCondition;
  /** RFC 3339; all three undefined where the Secret holds no certificate that can be read. */
  readonly notBefore: string | undefined;
  readonly notAfter: string | undefined;
  /** Also undefined where renewal is switched off, or cannot be computed. */
  readonly renewalTime: string | undefined;
}

/** How ready the Certificate is. A renewal that is due does not make it unready, windows that cannot be kept do. */
export function readinessOf(
  seen: Pick<Seen, 'certificate' | 'secret' | 'requests' | 'asksServer'>,
  now: Date,
): Readiness {
  const { certificate, secret } = seen;
  const leaf = secret?.tls.leaf.kind === 'ok' ? secret.tls.leaf.value : undefined;
  const renewal = leaf === undefined ? undefined : renewalTimeOf(leaf, certificate.spec, suggestedTime(seen));
  const found = windowError(renewal) ?? firstViolation([...sharedRules, hasNotExpired(now)], storedOf(seen));
  return {
    ready: readyCondition(found, certificate.metadata.generation),
    notBefore: leaf === undefined ? undefined : formatTime(leaf.notBefore),
    notAfter: leaf === undefined ? undefined : formatTime(leaf.notAfter),
    renewalTime:
      renewal === undefined || renewal.kind === 'never' || renewal.at === undefined
        ? undefined
        : formatTime(renewal.at),
  };
}

function readyCondition(found: Violation | undefined, generation: number | undefined): NewCondition {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  if (found !== undefined) return { type: conditionTypes.Ready, status: 'False', ...found, ...observed };
  return {
    type: conditionTypes.Ready,
    status: 'True',
    reason: reasons.Ready,
    message: 'Certificate is up to date and has not expired',
    ...observed,
  };
}

const hasNotExpired =
  (now: Date): Rule =>
  ({ secret }) =>
    secret?.tls.leaf.kind === 'ok' && now > secret.tls.leaf.value.notAfter
      ? violation(reasons.Expired, `Certificate expired on ${rfc1123Time(secret.tls.leaf.value.notAfter)}`)
      : undefined;

/** Counts more than every violation, as upstream writes it over them. */
function windowError(renewal: RenewalTime | undefined): Violation | undefined {
  if (renewal?.kind !== 'windowError') return undefined;
  return violation(reasons.WindowError, `Could not calculate renewal time: ${renewal.error}`);
}
