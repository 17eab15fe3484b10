// A client between the controllers and the API server that does something else with some of the writes: slow, lost or ill-timed ones.
import type { ResourceType } from '../../src/api/meta.ts';
import type { Client } from '../../src/kube/client.ts';

export interface Write {
  readonly verb: 'create' | 'apply' | 'update' | 'updateStatus' | 'patch' | 'delete';
  readonly resource: ResourceType;
  /** Of the object. */
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Called instead of each write; what it answers or throws is what the controllers get. */
export type Meddler = (write: Write, send: () => Promise<unknown>) => Promise<unknown>;

const verbs: readonly string[] = [
  'create',
  'apply',
  'update',
  'updateStatus',
  'patch',
  'delete',
] satisfies Write['verb'][];

export function interfering(meddle: Meddler): (client: Client) => Client {
  return (client) =>
    new Proxy(client, {
      get(target, property) {
        const method = Reflect.get(target, property) as unknown;
        if (typeof method !== 'function') return method;
        const bound = (method as (...args: unknown[]) => Promise<unknown>).bind(target);
        if (!verbs.includes(String(property))) return bound;
        return (resource: ResourceType, what: Target, ...more: unknown[]) => {
          const { name = '', namespace } = what.metadata ?? what;
          return meddle({ verb: property as Write['verb'], resource, name, namespace }, () =>
            bound(resource, what, ...more),
          );
        };
      },
    });
}

/** An object, a manifest, or a key. */
interface Target {
  readonly name?: string;
  readonly namespace?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}
