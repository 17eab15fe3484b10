// Where sources of CAs are watched: only in the namespaces that targets name, so that what is in all the others costs nothing, on the wire neither;
// in all namespaces at once where targets name many.
import type { KubeObject } from '../../api/meta.ts';

export interface SourceWatchesOptions {
  /** The namespace from which a target wants its CA; undefined where there is none to watch. */
  readonly namespaceOf: (target: KubeObject) => string | undefined;
  /** Starts a watch that ends with `signal`; without a namespace of all of them. */
  readonly watch: (namespace: string | undefined, signal: AbortSignal) => void;
  /** More namespaces than this are watched all at once, from then on. */
  readonly most: number;
  /** Ends all. */
  readonly signal: AbortSignal;
}

export class SourceWatches {
  readonly #options: SourceWatchesOptions;
  /** Namespace → how many targets name it. */
  readonly #named = new Map<string, number>();
  readonly #open = new Map<string, AbortController>();
  #state: 'counting' | 'each' | 'all' = 'counting';

  constructor(options: SourceWatchesOptions) {
    this.#options = options;
  }

  /** Watches what is named by now, and from now on what comes to be named. */
  start(): void {
    this.#state = 'each';
    for (const namespace of this.#named.keys()) this.#cover(namespace);
  }

  /** A target as it is now and was before. */
  changed(target: KubeObject | undefined, previous: KubeObject | undefined): void {
    const [now, before] = [target, previous].map((each) => each && this.#options.namespaceOf(each));
    if (now === before) return;
    if (now !== undefined) {
      this.#named.set(now, (this.#named.get(now) ?? 0) + 1);
      this.#cover(now);
    }
    if (before === undefined) return;
    const left = (this.#named.get(before) ?? 1) - 1;
    if (left > 0) this.#named.set(before, left);
    else this.#leave(before);
  }

  #cover(namespace: string): void {
    if (this.#state !== 'each' || this.#open.has(namespace)) return;
    const { watch, most, signal } = this.#options;
    if (this.#named.size > most) {
      this.#state = 'all';
      watch(undefined, signal);
      for (const end of this.#open.values()) end.abort();
      this.#open.clear();
      return;
    }
    const end = new AbortController();
    this.#open.set(namespace, end);
    watch(namespace, AbortSignal.any([signal, end.signal]));
  }

  #leave(namespace: string): void {
    this.#named.delete(namespace);
    this.#open.get(namespace)?.abort();
    this.#open.delete(namespace);
  }
}
