// A collection made of a list of objects, for tests of what reads the store.
import type { Key, KubeObject } from '../../src/api/meta.ts';
import { type Collection, type Indexes, keyOf, keyText } from '../../src/kube/collection.ts';

export function collectionOf<T extends KubeObject>(objects: readonly T[], indexes: Indexes<T> = {}): Collection<T> {
  return {
    synced: true,
    size: objects.length,
    get: (key: Key) => objects.find((object) => keyText(keyOf(object)) === keyText(key)),
    by: (index, value) => {
      const file = indexes[index];
      if (file === undefined) throw new Error(`no index ${index}`);
      return objects.filter((object) => file(object).includes(value));
    },
    all: () => objects,
  };
}
