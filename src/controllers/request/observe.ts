// Reads what a decision about a CertificateRequest needs out of the store: indexes, the issuer, which changes concern which requests.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import { certManagerGroup, issuerReferenceOf } from '../../api/references.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import { referenceKeys } from '../../issuers/references.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import { type IssuerSeen, isOpen } from './seen.ts';

export interface RequestCollections {
  /** With the indexes of `requestIndexes`. */
  readonly requests: Collection<CertificateRequest>;
  /** Both with the index `secretReferences`. */
  readonly issuers: Collection<Issuer>;
  readonly clusterIssuers: Collection<Issuer>;
}

/** Which keys a change concerns; `object` is undefined where it is gone, `previous` where it is new. */
export type Mapping<T> = (object: T | undefined, previous: T | undefined) => readonly Key[];

const byIssuer = 'openByIssuer';
const bySecret = 'openBySecret';

/** The indexes that the collection of CertificateRequests must have: open requests by `kind/namespace/name` of their issuer, and by the Secrets (`namespace/name`) that they wait for. */
export function requestIndexes(backends: readonly AnyBackend[]): Indexes<CertificateRequest> {
  return {
    [byIssuer]: (request) => {
      const reference = issuerReferenceOf(request.spec.issuerRef);
      if (!isOpen(request) || reference.group !== certManagerGroup) return [];
      return [issuerIndexValue(reference.kind, request.metadata.namespace, reference.name)];
    },
    [bySecret]: (request) => {
      if (!isOpen(request) || issuerReferenceOf(request.spec.issuerRef).group !== certManagerGroup) return [];
      const references = backends.flatMap((backend) => backend.requestReferences?.(request) ?? []);
      return referenceKeys(request.metadata.namespace ?? '', references);
    },
  };
}

function issuerIndexValue(kind: string, namespace: string | undefined, name: string): string {
  return kind === 'ClusterIssuer' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}

/** The requests that a change of each watched collection concerns. */
export function requestMappings(collections: RequestCollections): {
  readonly certificateRequests: Mapping<CertificateRequest>;
  readonly issuers: Mapping<Issuer>;
  readonly clusterIssuers: Mapping<Issuer>;
  readonly secrets: Mapping<KubeObject>;
  readonly orders: Mapping<KubeObject>;
} {
  const ofIssuer = (kind: 'Issuer' | 'ClusterIssuer', issuer: KubeObject | undefined): readonly Key[] => {
    if (issuer === undefined) return [];
    const value = issuerIndexValue(kind, issuer.metadata.namespace, issuer.metadata.name);
    return collections.requests.by(byIssuer, value).map(keyOf);
  };
  return {
    certificateRequests: (request) => (request !== undefined && isOpen(request) ? [keyOf(request)] : []),
    issuers: (issuer, previous) => ofIssuer('Issuer', issuer ?? previous),
    clusterIssuers: (issuer, previous) => ofIssuer('ClusterIssuer', issuer ?? previous),
    orders: (order, previous) => {
      const { namespace, ownerReferences = [] } = (order ?? previous)?.metadata ?? {};
      const owner = ownerReferences.find(({ controller }) => controller === true);
      return owner?.kind !== 'CertificateRequest' || namespace === undefined ? [] : [{ namespace, name: owner.name }];
    },
    secrets: (secret, previous) => {
      const { namespace, name } = (secret ?? previous)?.metadata ?? {};
      if (name === undefined) return [];
      const value = `${namespace ?? ''}/${name}`;
      return [
        ...collections.requests.by(bySecret, value).map(keyOf),
        ...collections.issuers.by('secretReferences', value).flatMap((issuer) => ofIssuer('Issuer', issuer)),
        ...collections.clusterIssuers
          .by('secretReferences', value)
          .flatMap((issuer) => ofIssuer('ClusterIssuer', issuer)),
      ];
    },
  };
}

/** The issuer of a request. In `--namespace` mode (`scoped`) no ClusterIssuer can be looked up. */
export function issuerOf(request: CertificateRequest, collections: RequestCollections, scoped: boolean): IssuerSeen {
  const { group, kind, name } = issuerReferenceOf(request.spec.issuerRef);
  if (group !== certManagerGroup) return { kind: 'foreign' };
  if (kind !== 'Issuer' && kind !== 'ClusterIssuer') {
    const message = `invalid value "${kind}" for issuerRef.kind. Must be empty, "Issuer" or "ClusterIssuer"`;
    return { kind: 'unreachable', message };
  }
  if (kind === 'ClusterIssuer' && scoped) {
    const message = `cannot get ClusterIssuer named "${name}" as cert-manager is scoped to a single namespace`;
    return { kind: 'unreachable', message };
  }
  const { namespace } = request.metadata;
  const issuer =
    kind === 'ClusterIssuer'
      ? collections.clusterIssuers.get({ name })
      : collections.issuers.get(namespace === undefined ? { name } : { namespace, name });
  return issuer === undefined ? { kind: 'missing' } : { kind: 'found', issuer };
}
