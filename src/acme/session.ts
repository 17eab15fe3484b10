// One conversation with one ACME server: its directory, its nonces, signed requests (RFC 8555 sections 6.2 to 6.5, 7.1.1, 7.2). A bad nonce is
// tried again with a fresh one; nothing else is.
import type { KeyObject } from 'node:crypto';
import { AcmeProblem, DecodeError } from '../base/errors.ts';
import type { Http, HttpAnswer, HttpRequest } from '../net/http.ts';
import type { OnAcmeRequest } from './client.ts';
import { directoryOf } from './documents.ts';
import { type Signatory, signedMessage } from './jws.ts';
import { NoncePool } from './nonces.ts';
import { problemOf } from './problem.ts';
import type { Directory } from './resources.ts';

/** Upstream's names, for metrics; a nonce is asked for in the name of what needs it. */
export type AcmeAction =
  | 'discover'
  | 'register_account'
  | 'get_registration'
  | 'update_registration'
  | 'authorize_order'
  | 'get_order'
  | 'get_authorization'
  | 'get_challenge'
  | 'accept_challenge'
  | 'create_order_cert'
  | 'fetch_cert'
  | 'list_cert_alternates'
  | 'get_renewal_info'
  | 'unnamed_action';

export interface SessionOptions {
  readonly directoryUrl: string;
  readonly http: Http;
  readonly now: () => Date;
  readonly onRequest?: OnAcmeRequest | undefined;
}

export interface SignedRequest {
  readonly action: AcmeAction;
  readonly url: string;
  readonly key: KeyObject;
  readonly signatory: Signatory;
  /** Undefined: POST-as-GET. */
  readonly payload: object | undefined;
  readonly accept?: string;
  readonly maxBytes?: number;
}

/** Upstream's. */
const timeoutMs = 90_000;
const directoryMs = 3_600_000;
const nonceRetries = 3;
/** What a server answers in JSON is small; chains have a limit of their own. */
const mostBytes = 1024 * 1024;
const noAnswer = 999;

export class AcmeSession {
  readonly #options: SessionOptions;
  readonly #nonces = new NoncePool();
  #directory: { readonly value: Promise<Directory>; readonly until: number; readonly signal: AbortSignal } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get now(): Date {
    return this.#options.now();
  }

  /** Kept for an hour; a failure is not kept. Whoever asks meanwhile waits for the same answer. */
  async directory(signal: AbortSignal): Promise<Directory> {
    signal.throwIfAborted();
    const now = this.now.getTime();
    if (this.#directory === undefined || now >= this.#directory.until) {
      this.#directory = { value: this.#discover(signal), until: now + directoryMs, signal };
    }
    const asked = this.#directory;
    try {
      return await orAborted(asked.value, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (this.#directory === asked) this.#directory = undefined;
      // That the one who asked has given up is no failure for those who have waited with him.
      if (asked.signal.aborted) return this.directory(signal);
      throw error;
    }
  }

  /** An unsigned GET. Rejects with AcmeProblem for anything but 2xx. */
  async get(action: AcmeAction, url: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#exchange(action, { method: 'GET', url }, signal);
    if (answer.status < 200 || answer.status > 299) throw problemOf(answer, this.now);
    return answer;
  }

  /** A signed POST. Rejects with AcmeProblem for anything but 2xx, once a bad nonce was not the only reason. */
  async post(request: SignedRequest, signal: AbortSignal): Promise<HttpAnswer> {
    for (let retries = 0; ; retries++) {
      const nonce = await this.#nonce(request.action, signal);
      const { key, signatory, url, payload } = request;
      const body = JSON.stringify(signedMessage(key, { ...signatory, nonce, url }, payload));
      const headers = {
        'content-type': 'application/jose+json',
        ...(request.accept === undefined ? {} : { accept: request.accept }),
      };
      const sent = { method: 'POST', url, headers, body, maxBytes: request.maxBytes ?? mostBytes };
      const answer = await this.#exchange(request.action, sent, signal);
      if (answer.status >= 200 && answer.status <= 299) return answer;
      const problem = problemOf(answer, this.now);
      if (problem.type !== 'badNonce' || retries === nonceRetries) throw problem;
      // Nonces that were given before a bad one may have gone with it: only the one that came with this answer is good for sure.
      this.#nonces.clear();
      this.#nonces.put(answer.headers['replay-nonce']);
    }
  }

  async #discover(signal: AbortSignal): Promise<Directory> {
    const { directoryUrl } = this.#options;
    return directoryOf(await this.get('discover', directoryUrl, signal), directoryUrl);
  }

  async #nonce(action: AcmeAction, signal: AbortSignal): Promise<string> {
    const kept = this.#nonces.take();
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory(signal);
    const answer = await this.#exchange(action, { method: 'HEAD', url: newNonce }, signal);
    if (answer.status < 200 || answer.status > 299) throw problemOf(answer, this.now);
    const fresh = this.#nonces.take();
    if (fresh === undefined) throw new DecodeError('nonce', 'the server gives no nonce');
    return fresh;
  }

  async #exchange(action: AcmeAction, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const started = performance.now();
    let status = noAnswer;
    try {
      const answer = await this.#options.http({ timeoutMs, maxBytes: mostBytes, ...request }, signal);
      status = answer.status;
      this.#nonces.put(answer.headers['replay-nonce']);
      return answer;
    } finally {
      const { protocol, host } = URL.parse(request.url) ?? { protocol: '', host: '' };
      const seconds = (performance.now() - started) / 1000;
      this.#options.onRequest?.({
        scheme: protocol.replace(':', ''),
        host,
        action,
        method: request.method,
        status,
        seconds,
      });
    }
  }
}

export const isProblem = (error: unknown, type: string): error is AcmeProblem =>
  error instanceof AcmeProblem && error.type === type;

/** Rejects with the signal's reason where that comes first. */
function orAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
