// What a real cert-manager left in a cluster (test/golden/adopted), for comparison with what we would have made.
import { readFileSync } from 'node:fs';
import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { KubeObject } from '../../src/api/meta.ts';

interface StoredSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function load<T>(name: string): readonly T[] {
  const path = new URL(`../golden/adopted/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly items: readonly T[] }).items;
}

const requests = load<CertificateRequest>('certificaterequests');
const secrets = load<StoredSecret>('secrets');

export function adoptedCertificates(): readonly Certificate[] {
  return load<Certificate>('certificates');
}

/** The request that a Certificate owns; the last one where there are several. */
export function adoptedRequestOf(certificate: Certificate): CertificateRequest | undefined {
  return requests.findLast(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === certificate.metadata.uid),
  );
}

/** Data of the Secret that was issued for this Certificate, decoded. */
export function adoptedSecretOf({ metadata, spec }: Certificate): Record<string, Buffer> | undefined {
  const secret = secrets.find(
    (item) =>
      item.metadata.namespace === metadata.namespace &&
      item.metadata.name === spec.secretName &&
      item.metadata.annotations?.['cert-manager.io/certificate-name'] === metadata.name,
  );
  if (secret?.data === undefined) return undefined;
  return Object.fromEntries(Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}
