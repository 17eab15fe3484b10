// The keys of one controller that wait to be looked at: each at most once, the earliest wake wins, held back while in flight, fair between
// namespaces. Knows when and in which order; not what for.
import type { Key } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import { keyText } from './collection.ts';
import { DueHeap } from './due.ts';
import type { Wake } from './reconcile.ts';

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How looking at a key ended. `class` names the kind of error: another kind starts its back-off from the beginning. */
export type Ending =
  | { readonly kind: 'done'; readonly wake: Wake }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly class: string; readonly retryAfterMs?: number | undefined };

interface Item {
  readonly key: Key;
  readonly text: string;
  state: 'waiting' | 'ready' | 'inFlight';
  /** Became ready again while in flight. */
  dirty: boolean;
  dueAt: number | undefined;
  failures: number;
  failureClass: string;
  conflicts: number;
}

/** So many conflicts in a row are retried at once; after that something else writes all the time, and it counts as a failure. */
const maxConflicts = 5;

/** So many times that no longer hold are not worth a thought. */
const fewStaleTimes = 1_000;

/** Timers stand still while the machine is suspended, so that the clock is looked at again and again. */
const longestTimerMs = 120_000;
/** No timer is that late but for a reason. */
const lateMs = 1_000;

export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #items = new Map<string, Item>();
  /** Namespace → its ready items in order. The namespace to serve next comes first. */
  readonly #ready = new Map<string, Map<string, Item>>();
  readonly #due = new DueHeap<Item>();
  #timer: { at: number; cancel: () => void } | undefined;
  #inFlight = 0;
  #readyCount = 0;
  /** Called when there is something to take. */
  onReady: () => void = () => undefined;

  constructor(options: { clock: Clock; backoff: Backoff; random?: () => number }) {
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#random = options.random ?? Math.random;
  }

  get ready(): number {
    return this.#readyCount;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Keys that are known: ready, in flight, or waiting for their time. */
  get size(): number {
    return this.#items.size;
  }

  /** Times that are kept, those that no longer hold included; for tests. */
  get times(): number {
    return this.#due.size;
  }

  /** Look at `key` as soon as possible. */
  add(key: Key): void {
    this.#makeReady(this.#itemOf(key));
  }

  /** Look at `key` at `at`, unless something makes it earlier. */
  addAt(key: Key, at: Date): void {
    this.#schedule(this.#itemOf(key), at.getTime());
  }

  /** The next key, which is then held until `end`; undefined when none is ready. */
  take(): Key | undefined {
    for (const [namespace, items] of this.#ready) {
      for (const [text, item] of items) {
        items.delete(text);
        this.#ready.delete(namespace);
        if (items.size > 0) this.#ready.set(namespace, items);
        item.state = 'inFlight';
        item.dueAt = undefined;
        this.#inFlight++;
        this.#readyCount--;
        return item.key;
      }
    }
    return undefined;
  }

  /** Gives back a key that `take` handed out. The time until a failed key is looked at again, in milliseconds; undefined for the others. */
  end(key: Key, ending: Ending): number | undefined {
    const item = this.#items.get(keyText(key));
    if (item === undefined || item.state !== 'inFlight') return undefined;
    this.#inFlight--;
    item.state = 'waiting';
    const pauseMs = this.#pauseAfter(item, ending);
    if (pauseMs !== undefined) this.#schedule(item, this.#clock.now().getTime() + pauseMs);
    if (ending.kind === 'done' && ending.wake !== 'onChange') this.#schedule(item, ending.wake.at.getTime());
    if (item.dirty) {
      item.dirty = false;
      this.#makeReady(item);
    } else if (item.dueAt !== undefined) this.#arm(item, item.dueAt);
    else if (item.state === 'waiting') this.#items.delete(item.text);
    return ending.kind === 'failed' ? pauseMs : undefined;
  }

  /** Forgets everything that is not in flight. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ready.clear();
    this.#readyCount = 0;
    this.#due.clear();
    for (const [text, item] of this.#items) {
      item.dirty = false;
      item.dueAt = undefined;
      if (item.state !== 'inFlight') this.#items.delete(text);
    }
  }

  #itemOf(key: Key): Item {
    const text = keyText(key);
    let item = this.#items.get(text);
    if (item === undefined) {
      item = {
        key,
        text,
        state: 'waiting',
        dirty: false,
        dueAt: undefined,
        failures: 0,
        failureClass: '',
        conflicts: 0,
      };
      this.#items.set(text, item);
    }
    return item;
  }

  #pauseAfter(item: Item, ending: Ending): number | undefined {
    if (ending.kind === 'done') {
      item.failures = 0;
      item.conflicts = 0;
      return undefined;
    }
    if (ending.kind === 'conflict' && ++item.conflicts <= maxConflicts) return 0;
    const failureClass = ending.kind === 'failed' ? ending.class : 'conflict';
    item.failures = item.failureClass === failureClass ? item.failures + 1 : 1;
    item.failureClass = failureClass;
    const { minMs, maxMs } = this.#backoff;
    const pauseMs = Math.min(maxMs, minMs * 2 ** Math.min(item.failures - 1, 30));
    // A little jitter, so that what failed together does not come back together.
    const jittered = pauseMs * (0.9 + 0.1 * this.#random());
    return Math.max(jittered, ending.kind === 'failed' ? (ending.retryAfterMs ?? 0) : 0);
  }

  #makeReady(item: Item): void {
    if (item.state === 'inFlight') {
      item.dirty = true;
      return;
    }
    item.dueAt = undefined;
    if (item.state === 'ready') return;
    item.state = 'ready';
    const namespace = item.key.namespace ?? '';
    const items = this.#ready.get(namespace);
    if (items === undefined) this.#ready.set(namespace, new Map([[item.text, item]]));
    else items.set(item.text, item);
    this.#readyCount++;
    this.onReady();
  }

  #schedule(item: Item, at: number): void {
    if (item.state === 'ready') return;
    if (item.dueAt !== undefined && item.dueAt <= at) return;
    item.dueAt = at;
    // What is in flight is armed when it ends.
    if (item.state === 'waiting') this.#arm(item, at);
  }

  #arm(item: Item, at: number): void {
    if (at <= this.#clock.now().getTime()) {
      this.#makeReady(item);
      return;
    }
    this.#due.push({ at, item });
    if (this.#due.size > 2 * this.#items.size + fewStaleTimes) this.#dropStaleTimes();
    this.#setTimer();
  }

  /** A key that is looked at often before its time comes leaves one time behind whenever it is: over months, without end. */
  #dropStaleTimes(): void {
    this.#due.clear();
    for (const item of this.#items.values())
      if (item.state === 'waiting' && item.dueAt !== undefined) this.#due.push({ at: item.dueAt, item });
  }

  #setTimer(): void {
    const first = this.#due.first;
    const now = this.#clock.now().getTime();
    if (first === undefined) return;
    // One that is late has not rung because the machine was suspended: it will be late by that much, and others must not wait for it.
    const isSet = this.#timer !== undefined && this.#timer.at <= first.at && this.#timer.at > now - lateMs;
    if (isSet) return;
    this.#timer?.cancel();
    const at = Math.min(first.at, now + longestTimerMs);
    this.#timer = { at, cancel: this.#clock.after(at - now, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const now = this.#clock.now().getTime();
    for (let first = this.#due.first; first !== undefined && first.at <= now; first = this.#due.first) {
      this.#due.pop();
      const { item, at } = first;
      if (item.state === 'waiting' && item.dueAt === at && this.#items.get(item.text) === item) this.#makeReady(item);
    }
    this.#setTimer();
  }
}
