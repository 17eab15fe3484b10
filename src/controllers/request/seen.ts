// Everything that one decision about a CertificateRequest may look at, and the rules of this installation. Values only.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionOf, conditionTypes, isTrue, reasons } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import type { PemLimits } from '../../pki/limits.ts';

export type IssuerSeen =
  /** Another controller's. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'missing' }
  /** Cannot be looked up, whatever exists: `message` says why. */
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'found'; readonly issuer: Issuer };

/** The API server would not let us approve. */
export interface Refusal {
  readonly message: string;
  readonly retryAt: Date;
}

export interface RequestSeen {
  readonly request: CertificateRequest;
  readonly issuer: IssuerSeen;
  readonly refusal?: Refusal;
  /** Reasons of events that are said once per request and were said by this process. */
  readonly said: readonly string[];
}

export interface RequestRules {
  readonly backends: readonly AnyBackend[];
  /** Types of the backends that `--controllers` leaves on. */
  readonly enabledBackends: ReadonlySet<string>;
  readonly approver: boolean;
  readonly limits: PemLimits;
}

/** True where the request has its result, for good. */
export function isEnded(request: CertificateRequest): boolean {
  const reason = readyReason(request);
  return reason === reasons.Failed || reason === reasons.Issued;
}

/** False where nothing is left to do, whatever happens to the issuer. */
export function isOpen(request: CertificateRequest): boolean {
  if (request.metadata.deletionTimestamp !== undefined) return false;
  if (isTrue(request.status?.conditions, conditionTypes.Denied)) return readyReason(request) !== reasons.Denied;
  return !isEnded(request);
}

export function readyReason(request: CertificateRequest): string | undefined {
  return conditionOf(request.status?.conditions, conditionTypes.Ready)?.reason;
}
