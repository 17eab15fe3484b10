// The shape of a controller and of what it decides. Decisions are data; this file does no I/O.
import type { Key, KubeObject, ManagedFieldsEntry, ResourceType } from '../api/meta.ts';

/** When to look again: on the next change only, or also at a given time. */
export type Wake = 'onChange' | { readonly at: Date };

/** An object as we send it: the server has not seen it yet. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/**
 * A write to the cluster, as data. `by` is the component that users see: field manager of the write, source of the event.
 *
 * - `create`: an existing object of that name is adopted when its controlling owner is the manifest's controlling owner;
 *   otherwise the write fails with `ApiError` 409 AlreadyExists.
 * - `apply`: server-side apply with force; the manifest states everything that `by` owns.
 * - `status`: PUT of the whole status on /status, with the resourceVersion of `object`.
 * - `finalizers`: the finalizers of `object` become these, if they still are what they were; nothing is sent where they are so already.
 *   An object whose last finalizer goes while it is being deleted is gone afterwards.
 * - `ownership`: the managedFields of `object` become these, under its resourceVersion; nothing else of it changes.
 * - `update`: PUT of the whole `object`, at its resourceVersion: for what users made and we change in place.
 * - `delete`: with a uid precondition; an object already gone counts as done.
 * - `event`: best effort, de-duplicated, never fails the decision.
 */
export type Action =
  | { readonly kind: 'create'; readonly by: string; readonly resource: ResourceType; readonly manifest: Manifest }
  | { readonly kind: 'apply'; readonly by: string; readonly resource: ResourceType; readonly manifest: Manifest }
  | {
      readonly kind: 'status';
      readonly by: string;
      readonly resource: ResourceType;
      readonly object: KubeObject;
      readonly status: object;
    }
  | {
      readonly kind: 'finalizers';
      readonly by: string;
      readonly resource: ResourceType;
      readonly object: KubeObject;
      readonly finalizers: readonly string[];
    }
  | {
      readonly kind: 'ownership';
      readonly by: string;
      readonly resource: ResourceType;
      readonly object: KubeObject;
      readonly managedFields: readonly ManagedFieldsEntry[];
    }
  | { readonly kind: 'update'; readonly by: string; readonly resource: ResourceType; readonly object: KubeObject }
  | {
      readonly kind: 'delete';
      readonly by: string;
      readonly resource: ResourceType;
      readonly key: Key;
      readonly uid: string;
    }
  | {
      readonly kind: 'event';
      readonly by: string;
      readonly about: KubeObject;
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

export interface Writes {
  readonly kind: 'write';
  readonly actions: readonly Action[];
  readonly wake: Wake;
}

/** A decision either writes to the cluster or makes one call to the outside; never both. */
export type Decision<Call> = Writes | { readonly kind: 'call'; readonly call: Call };

export const write = (actions: readonly Action[], wake: Wake = 'onChange'): Writes => ({
  kind: 'write',
  actions,
  wake,
});
export const call = <Call>(what: Call): Decision<Call> => ({ kind: 'call', call: what });
export const nothing: Writes = write([]);

/**
 * One control loop. `decide` and `settle` are pure. `observe` reads the store (and, where a Secret is only known by its
 * metadata, the API server); `perform` is the only I/O outside the cluster. Whatever is thrown is transient: it is retried with
 * back-off. Expected endings are values.
 */
export interface Controller<Seen, Call = never, Outcome = never> {
  readonly name: string;
  observe(key: Key, signal: AbortSignal): Promise<Seen | undefined>;
  decide(seen: Seen, now: Date): Decision<Call>;
  perform?(call: Call, signal: AbortSignal): Promise<Outcome>;
  settle?(seen: Seen, call: Call, outcome: Outcome, now: Date): Writes;
}

/** The earlier of two wakes; `onChange` is never earlier than a time. */
export function earliest(a: Wake, b: Wake): Wake {
  if (a === 'onChange') return b;
  if (b === 'onChange') return a;
  return a.at <= b.at ? a : b;
}
