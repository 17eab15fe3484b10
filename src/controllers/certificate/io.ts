// What the Certificate controller may touch besides the store. A type only.
import type { PemLimits } from '../../pki/limits.ts';
import type { RenewalAnswer, RenewalQuestion } from './call.ts';
import type { RawSecret } from './secret-ingest.ts';

export interface CertificateIo {
  /** The Secret as it is now; undefined where there is none. */
  fetchSecret(namespace: string | undefined, name: string, signal: AbortSignal): Promise<RawSecret | undefined>;
  /** Asks the ACME server of an issuer about a certificate (RFC 9773); what it rejects with is a failure of that server. */
  askServer(question: RenewalQuestion, signal: AbortSignal): Promise<RenewalAnswer>;
  random(): number;
  now(): Date;
  readonly pemLimits: PemLimits;
}
