// The store of the controller process: one collection a kind, with the indexes that the controllers ask for, and the watches behind them.
import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import {
  certificateRequests,
  certificates,
  challenges,
  clusterIssuers,
  issuers,
  type Kind,
  orders,
} from '../../api/kinds.ts';
import { labels } from '../../api/labels.ts';
import { controllerUid, type Key, type KubeObject, type ResourceType } from '../../api/meta.ts';
import type { Order } from '../../api/order.ts';
import { parseStored } from '../../api/stored.ts';
import type { Log } from '../../base/log.ts';
import { certificateIndexes } from '../../controllers/certificate/indexes.ts';
import type { StoredSecret } from '../../controllers/certificate/observe.ts';
import { type RawSecret, secretFactsOf, secretMetadataFacts } from '../../controllers/certificate/secret-ingest.ts';
import { challengeIndexes, solverObjectIndexes } from '../../controllers/challenge/observe.ts';
import type { PodSeen, RouteSeen } from '../../controllers/challenge/seen.ts';
import { issuerIndexes } from '../../controllers/issuer/controller.ts';
import { orderIndexes } from '../../controllers/order/observe.ts';
import { requestIndexes } from '../../controllers/request/observe.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import type { Client } from '../../kube/client.ts';
import type { Indexes } from '../../kube/collection.ts';
import { httpRoutes, ingresses, pods, secrets, services } from '../../kube/resources.ts';
import { watchSecrets } from '../../kube/secret-watches.ts';
import { createCollection, type StoredCollection } from '../../kube/store.ts';
import { startWatch } from '../../kube/watch.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { AnyDns01Provider } from '../../solvers/dns01.ts';
import type { SharedService } from '../../solvers/http01/settings.ts';

export interface Collections {
  readonly certificates: StoredCollection<Certificate>;
  readonly requests: StoredCollection<CertificateRequest>;
  readonly issuers: StoredCollection<Issuer>;
  /** Never filled where the process is bound to one namespace. */
  readonly clusterIssuers: StoredCollection<Issuer>;
  readonly secrets: StoredCollection<StoredSecret>;
  readonly orders: StoredCollection<Order>;
  readonly challenges: StoredCollection<Challenge>;
  /** These four hold what answers HTTP-01 challenges, by its label, and nothing else. */
  readonly pods: StoredCollection<PodSeen>;
  readonly services: StoredCollection<KubeObject>;
  readonly ingresses: StoredCollection<RouteSeen>;
  readonly httpRoutes: StoredCollection<RouteSeen>;
}

export interface CollectionSettings {
  /** Told of objects that do not fit their schema. They stay in the store: the rest of the cluster must not suffer from one of them. */
  readonly log: Log;
  readonly backends: readonly AnyBackend[];
  readonly providers: readonly AnyDns01Provider[];
  readonly sharedSolver: SharedService | undefined;
  readonly clusterResourceNamespace: string;
  readonly limits: PemLimits;
}

export function createCollections({
  backends,
  providers,
  sharedSolver,
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
  const ofSolvers = <T extends KubeObject>(resource: ResourceType): StoredCollection<T> =>
    createCollection<T>({ resource, indexes: tolerant(solverObjectIndexes(sharedSolver)), onFault });
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
    orders: own<Order>(orders, orderIndexes),
    challenges: own<Challenge>(challenges, {
      ...challengeIndexes(providers, clusterResourceNamespace),
      ...byOwner,
    }),
    pods: ofSolvers(pods),
    services: ofSolvers(services),
    ingresses: ofSolvers(ingresses),
    httpRoutes: ofSolvers(httpRoutes),
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
  /** What is not worked on is not watched. */
  readonly works: { readonly orders: boolean; readonly challenges: boolean; readonly gatewayApi: boolean };
}

const solverLabel = `${labels.http01Solver}=true`;

/** Starts filling the collections; resolves once each holds its first complete list. */
export async function watchCollections(collections: Collections, deps: WatchDeps): Promise<void> {
  const { client, log, signal } = deps;
  const scope = deps.namespace === '' ? {} : { namespace: deps.namespace };
  const watched = deps.namespace === '' ? [collections.clusterIssuers] : [];
  const { orders: placed, challenges: proofs } = collections;
  const all = [
    ...[collections.certificates, collections.requests, collections.issuers, ...watched],
    ...(deps.works.orders || deps.works.challenges ? [placed, proofs] : []),
  ];
  const solverObjects = deps.works.challenges ? [collections.pods, collections.services, collections.ingresses] : [];
  const feed = { client, ...scope, labelSelector: solverLabel, log, signal };
  // A Gateway API that is not installed must not keep everything else from starting.
  if (deps.works.challenges && deps.works.gatewayApi) startWatch({ ...feed, collection: collections.httpRoutes });
  const watches = [
    ...solverObjects.map((collection) => startWatch({ ...feed, collection })),
    ...all.map((collection) => startWatch({ client, collection, ...scope, log, signal })),
    watchSecrets({ client, collection: collections.secrets, ...scope, log, signal }),
  ];
  await Promise.all(watches.map((watch) => watch.synced));
}
