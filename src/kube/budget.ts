// How fast we may ask the API server: one token bucket a lane, so that leases and events never wait behind reconciling.
import type { Clock } from '../base/clock.ts';
import { delay } from '../base/clock.ts';

export type Lane = 'reconcile' | 'events' | 'leases';

/** Requests a second on average, and how many may go at once; `undefined` means no limit. */
export type Rate = { readonly qps: number; readonly burst: number } | undefined;

export class Budget {
  readonly #clock: Clock;
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;
  #notBefore = 0;
  /** The longest pause that was asked for: more than that is never left of one, even if the clock was set back. */
  #longestPauseMs = 0;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate?.burst ?? 0;
    this.#filledAt = clock.now().getTime();
  }

  /** Takes one token; undefined when it was there, else a promise for the moment at which it is. Waiters are served in order. */
  take(signal?: AbortSignal): Promise<void> | undefined {
    const waitMs = this.#reserve();
    return waitMs <= 0 ? undefined : delay(this.#clock, waitMs, signal);
  }

  /** The server asked for a pause: nobody goes before it is over. */
  pause(ms: number): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, ms);
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now().getTime() + ms);
  }

  #reserve(): number {
    const now = this.#clock.now().getTime();
    this.#notBefore = Math.min(this.#notBefore, now + this.#longestPauseMs);
    const pausedMs = this.#notBefore - now;
    if (this.#rate === undefined) return pausedMs;
    const { qps, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#filledAt) / 1000) * qps);
    this.#filledAt = now;
    this.#tokens -= 1;
    return Math.max(pausedMs, this.#tokens >= 0 ? 0 : (-this.#tokens / qps) * 1000);
  }
}

/**
 * The rate that counts. Values that the user set always do (negative: no limit); otherwise there is none where the server has API Priority
 * and Fairness, which protects itself better than we could, and upstream's 20 a second with bursts of 50 where it has not.
 */
export function rateFor(
  set: { readonly qps?: number | undefined; readonly burst?: number | undefined },
  fairness: boolean,
): Rate {
  if (set.qps === undefined && set.burst === undefined) return fairness ? undefined : { qps: 20, burst: 50 };
  const qps = set.qps ?? 20;
  const burst = set.burst ?? Math.max(50, qps);
  return qps <= 0 || burst <= 0 ? undefined : { qps, burst };
}

/** How long a failed look for API Priority and Fairness counts as «it has none». */
const probeAgainMs = 30_000;

/** The buckets of all lanes. Which rate counts is asked of the server once, before the first request that depends on it. */
export class Budgets {
  readonly #clock: Clock;
  readonly #set: { readonly qps?: number | undefined; readonly burst?: number | undefined };
  readonly #hasFairness: () => Promise<boolean>;
  #lanes: Record<Lane, Budget> | undefined;
  #probing: Promise<void> | undefined;
  #probeAgainAt: number | undefined;

  constructor(
    clock: Clock,
    set: { readonly qps?: number | undefined; readonly burst?: number | undefined },
    hasFairness: () => Promise<boolean>,
  ) {
    this.#clock = clock;
    this.#set = set;
    this.#hasFairness = hasFairness;
    if (set.qps !== undefined || set.burst !== undefined) this.#lanes = this.#create(rateFor(set, false));
  }

  /** Undefined when the request may go at once. */
  take(lane: Lane, signal?: AbortSignal): Promise<void> | undefined {
    if (this.#lanes !== undefined && !this.#probeIsDue()) return this.#lanes[lane].take(signal);
    this.#probing ??= this.#probe();
    // A lease must not be lost over a question of speed.
    if (lane === 'leases') return this.#lanes?.leases.take(signal);
    return this.#probing.then(() => this.#lanes?.[lane].take(signal));
  }

  pause(lane: Lane, ms: number): void {
    this.#lanes?.[lane].pause(ms);
  }

  #probeIsDue(): boolean {
    return this.#probeAgainAt !== undefined && this.#clock.now().getTime() >= this.#probeAgainAt;
  }

  async #probe(): Promise<void> {
    try {
      this.#lanes = this.#create(rateFor(this.#set, await this.#hasFairness()));
      this.#probeAgainAt = undefined;
    } catch {
      this.#lanes ??= this.#create(rateFor(this.#set, false));
      this.#probeAgainAt = this.#clock.now().getTime() + probeAgainMs;
    } finally {
      this.#probing = undefined;
    }
  }

  #create(rate: Rate): Record<Lane, Budget> {
    const lane = (): Budget => new Budget(this.#clock, rate);
    return { reconcile: lane(), events: lane(), leases: lane() };
  }
}
