// The calls that a decision about a Certificate may ask for, and what they can come to. Types only.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { NewCondition } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import type { SecretFacts } from './seen.ts';

/** An issuance that is about to begin: what the Issuing condition and its event will say. */
export interface Start {
  readonly reason: string;
  readonly message: string;
  readonly suspended: NewCondition | 'remove';
  /** A renewal that leaves its windows. */
  readonly windowWarning: string | undefined;
}

/**
 * - `prepare`: make the next private key (fresh, or the one in use) and, where `request` says so, a request signed by it.
 * - `request`: sign a request with the next private key that is already stored.
 * - `store`: build the target Secret from the stored key and what the issuer returned, or from a temporary certificate.
 * - `askServer`: ask the ACME server when to renew the certificate with this id (RFC 9773).
 * - `reapply`: build the target Secret anew from its own key and certificate.
 */
export type Call =
  | {
      readonly kind: 'prepare';
      readonly start: Start | undefined;
      readonly from: 'new' | 'target';
      readonly warning: string | undefined;
      readonly request: boolean;
    }
  | { readonly kind: 'request'; readonly keySecretName: string }
  | {
      readonly kind: 'store';
      readonly keySecretName: string;
      readonly request: CertificateRequest;
      readonly temporary: boolean;
    }
  | { readonly kind: 'askServer'; readonly issuer: Issuer; readonly renewalId: string }
  | { readonly kind: 'reapply' };

export type Outcome =
  | {
      readonly kind: 'prepared';
      readonly keySecretName: string;
      readonly keyPem: string;
      readonly request: NewRequest | undefined;
    }
  | { readonly kind: 'requested'; readonly request: NewRequest }
  | { readonly kind: 'built'; readonly manifest: Manifest; readonly facts: SecretFacts }
  /** `jitter` is a random number from 0 to 1. */
  | { readonly kind: 'answered'; readonly answer: RenewalAnswer; readonly jitter: number }
  /** Something that the user must provide is missing; `reason` is that of the event, where there is one. */
  | { readonly kind: 'blocked'; readonly reason: string | undefined; readonly message: string }
  /** What was to be read is no longer there, or no longer what it was: the next look decides anew. */
  | { readonly kind: 'gone' };

export interface RenewalQuestion {
  readonly issuer: Issuer;
  readonly renewalId: string;
  /** Of the Certificate that asks. */
  readonly uid: string;
}

/** What an ACME server said about the time of renewal. `later`: too many were asked about at once; `none`: it has no such service. */
export type RenewalAnswer =
  | {
      readonly kind: 'window';
      readonly start: Date;
      readonly end: Date;
      readonly explanationUrl?: string;
      readonly retryAfter?: Date;
    }
  | { readonly kind: 'later'; readonly at: Date }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly message: string };

export interface NewRequest {
  readonly name: string;
  readonly csrPem: string;
}
