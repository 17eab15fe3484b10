// The REST calls of the Kubernetes API, by kind and key. Knows budgets, retries and errors; knows no store and no controller.
import type { IncomingMessage } from 'node:http';
import type { Key, KubeObject, ResourceType } from '../api/meta.ts';
import { ApiError } from '../base/errors.ts';
import type { CallOptions, ClientOptions, RequestOptions } from './call-options.ts';
import { Caller, type Guard, openStream } from './caller.ts';
import type { Manifest } from './reconcile.ts';
import { apiVersionOf, resourcePath } from './resources.ts';
import { createTransport } from './transport.ts';

export interface ListOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** PartialObjectMetadata instead of the objects. */
  readonly metadataOnly?: boolean;
}

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: T[];
}

export interface PatchOptions extends CallOptions {
  readonly type?: 'merge' | 'json';
  readonly subresource?: string;
}

export interface ApplyOptions extends CallOptions {
  readonly as: string;
  readonly subresource?: string;
  /** Take over fields that others own; true unless said otherwise. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/**
 * Every call rejects with ApiError for an answer of 300 and more (status 0, reason `Unreachable`, where there was no answer at all), or with
 * the reason of a signal that aborted. 429 and 5xx with Retry-After were retried before that.
 */
export interface Client {
  get<T>(resource: ResourceType, key: Key, options?: CallOptions): Promise<T>;
  /** As `get`, undefined for an object that does not exist. */
  find<T>(resource: ResourceType, key: Key, options?: CallOptions): Promise<T | undefined>;
  list<T>(resource: ResourceType, options?: ListOptions): Promise<List<T>>;
  create<T>(resource: ResourceType, manifest: Manifest, options?: CallOptions): Promise<T>;
  apply<T>(resource: ResourceType, manifest: Manifest, options: ApplyOptions): Promise<T>;
  /** PUT of the whole object. */
  update<T>(resource: ResourceType, object: KubeObject, options?: CallOptions & { subresource?: string }): Promise<T>;
  /** PUT of `status` on /status at the resourceVersion of `object`; only what identifies the object is sent along. */
  updateStatus<T>(resource: ResourceType, object: KubeObject, status: object, options?: CallOptions): Promise<T>;
  patch<T>(resource: ResourceType, key: Key, patch: object, options?: PatchOptions): Promise<T>;
  /** Undefined: it is gone. An object: it waits for finalizers or a grace period. */
  delete(resource: ResourceType, key: Key, options?: DeleteOptions): Promise<KubeObject | undefined>;
  /** Any path; the answer's JSON, undefined for an empty one. */
  request<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  /** A GET whose answer is read as a stream. */
  open(path: string, options: RequestOptions & { readonly signal: AbortSignal }): Promise<IncomingMessage>;
  /**
   * A view of this client whose writes on the reconcile lane stop with `signal`, those under way included. `check` is asked before each and
   * may throw.
   */
  gated(signal: AbortSignal, check?: () => void): Client;
  close(): void;
}

interface Gate {
  readonly signal: AbortSignal;
  readonly check?: (() => void) | undefined;
}

const json = 'application/json';
const metadataAccept = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
};
/** The Accept header of a watch. */
export const watchAccept = (metadataOnly: boolean): string => (metadataOnly ? metadataAccept.object : json);

export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options.access, {
    maxAnswerBytes: options.maxAnswerBytes ?? 128 * 1024 * 1024,
    maxSockets: 64,
  });
  return new RestClient(new Caller(options, transport), undefined);
}

class RestClient implements Client {
  readonly #caller: Caller;
  readonly #gate: Gate | undefined;

  constructor(caller: Caller, gate: Gate | undefined) {
    this.#caller = caller;
    this.#gate = gate;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const answer = await this.#caller.call(method, path, options, this.#guardOf(method, options));
    if (options.discard || answer.body.length === 0) return undefined as T;
    try {
      return JSON.parse(answer.body.toString()) as T;
    } catch (cause) {
      throw new ApiError(answer.status, 'InvalidAnswer', `${method} ${path}: the answer is not JSON`, { cause });
    }
  }

  #guardOf(method: string, options: CallOptions): Guard {
    const signals = options.signal === undefined ? [] : [options.signal];
    if (this.#gate === undefined || method === 'GET' || (options.lane ?? 'reconcile') !== 'reconcile')
      return { signals };
    return { signals: [...signals, this.#gate.signal], check: this.#gate.check };
  }

  get<T>(resource: ResourceType, key: Key, options?: CallOptions): Promise<T> {
    return this.request('GET', resourcePath(resource, key), options);
  }

  async find<T>(resource: ResourceType, key: Key, options?: CallOptions): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, key, options);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  list<T>(resource: ResourceType, options: ListOptions = {}): Promise<List<T>> {
    const { namespace, labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options;
    return this.request('GET', resourcePath(resource, namespace === undefined ? {} : { namespace }), {
      ...options,
      accept: options.metadataOnly ? metadataAccept.list : json,
      query: {
        labelSelector,
        fieldSelector,
        limit: limit === undefined ? undefined : String(limit),
        continue: options.continue,
        resourceVersion,
        resourceVersionMatch,
      },
    });
  }

  create<T>(resource: ResourceType, manifest: Manifest, options: CallOptions = {}): Promise<T> {
    const { name, namespace } = manifest.metadata;
    return this.request('POST', resourcePath(resource, namespace === undefined ? {} : { namespace }), {
      ...options,
      body: manifest,
      query: { fieldManager: options.as },
      // Sent twice, a named object exists or does not: the second answer is AlreadyExists at worst.
      repeatable: name !== undefined && name !== '',
    });
  }

  apply<T>(resource: ResourceType, manifest: Manifest, options: ApplyOptions): Promise<T> {
    const force = options.force ?? true;
    return this.request('PATCH', resourcePath(resource, manifest.metadata, options.subresource), {
      ...options,
      body: manifest,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: options.as, force: force ? 'true' : undefined },
    });
  }

  update<T>(
    resource: ResourceType,
    object: KubeObject,
    options: CallOptions & { subresource?: string } = {},
  ): Promise<T> {
    return this.request('PUT', resourcePath(resource, object.metadata, options.subresource), {
      ...options,
      body: object,
      query: { fieldManager: options.as },
    });
  }

  updateStatus<T>(resource: ResourceType, object: KubeObject, status: object, options: CallOptions = {}): Promise<T> {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const body = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace, uid, resourceVersion },
      status,
    };
    return this.request('PUT', resourcePath(resource, object.metadata, 'status'), {
      ...options,
      body,
      query: { fieldManager: options.as },
    });
  }

  patch<T>(resource: ResourceType, key: Key, patch: object, options: PatchOptions = {}): Promise<T> {
    return this.request('PATCH', resourcePath(resource, key, options.subresource), {
      ...options,
      body: patch,
      contentType: options.type === 'json' ? 'application/json-patch+json' : 'application/merge-patch+json',
      query: { fieldManager: options.as },
    });
  }

  async delete(resource: ResourceType, key: Key, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const { uid, propagation } = options;
    const answer = await this.request<KubeObject>('DELETE', resourcePath(resource, key), {
      ...options,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: uid === undefined ? undefined : { uid },
        propagationPolicy: propagation ?? 'Background',
      },
    });
    return isStillThere(answer) ? answer : undefined;
  }

  async open(path: string, options: RequestOptions & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    return openStream(this.#caller, path, options);
  }

  gated(signal: AbortSignal, check?: () => void): Client {
    return new RestClient(this.#caller, { signal, check });
  }

  close(): void {
    this.#caller.transport.close();
  }
}

/** A delete is answered with a Status when the object is gone, and with the object when it waits, or when its kind always answers so. */
function isStillThere(answer: KubeObject | undefined): boolean {
  if (answer === undefined || answer.kind === 'Status' || answer.metadata?.deletionTimestamp === undefined)
    return false;
  const { finalizers, deletionGracePeriodSeconds } = answer.metadata as KubeObject['metadata'] & {
    deletionGracePeriodSeconds?: number;
  };
  return (finalizers?.length ?? 0) > 0 || (deletionGracePeriodSeconds ?? 0) > 0;
}
