// Sends requests: budgets, credentials that have to be read anew, retries that the server asked for. Knows no kinds.
import type { IncomingMessage } from 'node:http';
import { type Clock, delay, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import { errorFrom } from './answers.ts';
import { Budgets } from './budget.ts';
import type { ClientOptions, RequestOptions } from './call-options.ts';
import { type Answer, ConnectionError, type Exchange, type Transport } from './transport.ts';
import { userAgentFor } from './user-agent.ts';

const json = 'application/json';
const maxRetries = 5;
const maxRetryWaitMs = 60_000;

/** What may stop a call. `check` is asked before every attempt and may throw. */
export interface Guard {
  readonly signals: readonly AbortSignal[];
  readonly check?: (() => void) | undefined;
}

/** Sends: budgets, credentials' renewal, retries. */
export class Caller {
  readonly options: ClientOptions;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly #log: Log;
  readonly #budgets: Budgets;
  readonly #agents = new Map<string, string>();

  constructor(options: ClientOptions, transport: Transport) {
    this.options = options;
    this.transport = transport;
    this.clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#budgets = new Budgets(this.clock, options, () => this.#hasFairness());
  }

  async call(method: string, path: string, options: RequestOptions, guard: Guard): Promise<Answer> {
    const exchange = this.exchangeFor(method, path, options, guard.signals);
    const repeatable = options.repeatable ?? method !== 'POST';
    let waitedMs = 0;
    for (let attempt = 0; ; attempt++) {
      const wait = this.#budgets.take(options.lane ?? 'reconcile', options.signal);
      if (wait !== undefined) await wait;
      for (const signal of guard.signals) signal.throwIfAborted();
      guard.check?.();
      const outcome = await this.#attempt(exchange);
      if (!(outcome instanceof ApiError)) return outcome;
      const pauseMs = attempt < maxRetries ? this.#retryIn(outcome, attempt, repeatable) : undefined;
      if (pauseMs === undefined || waitedMs + pauseMs > maxRetryWaitMs) throw outcome;
      waitedMs += pauseMs;
      this.#log.debug({ method, path, status: outcome.status, pauseMs }, 'the API server asks to come back later');
      if (outcome.status === 429) this.#budgets.pause(options.lane ?? 'reconcile', pauseMs);
      else await delay(this.clock, pauseMs, options.signal);
    }
  }

  /** How long to wait before the same again; undefined: not at all. */
  #retryIn(error: ApiError, attempt: number, repeatable: boolean): number | undefined {
    if (error.status === 429) return error.retryAfterMs ?? 1000 * 2 ** attempt;
    if (error.status === 401) return attempt === 0 && this.options.access.refresh !== undefined ? 0 : undefined;
    if (error.status >= 500 && repeatable) return error.retryAfterMs;
    if (error.cause instanceof ConnectionError && error.cause.unsent && repeatable && attempt < 2) return 0;
    return undefined;
  }

  async #attempt(exchange: Exchange): Promise<Answer | ApiError> {
    const start = performance.now();
    let status = 0;
    try {
      const answer = await this.transport.exchange(exchange);
      status = answer.status;
      if (status < 300) return answer;
      if (status === 401) this.options.access.refresh?.();
      return errorFrom(status, answer.body.toString(), answer.headers['retry-after'], this.clock.now());
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return unreachable(exchange, error);
    } finally {
      this.options.onRequest?.(exchange.method, status, performance.now() - start);
    }
  }

  exchangeFor(method: string, path: string, options: RequestOptions, signals: readonly AbortSignal[]): Exchange {
    const headers: Record<string, string | number> = {
      accept: options.accept ?? json,
      'accept-encoding': 'identity',
      'user-agent': this.#agentFor(options.as ?? this.options.component ?? 'cert-manager'),
    };
    const exchange = {
      method,
      path: withQuery(path, options.query),
      headers,
      idleMs: options.timeoutMs ?? this.options.timeoutMs ?? 30_000,
      signals,
    };
    if (options.body === undefined) return exchange;
    const body = JSON.stringify(options.body);
    headers['content-type'] = options.contentType ?? json;
    headers['content-length'] = Buffer.byteLength(body);
    return { ...exchange, body };
  }

  #agentFor(component: string): string {
    let agent = this.#agents.get(component);
    if (agent === undefined) {
      agent = userAgentFor(component, this.options.version, this.options.commit);
      this.#agents.set(component, agent);
    }
    return agent;
  }

  /** API Priority and Fairness puts its flow schema into every answer. */
  async #hasFairness(): Promise<boolean> {
    const answer = await this.transport.exchange(this.exchangeFor('HEAD', '/livez/ping', { timeoutMs: 10_000 }, []));
    return answer.headers['x-kubernetes-pf-flowschema-uid'] !== undefined;
  }
}

function unreachable(exchange: Pick<Exchange, 'method' | 'path'>, error: ConnectionError): ApiError {
  const path = exchange.path.split('?', 1)[0];
  return new ApiError(0, 'Unreachable', `${exchange.method} ${path}: ${error.code}`, { cause: error });
}

function withQuery(path: string, query: RequestOptions['query']): string {
  if (query === undefined) return path;
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return path + text;
}

/** Opens a GET as a stream. Rejects as `call` does, but never retries: what watches goes on by itself. */
export async function openStream(
  caller: Caller,
  path: string,
  options: RequestOptions & { readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const exchange = caller.exchangeFor('GET', path, options, [options.signal]);
  let answer: IncomingMessage;
  try {
    answer = await caller.transport.open(exchange);
  } catch (error) {
    throw error instanceof ConnectionError ? unreachable(exchange, error) : error;
  }
  const status = answer.statusCode ?? 0;
  if (status < 300) return answer;
  if (status === 401) caller.options.access.refresh?.();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) if (chunks.length < 64) chunks.push(chunk);
  } catch {
    // The status alone says enough.
  }
  throw errorFrom(status, Buffer.concat(chunks).toString(), answer.headers['retry-after'], caller.clock.now());
}
