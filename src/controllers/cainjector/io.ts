// What the injection reads from the API server when it needs it: one target, one Certificate, one Secret. Of a Secret only the CA is kept.
import type { KubeObject, ResourceType } from '../../api/meta.ts';
import type { ClusterAccess } from '../../kube/access.ts';
import type { Client } from '../../kube/client.ts';
import { certificates, secrets } from '../../kube/resources.ts';
import type { SecretFacts } from './source.ts';

/** Each resolves with undefined for what does not exist, and rejects with ApiError. */
export interface InjectionIo {
  target(resource: ResourceType, name: string, signal: AbortSignal): Promise<KubeObject | undefined>;
  secret(namespace: string, name: string, signal: AbortSignal): Promise<SecretFacts | undefined>;
  /** The name of the Secret of a Certificate; empty where it states none. */
  secretNameOf(namespace: string, certificate: string, signal: AbortSignal): Promise<string | undefined>;
  /** The CA that our own access to the API server trusts. */
  apiServerCA(): Promise<Buffer | undefined>;
}

export function createInjectionIo(client: Client, access: ClusterAccess): InjectionIo {
  return {
    target: (resource, name, signal) => client.find<KubeObject>(resource, { name }, { signal }),
    secret: async (namespace, name, signal) => {
      const found = await client.find<RawSecret>(secrets, { namespace, name }, { signal });
      if (found === undefined) return undefined;
      const ca = found.data?.['ca.crt'];
      return {
        annotations: found.metadata.annotations ?? {},
        ca: ca === undefined || ca === null ? undefined : Buffer.from(ca, 'base64'),
      };
    },
    secretNameOf: async (namespace, name, signal) => {
      const found = await client.find<RawCertificate>(certificates, { namespace, name }, { signal });
      return found === undefined ? undefined : (found.spec?.secretName ?? '');
    },
    apiServerCA: async () => {
      const { ca } = (await access.credentials()).tls;
      return ca === undefined ? undefined : Buffer.from(ca);
    },
  };
}

interface RawSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string | null>>;
}

/** It may not fit its schema: only what is needed is looked at. */
interface RawCertificate extends KubeObject {
  readonly spec?: { readonly secretName?: string };
}
