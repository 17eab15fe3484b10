// The ACME client of one account at one server (RFC 8555, RFC 9773). Each method is one step of the protocol; it knows no Kubernetes, never sleeps
// and never polls: when to look again is part of what it answers.
import type { KeyObject } from 'node:crypto';
import { AcmeProblem, DecodeError } from '../base/errors.ts';
import type { Http, HttpAnswer } from '../net/http.ts';
import { alternatesOf, chainOf, leadsTo } from './chains.ts';
import { accountOf, authorizationOf, challengeOf, checkedUrl, orderOf, renewalInfoOf } from './documents.ts';
import { base64url, externalBinding, jwkOf, type Signatory, signedMessage, thumbprintOf } from './jws.ts';
import type {
  Account,
  Authorization,
  Challenge,
  Directory,
  NewAccount,
  NewOrder,
  Order,
  RenewalInfo,
} from './resources.ts';
import { type AcmeAction, AcmeSession, isProblem } from './session.ts';

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
  /** The server does not know the account (any more), for what was signed in its name. */
  readonly onAccountLost?: () => void;
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
  finalizeOrder(
    order: { readonly finalizeUrl: string; readonly orderUrl: string; readonly csrDer: Uint8Array },
    signal: AbortSignal,
  ): Promise<Order>;
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

export function createAcmeClient(options: AcmeClientOptions): AcmeClient {
  return new Client(options);
}

/** A chain of 20 large certificates. */
const mostChainBytes = 1024 * 1024;
const pemChain = 'application/pem-certificate-chain';

class Client implements AcmeClient {
  accountUrl: string | undefined;
  readonly #options: AcmeClientOptions;
  readonly #session: AcmeSession;
  #key: KeyObject | undefined;
  #thumbprint: string | undefined;

  constructor(options: AcmeClientOptions) {
    this.#options = options;
    this.#session = new AcmeSession(options);
    this.#key = options.key;
    this.accountUrl = options.accountUrl;
  }

  get thumbprint(): string {
    this.#thumbprint ??= thumbprintOf(this.#signingKey());
    return this.#thumbprint;
  }

  directory(signal: AbortSignal): Promise<Directory> {
    return this.#session.directory(signal);
  }

  async createAccount({ contact, externalAccount }: NewAccount, signal: AbortSignal) {
    const { newAccount } = await this.directory(signal);
    const key = this.#signingKey();
    const payload = {
      termsOfServiceAgreed: true,
      ...(contact.length === 0 ? {} : { contact }),
      ...(externalAccount === undefined
        ? {}
        : { externalAccountBinding: externalBinding(key, externalAccount, newAccount) }),
    };
    const answer = await this.#byKey('register_account', newAccount, payload, signal);
    const account = this.#account(answer, newAccount);
    return { ...account, existed: answer.status === 200 };
  }

  async findAccount(signal: AbortSignal): Promise<Account | undefined> {
    const { newAccount } = await this.directory(signal);
    try {
      return this.#account(
        await this.#byKey('get_registration', newAccount, { onlyReturnExisting: true }, signal),
        newAccount,
      );
    } catch (error) {
      if (isProblem(error, 'accountDoesNotExist')) return undefined;
      throw error;
    }
  }

  async updateAccount(change: { readonly contact: readonly string[] }, signal: AbortSignal): Promise<Account> {
    const url = await this.#knownAccount(signal);
    return accountOf(await this.#byAccount('update_registration', url, change, signal), url);
  }

  async deactivateAccount(signal: AbortSignal): Promise<Account> {
    const url = await this.#knownAccount(signal);
    return accountOf(await this.#byAccount('update_registration', url, { status: 'deactivated' }, signal), url);
  }

  async changeKey(key: KeyObject, signal: AbortSignal): Promise<void> {
    const { keyChange: url } = await this.directory(signal);
    if (url === undefined) throw new DecodeError('directory', 'the server does not let account keys be changed');
    const account = await this.#knownAccount(signal);
    const inner = signedMessage(key, { jwk: jwkOf(key), url }, { account, oldKey: jwkOf(this.#signingKey()) });
    await this.#byAccount('unnamed_action', url, inner, signal);
    this.#key = key;
    this.#thumbprint = undefined;
  }

  async newOrder(
    { identifiers, notBefore, notAfter, profile, replaces }: NewOrder,
    signal: AbortSignal,
  ): Promise<Order> {
    const { newOrder } = await this.directory(signal);
    const payload = {
      identifiers,
      ...(notBefore === undefined ? {} : { notBefore: notBefore.toISOString() }),
      ...(notAfter === undefined ? {} : { notAfter: notAfter.toISOString() }),
      ...(profile === undefined ? {} : { profile }),
      ...(replaces === undefined ? {} : { replaces }),
    };
    const answer = await this.#byAccount('authorize_order', newOrder, payload, signal);
    return orderOf(answer, locationOf(answer, newOrder, 'order'), this.#session.now);
  }

  async fetchOrder(url: string, signal: AbortSignal): Promise<Order> {
    return orderOf(await this.#byAccount('get_order', url, undefined, signal), url, this.#session.now);
  }

  async fetchAuthorization(url: string, signal: AbortSignal): Promise<Authorization> {
    return authorizationOf(await this.#byAccount('get_authorization', url, undefined, signal), url, this.#session.now);
  }

  async deactivateAuthorization(url: string, signal: AbortSignal): Promise<Authorization> {
    const answer = await this.#byAccount('unnamed_action', url, { status: 'deactivated' }, signal);
    return authorizationOf(answer, url, this.#session.now);
  }

  async fetchChallenge(url: string, signal: AbortSignal): Promise<Challenge> {
    return challengeOf(await this.#byAccount('get_challenge', url, undefined, signal), url, this.#session.now);
  }

  async acceptChallenge(url: string, signal: AbortSignal): Promise<Challenge> {
    return challengeOf(await this.#byAccount('accept_challenge', url, {}, signal), url, this.#session.now);
  }

  async finalizeOrder(
    order: { readonly finalizeUrl: string; readonly orderUrl: string; readonly csrDer: Uint8Array },
    signal: AbortSignal,
  ): Promise<Order> {
    const answer = await this.#byAccount(
      'create_order_cert',
      order.finalizeUrl,
      { csr: base64url(order.csrDer) },
      signal,
    );
    return orderOf(answer, order.orderUrl, this.#session.now);
  }

  async fetchCertificate(
    url: string,
    { preferredChain }: { readonly preferredChain?: string },
    signal: AbortSignal,
  ): Promise<string> {
    const answer = await this.#byAccount('fetch_cert', url, undefined, signal, pemChain);
    const first = chainOf(answer);
    if (preferredChain === undefined || preferredChain === '' || leadsTo(first, preferredChain)) return first;
    for (const alternate of alternatesOf(answer, url)) {
      const other = chainOf(await this.#byAccount('list_cert_alternates', alternate, undefined, signal, pemChain));
      if (leadsTo(other, preferredChain)) return other;
    }
    return first;
  }

  async revokeCertificate(
    {
      certificateDer,
      reason,
      key,
    }: { readonly certificateDer: Uint8Array; readonly reason?: number; readonly key?: KeyObject },
    signal: AbortSignal,
  ): Promise<void> {
    const { revokeCert: url } = await this.directory(signal);
    if (url === undefined) throw new DecodeError('directory', 'the server does not revoke certificates');
    const payload = { certificate: base64url(certificateDer), ...(reason === undefined ? {} : { reason }) };
    if (key === undefined) await this.#byAccount('unnamed_action', url, payload, signal);
    else
      await this.#session.post({ action: 'unnamed_action', url, key, signatory: { jwk: jwkOf(key) }, payload }, signal);
  }

  async renewalInfo(certificateId: string, signal: AbortSignal): Promise<RenewalInfo | undefined> {
    const { renewalInfo } = await this.directory(signal);
    if (renewalInfo === undefined) return undefined;
    const url = `${renewalInfo.replace(/\/$/, '')}/${encodeURIComponent(certificateId)}`;
    return renewalInfoOf(await this.#session.get('get_renewal_info', url, signal), this.#session.now);
  }

  #signingKey(): KeyObject {
    if (this.#key === undefined) throw new TypeError('this client has no account key');
    return this.#key;
  }

  /** The account of an answer that names it in Location; that URL is used from then on. */
  #account(answer: HttpAnswer, base: string): Account {
    const account = accountOf(answer, locationOf(answer, base, 'account'));
    this.accountUrl = account.url;
    return account;
  }

  /** The account's URL, asked for where it is not known yet. */
  async #knownAccount(signal: AbortSignal): Promise<string> {
    const url = this.accountUrl ?? (await this.findAccount(signal))?.url;
    if (url === undefined) {
      const detail = 'no account exists with the provided key';
      throw new AcmeProblem({ status: 400, type: 'accountDoesNotExist', detail });
    }
    return url;
  }

  #byKey(action: AcmeAction, url: string, payload: object, signal: AbortSignal): Promise<HttpAnswer> {
    const key = this.#signingKey();
    return this.#session.post({ action, url, key, signatory: { jwk: jwkOf(key) }, payload }, signal);
  }

  async #byAccount(
    action: AcmeAction,
    url: string,
    payload: object | undefined,
    signal: AbortSignal,
    accept?: string,
  ): Promise<HttpAnswer> {
    const signatory: Signatory = { kid: await this.#knownAccount(signal) };
    const limits = accept === undefined ? {} : { accept, maxBytes: mostChainBytes };
    // From a status, or from an answer: nothing of the account goes to a plain HTTP server behind an HTTPS one.
    const checked = checkedUrl(url, 'address', this.#options.directoryUrl);
    const request = { action, url: checked, key: this.#signingKey(), signatory, payload, ...limits };
    try {
      return await this.#session.post(request, signal);
    } catch (error) {
      if (isProblem(error, 'accountDoesNotExist')) this.#options.onAccountLost?.();
      throw error;
    }
  }
}

function locationOf(answer: HttpAnswer, base: string, what: string): string {
  const location = answer.headers['location'];
  if (location === undefined) throw new DecodeError(what, `the server does not say where the ${what} is`);
  return checkedUrl(location, `address of the ${what}`, base);
}

/** Section 8.1: what proves a challenge, `token.thumbprint`. */
export function keyAuthorization(token: string, thumbprint: string): string {
  return `${token}.${thumbprint}`;
}
