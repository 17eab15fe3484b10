// What the tests on a node apply: as objects, handed to kubectl as JSON.

/** For `kubectl apply -f -`. */
export function manifests(...items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

export const selfSignedIssuer = (where: string, name = 'selfsigned') => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { namespace: where, name },
  spec: { selfSigned: {} },
});

/** Its Secret is `<name>-tls`. */
export const certificate = (where: string, name: string, spec: object = {}) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { namespace: where, name },
  spec: {
    secretName: `${name}-tls`,
    dnsNames: [`${name}.example.com`],
    privateKey: { algorithm: 'ECDSA' },
    issuerRef: { name: 'selfsigned' },
    ...spec,
  },
});

/** Names of Certificates for `untilCertificatesReady`: `<where>/<prefix>-1` and so on. */
export const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
