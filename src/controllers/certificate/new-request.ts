// The objects that an issuance creates: the Secret of the next private key and the CertificateRequest. Pure.

import type { CertificateRequest } from '../../api/certificate-request.ts';
import { annotations, labels } from '../../api/labels.ts';
import { controllerReference, controllerUid } from '../../api/meta.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import type { NewRequest } from './call.ts';
import { nextRevision } from './revisions.ts';
import type { CertificateSettings, Seen } from './seen.ts';

/** The request that has the name ours should get, without being ours. */
export function takenName(seen: Seen): { readonly request: CertificateRequest; readonly stale: boolean } | undefined {
  const request = seen.nameHolder;
  const { name, uid } = seen.certificate.metadata;
  if (request === undefined || controllerUid(request.metadata) === uid) return undefined;
  const owner = request.metadata.ownerReferences?.find((reference) => reference.controller === true);
  // A Certificate of our name with another uid is gone for good: what it left behind is garbage that was not collected yet.
  return { request, stale: owner?.kind === 'Certificate' && owner.name === name };
}

/** The Secret that keeps the private key, PKCS#8 whatever the spec says, until the certificate is there. */
export function keySecretFor(seen: Seen, name: string, keyPem: string): Manifest {
  const { namespace } = seen.certificate.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [labels.nextPrivateKey]: 'true', [labels.fao]: 'true' },
      ownerReferences: [controllerReference(seen.certificate)],
    },
    data: { 'tls.key': Buffer.from(keyPem).toString('base64') },
  };
}

/** The request for the next revision; duration, issuer, isCA and usages are the spec's, word for word. */
export function requestFor(
  seen: Seen,
  request: NewRequest,
  keySecretName: string,
  settings: CertificateSettings,
): Manifest {
  const { metadata, spec } = seen.certificate;
  return {
    apiVersion: seen.certificate.apiVersion,
    kind: 'CertificateRequest',
    metadata: {
      name: request.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...copiedAnnotations(metadata.annotations ?? {}, settings.copiedAnnotationPrefixes),
        [annotations.certificateRevision]: String(nextRevision(seen)),
        [annotations.privateKeySecretName]: keySecretName,
        [annotations.certificateName]: metadata.name,
      },
      ownerReferences: [controllerReference(seen.certificate)],
    },
    spec: {
      ...(spec.duration === undefined ? {} : { duration: spec.duration }),
      issuerRef: spec.issuerRef,
      ...(spec.isCA === undefined ? {} : { isCA: spec.isCA }),
      ...(spec.usages === undefined ? {} : { usages: spec.usages }),
      request: Buffer.from(request.csrPem).toString('base64'),
    },
  };
}

/** The annotations that `--copied-annotation-prefixes` lets through: `*` or a prefix admits, `-prefix` keeps out and wins. */
export function copiedAnnotations(
  all: Readonly<Record<string, string>>,
  prefixes: readonly string[],
): Record<string, string> {
  const refused = prefixes.filter((prefix) => prefix.startsWith('-')).map((prefix) => prefix.slice(1));
  const admitted = prefixes.filter((prefix) => !prefix.startsWith('-'));
  const copied = Object.entries(all).filter(
    ([key]) =>
      admitted.some((prefix) => prefix === '*' || key.startsWith(prefix)) &&
      !refused.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(copied);
}
