// Whether there is a reason to issue anew. What may hold the issuance back all the same (another owner of the Secret, back-off, breaker)
// is not looked at here.
import { reasons } from '../../api/conditions.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { suggestedTime } from './ari.ts';
import { goTime } from './go-time.ts';
import { renewalTimeOf } from './renewal.ts';
import { firstViolation, sharedRules, storedOf } from './rules.ts';
import type { Seen } from './seen.ts';

export interface ReissueReason {
  readonly reason: string;
  readonly message: string;
  /** The text of a WindowError event, for a renewal that its windows would have held back for ever. */
  readonly windowWarning?: string;
}

/** The first reason to issue anew, with upstream's words; undefined where there is none. The last one is that the renewal is due. */
export function reissueReason(
  seen: Pick<Seen, 'certificate' | 'secret' | 'requests' | 'asksServer'>,
  now: Date,
): ReissueReason | undefined {
  return firstViolation(sharedRules, storedOf(seen)) ?? renewalDue(seen, now);
}

function renewalDue(seen: Pick<Seen, 'certificate' | 'secret' | 'asksServer'>, now: Date): ReissueReason | undefined {
  const { certificate, secret } = seen;
  if (secret?.tls.leaf.kind !== 'ok') return undefined;
  const renewal = renewalTimeOf(secret.tls.leaf.value, certificate.spec, suggestedTime(seen));
  if (renewal.kind === 'never' || renewal.at === undefined || renewal.at > now) return undefined;
  if (renewal.kind === 'windowError') {
    return {
      reason: reasons.Renewing,
      message: `Renewing certificate without satisfying renewal windows at: ${goTime(renewal.at)}`,
      windowWarning: `Renewing certificate without satisfying renewal windows due to ${renewal.error}`,
    };
  }
  // The time in the status, as upstream has it: an edited renewBefore shows here one reconcile later.
  const stored = certificate.status?.renewalTime;
  const scheduled = stored === undefined ? undefined : parseTime(stored);
  return {
    reason: reasons.Renewing,
    message: `Renewing certificate as renewal was scheduled at ${scheduled === undefined ? '<nil>' : goTime(scheduled)}`,
  };
}
