// The ACME client of one account at one server (RFC 8555, RFC 9773). Each method is one step of the protocol; it knows no Kubernetes, never sleeps
// and never polls: when to look again is part of what it answers.
import type { KeyObject } from 'node:crypto';
import type { Http } from '../net/http.ts';
import type { Account, Authorization, Challenge, Directory, NewAccount, NewOrder, Order, RenewalInfo } from './resources.ts';

/** For metrics: upstream's names of actions. `status` is 999 where no answer came. */
export type OnAcmeRequest = (request: {
  readonly scheme: string;
  readonly host: string;
  readonly action: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}) => void;

export interface AcmeClientOptions {
  readonly directoryUrl: string;
  /** RSA (RS256) or EC (ES256, ES384, ES512). Not needed for what is unsigned: directory, renewal information. */
  readonly key?: KeyObject;
  /** Where it is known already; else `createAccount` or `findAccount` finds it. */
  readonly accountUrl?: string;
  readonly http: Http;
  readonly now: () => Date;
  readonly onRequest?: OnAcmeRequest;
}

/**
 * All methods reject with AcmeProblem for an answer other than success, HttpError where there was none, DecodeError for an answer that is not
 * what RFC 8555 says, and the signal's reason. A bad nonce is repeated with a fresh one, three times at most; nothing else is.
 */
export interface AcmeClient {
  /** The account's URL, once it is known. */
  readonly accountUrl: string | undefined;
  /** RFC 7638 thumbprint of the key, base64url. */
  readonly thumbprint: string;
  /** Kept for an hour. */
  directory(signal: AbortSignal): Promise<Directory>;
  /** RFC 8555 section 7.3; agrees to the terms of service. Answers the existing account where the key has one. */
  createAccount(account: NewAccount, signal: AbortSignal): Promise<Account & { readonly existed: boolean }>;
  /** Section 7.3.1; undefined where the key has no account. */
  findAccount(signal: AbortSignal): Promise<Account | undefined>;
  /** Section 7.3.2. */
  updateAccount(change: { readonly contact: readonly string[] }, signal: AbortSignal): Promise<Account>;
  /** Section 7.3.6. */
  deactivateAccount(signal: AbortSignal): Promise<Account>;
  /** Section 7.3.5: this client uses the new key from then on. */
  changeKey(key: KeyObject, signal: AbortSignal): Promise<void>;
  newOrder(order: NewOrder, signal: AbortSignal): Promise<Order>;
  fetchOrder(url: string, signal: AbortSignal): Promise<Order>;
  fetchAuthorization(url: string, signal: AbortSignal): Promise<Authorization>;
  deactivateAuthorization(url: string, signal: AbortSignal): Promise<Authorization>;
  fetchChallenge(url: string, signal: AbortSignal): Promise<Challenge>;
  /** Section 7.5.1: tells the server to look. */
  acceptChallenge(url: string, signal: AbortSignal): Promise<Challenge>;
  /** Section 7.4; `finalizeUrl` is the order's, `orderUrl` becomes the answer's `url`. */
  finalizeOrder(order: { readonly finalizeUrl: string; readonly orderUrl: string; readonly csrDer: Uint8Array }, signal: AbortSignal): Promise<Order>;
  /**
   * Section 7.4.2: the chain as PEM, leaf first. With `preferredChain` the first of the default chain and its alternates whose last certificate's
   * issuer has that common name, else the default; alternates are only fetched where the default does not fit.
   */
  fetchCertificate(url: string, options: { readonly preferredChain?: string }, signal: AbortSignal): Promise<string>;
  /** Section 7.6, signed by the account's key, or by the certificate's own where `key` is given. */
  revokeCertificate(
    revocation: { readonly certificateDer: Uint8Array; readonly reason?: number; readonly key?: KeyObject },
    signal: AbortSignal,
  ): Promise<void>;
  /** RFC 9773 section 4; undefined where the server does not offer it. `certificateId` is that of section 4.1. */
  renewalInfo(certificateId: string, signal: AbortSignal): Promise<RenewalInfo | undefined>;
}

export function createAcmeClient(_options: AcmeClientOptions): AcmeClient {
  throw new Error('not there yet');
}

/** Section 8.1: what proves a challenge, `token.thumbprint`. */
export function keyAuthorization(token: string, thumbprint: string): string {
  return `${token}.${thumbprint}`;
}
