// What controllers see of the store: one read-only collection per watched resource. Objects are shared and must not be changed.
import type { Key, KubeObject } from '../api/meta.ts';

export interface Collection<T extends KubeObject> {
  /** True once the first complete list has arrived. */
  readonly synced: boolean;
  readonly size: number;
  get(key: Key): T | undefined;
  /** All objects that the named index files under `value`; empty for an unknown value. Throws for an unknown index. */
  by(index: string, value: string): readonly T[];
  all(): Iterable<T>;
}

/** Index name → the values under which an object is filed. */
export type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** The text form of a key, used in queues and logs: `namespace/name`, or `name` for cluster-scoped objects. */
export function keyText(key: Key): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}

export function keyOf(object: KubeObject): Key {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
