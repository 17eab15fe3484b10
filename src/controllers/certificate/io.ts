// What the Certificate controller may touch besides the store. A type only.
import type { PemLimits } from '../../pki/limits.ts';
import type { RawSecret } from './secret-ingest.ts';

export interface CertificateIo {
  /** The Secret as it is now; undefined where there is none. */
  fetchSecret(namespace: string | undefined, name: string, signal: AbortSignal): Promise<RawSecret | undefined>;
  random(): number;
  now(): Date;
  readonly pemLimits: PemLimits;
}
