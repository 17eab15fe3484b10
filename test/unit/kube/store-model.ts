// A server in a few lines, for properties of the store: objects with versions, their history, watches that are late, repeat themselves or start
// over, and answers to our own writes that arrive whenever they like.
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Feed, StoredCollection } from '../../../src/kube/store.ts';

export interface Thing extends KubeObject {
  readonly value: number;
}

interface Change {
  readonly before: Thing | undefined;
  readonly after: Thing | undefined;
  readonly version: number;
}

export const resource = { group: '', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
export const isLabelled = (thing: KubeObject): boolean => thing.metadata.labels?.['full'] === 'true';

export class ModelServer {
  readonly objects = new Map<string, Thing>();
  readonly history: Change[] = [];
  readonly deleted = new Set<string>();
  /** Answers to our own writes that have not arrived yet. */
  readonly answers: (() => void)[] = [];
  #version = 0;
  #uids = 0;
  readonly #collection: StoredCollection<Thing>;
  /** uid → what an arrived answer told us: the store must never show less. */
  readonly #answered = new Map<string, { name: string; version: number }>();

  constructor(collection: StoredCollection<Thing>) {
    this.#collection = collection;
  }

  get version(): number {
    return this.#version;
  }

  /** Creates or changes an object; `own` writes are answered later. */
  write(name: string, labelled: boolean, own: boolean): void {
    const before = this.objects.get(name);
    const version = ++this.#version;
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const after: Thing = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: {
        name,
        namespace: 'n',
        uid,
        resourceVersion: String(version),
        creationTimestamp: '',
        labels: labelled ? { full: 'true' } : {},
      },
      value: version,
    };
    this.objects.set(name, after);
    this.history.push({ before, after, version });
    if (own) this.answers.push(() => this.#arrive(after));
  }

  delete(name: string, own: boolean): void {
    const before = this.objects.get(name);
    if (before === undefined) return;
    const { uid } = before.metadata;
    this.objects.delete(name);
    this.deleted.add(uid);
    this.history.push({ before, after: undefined, version: ++this.#version });
    if (own) this.answers.push(() => this.#collection.gone({ namespace: 'n', name }, uid));
  }

  #arrive(thing: Thing): void {
    this.#collection.put(structuredClone(thing));
    const { uid, name } = thing.metadata;
    const version = Math.max(Number(thing.metadata.resourceVersion), this.#answered.get(uid)?.version ?? 0);
    this.#answered.set(uid, { name, version });
  }

  /** What the store shows although an answer said more; undefined when it kept its word. */
  brokenPromise(): string | undefined {
    for (const [uid, { name, version }] of this.#answered) {
      if (this.deleted.has(uid)) continue;
      const shown = this.#collection.get({ namespace: 'n', name });
      if (shown === undefined) return `${name} is missing, although version ${version} was answered`;
      const shownVersion = Number(shown.metadata.resourceVersion);
      if (shownVersion < version) return `${name} is at ${shownVersion}, although ${version} was answered`;
    }
    return undefined;
  }

  state(): Record<string, number> {
    return Object.fromEntries([...this.objects].map(([name, thing]) => [name, thing.value]).sort());
  }
}

/** A watch: takes what happened in order, but when it likes. */
export class ModelWatch {
  readonly #server: ModelServer;
  readonly #feed: Feed;
  readonly #selects: (thing: KubeObject) => boolean;
  #position = 0;
  #list: { version: number; position: number; items: Thing[] } | undefined;
  #phase: 'watching' | 'asked' | 'listing' = 'asked';

  constructor(server: ModelServer, feed: Feed, selects: (thing: KubeObject) => boolean = () => true) {
    this.#server = server;
    this.#feed = feed;
    this.#selects = selects;
    feed.begin();
  }

  /** Starts over with a complete list, which the server makes some time later. */
  relist(): void {
    this.#feed.begin();
    this.#phase = 'asked';
    this.#list = undefined;
  }

  /** Hears the last events once more, as after a reconnect from an older version. */
  repeat(count: number): void {
    if (this.#phase !== 'watching') return;
    const from = Math.max(this.#list?.position ?? 0, this.#position - count);
    for (const change of this.#server.history.slice(from, this.#position)) this.#hear(change);
  }

  /** One step on: the list is made, one of its items arrives, it is complete, or one event arrives. False when there is nothing to hear. */
  step(): boolean {
    if (this.#phase === 'asked') {
      const items = [...this.#server.objects.values()].filter(this.#selects);
      this.#list = { version: this.#server.version, position: this.#server.history.length, items: [...items] };
      this.#phase = 'listing';
    } else if (this.#phase === 'listing') this.#stepList();
    else {
      const change = this.#server.history[this.#position];
      if (change === undefined) return false;
      this.#position++;
      this.#hear(change);
    }
    return true;
  }

  #stepList(): void {
    const list = this.#list;
    if (list === undefined) return;
    const item = list.items.shift();
    if (item !== undefined) {
      this.#feed.listed(structuredClone(item));
      return;
    }
    this.#feed.complete(String(list.version));
    this.#position = list.position;
    this.#phase = 'watching';
  }

  #hear({ before, after, version }: Change): void {
    const was = before !== undefined && this.#selects(before);
    if (after !== undefined && this.#selects(after)) this.#feed.changed(structuredClone(after));
    else if (was) {
      const last = structuredClone(before);
      (last.metadata as { resourceVersion: string }).resourceVersion = String(version);
      this.#feed.deleted(last);
    } else this.#feed.progress(String(version));
  }
}
