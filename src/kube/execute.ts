// Carries out what a decision wrote down: in order, deletes that follow each other at once. Every answer goes into the store before the next
// decision is made. Decides nothing itself.
import type { Key, KubeObject, ResourceType } from '../api/meta.ts';
import { controllerUid } from '../api/meta.ts';
import { deepEqual } from '../base/deep-equal.ts';
import { ApiError } from '../base/errors.ts';
import type { Client } from './client.ts';
import { keyOf } from './collection.ts';
import type { Recorder } from './events.ts';
import type { Action, Manifest } from './reconcile.ts';
import type { StoredCollection } from './store.ts';

/**
 * Rejects with ApiError for a write that failed; the actions after it were not carried out. After a write of a status was refused because the
 * object had changed or is gone, the object was read again into its collection and the error is a 409 Conflict.
 */
export type Execute = (actions: readonly Action[], signal?: AbortSignal) => Promise<void>;

// biome-ignore lint/suspicious/noExplicitAny: answers go into collections of all kinds
type AnyCollection = StoredCollection<any>;
type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export function createExecutor(deps: {
  readonly client: Client;
  /** Where answers go, by resource; more than one for the same resource all get them. */
  readonly collections: readonly AnyCollection[];
  readonly recorder: Recorder;
}): Execute {
  const executor = new Executor(deps.client, deps.collections, deps.recorder);
  return (actions, signal) => executor.run(actions, signal);
}

class Executor {
  readonly #client: Client;
  readonly #recorder: Recorder;
  readonly #collections = new Map<string, AnyCollection[]>();

  constructor(client: Client, collections: readonly AnyCollection[], recorder: Recorder) {
    this.#client = client;
    this.#recorder = recorder;
    for (const collection of collections) {
      const id = resourceId(collection.resource);
      this.#collections.set(id, [...(this.#collections.get(id) ?? []), collection]);
    }
  }

  async run(actions: readonly Action[], signal?: AbortSignal): Promise<void> {
    /** uid → resourceVersion after the writes of this run, for a status that follows on the same object. */
    const versions = new Map<string, string>();
    for (let index = 0; index < actions.length; index++) {
      const action = actions[index] as Action;
      if (action.kind === 'delete') {
        const deletes = runOfDeletes(actions, index);
        await allSettled(deletes.map((each) => this.#delete(each, signal)));
        index += deletes.length - 1;
      } else if (action.kind === 'event') this.#recorder.record(action);
      else {
        const answer = await this.#write(action, versions, signal);
        if (answer === undefined) continue;
        versions.set(answer.metadata.uid, answer.metadata.resourceVersion);
        if (isGoneWith(answer)) this.#gone(action.resource, keyOf(answer), answer.metadata.uid);
        else this.#put(action.resource, answer);
      }
    }
    await this.#recorder.room();
  }

  /** The stored object after the write; undefined where there was nothing to write. */
  async #write(
    action: ActionOf<'create' | 'apply' | 'status' | 'finalizers' | 'ownership' | 'update'>,
    versions: ReadonlyMap<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<KubeObject | undefined> {
    const options = { as: action.by, signal };
    if (action.kind === 'apply') return this.#client.apply<KubeObject>(action.resource, action.manifest, options);
    if (action.kind === 'create') return this.#create(action, options);
    if (action.kind === 'finalizers') return this.#finalizers(action, versions, options);
    if (action.kind === 'ownership') return this.#ownership(action, options);
    if (action.kind === 'update') return this.#client.update<KubeObject>(action.resource, action.object, options);
    return this.#status(action, versions, options);
  }

  async #create(
    action: ActionOf<'create'>,
    options: { as: string; signal: AbortSignal | undefined },
  ): Promise<KubeObject> {
    const { resource, manifest } = action;
    try {
      return await this.#client.create<KubeObject>(resource, manifest, options);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
      const existing = await this.#client.find<KubeObject>(resource, keyOfManifest(manifest), options);
      if (existing === undefined) throw error;
      if (isAdoptable(existing, manifest)) return existing;
      this.#put(resource, existing);
      throw error;
    }
  }

  async #finalizers(
    action: ActionOf<'finalizers'>,
    versions: ReadonlyMap<string, string>,
    options: { as: string; signal: AbortSignal | undefined },
  ): Promise<KubeObject | undefined> {
    const { resource, object, finalizers } = action;
    const { uid, resourceVersion, finalizers: before = [] } = object.metadata;
    if (deepEqual(before, finalizers)) return undefined;
    const versioned = { metadata: { uid, resourceVersion: versions.get(uid) ?? resourceVersion, finalizers } };
    try {
      if (before.length === 0) return await this.#client.patch<KubeObject>(resource, keyOf(object), versioned, options);
      const patch = finalizersPatch(uid, before, finalizers);
      return await this.#client.patch<KubeObject>(resource, keyOf(object), patch, { ...options, type: 'json' });
    } catch (error) {
      const isChanged = error instanceof ApiError && (error.reason === 'Conflict' || error.status === 422);
      if (!(error instanceof ApiError) || (error.status !== 404 && !isChanged)) throw error;
      await this.#reread(resource, object, options);
      if (error.status === 404) return undefined;
      throw new ApiError(409, 'Conflict', error.message, { cause: error });
    }
  }

  #ownership(
    { resource, object, managedFields }: ActionOf<'ownership'>,
    options: { as: string; signal: AbortSignal | undefined },
  ): Promise<KubeObject> {
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ];
    return this.#client.patch<KubeObject>(resource, keyOf(object), patch, { ...options, type: 'json' });
  }

  async #status(
    action: ActionOf<'status'>,
    versions: ReadonlyMap<string, string>,
    options: { as: string; signal: AbortSignal | undefined },
  ): Promise<KubeObject | undefined> {
    const { resource, object, status } = action;
    if (deepEqual((object as { status?: unknown }).status ?? {}, status)) return undefined;
    const version = versions.get(object.metadata.uid);
    const current =
      version === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion: version } };
    try {
      return await this.#client.updateStatus<KubeObject>(resource, current, status, options);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.reason !== 'Conflict')) throw error;
      await this.#reread(resource, object, options);
      throw error.status === 404 ? new ApiError(409, 'Conflict', error.message, { cause: error }) : error;
    }
  }

  async #reread(
    resource: ResourceType,
    object: KubeObject,
    options: { as: string; signal: AbortSignal | undefined },
  ): Promise<void> {
    const key = keyOf(object);
    const found = await this.#client.find<KubeObject>(resource, key, options);
    if (found?.metadata.uid !== object.metadata.uid) this.#gone(resource, key, object.metadata.uid);
    if (found !== undefined) this.#put(resource, found);
  }

  async #delete(action: ActionOf<'delete'>, signal: AbortSignal | undefined): Promise<void> {
    const { resource, key, uid, by } = action;
    let left: KubeObject | undefined;
    try {
      left = await this.#client.delete(resource, key, { uid, as: by, signal });
    } catch (error) {
      // Not there, or another object by that name: the one that was meant is gone.
      const isGone = error instanceof ApiError && (error.status === 404 || error.reason === 'Conflict');
      if (!isGone) throw error;
    }
    if (left === undefined) this.#gone(resource, key, uid);
    else this.#put(resource, left);
  }

  #put(resource: ResourceType, object: KubeObject): void {
    const collections = this.#collections.get(resourceId(resource)) ?? [];
    // A transform may take the object apart: each collection but the last gets its own.
    collections.forEach((collection, index) => {
      collection.put(index === collections.length - 1 ? object : structuredClone(object));
    });
  }

  #gone(resource: ResourceType, key: Key, uid: string): void {
    for (const collection of this.#collections.get(resourceId(resource)) ?? []) collection.gone(key, uid);
  }
}

/** Whatever else of the object changes meanwhile, as its deletion may, is no obstacle; another object, or other finalizers, are. */
function finalizersPatch(uid: string, before: readonly string[], after: readonly string[]): readonly object[] {
  const path = '/metadata/finalizers';
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path, value: before },
    after.length === 0 ? { op: 'remove', path } : { op: 'replace', path, value: after },
  ];
}

/** An object that was only waiting for its finalizers is answered once more, and is gone. */
function isGoneWith({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

const resourceId = (resource: ResourceType): string => `${resource.plural}.${resource.group}`;

function keyOfManifest(manifest: Manifest): Key {
  const { name, namespace } = manifest.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

/** The same controlling owner wanted an object of that name before: a crash came between its creation and its record. */
function isAdoptable(existing: KubeObject, manifest: Manifest): boolean {
  const owner = controllerUid(manifest.metadata as Parameters<typeof controllerUid>[0]);
  return (
    owner !== undefined &&
    controllerUid(existing.metadata) === owner &&
    existing.metadata.deletionTimestamp === undefined
  );
}

function runOfDeletes(actions: readonly Action[], from: number): ActionOf<'delete'>[] {
  const deletes: ActionOf<'delete'>[] = [];
  for (let index = from; actions[index]?.kind === 'delete'; index++) deletes.push(actions[index] as ActionOf<'delete'>);
  return deletes;
}

/** Waits for all, then rejects with the first failure: none is left running behind the caller's back. */
async function allSettled(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason;
}
