// Everything that one decision about an Order may look at, the one kind of call it may make, and what can come of it. Values only.
import type { Order as AcmeOrder, Authorization, Fault } from '../../acme/resources.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { AcmeState, Order } from '../../api/order.ts';

/** What `observe` found out about who wants this Order. */
export type Standing =
  /** We would make it today of the CertificateRequest that owns it. */
  | { readonly kind: 'ours'; readonly request: CertificateRequest }
  /** Its CertificateRequest is not there (yet, or any more). */
  | { readonly kind: 'orphan' }
  /** Made or changed by somebody else: `why`, for people. */
  | { readonly kind: 'stranger'; readonly why: string };

export type AccountSeen =
  | { readonly kind: 'open'; readonly issuer: Issuer; readonly thumbprint: string; readonly pausedUntil?: Date }
  | { readonly kind: 'unavailable'; readonly message: string }
  /** No issuer of that name, or none of type ACME: a change of it wakes the Order. */
  | { readonly kind: 'noIssuer' };

/**
 * What this process remembers of an Order between two looks; nothing of it has to survive a restart. It also holds what the status should hold: a
 * cluster with cert-manager's own CRDs prunes our fields.
 */
export interface Progress {
  /** The finalization was sent, or was too early: from now on the order is only looked at. */
  readonly looking?: boolean;
  /** Looks that found the server still busy, in a row. */
  readonly looks: number;
  /** Failures that may pass, in a row. */
  readonly failures: number;
  /** As the field of the status. */
  readonly failedAttempts?: number;
  /** Nothing is asked of the server before. */
  readonly notBefore?: Date;
  /** An order that was placed, until the status says so: a conflict must not place a second one. */
  readonly placed?: Placed;
  /** What the API server said against a Challenge that was to be made. */
  readonly refusal?: string;
  /** That it is not ours was said. */
  readonly isDisowned?: boolean;
}

export const noProgress: Progress = { looks: 0, failures: 0 };

/** All but how often the order failed. */
export function startedAnew({ failedAttempts }: Progress): Progress {
  return failedAttempts === undefined ? noProgress : { ...noProgress, failedAttempts };
}

export interface OrderSeen {
  readonly order: Order;
  readonly standing: Standing;
  /** Looked for only where it may be used. */
  readonly account: AccountSeen;
  /** All that the Order is the controlling owner of. */
  readonly challenges: readonly Challenge[];
  readonly progress: Progress;
}

/**
 * - `place`: newOrder, then every authorization.
 * - `read`: what the status lacks of an order that was placed: the order, its authorizations.
 * - `finalize`: sends the CSR; a certificate that is ready at once is fetched.
 * - `look`: fetches the order; one that is ready is finalized, the certificate of a valid one is fetched.
 */
export interface OrderCall {
  readonly kind: 'place' | 'read' | 'finalize' | 'look';
  readonly order: Order;
  readonly issuer: Issuer;
  /** A Challenge failed: an order that the server still holds for pending has to be looked into. */
  readonly hasFailures: boolean;
}

/** Which request failed: it decides the words and what may be done about it. */
export type During = 'create' | 'retrieve' | 'authorize' | 'finalize' | 'download';

export interface Trouble {
  readonly during: During;
  readonly error: unknown;
}

export interface Placed {
  readonly kind: 'placed';
  /** Absent where only authorizations were fetched. */
  readonly order?: AcmeOrder;
  /** Those that were fetched. */
  readonly authorizations: readonly Authorization[];
  /** What kept us from fetching all of them. */
  readonly trouble?: Trouble;
}

/** Why one name was not proved. */
export interface AuthorizationFault {
  readonly identifier: string;
  readonly fault: Fault;
}

export type OrderOutcome =
  | Placed
  | { readonly kind: 'issued'; readonly certificatePem: string }
  | { readonly kind: 'waiting'; readonly order: AcmeOrder }
  /** The server gave it up, or one of its names cannot be proved any more. */
  | { readonly kind: 'failed'; readonly order: AcmeOrder; readonly faults: readonly AuthorizationFault[] }
  /** Not asked at all, because it cannot succeed: upstream's words. */
  | { readonly kind: 'refused'; readonly during: During; readonly error: string }
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  | { readonly kind: 'noAccount'; readonly message: string };

/** The reason of the event on an Order that is not ours. */
export const disowning = 'NotOurs';

const failureStates: readonly (AcmeState | undefined)[] = ['invalid', 'expired', 'errored'];

/** Upstream's failure states: nothing happens any more. */
export function isFailed(state: AcmeState | undefined): boolean {
  return failureStates.includes(state);
}

/** Whether the Order has its result, for good. */
export function isEnded({ status }: Order): boolean {
  return isFailed(status?.state) || isIssued(status);
}

export function isIssued(status: Order['status']): boolean {
  return status?.state === 'valid' && Boolean(status.certificate);
}
