// Keeps one feed of a collection up to date for as long as it is asked to: a streamed list (WatchList) where the server has it, else pages,
// then changes. Whatever goes wrong, it waits a little and goes on; it ends only when its signal aborts.
import type { IncomingMessage } from 'node:http';
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { type Clock, delay, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { errorOfEvent } from './answers.ts';
import { type Client, watchAccept } from './client.ts';
import { LineSplitter } from './lines.ts';
import { resourcePath } from './resources.ts';
import type { Feed, FeedOptions } from './store.ts';

/** What a watch needs of a collection; what becomes of the objects is no business of it. */
export interface Watched {
  readonly resource: ResourceType;
  feed(options?: FeedOptions): Feed;
}

export interface WatchOptions {
  readonly client: Client;
  readonly collection: Watched;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** PartialObjectMetadata instead of whole objects. */
  readonly metadataOnly?: boolean;
  readonly feed?: FeedOptions;
  readonly log: Log;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly signal: AbortSignal;
  /** Never ask for a streamed list. */
  readonly paged?: boolean;
  /** Without a byte for this long (bookmarks come every minute) the connection counts as dead. */
  readonly silenceMs?: number;
  readonly hooks?: { onRelist?(): void; onWatchError?(error: unknown): void };
}

export interface Watch {
  /** The first complete list is in. */
  readonly synced: Promise<void>;
  /** The signal has aborted and nothing goes on any more. */
  readonly stopped: Promise<void>;
}

export function startWatch(options: WatchOptions): Watch {
  const watcher = new Watcher(options);
  return { synced: watcher.synced.promise, stopped: watcher.run() };
}

const pageSize = 500;
const minBackoffMs = 500;
const maxBackoffMs = 30_000;
/** A watch that lived this long was a working one. */
const healthyAfterMs = 5_000;

interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

class Watcher {
  readonly synced = Promise.withResolvers<void>();
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #feed: Feed;
  readonly #path: string;
  /** Where the watch goes on; undefined: with a new list. */
  #version: string | undefined;
  #streams: boolean;
  #failures = 0;
  /** Refusals in a row to go on at `#version`. */
  #refusals = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#feed = options.collection.feed(options.feed);
    this.#streams = options.paged !== true;
    const { namespace } = options;
    this.#path = resourcePath(options.collection.resource, namespace === undefined ? {} : { namespace });
  }

  async run(): Promise<void> {
    const { signal, log, hooks } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#once();
      } catch (error) {
        if (signal.aborted) break;
        hooks?.onWatchError?.(error);
        this.#learnFrom(error);
        const pauseMs = this.#pauseAfter(error);
        const resource = this.#options.collection.resource.plural;
        log.warn({ resource, err: error, retryInMs: Math.round(pauseMs) }, interruption(error));
        await delay(this.#clock, pauseMs, signal).catch(() => undefined);
      }
    }
  }

  /** One list or one watch connection, until it ends. */
  async #once(): Promise<void> {
    if (this.#version !== undefined) return this.#watch({ resourceVersion: this.#version });
    this.#options.hooks?.onRelist?.();
    this.#feed.begin();
    if (!this.#streams) return this.#listPages();
    return this.#watch({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
  }

  async #listPages(): Promise<void> {
    const { client, collection, namespace, labelSelector, fieldSelector, signal } = this.#options;
    const metadataOnly = this.#options.metadataOnly ?? false;
    const query = { namespace, labelSelector, fieldSelector, metadataOnly, signal, limit: pageSize };
    let next: string | undefined;
    do {
      const page = await client.list<KubeObject>(
        collection.resource,
        next === undefined ? query : { ...query, continue: next },
      );
      for (const item of page.items) this.#feed.listed(item);
      next = page.metadata.continue || undefined;
      if (next === undefined) this.#complete(page.metadata.resourceVersion);
    } while (next !== undefined);
  }

  #complete(version: string): void {
    this.#version = version;
    this.#refusals = 0;
    this.#feed.complete(version);
    this.synced.resolve();
  }

  async #watch(from: Readonly<Record<string, string>>): Promise<void> {
    const { client, labelSelector, fieldSelector, signal } = this.#options;
    const stream = await client.open(this.#path, {
      signal,
      accept: watchAccept(this.#options.metadataOnly ?? false),
      timeoutMs: this.#options.silenceMs ?? 100_000,
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(Math.round(300 + 300 * this.#random())),
        labelSelector,
        fieldSelector,
        ...from,
      },
    });
    const openedAt = this.#clock.now().getTime();
    const listing = this.#version === undefined;
    await this.#read(stream);
    const livedMs = this.#clock.now().getTime() - openedAt;
    if (listing && this.#version === undefined)
      throw new ApiError(0, 'Interrupted', 'the list ended before it was complete');
    // An end after the agreed time is how watches end; at once again and again, something is wrong.
    if (livedMs < 1_000) throw new ApiError(0, 'Interrupted', 'the watch ended as soon as it had begun');
  }

  /** Takes in events until the stream ends. Rejects with what cut it or what the server said. */
  #read(stream: IncomingMessage): Promise<void> {
    const openedAt = this.#clock.now().getTime();
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        stream.destroy();
        reject(error);
      };
      const lines = new LineSplitter((line) => this.#take(JSON.parse(line) as WatchEvent));
      stream.on('data', (chunk: Buffer) => {
        if (stream.destroyed) return;
        try {
          lines.push(chunk);
          if (this.#failures > 0 && this.#clock.now().getTime() - openedAt > healthyAfterMs) this.#failures = 0;
        } catch (error) {
          fail(error);
        }
      });
      stream.once('end', resolve);
      stream.on('error', fail);
      stream.once('close', () => {
        if (!stream.complete) fail(new ApiError(0, 'Unreachable', `GET ${this.#path}: the connection was cut`));
        else resolve();
      });
    });
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'ERROR') throw errorOfEvent(object);
    const version = object.metadata.resourceVersion;
    const listing = this.#version === undefined;
    this.#refusals = 0;
    if (listing) {
      this.#takeInitial(type, object);
      return;
    }
    if (type === 'BOOKMARK') this.#feed.progress(version);
    else if (type === 'DELETED') this.#feed.deleted(object);
    else this.#feed.changed(object);
    this.#version = version;
  }

  /** One of the events that make up a streamed list. */
  #takeInitial(type: string, object: KubeObject): void {
    if (type === 'BOOKMARK') {
      const isEnd = object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
      if (!isEnd) throw new ApiError(0, 'NoStreamedList', 'the server does not know streamed lists');
      this.#complete(object.metadata.resourceVersion);
    } else if (type === 'DELETED') this.#feed.deleted(object);
    else this.#feed.listed(object);
  }

  #learnFrom(error: unknown): void {
    this.#failures++;
    if (!(error instanceof ApiError)) {
      // Not understood: what was missed can only be had by a list.
      if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError)
        this.#version = undefined;
      return;
    }
    const listing = this.#version === undefined;
    if (listing && this.#streams && isNoStreamedList(error)) {
      this.#streams = false;
      this.#failures = 0;
    } else if (error.status === 410) this.#version = undefined;
    else if (error.status >= 400 && error.status !== 429 && ++this.#refusals >= 2) {
      // The server cannot go on from here, e.g. because its history is shorter than ours after a restore.
      this.#version = undefined;
      this.#refusals = 0;
    }
  }

  #pauseAfter(error: unknown): number {
    const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    if (asked !== undefined) return asked + asked * 0.2 * this.#random();
    if (this.#failures === 0) return 0;
    const ceiling = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(this.#failures - 1, 10));
    return ceiling * (0.5 + 0.5 * this.#random());
  }
}

/** What a log says first: some interruptions end by themselves, others only when somebody does something. */
export function interruption(error: unknown): string {
  const status = error instanceof ApiError ? error.status : undefined;
  if (status === 401) return 'a watch was refused, the credentials are not accepted; it is tried again';
  if (status === 403) return 'a watch was refused, our role lacks list and watch for this resource; it is tried again';
  if (status === 404)
    return 'the API server does not serve this resource, is its CustomResourceDefinition gone? It is tried again';
  return 'a watch was interrupted, it goes on';
}

/** Servers without the feature refuse its parameters, or ignore them. */
function isNoStreamedList(error: ApiError): boolean {
  return error.status === 400 || error.status === 422 || error.reason === 'NoStreamedList';
}
