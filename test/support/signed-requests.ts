// CertificateRequests with real CSRs for pure tests: what a Certificate's spec asks for, signed by a key.
import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { controllerReference } from '../../src/api/meta.ts';
import { csrTemplateOf, signCsr } from '../../src/pki/csr.ts';

const gates = {
  LiteralCertificateSubject: true,
  UseCertificateRequestBasicConstraints: false,
  NameConstraints: true,
  OtherNames: true,
};

/** The request that `certificate` would make for a revision, signed by `key`. */
export function signedRequest(certificate: Certificate, key: KeyObject, revision = 1): CertificateRequest {
  const { spec, metadata } = certificate;
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: {
      name: `${metadata.name}-${revision}`,
      namespace: 'app',
      uid: `uid-of-${metadata.name}-${revision}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-22T19:06:28Z',
      annotations: {
        'cert-manager.io/certificate-name': metadata.name,
        'cert-manager.io/certificate-revision': String(revision),
      },
      ownerReferences: [controllerReference(certificate)],
    },
    spec: {
      issuerRef: spec.issuerRef,
      ...(spec.duration === undefined ? {} : { duration: spec.duration }),
      ...(spec.isCA === undefined ? {} : { isCA: spec.isCA }),
      ...(spec.usages === undefined ? {} : { usages: spec.usages }),
      request: Buffer.from(signCsr(csrTemplateOf(spec, gates), key)).toString('base64'),
    },
  };
}
