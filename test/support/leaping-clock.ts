// A clock that runs as the machine's does, and that a test can make leap ahead: whatever was waiting for a time that has passed then goes on at once,
// as if the time had gone by. Network and API server keep the machine's time.
import type { Clock } from '../../src/base/clock.ts';

interface Waiting {
  readonly at: number;
  readonly run: () => void;
  timer: NodeJS.Timeout | undefined;
}

const longestTimerMs = 2 ** 31 - 1;

export class LeapingClock implements Clock {
  #aheadMs = 0;
  readonly #waiting = new Set<Waiting>();

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  after(ms: number, run: () => void): () => void {
    const waiting: Waiting = { at: this.now().getTime() + Math.max(0, ms), run, timer: undefined };
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return () => {
      this.#waiting.delete(waiting);
      clearTimeout(waiting.timer);
    };
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
    for (const waiting of this.#waiting) this.#arm(waiting);
  }

  /** Leaps by `ms` again and again, until the answer is called: every wait is short then. */
  hurry(ms: number, everyMs = 100): () => void {
    const timer = setInterval(() => this.leap(ms), everyMs);
    return () => clearInterval(timer);
  }

  #arm(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    const left = Math.max(0, waiting.at - this.now().getTime());
    waiting.timer = setTimeout(() => this.#ring(waiting), Math.min(left, longestTimerMs));
  }

  #ring(waiting: Waiting): void {
    if (waiting.at > this.now().getTime()) this.#arm(waiting);
    else {
      this.#waiting.delete(waiting);
      waiting.run();
    }
  }
}
