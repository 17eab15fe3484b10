// The store of the controller process: one collection a kind, with the indexes that the controllers ask for, and the watches behind them.
import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Issuer } from '../../api/issuer.ts';
import { certificateRequests, certificates, clusterIssuers, issuers, type Kind } from '../../api/kinds.ts';
import { controllerUid, type Key, type KubeObject } from '../../api/meta.ts';
import { parseStored } from '../../api/stored.ts';
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
  /** Told of objects that do not fit their schema. They stay in the store: the rest of the cluster must not suffer from one of them. */
  readonly log: Log;
  readonly backends: readonly AnyBackend[];
  readonly clusterResourceNamespace: string;
  readonly limits: PemLimits;
}

export function createCollections({
  backends,
  clusterResourceNamespace,
  limits,
  log,
}: CollectionSettings): Collections {
  const onFault = (error: unknown, { namespace, name }: Key): void =>
    log.error({ namespace, name, error }, 'a change of an object could not be taken in');
  const own = <T extends KubeObject>(kind: Kind, indexes: Indexes<T>): StoredCollection<T> =>
    createCollection<T>({
      resource: kind,
      indexes: tolerant(indexes),
      transform: (raw) => checked<T>(kind, raw, log),
      onFault,
    });
  const ofIssuers = issuerIndexes(backends, clusterResourceNamespace);
  return {
    certificates: own<Certificate>(certificates, certificateIndexes),
    requests: own<CertificateRequest>(certificateRequests, { ...requestIndexes(backends), ...byOwner }),
    issuers: own<Issuer>(issuers, ofIssuers),
    clusterIssuers: own<Issuer>(clusterIssuers, ofIssuers),
    secrets: createCollection<StoredSecret>({
      resource: secrets,
      indexes: byOwner,
      transform: (raw) => ('type' in raw ? secretFactsOf(raw as RawSecret, limits) : secretMetadataFacts(raw)),
      onFault,
    }),
  };
}

/** Says what is wrong with an object, and lets it pass. */
function checked<T extends KubeObject>(kind: Kind, raw: KubeObject, log: Log): T {
  const stored = parseStored<T>(kind, raw);
  if (stored.kind === 'ok') return stored.object;
  const { namespace, name } = raw.metadata;
  const fields = {
    resource_kind: kind.kind,
    resource_namespace: namespace,
    resource_name: name,
    problem: stored.error,
  };
  log.warn(fields, 'a stored object does not fit its schema');
  return stored.object as T;
}

/** Files nothing where an object lacks what its schema promises. */
function tolerant<T>(indexes: Indexes<T>): Indexes<T> {
  const entries = Object.entries(indexes).map(([name, valuesOf]) => {
    const safe = (object: T): readonly string[] => {
      try {
        return valuesOf(object);
      } catch {
        return [];
      }
    };
    return [name, safe] as const;
  });
  return Object.fromEntries(entries);
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
