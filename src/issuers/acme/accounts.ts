// One ACME client for each issuer, kept while key, server and trust stay the same, and the rest that servers ask for. Memory only: what must
// outlive a restart is in the issuer's status, which the Issuer controller writes.
import type { KeyObject } from 'node:crypto';
import { type AcmeClient, createAcmeClient, type OnAcmeRequest } from '../../acme/client.ts';
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import type { Issuer } from '../../api/issuer.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { defaultPemLimits, type PemLimits } from '../../pki/limits.ts';
import type { BackendIo } from '../backend.ts';
import { type AccountKey, accountKeyReaders, defaultKeyName } from './account-key.ts';

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
  /** As `open`, for an account that may have to be registered first. */
  clientFor(issuer: Issuer, key: KeyObject, hash: string, accountUrl: string | undefined, io: BackendIo): AcmeClient;
  /** The account's key; undefined where its Secret does not exist. */
  key(config: ACMEIssuerSpec, io: BackendIo): Promise<AccountKey | undefined>;
  /** Until when nothing is asked of the server for this issuer: what we were told, or what the status kept over a restart; undefined: now is fine. */
  pausedUntil(issuer: Issuer, now: Date): Date | undefined;
  /** The server asked for rest. */
  pause(issuer: Issuer, until: Date): void;
  /** Whether the server said that it does not know the account of the status; until `clientFor` is asked for one that is not registered yet. */
  isLost(issuer: Issuer): boolean;
  /** Called after `pause`, so that the issuer's status can say it, and where an account is lost. */
  onChange(listen: (issuer: Issuer) => void): void;
  forget(issuerUid: string): void;
}

interface Kept {
  readonly fingerprint: string;
  readonly client: AcmeClient;
}

interface Pause {
  readonly server: string;
  readonly until: Date;
}

/** The rest that the status remembers, unless its account is known to be another server's. */
function keptPause({ spec, status }: Issuer): Date | undefined {
  const { uri = '', pausedUntil = '' } = status?.acme ?? {};
  const isHere = uri === '' || URL.parse(uri)?.host === URL.parse(spec.acme?.server ?? '')?.host;
  return isHere ? parseTime(pausedUntil) : undefined;
}

export function createAcmeAccounts(options: {
  readonly limits?: PemLimits;
  readonly onRequest?: OnAcmeRequest;
}): AcmeAccounts {
  return new Accounts(options.limits ?? defaultPemLimits, options.onRequest);
}

class Accounts implements AcmeAccounts {
  readonly #clients = new Map<string, Kept>();
  readonly #pauses = new Map<string, Pause>();
  /** The URLs of accounts by the uid of their issuer. */
  readonly #lost = new Map<string, string>();
  readonly #listeners: ((issuer: Issuer) => void)[] = [];
  readonly #readerOf: ReturnType<typeof accountKeyReaders>;
  readonly #onRequest: OnAcmeRequest | undefined;

  constructor(limits: PemLimits, onRequest: OnAcmeRequest | undefined) {
    this.#readerOf = accountKeyReaders(limits);
    this.#onRequest = onRequest;
  }

  async open(issuer: Issuer, io: BackendIo): Promise<OpenedAccount> {
    const unavailable = { kind: 'unavailable', message: 'ACME client for issuer not initialised/available' } as const;
    const { acme: config } = issuer.spec;
    const uri = issuer.status?.acme?.uri;
    if (config === undefined || uri === undefined || uri === '') return unavailable;
    const key = await this.key(config, io);
    if (key?.kind !== 'ok') return unavailable;
    return { kind: 'open', client: this.clientFor(issuer, key.key, key.hash, uri, io) };
  }

  key(config: ACMEIssuerSpec, io: BackendIo): Promise<AccountKey | undefined> {
    const { name, key = '' } = config.privateKeySecretRef;
    return io.secret(name, this.#readerOf(key === '' ? defaultKeyName : key));
  }

  clientFor(issuer: Issuer, key: KeyObject, hash: string, accountUrl: string | undefined, io: BackendIo): AcmeClient {
    const { server = '', caBundle, skipTLSVerify = false } = issuer.spec.acme ?? {};
    const fingerprint = JSON.stringify([server, caBundle, skipTLSVerify, hash]);
    const { uid } = issuer.metadata;
    if (accountUrl === undefined) this.#lost.delete(uid);
    const kept = this.#clients.get(uid);
    // The one that has just registered the account knows its URL, and the server's directory.
    if (kept?.fingerprint === fingerprint && kept.client.accountUrl === accountUrl) return kept.client;
    const trust = {
      ...(caBundle === undefined || caBundle === '' ? {} : { caPem: Buffer.from(caBundle, 'base64').toString('utf8') }),
      ...(skipTLSVerify ? { skipVerify: true } : {}),
    };
    const client: AcmeClient = createAcmeClient({
      directoryUrl: server,
      key,
      ...(accountUrl === undefined ? {} : { accountUrl }),
      http: io.http.open(trust),
      now: io.now,
      ...(this.#onRequest === undefined ? {} : { onRequest: this.#onRequest }),
      onAccountLost: () => this.#lose(issuer, client.accountUrl),
    });
    this.#clients.set(uid, { fingerprint, client });
    return client;
  }

  pausedUntil(issuer: Issuer, now: Date): Date | undefined {
    const told = this.#pauses.get(issuer.metadata.uid);
    // Whoever is sent to another server owes the former one nothing.
    if (told !== undefined && told.server !== issuer.spec.acme?.server) return undefined;
    const kept = keptPause(issuer);
    const later = told === undefined || (kept !== undefined && kept > told.until) ? kept : told.until;
    return later !== undefined && later > now ? later : undefined;
  }

  pause(issuer: Issuer, until: Date): void {
    const { server = '' } = issuer.spec.acme ?? {};
    const former = this.#pauses.get(issuer.metadata.uid);
    if (former?.server === server && former.until >= until) return;
    this.#pauses.set(issuer.metadata.uid, { server, until });
    this.#tell(issuer);
  }

  isLost({ metadata, status }: Issuer): boolean {
    const lost = this.#lost.get(metadata.uid);
    return lost !== undefined && lost === status?.acme?.uri;
  }

  #lose(issuer: Issuer, accountUrl: string | undefined): void {
    if (accountUrl === undefined) return;
    this.#lost.set(issuer.metadata.uid, accountUrl);
    this.#tell(issuer);
  }

  #tell(issuer: Issuer): void {
    for (const listen of this.#listeners) listen(issuer);
  }

  onChange(listen: (issuer: Issuer) => void): void {
    this.#listeners.push(listen);
  }

  forget(issuerUid: string): void {
    this.#clients.delete(issuerUid);
    this.#pauses.delete(issuerUid);
    this.#lost.delete(issuerUid);
  }
}
