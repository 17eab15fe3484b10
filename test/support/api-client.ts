// A client of the API server for tests and demos, apart from the one under test: one request, JSON in, JSON out, no retries, no cache.
import { Agent, request as httpsRequest } from 'node:https';
import type { Key, KubeObject, ResourceType } from '../../src/api/meta.ts';
import { ApiError } from '../../src/base/errors.ts';
import { resourcePath } from '../../src/kube/resources.ts';

export interface Access {
  /** `https://host:port`. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Manifest = {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly [field: string]: unknown;
};

const applyType = 'application/apply-patch+yaml';
const mergeType = 'application/merge-patch+json';
const requestTimeoutMs = 30_000;

export class ApiClient {
  readonly access: Access;
  readonly #agent: Agent;

  constructor(access: Access) {
    this.access = access;
    const { ca, cert, key } = access;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key, timeout: requestTimeoutMs });
  }

  get<T extends KubeObject>(resource: ResourceType, key: Key): Promise<T> {
    return this.request('GET', resourcePath(resource, key));
  }

  /** As `get`; undefined where there is no such object. */
  async find<T extends KubeObject>(resource: ResourceType, key: Key): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, key);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: ResourceType, namespace?: string): Promise<T[]> {
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    return (await this.request<{ items: T[] }>('GET', path)).items;
  }

  create<T extends KubeObject>(resource: ResourceType, manifest: Manifest): Promise<T> {
    return this.request('POST', resourcePath(resource, place(manifest)), manifest);
  }

  /** Server-side apply with force. */
  apply<T extends KubeObject>(resource: ResourceType, manifest: Manifest, manager = 'test'): Promise<T> {
    const path = resourcePath(resource, nameOf(manifest));
    return this.request('PATCH', `${path}?force=true&fieldManager=${manager}`, manifest, applyType);
  }

  /** PUT of the whole object, or of one subresource of it. */
  replace<T extends KubeObject>(resource: ResourceType, object: Manifest, subresource?: string): Promise<T> {
    return this.request('PUT', resourcePath(resource, nameOf(object), subresource), object);
  }

  merge<T extends KubeObject>(resource: ResourceType, key: Key, patch: object, subresource?: string): Promise<T> {
    return this.request('PATCH', resourcePath(resource, key, subresource), patch, mergeType);
  }

  /** An object that is not there counts as deleted. */
  async delete(resource: ResourceType, key: Key): Promise<void> {
    try {
      await this.request('DELETE', resourcePath(resource, key));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** Throws ApiError for any answer but success; connection errors as they come. */
  request<T>(method: Verb, path: string, body?: object, type = 'application/json'): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: requestTimeoutMs };
      const sent = httpsRequest(new URL(path, this.access.server), options, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', reject);
        response.on('end', () => settle<T>(response.statusCode ?? 0, answer, resolve, reject));
      });
      sent.on('timeout', () =>
        sent.destroy(new Error(`${method} ${path}: no answer after ${requestTimeoutMs / 1000} s`)),
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function settle<T>(status: number, text: string, resolve: (value: T) => void, reject: (error: Error) => void): void {
  if (status >= 200 && status < 300) {
    // Health checks answer with a word.
    resolve((text.startsWith('{') ? JSON.parse(text) : text) as T);
    return;
  }
  const details = text.startsWith('{')
    ? (JSON.parse(text) as { reason?: string; message?: string })
    : { message: text };
  reject(new ApiError(status, details.reason ?? '', details.message ?? ''));
}

function nameOf(manifest: Manifest): Key {
  const { name = '', namespace } = manifest.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

function place(manifest: Manifest): Partial<Key> {
  const { namespace } = manifest.metadata;
  return namespace === undefined ? {} : { namespace };
}
