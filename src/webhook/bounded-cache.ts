// Answers kept for a while, never more than so many: the oldest goes first. Knows nothing of what they are about.
import type { Clock } from '../base/clock.ts';

interface Entry<Value> {
  readonly value: Value;
  /** On the steady clock. Infinity: for good. */
  readonly until: number;
}

export class BoundedCache<Value> {
  readonly #clock: Clock;
  readonly #mostEntries: number;
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(clock: Clock, mostEntries: number) {
    this.#clock = clock;
    this.#mostEntries = mostEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#nowMs() < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** `ttlMs` may be Infinity. */
  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#nowMs() + ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#mostEntries) return;
      this.#entries.delete(oldest);
    }
  }

  #nowMs(): number {
    return this.#clock.steadyMs?.() ?? this.#clock.now().getTime();
  }
}
