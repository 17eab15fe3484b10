// Tells users what happened, as core/v1 Events that `kubectl describe` shows. Best effort: it never fails, never holds anything up, and
// forgets what it cannot send.
import { type Clock, delay, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { formatTime } from '../base/rfc3339.ts';
import type { Client } from './client.ts';
import { type EventAction, EventSeries, type Series } from './event-series.ts';
import type { Manifest } from './reconcile.ts';
import { events } from './resources.ts';

export interface Recorder {
  record(event: EventAction): void;
  /** Resolves at once while few events wait, else as soon as few do, at the latest after 10 s: who records many waits here, so that none is lost. */
  room(): Promise<void>;
  /** Resolves when everything recorded so far was sent or given up, at the latest after `timeoutMs` (5 s). */
  flush(timeoutMs?: number): Promise<void>;
}

export interface RecorderOptions {
  readonly client: Client;
  readonly clock?: Clock;
  readonly log: Log;
  /** Events that may wait to be sent; further ones are dropped. */
  readonly maxQueued?: number;
  readonly signal?: AbortSignal;
}

const senders = 16;
/** More than this wait: whoever adds to them waits, too. */
const highWater = 400;
const roomMs = 10_000;
const attempts = 4;

export function createRecorder(options: RecorderOptions): Recorder {
  return new EventRecorder(options);
}

class EventRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #series: EventSeries;
  readonly #queue: Series[] = [];
  #sending = 0;
  #serial = 0;
  #drained: (() => void)[] = [];
  #crowd: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#series = new EventSeries(this.#clock);
  }

  record(event: EventAction): void {
    const { kind, metadata } = event.about;
    const { namespace, name } = metadata;
    const { by, type, reason, message } = event;
    this.#options.log.debug({ kind, namespace, name, by, type, reason, message }, 'an event');
    const series = this.#series.count(event);
    if (series === undefined || series.queued) return;
    if (this.#queue.length >= (this.#options.maxQueued ?? 2000)) {
      this.#options.log.warn({ reason: event.reason, by: event.by }, 'too many events wait to be sent, dropped one');
      return;
    }
    series.queued = true;
    this.#queue.push(series);
    this.#pump();
  }

  async room(): Promise<void> {
    if (this.#queue.length <= highWater) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#crowd.push(resolve);
    const cancel = this.#clock.after(roomMs, resolve);
    await promise;
    cancel();
  }

  async flush(timeoutMs = 5_000): Promise<void> {
    if (this.#queue.length + this.#sending === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained.push(resolve);
    const cancel = this.#clock.after(timeoutMs, resolve);
    await promise;
    cancel();
  }

  #pump(): void {
    while (this.#sending < senders) {
      const series = this.#queue.shift();
      if (series === undefined) break;
      this.#sending++;
      void this.#deliver(series).finally(() => {
        this.#sending--;
        this.#pump();
      });
    }
    if (this.#queue.length <= highWater) for (const resolve of this.#crowd.splice(0)) resolve();
    if (this.#queue.length + this.#sending > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Sends until the server knows the latest count, or it is given up. Never rejects. */
  async #deliver(series: Series): Promise<void> {
    const { log, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const count = series.count;
      try {
        await this.#send(series);
        if (series.count !== count) continue;
      } catch (error) {
        if (attempt < attempts && isWorthRetrying(error) && !signal?.aborted) {
          await delay(this.#clock, 500 * 2 ** attempt, signal).catch(() => undefined);
          continue;
        }
        log.warn({ err: error, reason: series.event.reason, by: series.event.by }, 'an event could not be sent');
      }
      series.queued = false;
      return;
    }
  }

  async #send(series: Series): Promise<void> {
    const { client, signal } = this.#options;
    const options = { as: series.event.by, lane: 'events', signal, discard: true } as const;
    if (series.stored !== undefined) {
      try {
        const key = { namespace: namespaceOf(series.event), name: series.stored };
        await client.patch(events, key, { count: series.count, lastTimestamp: formatTime(series.last) }, options);
        return;
      } catch (error) {
        // The server keeps events for an hour only.
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        series.stored = undefined;
      }
    }
    const manifest = manifestFor(series, this.#nameFor(series.event));
    await client.create(events, manifest, options);
    series.stored = manifest.metadata.name;
  }

  /** As client-go names them: `<object>.<nanoseconds in hex>`. */
  #nameFor(event: EventAction): string {
    this.#serial = (this.#serial + 1) % 1_000_000;
    const nanoseconds = BigInt(this.#clock.now().getTime()) * 1_000_000n + BigInt(this.#serial);
    return `${event.about.metadata.name.slice(0, 230).replace(/[.-]+$/, '')}.${nanoseconds.toString(16)}`;
  }
}

/** Events about cluster-scoped objects have to live somewhere. */
function namespaceOf(event: EventAction): string {
  return event.about.metadata.namespace ?? 'default';
}

/** Refused for good: no permission, the namespace is going away, the event is not valid. */
function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500 || error.reason === 'AlreadyExists';
}

function manifestFor({ event, first, last, count }: Series, name: string): Manifest {
  const { about } = event;
  const { namespace, name: aboutName, uid, resourceVersion } = about.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(event) },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      namespace,
      name: aboutName,
      uid,
      resourceVersion,
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: event.by },
    reportingComponent: event.by,
    reportingInstance: '',
    firstTimestamp: formatTime(first),
    lastTimestamp: formatTime(last),
    count,
  };
}
