// Which of several replicas acts: the holder of a Lease, by client-go's protocol, so that upstream's replicas and ours take turns on the same
// one. A holder that cannot renew stops acting before anybody else may start.
//
//   trying ──acquired──▶ leading ──renewed in time──▶ leading
//                          └──not renewed for renewDeadline, or taken by another──▶ lost (final)

import type { KubeObject } from '../api/meta.ts';
import { type Clock, delay, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { formatMicroTime } from '../base/rfc3339.ts';
import type { Client } from './client.ts';
import { apiVersionOf, leases } from './resources.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface ElectionOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log: Log;
  /** Ends the election and gives the Lease up. */
  readonly signal: AbortSignal;
  readonly onNewLeader?: (identity: string) => void;
}

export interface Election {
  /** Resolves when the Lease is ours, with a signal that aborts the moment it no longer is. Rejects when the election ends before. */
  readonly elected: Promise<AbortSignal>;
  /** The holder last seen. */
  readonly leader: string | undefined;
  /** Whether we may act right now; asked before every write, as timers may be late. */
  held(): boolean;
  /** What is wrong when we still hold a Lease that expired longer ago than `graceMs`; undefined when all is well. */
  unhealthy(graceMs: number): string | undefined;
  /** Stops acting, then gives the Lease up, so that another replica need not wait for it to expire. */
  release(): Promise<void>;
}

/** When the API server could not be asked, the next try comes sooner. */
const errorPauseMs = 3_000;

/** Starts trying to get the Lease, until it is ours or `signal` aborts. */
export function electLeader(options: ElectionOptions): Election {
  const candidate = new Candidate(options);
  candidate.start();
  return candidate;
}

/** Clocks are set, and machines sleep: of the two ways to count time, the one counts that makes us act less. */
interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

class Candidate implements Election {
  readonly elected: Promise<AbortSignal>;
  readonly #options: ElectionOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #leaseMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #won = Promise.withResolvers<AbortSignal>();
  readonly #lost = new AbortController();
  /** Ends trying and renewing; what is under way is abandoned. */
  readonly #ended = new AbortController();
  #state: 'trying' | 'leading' | 'over' = 'trying';
  #observed: Lease | undefined;
  #observedAt: Moment = { wallMs: 0, steadyMs: 0 };
  /** When the last successful renewal was asked for. */
  #renewedAt: Moment = { wallMs: 0, steadyMs: 0 };
  #cancelDeadline: () => void = () => undefined;
  #released: Promise<void> | undefined;
  #loop: Promise<void> = Promise.resolve();
  leader: string | undefined;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#leaseMs = options.leaseDurationMs ?? 60_000;
    this.#deadlineMs = options.renewDeadlineMs ?? 40_000;
    this.#retryMs = options.retryPeriodMs ?? 15_000;
    this.elected = this.#won.promise;
    // Whoever does not wait for it must not die of it.
    this.elected.catch(() => undefined);
  }

  start(): void {
    const { signal } = this.#options;
    signal.addEventListener('abort', () => void this.release(), { once: true });
    if (!signal.aborted) this.#loop = this.#run();
    else void this.release();
  }

  held(): boolean {
    return this.#state === 'leading' && this.#mostSince(this.#renewedAt) < this.#deadlineMs;
  }

  unhealthy(graceMs: number): string | undefined {
    if (this.#state !== 'leading' && !this.#lost.signal.aborted) return undefined;
    if (this.#released !== undefined || this.#mostSince(this.#renewedAt) <= this.#leaseMs + graceMs) return undefined;
    return `failed election to renew leadership on lease ${this.#options.name}`;
  }

  release(): Promise<void> {
    this.#released ??= this.#giveUp();
    return this.#released;
  }

  #moment(): Moment {
    const wallMs = this.#clock.now().getTime();
    return { wallMs, steadyMs: this.#clock.steadyMs?.() ?? wallMs };
  }

  /** For what ends when time has passed: our own right to act. */
  #mostSince(then: Moment): number {
    const now = this.#moment();
    return Math.max(now.wallMs - then.wallMs, now.steadyMs - then.steadyMs);
  }

  /** For what begins when time has passed: our right to take what is another's. */
  #leastSince(then: Moment): number {
    const now = this.#moment();
    return Math.min(now.wallMs - then.wallMs, now.steadyMs - then.steadyMs);
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    const signal = this.#ended.signal;
    while (!signal.aborted) {
      const mine = await this.#tryOnce().catch((error: unknown) => {
        if (!signal.aborted)
          log.warn({ err: error, lease: this.#options.name }, 'could not get or renew the leader election lease');
        return undefined;
      });
      if (mine && this.#state === 'trying' && !signal.aborted) this.#win();
      if (mine === false && this.#state === 'leading') this.#lose('another replica took the lease');
      // client-go waits up to 2.2 retry periods between tries, and exactly one between renewals.
      const pauseMs = this.#state === 'leading' ? this.#retryMs : this.#retryMs * (1 + 1.2 * this.#random());
      const untilRetryMs = mine === undefined ? Math.min(pauseMs, errorPauseMs) : pauseMs;
      await delay(this.#clock, untilRetryMs, signal).catch(() => undefined);
    }
  }

  #win(): void {
    this.#state = 'leading';
    this.#options.log.info({ lease: this.#options.name, identity: this.#options.identity }, 'became leader');
    this.#won.resolve(this.#lost.signal);
  }

  #lose(why: string): void {
    if (this.#state !== 'leading') return;
    this.#state = 'over';
    this.#options.log.error({ lease: this.#options.name, why }, 'leader election lost');
    this.#end(new Error('leader election lost'));
  }

  #end(reason: Error): void {
    this.#cancelDeadline();
    this.#won.reject(reason);
    this.#lost.abort(reason);
    this.#ended.abort(reason);
  }

  /** True: the Lease is ours. False: somebody else's. Rejects when that cannot be told. */
  async #tryOnce(): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const call = this.#callOptions();
    const askedAt = this.#moment();
    let lease = this.#state === 'leading' ? this.#observed : undefined;
    lease ??= await client.find<Lease>(leases, { namespace, name }, call);
    if (lease !== undefined) {
      this.#observe(lease);
      if (this.#isHeldByOther(lease)) return false;
    }
    try {
      const spec = this.#specAfter(lease?.spec, identity);
      const stored = await (lease === undefined
        ? client.create<Lease>(leases, { ...this.#manifest(), spec }, call)
        : client.update<Lease>(leases, { ...this.#labelled(lease), spec } as Lease, call));
      this.#observe(stored);
      this.#renewed(askedAt);
      return true;
    } catch (error) {
      // Somebody wrote in between: look who, before the next try.
      const hasChanged = error instanceof ApiError && (error.status === 409 || error.status === 404);
      if (!hasChanged) throw error;
      this.#observed = undefined;
      const found = await client.find<Lease>(leases, { namespace, name }, call);
      if (found !== undefined) this.#observe(found);
      if (found !== undefined && this.#isHeldByOther(found)) return false;
      throw error;
    }
  }

  #callOptions(): { lane: 'leases'; signal: AbortSignal; timeoutMs: number } {
    // One stuck request must leave time for another before the deadline.
    return {
      lane: 'leases',
      signal: this.#ended.signal,
      timeoutMs: Math.max(1_000, Math.min(10_000, this.#deadlineMs / 3)),
    };
  }

  #observe(lease: Lease): void {
    const before = this.#observed?.metadata.resourceVersion;
    this.#observed = lease;
    if (lease.metadata.resourceVersion !== before) this.#observedAt = this.#moment();
    const holder = lease.spec?.holderIdentity || undefined;
    if (holder === this.leader) return;
    this.leader = holder;
    if (holder !== undefined) this.#options.onNewLeader?.(holder);
  }

  /** Held by somebody else who may still be acting. Only our own clock counts: the others' may be wrong. */
  #isHeldByOther(lease: Lease): boolean {
    const { holderIdentity: holder = '', leaseDurationSeconds } = lease.spec ?? {};
    if (holder === '' || holder === this.#options.identity) return false;
    const durationMs = leaseDurationSeconds === undefined ? this.#leaseMs : leaseDurationSeconds * 1000;
    return this.#leastSince(this.#observedAt) < durationMs;
  }

  #specAfter(before: LeaseSpec | undefined, holder: string): LeaseSpec {
    const now = formatMicroTime(this.#clock.now());
    const isSame = before?.holderIdentity === holder;
    const transitions = before?.leaseTransitions ?? 0;
    return {
      ...before,
      holderIdentity: holder,
      leaseDurationSeconds: holder === '' ? 1 : Math.round(this.#leaseMs / 1000),
      acquireTime: isSame ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined || isSame || holder === '' ? transitions : transitions + 1,
    };
  }

  #manifest(): {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace: string; labels?: Readonly<Record<string, string>> };
  } {
    const { namespace, name, labels } = this.#options;
    return {
      apiVersion: apiVersionOf(leases),
      kind: leases.kind,
      metadata: { name, namespace, ...(labels ? { labels } : {}) },
    };
  }

  #labelled(lease: Lease): Lease {
    return { ...lease, metadata: { ...lease.metadata, labels: { ...lease.metadata.labels, ...this.#options.labels } } };
  }

  #renewed(askedAt: Moment): void {
    this.#renewedAt = askedAt;
    this.#cancelDeadline();
    const leftMs = this.#deadlineMs - this.#mostSince(askedAt);
    this.#cancelDeadline = this.#clock.after(leftMs, () => this.#lose('it could not be renewed in time'));
  }

  async #giveUp(): Promise<void> {
    const wasLeading = this.#state === 'leading';
    this.#state = 'over';
    this.#end(new Error('leader election ended'));
    await this.#loop;
    const lease = this.#observed;
    if (!wasLeading || lease === undefined) return;
    const { client, log, name } = this.#options;
    try {
      const spec = this.#specAfter(lease.spec, '');
      await client.update(leases, { ...lease, spec } as Lease, { lane: 'leases', timeoutMs: 5_000 });
    } catch (error) {
      log.warn({ err: error, lease: name }, 'could not give up the leader election lease, it will expire');
    }
  }
}
