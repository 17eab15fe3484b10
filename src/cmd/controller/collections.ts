// The store of the controller process: one collection a kind, with the indexes that the controllers ask for, and the watches behind them.
import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Issuer } from '../../api/issuer.ts';
import { certificateRequests, certificates, clusterIssuers, issuers } from '../../api/kinds.ts';
import { controllerUid, type KubeObject } from '../../api/meta.ts';
import type { Log } from '../../base/log.ts';
import { certificateIndexes } from '../../controllers/certificate/indexes.ts';
import type { StoredSecret } from '../../controllers/certificate/observe.ts';
import { type RawSecret, secretFactsOf, secretMetadataFacts } from '../../controllers/certificate/secret-ingest.ts';
import { issuerIndexes } from '../../controllers/issuer/controller.ts';
import { requestIndexes } from '../../controllers/request/observe.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import type { Client } from '../../kube/client.ts';
import type { Indexes } from '../../kube/collection.ts';
import { secrets } from '../../kube/resources.ts';
import { watchSecrets } from '../../kube/secret-watches.ts';
import { createCollection, type StoredCollection } from '../../kube/store.ts';
import { startWatch } from '../../kube/watch.ts';
import type { PemLimits } from '../../pki/limits.ts';

export interface Collections {
  readonly certificates: StoredCollection<Certificate>;
  readonly requests: StoredCollection<CertificateRequest>;
  readonly issuers: StoredCollection<Issuer>;
  /** Never filled where the process is bound to one namespace. */
  readonly clusterIssuers: StoredCollection<Issuer>;
  readonly secrets: StoredCollection<StoredSecret>;
}

export interface CollectionSettings {
  readonly backends: readonly AnyBackend[];
  readonly clusterResourceNamespace: string;
  readonly limits: PemLimits;
}

export function createCollections({ backends, clusterResourceNamespace, limits }: CollectionSettings): Collections {
  const ofIssuers = issuerIndexes(backends, clusterResourceNamespace);
  return {
    certificates: createCollection<Certificate>({ resource: certificates, indexes: certificateIndexes }),
    requests: createCollection<CertificateRequest>({
      resource: certificateRequests,
      indexes: { ...requestIndexes(backends), ...byOwner },
    }),
    issuers: createCollection<Issuer>({ resource: issuers, indexes: ofIssuers }),
    clusterIssuers: createCollection<Issuer>({ resource: clusterIssuers, indexes: ofIssuers }),
    secrets: createCollection<StoredSecret>({
      resource: secrets,
      indexes: byOwner,
      transform: (raw) => ('type' in raw ? secretFactsOf(raw as RawSecret, limits) : secretMetadataFacts(raw)),
    }),
  };
}

/** By the uid of the controlling owner. */
const byOwner: Indexes<KubeObject> = {
  owner: ({ metadata }) => {
    const uid = controllerUid(metadata);
    return uid === undefined ? [] : [uid];
  },
};

export interface WatchDeps {
  readonly client: Client;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Empty: all namespaces. */
  readonly namespace: string;
}

/** Starts filling the collections; resolves once each holds its first complete list. */
export async function watchCollections(collections: Collections, deps: WatchDeps): Promise<void> {
  const { client, log, signal } = deps;
  const scope = deps.namespace === '' ? {} : { namespace: deps.namespace };
  const watched = deps.namespace === '' ? [collections.clusterIssuers] : [];
  const all = [collections.certificates, collections.requests, collections.issuers, ...watched];
  const watches = [
    ...all.map((collection) => startWatch({ client, collection, ...scope, log, signal })),
    watchSecrets({ client, collection: collections.secrets, ...scope, log, signal }),
  ];
  await Promise.all(watches.map((watch) => watch.synced));
}
