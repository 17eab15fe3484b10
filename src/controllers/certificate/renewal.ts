// When a certificate is due for renewal, from its own validity, the Certificate's spec, and the time that its ACME server suggests.
import type { CertificateSpec } from '../../api/certificate.ts';
import { parseDuration } from '../../base/duration.ts';
import { type Placement, placeInWindows, type Validity } from './windows.ts';

export type RenewalSpec = Pick<CertificateSpec, 'renewBefore' | 'renewBeforePercentage' | 'renewal'>;

/** `never`: renewal is switched off. `windowError` with `at`: no window fits, and `at` is when to renew all the same. */
export type RenewalTime = Placement | { readonly kind: 'never' };

/**
 * The renewal time of a certificate with these dates, in whole seconds. Upstream's rules: windows postpone; what moves it earlier is `suggested`
 * alone, the time that its ACME server would like.
 */
export function renewalTimeOf(validity: Validity, spec: RenewalSpec, suggested?: Date): RenewalTime {
  const scheduled = desiredTime(validity, spec);
  const desired = suggested !== undefined && suggested < scheduled ? suggested : scheduled;
  const renewal = spec.renewal;
  if (renewal === undefined) return { kind: 'at', at: desired };
  switch (renewal.policy) {
    case 'Disabled':
      return { kind: 'never' };
    case 'RenewBefore':
      return (renewal.windows ?? []).length === 0
        ? { kind: 'at', at: desired }
        : placeInWindows(desired, validity, renewal.windows ?? []);
    default:
      return { kind: 'windowError', error: `unknown renewal policy "${String(renewal.policy ?? '')}"` };
  }
}

/** notAfter less the part of the actual lifetime that spec asks for, a third by default, cut to the second. */
function desiredTime({ notBefore, notAfter }: Validity, spec: RenewalSpec): Date {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  const time = notAfter.getTime() - beforeExpiry(lifetimeMs, spec);
  return new Date(Math.floor(time / 1000) * 1000);
}

function beforeExpiry(lifetimeMs: number, spec: RenewalSpec): number {
  // A renewBefore as long as the lifetime or longer would renew for ever; the issuer may have shortened or backdated what was asked for.
  const renewBeforeMs = spec.renewBefore === undefined ? undefined : parseDuration(spec.renewBefore);
  if (renewBeforeMs !== undefined && renewBeforeMs > 0 && renewBeforeMs < lifetimeMs) return renewBeforeMs;
  const percentage = spec.renewBeforePercentage;
  if (percentage !== undefined && percentage > 0 && percentage < 100) return (lifetimeMs * percentage) / 100;
  return lifetimeMs / 3;
}
