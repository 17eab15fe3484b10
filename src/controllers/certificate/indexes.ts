// How Certificates are found again by what they refer to: the target Secret, the passwords of keystores and the issuer.
import type { Certificate } from '../../api/certificate.ts';
import { certManagerGroup, issuerReferenceOf } from '../../api/references.ts';
import type { Indexes } from '../../kube/collection.ts';
import { stableRequestName } from './names.ts';
import { nextRevision } from './revisions.ts';

/** `requestName` is that of the CertificateRequest that comes next. Both kinds of Secrets are filed as `namespace/name`, the issuer as `issuerIndexValue` writes it. */
export const certificateIndexes = {
  secretName: ({ metadata, spec }) => [`${metadata.namespace ?? ''}/${spec.secretName}`],
  passwordSecret: ({ metadata, spec }) => {
    const stores = [spec.keystores?.jks, spec.keystores?.pkcs12].filter((store) => store?.create);
    const names = new Set(stores.map((store) => store?.passwordSecretRef?.name || undefined));
    return [...names].flatMap((name) => (name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`]));
  },
  requestName: (certificate) => {
    const { namespace = '', name } = certificate.metadata;
    return [`${namespace}/${stableRequestName(name, nextRevision({ certificate }))}`];
  },
  issuer: ({ metadata, spec }) => {
    const { kind, name, group } = issuerReferenceOf(spec.issuerRef);
    return group === certManagerGroup ? [issuerIndexValue(kind, metadata.namespace, name)] : [];
  },
} as const satisfies Indexes<Certificate>;

/** `Issuer/namespace/name`, or `ClusterIssuer/name`; external issuers are not filed. */
export function issuerIndexValue(kind: string, namespace: string | undefined, name: string): string {
  return kind === 'ClusterIssuer' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}
