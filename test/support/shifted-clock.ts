// A clock that runs as the machine's does, but from another time on, and that a test can make jump as it does when a machine was asleep.
import { type Clock, systemClock } from '../../src/base/clock.ts';

export class ShiftedClock implements Clock {
  #offsetMs: number;

  constructor(start: Date | string) {
    this.#offsetMs = new Date(start).getTime() - Date.now();
  }

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  steadyMs(): number {
    return performance.now();
  }

  /** Timers count the machine's time: a jump does not make them ring. */
  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}
