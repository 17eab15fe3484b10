// The Secret of a serving CA as it is written: new, or in place of what an existing one held.
import { annotations, labels } from '../../api/labels.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import { encodePrivateKey } from '../../pki/keys.ts';
import { type Authority, type AuthoritySecret, dataKeys } from './authority.ts';

/** `managedBy` is the component, e.g. `cert-manager-webhook`. */
export function secretFor(key: Key, authority: Authority, managedBy: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: key.name,
      ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
      labels: { [labels.managedBy]: managedBy },
      annotations: { [annotations.allowDirectInjection]: 'true' },
    },
    type: 'Opaque',
    data: dataOf(authority),
  };
}

/** `secret` with another CA in it, at its version; all else stays, labels and annotations above all. */
export function secretWith(secret: AuthoritySecret, authority: Authority): KubeObject {
  const { [dataKeys.bridges]: _, ...data } = secret.data ?? {};
  return { ...secret, data: { ...data, ...dataOf(authority) } } as KubeObject;
}

function dataOf({ certificate, identity, bridges }: Authority): Record<string, string> {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return {
    [dataKeys.certificate]: encode(certificate.pem),
    [dataKeys.privateKey]: encode(encodePrivateKey(identity.key, 'PKCS8')),
    [dataKeys.bundle]: encode(certificate.pem),
    ...(bridges.length === 0 ? {} : { [dataKeys.bridges]: encode(bridges.map(({ pem }) => pem).join('')) }),
  };
}
