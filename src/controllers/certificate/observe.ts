// Reads the store for one Certificate. The API server is asked only where the store does not know what is in the target Secret.
import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Issuer } from '../../api/issuer.ts';
import { labels } from '../../api/labels.ts';
import type { Key } from '../../api/meta.ts';
import { certManagerGroup, issuerReferenceOf } from '../../api/references.ts';
import type { Collection } from '../../kube/collection.ts';
import type { CertificateIo } from './io.ts';
import { stableRequestName } from './names.ts';
import { nextRevision } from './revisions.ts';
import { secretFactsOf } from './secret-ingest.ts';
import type { IssuerSeen, SecretFacts, SecretMetadata, Seen } from './seen.ts';

export type StoredSecret = SecretFacts | SecretMetadata;

export interface CertificateCollections {
  readonly certificates: Collection<Certificate>;
  readonly requests: Collection<CertificateRequest>;
  readonly secrets: Collection<StoredSecret>;
  readonly issuers: Collection<Issuer>;
  /** Absent where the process is bound to one namespace. */
  readonly clusterIssuers: Collection<Issuer> | undefined;
}

/** What there is to know; undefined for a Certificate that is gone or going. */
export async function observe(
  key: Key,
  collections: CertificateCollections,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const { certificates, requests, secrets } = collections;
  const certificate = certificates.get(key);
  if (certificate === undefined || certificate.metadata.deletionTimestamp !== undefined) return undefined;
  // What does not fit its schema was reported at ingest: there is nothing to decide on.
  if (certificate.spec?.secretName === undefined || certificate.spec.issuerRef?.name === undefined) return undefined;
  const { namespace = '', uid, name } = certificate.metadata;
  const { secretName } = certificate.spec;
  return {
    certificate,
    secret: await targetSecret(secrets.get({ namespace, name: secretName }), io, signal),
    sharing: certificates.by('secretName', `${namespace}/${secretName}`),
    requests: requests.by('owner', uid),
    nameHolder: requests.get({ namespace, name: stableRequestName(name, nextRevision({ certificate })) }),
    keySecrets: secrets.by('owner', uid).filter(isNextKey),
    issuer: issuerOf(certificate, collections),
  };
}

async function targetSecret(
  stored: StoredSecret | undefined,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<SecretFacts | undefined> {
  if (stored === undefined || stored.known) return stored;
  const { namespace, name } = stored.metadata;
  const raw = await io.fetchSecret(namespace, name, signal);
  return raw === undefined ? undefined : secretFactsOf(raw, io.pemLimits);
}

function isNextKey(secret: StoredSecret): secret is SecretFacts {
  return (
    secret.known &&
    secret.metadata.labels?.[labels.nextPrivateKey] === 'true' &&
    secret.metadata.deletionTimestamp === undefined
  );
}

function issuerOf(certificate: Certificate, { issuers, clusterIssuers }: CertificateCollections): IssuerSeen {
  const { group, kind, name } = issuerReferenceOf(certificate.spec.issuerRef);
  if (group !== certManagerGroup) return { kind: 'foreign' };
  const { namespace } = certificate.metadata;
  const local = issuers.get({ ...(namespace === undefined ? {} : { namespace }), name });
  const global = clusterIssuers?.get({ name });
  const [found, other] = kind === 'ClusterIssuer' ? [global, local] : [local, global];
  if (found !== undefined) return { kind: 'found', issuer: found };
  return other === undefined ? { kind: 'missing' } : { kind: 'missing', namesake: other.kind };
}
