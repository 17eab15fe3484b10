// A private CA in a cluster, as the seeds make it: selfSigned ClusterIssuer → root Certificate → ca ClusterIssuer.
import type { Certificate } from '../../src/api/certificate.ts';
import { isTrue } from '../../src/api/conditions.ts';
import { certificates, clusterIssuers } from '../../src/api/kinds.ts';
import { namespaces } from '../../src/kube/resources.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';

export const caIssuer = { name: 'private-ca', kind: 'ClusterIssuer' } as const;
const apiVersion = 'cert-manager.io/v1';
const caNamespace = 'cert-manager';

/** Applies the CA; a running operator is needed for it to become Ready. Can be called again. */
export async function applyPrivateCA({ client }: ControlPlane): Promise<void> {
  await client.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: caNamespace } });
  await client.apply(clusterIssuers, {
    apiVersion,
    kind: 'ClusterIssuer',
    metadata: { name: 'selfsigned' },
    spec: { selfSigned: {} },
  });
  await client.apply(certificates, {
    apiVersion,
    kind: 'Certificate',
    metadata: { name: 'private-ca', namespace: caNamespace },
    spec: {
      isCA: true,
      commonName: 'private CA',
      secretName: 'private-ca',
      privateKey: { algorithm: 'ECDSA', size: 256 },
      issuerRef: { name: 'selfsigned', kind: 'ClusterIssuer' },
    },
  });
  await client.apply(clusterIssuers, {
    apiVersion,
    kind: 'ClusterIssuer',
    metadata: { name: 'private-ca' },
    spec: { ca: { secretName: 'private-ca' } },
  });
}

/** The Certificate once it is Ready at `revision` or later. */
export function untilReady(
  { client }: ControlPlane,
  namespace: string,
  name: string,
  revision = 1,
): Promise<Certificate> {
  return until(`Certificate ${namespace}/${name} is Ready`, async () => {
    const certificate = await client.get<Certificate>(certificates, { namespace, name });
    return (
      isTrue(certificate.status?.conditions, 'Ready') && (certificate.status?.revision ?? 0) >= revision && certificate
    );
  });
}

/** Whether the Certificate is Ready now. */
export async function isReady({ client }: ControlPlane, namespace: string, name: string): Promise<boolean> {
  const certificate = await client.get<Certificate>(certificates, { namespace, name });
  return isTrue(certificate.status?.conditions, 'Ready');
}

export async function untilCAReady(plane: ControlPlane): Promise<void> {
  await untilReady(plane, caNamespace, 'private-ca');
}

/** A leaf of the private CA, by default with an ECDSA key and one DNS name. */
export function leaf(namespace: string, name: string, spec: object = {}) {
  return {
    apiVersion,
    kind: 'Certificate',
    metadata: { name, namespace },
    spec: {
      secretName: `${name}-tls`,
      dnsNames: [`${name}.example.com`],
      privateKey: { algorithm: 'ECDSA' },
      issuerRef: caIssuer,
      ...spec,
    },
  };
}
