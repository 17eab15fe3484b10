// What an API test needs besides a control plane: our own client against it, and ConfigMaps, the plainest objects there are.
import type { KubeObject } from '../../src/api/meta.ts';
import type { ClusterAccess } from '../../src/kube/access.ts';
import type { ClientOptions } from '../../src/kube/call-options.ts';
import { type Client, createClient } from '../../src/kube/client.ts';
import type { Access } from './api-client.ts';

/** Access through the control plane itself, or through a proxy at `server`. */
export function accessTo(access: Access, server: string = access.server): ClusterAccess {
  const { ca, cert, key } = access;
  const credentials = { tls: { ca, cert, key }, headers: {} };
  return { server: new URL(server), credentials: () => credentials };
}

export function clientFor(access: Access, options: Partial<ClientOptions> & { readonly server?: string } = {}): Client {
  return createClient({ access: accessTo(access, options.server), version: 'v0.0.0', ...options });
}

export const configMap = (
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  metadata: object = {},
) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, ...metadata },
  data,
});

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
