// Asks the ACME server: places, reads, finalizes and fetches orders. What an answer means is settle.ts' business; only the rest that a server
// asks for is passed on here, to all orders of the issuer.
import type { AcmeClient } from '../../acme/client.ts';
import type { Order as AcmeOrder, Authorization, NewOrder } from '../../acme/resources.ts';
import type { OrderSpec } from '../../api/order.ts';
import { parseDuration } from '../../base/duration.ts';
import { AcmeProblem, DecodeError } from '../../base/errors.ts';
import type { AcmeAccounts } from '../../issuers/acme/accounts.ts';
import { restAfter } from '../../issuers/acme/rate-limits.ts';
import type { BackendIo } from '../../issuers/backend.ts';
import { HttpError } from '../../net/http.ts';
import { csrDerOf, identifiersOf } from './identifiers.ts';
import type { AuthorizationFault, During, OrderCall, OrderOutcome, Trouble } from './seen.ts';

/** What Orders need of the accounts. */
export type OrderAccounts = Pick<AcmeAccounts, 'open' | 'pausedUntil' | 'pause'>;

export interface PerformDeps {
  readonly accounts: OrderAccounts;
  readonly io: BackendIo;
  /** Bytes of a signing request. */
  readonly requestBytes: number;
}

/** How many authorizations are fetched at once. */
const atOnce = 5;

/** Rejects with what is neither an answer of the server nor the lack of one, and with the signal's reason. */
export async function performOrder(call: OrderCall, deps: PerformDeps): Promise<OrderOutcome> {
  const account = await deps.accounts.open(call.issuer, deps.io);
  if (account.kind === 'unavailable') return { kind: 'noAccount', message: account.message };
  const session = new Session(account.client, call, deps);
  const outcome = await session.run();
  const trouble = outcome.kind === 'trouble' || outcome.kind === 'placed' ? outcome.trouble : undefined;
  const rest = restAfter(trouble?.error, deps.io.now(), trouble?.during === 'create');
  if (rest !== undefined) deps.accounts.pause(call.issuer, rest.accountUntil);
  return outcome;
}

class Session {
  readonly #client: AcmeClient;
  readonly #call: OrderCall;
  readonly #io: BackendIo;
  readonly #requestBytes: number;

  constructor(client: AcmeClient, call: OrderCall, { io, requestBytes }: PerformDeps) {
    this.#client = client;
    this.#call = call;
    this.#io = io;
    this.#requestBytes = requestBytes;
  }

  async run(): Promise<OrderOutcome> {
    try {
      return await this.#start();
    } catch (error) {
      this.#io.signal.throwIfAborted();
      if (error instanceof Failed) return { kind: 'trouble', trouble: error.trouble };
      throw error;
    }
  }

  #start(): Promise<OrderOutcome> {
    switch (this.#call.kind) {
      case 'place':
        return this.#place();
      case 'read':
        return this.#read();
      case 'finalize':
        return this.#finalize();
      case 'look':
        return this.#look(true);
    }
  }

  async #place(): Promise<OrderOutcome> {
    const { spec } = this.#call.order;
    const { profile, replaces } = spec;
    const directory =
      profile || replaces ? await this.#asked('create', this.#client.directory(this.#io.signal)) : undefined;
    if (profile) {
      const error = profileError(profile, directory?.profiles);
      if (error !== undefined) return { kind: 'refused', during: 'create', error };
    }
    const isReplacing = Boolean(replaces) && directory?.renewalInfo !== undefined;
    const order = await this.#newOrder(newOrderOf(spec, this.#io.now()), isReplacing ? replaces : undefined);
    if (order.status === 'invalid') return this.#failed(order);
    return { kind: 'placed', order, ...(await this.#authorizations(order.authorizations)) };
  }

  /** Where the server refuses `replaces`, the order is placed without it, once (RFC 9773 section 5). */
  async #newOrder(order: NewOrder, replaces: string | undefined): Promise<AcmeOrder> {
    const { signal } = this.#io;
    if (replaces === undefined) return this.#asked('create', this.#client.newOrder(order, signal));
    try {
      return await this.#asked('create', this.#client.newOrder({ ...order, replaces }, signal));
    } catch (error) {
      if (!(error instanceof Failed) || !isReplacesRefused(error.trouble.error)) throw error;
      return this.#asked('create', this.#client.newOrder(order, signal));
    }
  }

  async #read(): Promise<OrderOutcome> {
    const { url = '', finalizeURL, authorizations = [] } = this.#call.order.status ?? {};
    const order = finalizeURL && authorizations.length > 0 ? undefined : await this.#fetchOrder(url);
    if (order?.status === 'invalid') return this.#failed(order);
    const known =
      authorizations.length > 0 ? authorizations : (order?.authorizations ?? []).map((each) => ({ url: each }));
    const urls = known.filter((each) => !('identifier' in each) || !each.identifier).map((each) => each.url);
    return { kind: 'placed', ...(order === undefined ? {} : { order }), ...(await this.#authorizations(urls)) };
  }

  async #finalize(): Promise<OrderOutcome> {
    const { spec, status } = this.#call.order;
    const orderUrl = status?.url ?? '';
    const csrDer = bytesOf(spec, this.#requestBytes);
    if (typeof csrDer === 'string') return { kind: 'refused', during: 'finalize', error: csrDer };
    const finalizeUrl = status?.finalizeURL ?? '';
    try {
      const request = { finalizeUrl, orderUrl, csrDer };
      return await this.#of(await this.#asked('finalize', this.#client.finalizeOrder(request, this.#io.signal)));
    } catch (error) {
      // Finalized before, without our having noticed, or not ready yet (RFC 8555 section 7.4).
      if (!(error instanceof Failed) || error.trouble.during !== 'finalize' || !isForbidden(error.trouble.error))
        throw error;
      const seen = await this.#look(false);
      if (seen !== undefined) return seen;
      throw error;
    }
  }

  async #look(mayFinalize: true): Promise<OrderOutcome>;
  async #look(mayFinalize: false): Promise<OrderOutcome | undefined>;
  async #look(mayFinalize: boolean): Promise<OrderOutcome | undefined> {
    const order = await this.#fetchOrder(this.#call.order.status?.url ?? '');
    if (order.status === 'ready') return mayFinalize ? this.#finalize() : undefined;
    return this.#of(order);
  }

  async #of(order: AcmeOrder): Promise<OrderOutcome> {
    if (order.status === 'invalid') return this.#failed(order);
    if (order.status === 'pending' && this.#call.hasFailures) return this.#failed(order);
    if (order.status !== 'valid' || order.certificate === undefined) return { kind: 'waiting', order };
    const preferredChain = this.#call.issuer.spec.acme?.preferredChain;
    const options = preferredChain ? { preferredChain } : {};
    const certificatePem = await this.#asked(
      'download',
      this.#client.fetchCertificate(order.certificate, options, this.#io.signal),
    );
    return { kind: 'issued', certificatePem };
  }

  /** The order says little, if anything: which name it was stands in its authorizations. */
  async #failed(order: AcmeOrder): Promise<OrderOutcome> {
    const { authorizations, trouble } = await this.#authorizations(order.authorizations);
    const faults = authorizations.flatMap(faultsOf);
    if (trouble !== undefined && faults.length === 0 && order.error === undefined) throw new Failed(trouble);
    // One of our Challenges failed, but the server has all the proofs: its order is about to be ready.
    const isProved = order.status === 'pending' && authorizations.every(({ status }) => status === 'valid');
    return isProved ? { kind: 'waiting', order } : { kind: 'failed', order, faults };
  }

  #fetchOrder(url: string): Promise<AcmeOrder> {
    return this.#asked('retrieve', this.#client.fetchOrder(url, this.#io.signal));
  }

  /** As many as could be fetched, and what kept us from the rest. */
  async #authorizations(urls: readonly string[]): Promise<{ authorizations: Authorization[]; trouble?: Trouble }> {
    const authorizations: Authorization[] = [];
    for (let from = 0; from < urls.length; from += atOnce) {
      const some = urls.slice(from, from + atOnce);
      const asked = some.map((url) => this.#asked('authorize', this.#client.fetchAuthorization(url, this.#io.signal)));
      for (const result of await Promise.allSettled(asked)) {
        if (result.status === 'fulfilled') authorizations.push(result.value);
        else if (result.reason instanceof Failed) return { authorizations, trouble: result.reason.trouble };
        else throw result.reason;
      }
    }
    return { authorizations };
  }

  async #asked<T>(during: During, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#io.signal.throwIfAborted();
      const isAnswer = error instanceof AcmeProblem || error instanceof HttpError || error instanceof DecodeError;
      throw isAnswer ? new Failed({ during, error }) : error;
    }
  }
}

/** A request that failed, on its way to the one place that says so. */
class Failed extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(`the ACME server could not ${trouble.during}`);
    this.trouble = trouble;
  }
}

function newOrderOf(spec: OrderSpec, now: Date): NewOrder {
  const durationMs = spec.duration === undefined ? undefined : parseDuration(spec.duration);
  return {
    identifiers: identifiersOf(spec),
    ...(durationMs === undefined ? {} : { notAfter: new Date(now.getTime() + durationMs) }),
    ...(spec.profile ? { profile: spec.profile } : {}),
  };
}

/** Upstream's words. */
function profileError(profile: string, profiles: Readonly<Record<string, string>> | undefined): string | undefined {
  if (profiles === undefined) return 'acme: certificate authority does not support profiles';
  if (Object.hasOwn(profiles, profile)) return undefined;
  return `acme: certificate authority does not advertise a profile with name ${profile}`;
}

function bytesOf(spec: OrderSpec, maximumBytes: number): Uint8Array | string {
  try {
    return csrDerOf(spec, maximumBytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** `malformed` is what some servers say that do not find the certificate that is to be replaced. */
function isReplacesRefused(error: unknown): boolean {
  return error instanceof AcmeProblem && ['alreadyReplaced', 'malformed'].includes(error.type);
}

const isForbidden = (error: unknown): boolean => error instanceof AcmeProblem && error.status === 403;

function faultsOf({ identifier, wildcard, challenges }: Authorization): AuthorizationFault[] {
  const fault = challenges.find(({ error }) => error !== undefined)?.error;
  return fault === undefined ? [] : [{ identifier: wildcard ? `*.${identifier.value}` : identifier.value, fault }];
}
