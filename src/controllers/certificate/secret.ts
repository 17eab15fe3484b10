// The manifest of the target Secret for server-side apply: all that the manager `cert-manager-certificates-issuing` owns, nothing else.
// The only builder for that pair of object and manager. How keystores are encoded: keystore-build.ts.
import type { Certificate } from '../../api/certificate.ts';
import { annotations, labels } from '../../api/labels.ts';
import { controllerReference } from '../../api/meta.ts';
import type { IssuerReference } from '../../api/references.ts';
import type { Manifest } from '../../kube/reconcile.ts';
import type { SubjectNames } from '../../pki/names.ts';
import { decodePem } from '../../pki/pem.ts';
import { leafAnnotations } from './leaf-annotations.ts';

/** Keys of the Secret's data. */
export const dataKeys = {
  privateKey: 'tls.key',
  certificate: 'tls.crt',
  ca: 'ca.crt',
  der: 'key.der',
  combined: 'tls-combined.pem',
  pkcs12: 'keystore.p12',
  pkcs12Truststore: 'truststore.p12',
  jks: 'keystore.jks',
  jksTruststore: 'truststore.jks',
} as const;

/** Whom the annotations name as the origin of the certificate. Without `issuer` none of the three issuer annotations is written. */
export interface SecretOrigin {
  readonly certificateName: string | undefined;
  readonly issuer: IssuerReference | undefined;
}

export interface SecretContent {
  readonly certificate: Certificate;
  readonly tlsKeyPem: string;
  readonly tlsCrtPem: string;
  /** Empty or undefined: no ca.crt. */
  readonly caPem: string | undefined;
  /** What the first certificate of `tlsCrtPem` names. */
  readonly names: SubjectNames;
  /** Finished keystore files by data key. */
  readonly keystores: Readonly<Record<string, Uint8Array>>;
  readonly origin: SecretOrigin;
  /** The type of the Secret that is there: it cannot be changed. */
  readonly existingType: string | undefined;
  readonly enableOwnerRef: boolean;
}

/** The origin of what an issuer returned: its reference as the request had it, with empty parts as empty annotations. */
export function issuedOrigin(certificate: Certificate, issuerRef: IssuerReference): SecretOrigin {
  return { certificateName: certificate.metadata.name, issuer: issuerRef };
}

/** The origin of a temporary certificate, which no issuer signed. */
export function temporaryOrigin(certificate: Certificate): SecretOrigin {
  return { certificateName: certificate.metadata.name, issuer: undefined };
}

/** The origin that a stored Secret names: upkeep keeps it, and does not invent what is missing. */
export function storedOrigin(stored: Readonly<Record<string, string>> | undefined): SecretOrigin {
  const [name, kind, group] = [annotations.issuerName, annotations.issuerKind, annotations.issuerGroup].map(
    (key) => stored?.[key] ?? '',
  ) as [string, string, string];
  const issuer = name === '' && kind === '' && group === '' ? undefined : { name, kind, group };
  return { certificateName: stored?.[annotations.certificateName] || undefined, issuer };
}

export function secretManifest(content: SecretContent): Manifest {
  const { certificate } = content;
  const { namespace } = certificate.metadata;
  const template = certificate.spec.secretTemplate;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: certificate.spec.secretName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template?.labels, [labels.fao]: 'true' },
      annotations: {
        ...template?.annotations,
        ...leafAnnotations(content.names),
        ...originAnnotations(content.origin),
      },
      ...(content.enableOwnerRef ? { ownerReferences: [controllerReference(certificate)] } : {}),
    },
    type: content.existingType ?? 'kubernetes.io/tls',
    data: dataOf(content),
  };
}

function originAnnotations({ certificateName, issuer }: SecretOrigin): Record<string, string> {
  const named = certificateName === undefined ? {} : { [annotations.certificateName]: certificateName };
  if (issuer === undefined) return named;
  return {
    ...named,
    [annotations.issuerName]: issuer.name,
    [annotations.issuerKind]: issuer.kind ?? '',
    [annotations.issuerGroup]: issuer.group ?? '',
  };
}

function dataOf(content: SecretContent): Record<string, string> {
  const { tlsKeyPem, tlsCrtPem, caPem = '', certificate } = content;
  const files: Record<string, Uint8Array> = {
    [dataKeys.privateKey]: Buffer.from(tlsKeyPem),
    [dataKeys.certificate]: Buffer.from(tlsCrtPem),
  };
  if (caPem !== '') files[dataKeys.ca] = Buffer.from(caPem);
  for (const { type } of certificate.spec.additionalOutputFormats ?? []) {
    if (type === 'CombinedPEM') files[dataKeys.combined] = Buffer.from(`${tlsKeyPem}\n${tlsCrtPem}`);
    const der = type === 'DER' ? decodePem(tlsKeyPem, Number.POSITIVE_INFINITY)[0]?.der : undefined;
    if (der !== undefined) files[dataKeys.der] = der;
  }
  const all = Object.entries({ ...files, ...content.keystores });
  return Object.fromEntries(all.map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]));
}
