// What we know of one kind of objects: fed by watches, and by the API server's answers to our own calls, whichever is newer. It does no I/O.
//
// Read your own writes: an answer goes in at once, and whatever is older is ignored. Per uid the higher resourceVersion wins; a uid that was
// deleted never comes back through something late (tombstones, until the next complete list). A complete list replaces all but what was
// written after it was asked for. Lists must be consistent reads (no resourceVersion), so that they are never older than what we knew before.
import type { Key, KubeObject, ResourceType } from '../api/meta.ts';
import { type Collection, type Indexes, keyOf, keyText } from './collection.ts';
import { Filing } from './filing.ts';
import { apiVersionOf } from './resources.ts';
import { isNewer } from './versions.ts';

export interface CollectionOptions<T> {
  readonly resource: ResourceType;
  readonly indexes?: Indexes<T>;
  /**
   * Turns what arrived into what is kept. A metadata-only watch brings objects without spec, data and type. Should not throw, but mark what
   * it cannot understand: where it does throw, the object as it was before stays.
   */
  readonly transform?: (raw: KubeObject) => T;
  /** Objects that it refuses are as good as not there: nothing of them is kept. Without it all are kept. */
  readonly keep?: (raw: KubeObject) => boolean;
  /** managedFields are dropped after the transform unless set. */
  readonly keepManagedFields?: boolean;
  /** Freeze deeply what is kept; for tests. */
  readonly freeze?: boolean;
  /** Told what a transform or a change handler threw: neither may stop the watch that brought the object. */
  readonly onFault?: (fault: unknown, key: Key) => void;
}

export type ChangeHandler<T> = (object: T | undefined, previous: T | undefined) => void;

/** What one watch may say about a collection that has several. */
export interface FeedOptions {
  /**
   * True (the default) when this watch covers every object of the collection: it alone says what exists. Exactly one feed should. An object
   * that leaves the selector of another feed was changed, not deleted: the feed that covers all brings it.
   */
  readonly decidesExistence?: boolean;
  /** Whether what this feed brings is the object as it should be kept (default), or only shows that it exists. */
  readonly isContent?: (raw: KubeObject) => boolean;
}

/** Where a watch puts what it hears. */
export interface Feed {
  /** A complete list is about to be asked for. */
  begin(): void;
  listed(raw: KubeObject): void;
  complete(resourceVersion: string): void;
  changed(raw: KubeObject): void;
  deleted(raw: KubeObject): void;
  /** Everything up to here was heard. */
  progress(resourceVersion: string): void;
}

export interface StoredCollection<T extends KubeObject> extends Collection<T> {
  readonly resource: ResourceType;
  /** `object` undefined: gone. Called after the change is visible. */
  onChange(handler: ChangeHandler<T>): void;
  /** Takes in the server's answer to a call of ours. */
  put(raw: KubeObject): void;
  /** A delete of ours was answered, or the object was asked for and is not there. */
  gone(key: Key, uid: string): void;
  feed(options?: FeedOptions): Feed;
  whenSynced(): Promise<void>;
}

export function createCollection<T extends KubeObject>(options: CollectionOptions<T>): StoredCollection<T> {
  return new Store(options);
}

interface Entry<T> {
  uid: string;
  version: string;
  /** Undefined: it exists, but its content has not come yet. */
  object: T | undefined;
  /** The count of lists begun when it was last written. */
  tick: number;
  /** The list that last named it. */
  listed: number;
}

/** `version` undefined: deleted by us, at a version that we were not told. */
interface Tombstone {
  readonly version: string | undefined;
  readonly tick: number;
}

interface FeedState {
  readonly decides: boolean;
  readonly isContent: (raw: KubeObject) => boolean;
  tick: number;
  synced: boolean;
}

type Source = 'own' | 'event' | 'list';

/** Late news of a deleted object can only be told from news of an unknown one while its tombstone is kept. */
const maxTombstones = 16_384;

class Store<T extends KubeObject> implements StoredCollection<T> {
  readonly resource: ResourceType;
  readonly #options: CollectionOptions<T>;
  readonly #apiVersion: string;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #filing: Filing<T>;
  readonly #handlers: ChangeHandler<T>[] = [];
  readonly #feeds: FeedState[] = [];
  readonly #synced = Promise.withResolvers<void>();
  /** Grows with every list that is begun. */
  #tick = 0;
  /** The version of the last complete list, and how far the feed that decides existence has heard. */
  #listVersion = '';
  #heardVersion = '';
  #size = 0;
  synced = false;

  constructor(options: CollectionOptions<T>) {
    this.resource = options.resource;
    this.#options = options;
    this.#apiVersion = apiVersionOf(options.resource);
    this.#filing = new Filing(options.indexes ?? {});
  }

  get size(): number {
    return this.#size;
  }

  get(key: Key): T | undefined {
    return this.#entries.get(keyText(key))?.object;
  }

  by(index: string, value: string): readonly T[] {
    return this.#filing.by(index, value);
  }

  *all(): Iterable<T> {
    for (const entry of this.#entries.values()) if (entry.object !== undefined) yield entry.object;
  }

  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  put(raw: KubeObject): void {
    this.#take(raw, 'own', undefined);
  }

  gone(key: Key, uid: string): void {
    this.#bury(uid, undefined);
    const text = keyText(key);
    const entry = this.#entries.get(text);
    if (entry?.uid === uid) this.#drop(text, entry);
  }

  feed(options: FeedOptions = {}): Feed {
    const state: FeedState = {
      decides: options.decidesExistence ?? true,
      isContent: options.isContent ?? (() => true),
      tick: 0,
      synced: false,
    };
    this.#feeds.push(state);
    return {
      begin: () => {
        state.tick = ++this.#tick;
      },
      listed: (raw) => this.#take(raw, 'list', state),
      complete: (version) => this.#complete(state, version),
      changed: (raw) => this.#take(raw, 'event', state),
      deleted: (raw) => this.#deleted(raw, state),
      progress: (version) => this.#heard(state, version),
    };
  }

  #heard(state: FeedState, version: string): void {
    if (state.decides && isNewer(version, this.#heardVersion)) this.#heardVersion = version;
  }

  #take(raw: KubeObject, source: Source, feed: FeedState | undefined): void {
    const { uid, resourceVersion: version } = raw.metadata;
    if (feed !== undefined && source === 'event') this.#heard(feed, version);
    if (this.#isBuried(uid, version, source, feed)) return;
    const text = keyText(keyOf(raw));
    const entry = this.#entries.get(text);
    if (this.#options.keep !== undefined && !this.#options.keep(raw)) {
      const isNews = entry !== undefined && (isNewer(version, entry.version) || isSettledBy(entry, source, feed));
      if (isNews) this.#drop(text, entry);
      return;
    }
    const content = feed === undefined || feed.isContent(raw);
    if (entry === undefined) {
      // What exists at a version already heard of is known, so this was deleted since. Answers are held against complete lists only.
      const heard = feed === undefined ? this.#listVersion : this.#heardVersion;
      if (!feed?.decides && heard !== '' && !isNewer(version, heard)) return;
      this.#keep(text, undefined, raw, content, feed);
    } else if (entry.uid === uid) this.#refresh(text, entry, raw, content, source, feed);
    else if (isNewer(version, entry.version) || isSettledBy(entry, source, feed)) {
      this.#bury(entry.uid, version);
      this.#keep(text, entry, raw, content, feed);
    } else this.#bury(uid, entry.version);
  }

  /** News of an object that we know. */
  #refresh(
    text: string,
    entry: Entry<T>,
    raw: KubeObject,
    content: boolean,
    source: Source,
    feed: FeedState | undefined,
  ): void {
    if (source === 'list' && feed?.decides) entry.listed = feed.tick;
    if (!content) return;
    const { resourceVersion: version } = raw.metadata;
    if (entry.object !== undefined) {
      if (version === entry.version) return;
      if (!isNewer(version, entry.version) && !isSettledBy(entry, source, feed)) return;
    }
    this.#keep(text, entry, raw, true, feed);
  }

  #keep(
    text: string,
    entry: Entry<T> | undefined,
    raw: KubeObject,
    content: boolean,
    feed: FeedState | undefined,
  ): void {
    const { uid, resourceVersion: version } = raw.metadata;
    const previous = entry?.object;
    const object = content ? this.#understood(raw, previous) : undefined;
    const listed = feed?.decides ? feed.tick : entry?.uid === uid ? entry.listed : 0;
    this.#entries.set(text, { uid, version, object, tick: this.#tick, listed });
    this.#changed(text, object, previous);
  }

  #understood(raw: KubeObject, previous: T | undefined): T | undefined {
    try {
      return this.#transformed(raw);
    } catch (fault) {
      this.#options.onFault?.(fault, keyOf(raw));
      return previous?.metadata.uid === raw.metadata.uid ? previous : undefined;
    }
  }

  #transformed(raw: KubeObject): T {
    const bare = raw as { apiVersion?: string; kind?: string };
    // Items of a list and metadata-only objects do not say what they are.
    if (bare.kind !== this.resource.kind) bare.kind = this.resource.kind;
    if (bare.apiVersion !== this.#apiVersion) bare.apiVersion = this.#apiVersion;
    const object = this.#options.transform === undefined ? (raw as T) : this.#options.transform(raw);
    if (!this.#options.keepManagedFields && object.metadata.managedFields !== undefined) {
      delete (object.metadata as { managedFields?: unknown }).managedFields;
    }
    return this.#options.freeze ? deepFreeze(object) : object;
  }

  #deleted(raw: KubeObject, feed: FeedState): void {
    // It may only have left the selector.
    if (!feed.decides) return;
    const { uid, resourceVersion: version } = raw.metadata;
    const text = keyText(keyOf(raw));
    const entry = this.#entries.get(text);
    const known = entry?.uid === uid ? entry : undefined;
    if (known !== undefined && isNewer(known.version, version)) return;
    this.#heard(feed, version);
    this.#bury(uid, version);
    if (known !== undefined) this.#drop(text, known);
  }

  #complete(feed: FeedState, version: string): void {
    feed.synced = true;
    if (feed.decides) {
      this.#listVersion = version;
      this.#heardVersion = version;
      for (const [text, entry] of this.#entries) {
        const isLater = entry.tick >= feed.tick && isNewer(entry.version, version);
        if (entry.listed !== feed.tick && !isLater) this.#drop(text, entry);
      }
      for (const [uid, tombstone] of this.#tombstones) if (tombstone.tick < feed.tick) this.#tombstones.delete(uid);
    }
    if (!this.synced && this.#feeds.every((state) => state.synced)) {
      this.synced = true;
      this.#synced.resolve();
    }
  }

  #drop(text: string, entry: Entry<T>): void {
    this.#entries.delete(text);
    this.#changed(text, undefined, entry.object);
  }

  #changed(text: string, object: T | undefined, previous: T | undefined): void {
    if (object === undefined && previous === undefined) return;
    if (object === undefined) this.#size--;
    else if (previous === undefined) this.#size++;
    this.#filing.refile(text, previous, object);
    for (const handler of this.#handlers) {
      try {
        handler(object, previous);
      } catch (fault) {
        this.#options.onFault?.(fault, keyOf((object ?? previous) as T));
      }
    }
  }

  #bury(uid: string, version: string | undefined): void {
    const known = this.#tombstones.get(uid);
    if (
      known !== undefined &&
      (known.version === undefined || (version !== undefined && !isNewer(version, known.version)))
    )
      return;
    this.#tombstones.delete(uid);
    this.#tombstones.set(uid, { version, tick: this.#tick });
    if (this.#tombstones.size <= maxTombstones) return;
    for (const oldest of this.#tombstones.keys()) {
      this.#tombstones.delete(oldest);
      break;
    }
  }

  /** Whether the object is dead, as far as something of this version can say. */
  #isBuried(uid: string, version: string, source: Source, feed: FeedState | undefined): boolean {
    const tombstone = this.#tombstones.get(uid);
    if (tombstone === undefined) return false;
    // A list asked for after the deletion knows better; so does a later version, where the object had only left a selector.
    const isOutdated = source === 'list' && feed !== undefined && tombstone.tick < feed.tick;
    if (!isOutdated && (tombstone.version === undefined || !isNewer(version, tombstone.version))) return true;
    this.#tombstones.delete(uid);
    return false;
  }
}

/** A list is right about what was not written since it was begun, even if its version is lower: etcd was restored from a copy. */
function isSettledBy(entry: { tick: number }, source: Source, feed: FeedState | undefined): boolean {
  return source === 'list' && feed !== undefined && entry.tick < feed.tick;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
