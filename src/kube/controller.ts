// Runs a controller: takes keys from its queue, observes, decides, performs, settles, executes. No error escapes: it becomes a wake with
// back-off, a log line and a count.
import type { Key, KubeObject } from '../api/meta.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { keyOf } from './collection.ts';
import type { Execute } from './execute.ts';
import type { RuntimeHooks } from './hooks.ts';
import { type Backoff, type Ending, WorkQueue } from './queue.ts';
import type { Controller, Wake, Writes } from './reconcile.ts';
import type { StoredCollection } from './store.ts';

/** Upstream's figures for Certificate controllers, for all others, and for ACME. */
export const certificateBackoff: Backoff = { minMs: 1_000, maxMs: 30_000 };
export const defaultBackoff: Backoff = { minMs: 5_000, maxMs: 300_000 };
export const acmeBackoff: Backoff = { minMs: 5_000, maxMs: 1_800_000 };

export interface ReconcileDeps {
  readonly execute: Execute;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

const never = new AbortController().signal;

/**
 * Looks at one object once, to the end of what the first decision asks for; answers when to look again. Throws what a step throws: every
 * such error is transient.
 */
export async function reconcileOnce<Seen, Call, Outcome>(
  controller: Controller<Seen, Call, Outcome>,
  key: Key,
  deps: ReconcileDeps,
): Promise<Wake> {
  const signal = deps.signal ?? never;
  const seen = await controller.observe(key, signal);
  if (seen === undefined) return 'onChange';
  const decision = controller.decide(seen, deps.now());
  const writes = decision.kind === 'write' ? decision : await performed(controller, seen, decision.call, deps, signal);
  if (writes.actions.length > 0) await deps.execute(writes.actions, signal);
  return writes.wake;
}

async function performed<Seen, Call, Outcome>(
  controller: Controller<Seen, Call, Outcome>,
  seen: Seen,
  call: Call,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<Writes> {
  if (controller.perform === undefined || controller.settle === undefined) {
    throw new TypeError(`${controller.name} decided on a call, but has no perform and settle`);
  }
  const outcome = await controller.perform(call, signal);
  return controller.settle(seen, call, outcome, deps.now());
}

export interface RunOptions {
  readonly execute: Execute;
  readonly clock?: Clock;
  readonly log: Log;
  readonly hooks?: RuntimeHooks;
  /** Keys looked at at the same time. */
  readonly concurrency?: number;
  readonly backoff?: Backoff;
  readonly random?: () => number;
  /** The kind of the objects that keys name, for logs. */
  readonly kind?: string;
  /** Ends everything at once, what is in flight included. */
  readonly signal: AbortSignal;
}

export interface RunningController {
  readonly name: string;
  /** Keys that are ready or in flight. */
  readonly queued: number;
  enqueue(key: Key): void;
  enqueueAt(key: Key, at: Date): void;
  /** Resolves when nothing is ready or in flight; keys may still wait for their time. */
  idle(): Promise<void>;
  /** Takes nothing new and waits for what is in flight. */
  stop(): Promise<void>;
}

/** Starts working; keys come through `enqueue`. */
export function startController<Seen, Call, Outcome>(
  controller: Controller<Seen, Call, Outcome>,
  options: RunOptions,
): RunningController {
  return new Runner(controller, options);
}

/** Enqueues what `keysFor` makes of every change; by default the changed object itself. */
export function enqueueFrom<T extends KubeObject>(
  collection: StoredCollection<T>,
  running: Pick<RunningController, 'enqueue'>,
  keysFor: (object: T | undefined, previous: T | undefined) => readonly Key[] = (object, previous) => [
    keyOf((object ?? previous) as T),
  ],
): void {
  collection.onChange((object, previous) => {
    for (const key of keysFor(object, previous)) running.enqueue(key);
  });
}

class Runner<Seen, Call, Outcome> implements RunningController {
  readonly name: string;
  readonly #controller: Controller<Seen, Call, Outcome>;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #concurrency: number;
  readonly #deps: ReconcileDeps;
  #stopped = false;
  #pumping = false;
  #idle: (() => void)[] = [];

  constructor(controller: Controller<Seen, Call, Outcome>, options: RunOptions) {
    this.name = controller.name;
    this.#controller = controller;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#concurrency = options.concurrency ?? 5;
    const { random } = options;
    const backoff = options.backoff ?? defaultBackoff;
    this.#queue = new WorkQueue({ clock: this.#clock, backoff, ...(random === undefined ? {} : { random }) });
    this.#queue.onReady = () => this.#pumpSoon();
    this.#deps = { execute: options.execute, now: () => this.#clock.now(), signal: options.signal };
    options.signal.addEventListener('abort', () => this.#halt(), { once: true });
  }

  get queued(): number {
    return this.#queue.ready + this.#queue.inFlight;
  }

  enqueue(key: Key): void {
    if (!this.#stopped) this.#queue.add(key);
  }

  enqueueAt(key: Key, at: Date): void {
    if (!this.#stopped) this.#queue.addAt(key, at);
  }

  idle(): Promise<void> {
    if (this.queued === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  stop(): Promise<void> {
    this.#halt();
    return this.idle();
  }

  #halt(): void {
    this.#stopped = true;
    this.#queue.clear();
    this.#tellIdle();
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    // Not a microtask: thousands of keys with nothing to do must leave room for the Lease and the probes in between.
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.#stopped && this.#queue.inFlight < this.#concurrency) {
      const key = this.#queue.take();
      if (key === undefined) return;
      void this.#work(key).catch((error: unknown) =>
        this.#options.log.error({ controller: this.name, err: error }, 'a hook failed'),
      );
    }
  }

  async #work(key: Key): Promise<void> {
    const start = performance.now();
    const { hooks } = this.#options;
    let ending: Ending;
    let thrown: { readonly error: unknown } | undefined;
    try {
      ending = { kind: 'done', wake: await reconcileOnce(this.#controller, key, this.#deps) };
    } catch (error) {
      ending = endingOf(error);
      thrown = { error };
    }
    const retryInMs = this.#queue.end(key, this.#stopped ? { kind: 'done', wake: 'onChange' } : ending);
    if (this.#stopped) this.#queue.clear();
    if (this.#queue.ready > 0) this.#pumpSoon();
    this.#tellIdle();
    if (thrown !== undefined && !this.#options.signal.aborted) this.#report(key, ending, thrown.error, retryInMs);
    hooks?.onSync?.(this.name);
    hooks?.onDuration?.(this.name, (performance.now() - start) / 1000);
  }

  #report(key: Key, ending: Ending, error: unknown, retryInMs: number | undefined): void {
    const { hooks, log, kind } = this.#options;
    const { namespace, name } = key;
    const retry = retryInMs === undefined ? {} : { retryInMs: Math.round(retryInMs) };
    const fields = { controller: this.name, kind, namespace, name, ...retry, err: error };
    if (ending.kind === 'conflict') {
      hooks?.onConflict?.(this.name);
      log.info(fields, 'the object had changed, looking again');
    } else {
      hooks?.onError?.(this.name);
      log.error(fields, 'failed, will be tried again');
    }
  }

  #tellIdle(): void {
    if (this.queued > 0 || this.#idle.length === 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

/** How an error ends the work on its key. */
function endingOf(error: unknown): Ending {
  if (!(error instanceof ApiError)) return { kind: 'failed', class: error instanceof Error ? error.name : 'unknown' };
  if (error.status === 409 && error.reason === 'Conflict') return { kind: 'conflict' };
  return { kind: 'failed', class: `${error.status} ${error.reason}`, retryAfterMs: error.retryAfterMs };
}
