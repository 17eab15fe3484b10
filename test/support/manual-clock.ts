// A clock that stands still until a test moves it.
import type { Clock } from '../../src/base/clock.ts';
import { parseDuration } from '../../src/base/duration.ts';

interface Timer {
  at: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(start: Date | string = '2026-01-01T00:00:00Z') {
    this.#now = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  get timers(): number {
    return this.#timers.length;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on by milliseconds or a duration such as `60d`, `1h30m`; timers run in order, each at its own time. */
  async advance(by: number | string): Promise<void> {
    const end = this.#now + (typeof by === 'number' ? by : milliseconds(by));
    await settled();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** As when the machine was suspended: the time has moved on, but timers have not, and wait as long as before. */
  suspend(by: number | string): void {
    const ms = typeof by === 'number' ? by : milliseconds(by);
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }
}

function milliseconds(text: string): number {
  const days = /^(\d+)d(.*)$/.exec(text);
  const rest = days ? days[2] || '0' : text;
  const parsed = parseDuration(rest);
  if (parsed === undefined) throw new Error(`not a duration: ${text}`);
  return Number(days?.[1] ?? 0) * 86_400_000 + parsed;
}

/** Lets everything that is ready run: promises and immediates. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
