// Which events are the same news again, and which are too many: bounded memory, no I/O.
import type { Clock } from '../base/clock.ts';
import type { Action } from './reconcile.ts';

export type EventAction = Extract<Action, { kind: 'event' }>;

/** One event that users see: how often it happened, and what of that the server knows. */
export interface Series {
  readonly event: EventAction;
  readonly first: Date;
  last: Date;
  count: number;
  /** The name under which it was stored; undefined before. */
  stored: string | undefined;
  /** Waits to be sent, or is being sent. */
  queued: boolean;
}

interface Allowance {
  tokens: number;
  at: number;
}

/** As client-go: 25 events of one source about one object at once, then one every five minutes. */
const burst = 25;
const refillMs = 300_000;
const maxRemembered = 4096;

export class EventSeries {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #allowances = new Map<string, Allowance>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts the event in; undefined when its source says too much about this object. */
  count(event: EventAction): Series | undefined {
    if (!this.#isAllowed(event)) return undefined;
    const id = [event.about.metadata.uid, event.by, event.type, event.reason, event.message].join('\0');
    const now = this.#clock.now();
    const known = this.#series.get(id);
    const series = known ?? { event, first: now, last: now, count: 0, stored: undefined, queued: false };
    series.count++;
    series.last = now;
    remember(this.#series, id, series);
    return series;
  }

  #isAllowed(event: EventAction): boolean {
    const id = `${event.by}\0${event.about.metadata.uid}`;
    const now = this.#clock.now().getTime();
    const allowance = this.#allowances.get(id) ?? { tokens: burst, at: now };
    allowance.tokens = Math.min(burst, allowance.tokens + Math.max(0, now - allowance.at) / refillMs);
    allowance.at = now;
    remember(this.#allowances, id, allowance);
    if (allowance.tokens < 1) return false;
    allowance.tokens--;
    return true;
  }
}

/** Puts the entry last, and drops the first ones beyond the bound: those not used for longest. */
function remember<T>(map: Map<string, T>, id: string, value: T): void {
  map.delete(id);
  map.set(id, value);
  if (map.size <= maxRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
}
