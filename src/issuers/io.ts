// What backends see of Secrets: read when needed, parsed once per resourceVersion, the bytes never kept. Knows no Kubernetes client.
import type { HttpAccess } from '../net/http.ts';
import type { BackendIo, SecretData } from './backend.ts';

/** A Secret as it was read, with the version that was read. */
export interface FetchedSecret {
  readonly resourceVersion: string;
  readonly data: SecretData;
}

export interface SecretSource {
  /** Reads a Secret from the API server; undefined where there is none. */
  fetchSecret(namespace: string, name: string, signal: AbortSignal): Promise<FetchedSecret | undefined>;
  /** The resourceVersion that the store knows of; undefined where it knows of no such Secret. Memory only. */
  secretVersion(namespace: string, name: string): string | undefined;
}

export interface IoScope {
  readonly resourceNamespace: string;
  /** Absent where no request is being signed. */
  readonly requestNamespace?: string;
  readonly signal: AbortSignal;
}

export interface BackendIoFactory {
  open(scope: IoScope): BackendIo;
  /** Drops what was parsed of a Secret. Not needed for correctness: a Secret that is gone or has changed is noticed at its next use. */
  forget(namespace: string, name: string): void;
  /** How many Secrets something is kept of. */
  readonly size: number;
}

export interface IoOptions extends SecretSource {
  readonly http: HttpAccess;
  readonly now: () => Date;
  /** How many Secrets something may be kept of; the longest unused goes first. */
  readonly limit?: number;
}

type Parse = (data: SecretData) => unknown;

/** What is kept of one version of a Secret: a promise per parse function, so that a burst on a cold cache reads once. */
interface Entry {
  readonly version: string;
  readonly values: Map<Parse, Promise<unknown>>;
}

const defaultLimit = 1_000;

/**
 * Makes the `io` of backends. A Secret that the store does not know of does not exist; one that it knows is read once per version and
 * parse function. A read that fails is not kept.
 */
export function createBackendIo(options: IoOptions): BackendIoFactory {
  const cache = new SecretCache(options);
  return {
    open(scope) {
      return {
        resourceNamespace: scope.resourceNamespace,
        http: options.http,
        now: options.now,
        signal: scope.signal,
        secret: (name, parse) => cache.read(scope.resourceNamespace, name, parse, scope.signal),
        requestSecret: (name, parse) => {
          if (scope.requestNamespace === undefined) throw new Error('no request is being signed');
          return readOnce(options, scope.requestNamespace, name, parse, scope.signal);
        },
      };
    },
    forget: (namespace, name) => cache.forget(namespace, name),
    get size() {
      return cache.size;
    },
  };
}

async function readOnce<T>(
  source: SecretSource,
  namespace: string,
  name: string,
  parse: (data: SecretData) => T,
  signal: AbortSignal,
): Promise<T | undefined> {
  signal.throwIfAborted();
  if (source.secretVersion(namespace, name) === undefined) return undefined;
  const secret = await source.fetchSecret(namespace, name, signal);
  return secret === undefined ? undefined : parse(secret.data);
}

class SecretCache {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #source: SecretSource;
  readonly #limit: number;

  constructor(options: IoOptions) {
    this.#source = options;
    this.#limit = options.limit ?? defaultLimit;
  }

  get size(): number {
    return this.#entries.size;
  }

  forget(namespace: string, name: string): void {
    this.#entries.delete(`${namespace}/${name}`);
  }

  async read<T>(
    namespace: string,
    name: string,
    parse: (data: SecretData) => T,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    signal.throwIfAborted();
    const key = `${namespace}/${name}`;
    const version = this.#source.secretVersion(namespace, name);
    if (version === undefined) {
      this.#entries.delete(key);
      return undefined;
    }
    const entry = this.#use(key, version);
    const kept = entry.values.get(parse);
    if (kept !== undefined) {
      // Somebody else's read may end because they gave up, not because it failed: then read ourselves.
      const shared = await kept.then(
        (value) => ({ value }),
        () => undefined,
      );
      if (shared !== undefined) return shared.value as T | undefined;
      signal.throwIfAborted();
    }
    return this.#load(key, entry, namespace, name, parse, signal);
  }

  /** The entry of this version, as the one used last; the entries over the limit are dropped. */
  #use(key: string, version: string): Entry {
    const former = this.#entries.get(key);
    const entry = former?.version === version ? former : { version, values: new Map<Parse, Promise<unknown>>() };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#limit && oldest.done !== true) this.#entries.delete(oldest.value);
    return entry;
  }

  async #load<T>(
    key: string,
    entry: Entry,
    namespace: string,
    name: string,
    parse: (data: SecretData) => T,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const reading = this.#source
      .fetchSecret(namespace, name, signal)
      .then((secret) => (secret === undefined ? undefined : parse(secret.data)));
    entry.values.set(parse, reading);
    const drop = () => {
      if (entry.values.get(parse) === reading) entry.values.delete(parse);
      if (entry.values.size === 0 && this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    try {
      const value = await reading;
      if (value === undefined) drop();
      return value;
    } catch (error) {
      drop();
      throw error;
    }
  }
}
