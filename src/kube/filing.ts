// The indexes of a collection: which objects stand under which value. Kept up to date with every change, so that nobody walks all objects.
// Where an index function throws (a stored object that does not fit its schema), the object is filed nowhere.
import type { Indexes } from './collection.ts';

const none: readonly never[] = [];

export class Filing<T> {
  readonly #indexes: readonly (readonly [string, (object: T) => readonly string[]])[];
  readonly #drawers = new Map<string, Map<string, Map<string, T>>>();

  constructor(indexes: Indexes<T>) {
    this.#indexes = Object.entries(indexes);
    for (const [name] of this.#indexes) this.#drawers.set(name, new Map());
  }

  /** `previous` and `next` are what was and is stored under `key`. */
  refile(key: string, previous: T | undefined, next: T | undefined): void {
    for (const [name, valuesOf] of this.#indexes) {
      const drawer = this.#drawers.get(name) as Map<string, Map<string, T>>;
      if (previous !== undefined) remove(drawer, key, valuesOrNone(valuesOf, previous));
      if (next !== undefined) add(drawer, key, valuesOrNone(valuesOf, next), next);
    }
  }

  by(index: string, value: string): readonly T[] {
    const drawer = this.#drawers.get(index);
    if (drawer === undefined) {
      throw new Error(`no index named ${index}; there are: ${[...this.#drawers.keys()].join(', ') || 'none'}`);
    }
    const folder = drawer.get(value);
    return folder === undefined ? none : [...folder.values()];
  }
}

function valuesOrNone<T>(valuesOf: (object: T) => readonly string[], object: T): readonly string[] {
  try {
    return valuesOf(object);
  } catch {
    return none;
  }
}

function remove<T>(drawer: Map<string, Map<string, T>>, key: string, values: readonly string[]): void {
  for (const value of values) {
    const folder = drawer.get(value);
    folder?.delete(key);
    if (folder?.size === 0) drawer.delete(value);
  }
}

function add<T>(drawer: Map<string, Map<string, T>>, key: string, values: readonly string[], object: T): void {
  for (const value of values) {
    let folder = drawer.get(value);
    if (folder === undefined) {
      folder = new Map();
      drawer.set(value, folder);
    }
    folder.set(key, object);
  }
}
