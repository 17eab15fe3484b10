// One ACME client for each issuer, kept while key, server and trust stay the same, and the rest that servers ask for. Memory only: what must
// outlive a restart is in the issuer's status, which the Issuer controller writes.
import type { AcmeClient, OnAcmeRequest } from '../../acme/client.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { BackendIo } from '../backend.ts';

export type OpenedAccount =
  | { readonly kind: 'open'; readonly client: AcmeClient }
  /** For a status: short and stable. */
  | { readonly kind: 'unavailable'; readonly message: string };

export interface AcmeAccounts {
  /**
   * The client of an issuer's account, made of spec.acme, the key in its Secret (read through `io`) and status.acme.uri. No request is sent.
   * Rejects with what reading the Secret throws.
   */
  open(issuer: Issuer, io: BackendIo): Promise<OpenedAccount>;
  /** Until when nothing is asked of the server for this issuer: what we were told, or what the status kept over a restart; undefined: now is fine. */
  pausedUntil(issuer: Issuer, now: Date): Date | undefined;
  /** The server asked for rest. */
  pause(issuer: Issuer, until: Date): void;
  /** Called after `pause`, so that the issuer's status can say it. */
  onPause(listen: (issuer: Issuer) => void): void;
  forget(issuerUid: string): void;
}

export function createAcmeAccounts(_options: { readonly onRequest?: OnAcmeRequest }): AcmeAccounts {
  throw new Error('not there yet');
}
