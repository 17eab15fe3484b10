// Reads what a decision about a Challenge needs out of the store: who wants it, what answers it, and which change concerns which Challenges.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import { annotations } from '../../api/labels.ts';
import { controllerUid, type Key, type KubeObject } from '../../api/meta.ts';
import type { Order } from '../../api/order.ts';
import { certManagerGroup, type IssuerReference, issuerReferenceOf } from '../../api/references.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { parseDuration } from '../../base/duration.ts';
import type { AcmeAccounts } from '../../issuers/acme/accounts.ts';
import { strangerReason } from '../../issuers/acme/challenge-for.ts';
import { genuineOrder } from '../../issuers/acme/genuine-order.ts';
import { selects } from '../../issuers/acme/solver-choice.ts';
import type { BackendIo } from '../../issuers/backend.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { type AnyDns01Provider, providerOf } from '../../solvers/dns01.ts';
import { challengeUidOf } from '../../solvers/http01/labels.ts';
import type { SharedService } from '../../solvers/http01/settings.ts';
import {
  type CleanUpSeen,
  type FoundObjects,
  isFinished,
  type PodSeen,
  type RouteSeen,
  type Standing,
} from './seen.ts';

export interface ChallengeCollections {
  /** With the indexes of `challengeIndexes`. */
  readonly challenges: Collection<Challenge>;
  readonly orders: Collection<Order>;
  readonly requests: Collection<CertificateRequest>;
  /** Both with the index `secretReferences`. */
  readonly issuers: Collection<Issuer>;
  readonly clusterIssuers: Collection<Issuer>;
  /** These four with the indexes of `solverObjectIndexes`, of the objects with the label `acme.cert-manager.io/http01-solver=true`. */
  readonly pods: Collection<PodSeen>;
  readonly services: Collection<KubeObject>;
  readonly ingresses: Collection<RouteSeen>;
  readonly httpRoutes: Collection<RouteSeen>;
}

/** Which keys a change concerns; `object` is undefined where it is gone, `previous` where it is new. */
export type Mapping<T> = (object: T | undefined, previous: T | undefined) => readonly Key[];

const byIssuer = 'issuer';
const byAnswer = 'answer';
const bySecret = 'secret';
/** Of Challenges as of the objects of solvers: the uid of what they are for. */
const byOwner = 'owner';

/** The indexes that the collection of Challenges must have. */
export function challengeIndexes(
  providers: readonly AnyDns01Provider[],
  clusterResourceNamespace: string,
): Indexes<Challenge> {
  return {
    [byOwner]: ({ metadata }) => listed(controllerUid(metadata)),
    [byIssuer]: ({ spec, metadata }) => listed(issuerIndexValue(spec.issuerRef, metadata.namespace)),
    [byAnswer]: (challenge) => [answerOf(challenge)],
    [bySecret]: (challenge) => secretKeysOf(challenge, providers, clusterResourceNamespace),
  };
}

/**
 * The indexes that the collections of pods, services, Ingresses and HTTPRoutes must have. `shared` is where routes to the answering Service are made,
 * or were before the mode of the solver changed.
 */
export function solverObjectIndexes(shared: SharedService | undefined): Indexes<KubeObject> {
  return { [byOwner]: (object) => listed(challengeUidOf(object, shared)) };
}

const listed = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

const answerOf = ({ spec }: Challenge): string => `${spec.type} ${spec.dnsName} ${spec.key}`;

function issuerIndexValue(reference: IssuerReference, namespace: string | undefined): string | undefined {
  const { kind, name, group } = issuerReferenceOf(reference);
  if (group !== certManagerGroup) return undefined;
  return kind === 'ClusterIssuer' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}

/** The Secrets that the DNS provider of an unfinished Challenge needs, as `namespace/name`. */
export function secretKeysOf(
  challenge: Challenge,
  providers: readonly AnyDns01Provider[],
  clusterResourceNamespace: string,
): readonly string[] {
  const { spec, metadata } = challenge;
  const found = spec.solver.dns01 === undefined ? undefined : providerOf(spec.solver.dns01, providers);
  if (found === undefined) return [];
  const isCluster = issuerReferenceOf(spec.issuerRef).kind === 'ClusterIssuer';
  const namespace = isCluster ? clusterResourceNamespace : (metadata.namespace ?? '');
  const names = found.provider.credentials(found.config).map(({ name }) => `${namespace}/${name}`);
  return [...new Set(names)];
}

/** The Challenges that a change of each watched collection concerns. */
export function challengeMappings(collections: ChallengeCollections) {
  const { challenges } = collections;
  const ofIssuer = (issuer: Issuer | undefined): readonly Key[] => {
    if (issuer === undefined) return [];
    const { namespace, name } = issuer.metadata;
    const kind = namespace === undefined ? 'ClusterIssuer' : 'Issuer';
    return challenges.by(byIssuer, issuerIndexValue({ kind, name }, namespace) ?? '').map(keyOf);
  };
  const ofSolverObject: Mapping<KubeObject> = (object, previous) => {
    const { metadata } = (object ?? previous) as KubeObject;
    const owner = metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'Challenge');
    if (owner !== undefined)
      return [{ ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: owner.name }];
    return placeIn(metadata.annotations?.[annotations.http01Challenge]);
  };
  return {
    challenges: ((challenge, previous) => [keyOf((challenge ?? previous) as Challenge)]) as Mapping<Challenge>,
    orders: ((order, previous) =>
      challenges.by(byOwner, (order ?? previous)?.metadata.uid ?? '').map(keyOf)) as Mapping<Order>,
    issuers: ((issuer, previous) => ofIssuer(issuer ?? previous)) as Mapping<Issuer>,
    secrets: ((secret, previous) => {
      const { namespace, name } = (secret ?? previous)?.metadata ?? {};
      const value = `${namespace ?? ''}/${name ?? ''}`;
      const issuers = [collections.issuers, collections.clusterIssuers].flatMap((each) =>
        each.by('secretReferences', value),
      );
      return [...challenges.by(bySecret, value).map(keyOf), ...issuers.flatMap(ofIssuer)];
    }) as Mapping<KubeObject>,
    solverObjects: ofSolverObject,
  };
}

export interface StandingDeps {
  readonly accounts: Pick<AcmeAccounts, 'open'>;
  readonly limits: PemLimits | undefined;
  readonly backendIo: (issuer: Issuer, signal: AbortSignal) => BackendIo;
}

/** The key in an annotation, `namespace/name`. */
function placeIn(text: string | undefined): readonly Key[] {
  const [namespace = '', name = ''] = (text ?? '').split('/');
  return name === '' ? [] : [{ namespace, name }];
}

/** Who wants this Challenge. No credential is read for an Order that is not genuine. */
export async function standingOf(
  challenge: Challenge,
  collections: ChallengeCollections,
  deps: StandingDeps,
  signal: AbortSignal,
): Promise<Standing> {
  const order = ownerOf(challenge, 'Order', collections.orders);
  if (order === undefined) return { kind: 'stranger', why: 'the Order that owns it does not exist' };
  const request = ownerOf(order, 'CertificateRequest', collections.requests);
  if (request === undefined)
    return { kind: 'stranger', why: `the CertificateRequest of its Order "${order.metadata.name}" does not exist` };
  const why = genuineOrder(order, request, deps.limits);
  if (why !== undefined) return { kind: 'stranger', why: `its Order "${order.metadata.name}" is not ours: ${why}` };
  const issuer = issuerOf(order.spec.issuerRef, order.metadata.namespace, collections);
  if (issuer?.spec.acme === undefined) return { kind: 'unknown' };
  const account = await deps.accounts.open(issuer, deps.backendIo(issuer, signal));
  if (account.kind !== 'open') return { kind: 'unknown' };
  const reason = strangerReason(challenge, order, issuer, account.client.thumbprint);
  return reason === undefined ? { kind: 'ours', issuer } : { kind: 'stranger', why: reason };
}

/** The controlling owner of that kind, if it exists under that uid. */
function ownerOf<T extends KubeObject>({ metadata }: KubeObject, kind: string, owners: Collection<T>): T | undefined {
  const reference = metadata.ownerReferences?.find((each) => each.controller === true);
  if (reference?.kind !== kind) return undefined;
  const owner = owners.get({
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: reference.name,
  });
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

export function issuerOf(
  reference: IssuerReference,
  namespace: string | undefined,
  { issuers, clusterIssuers }: ChallengeCollections,
): Issuer | undefined {
  const { kind, name, group } = issuerReferenceOf(reference);
  if (group !== certManagerGroup) return undefined;
  if (kind === 'ClusterIssuer') return clusterIssuers.get({ name });
  return kind === 'Issuer' ? issuers.get({ ...(namespace === undefined ? {} : { namespace }), name }) : undefined;
}

/**
 * Whether clean-up may use credentials. Nobody but us writes the status; where a crash kept us from that, the Challenge must be wanted, or its solver
 * one that the issuer would let this name use.
 */
export function cleanUpOf(challenge: Challenge, standing: Standing, collections: ChallengeCollections): CleanUpSeen {
  const { spec, status, metadata } = challenge;
  const issuer = issuerOf(spec.issuerRef, metadata.namespace, collections);
  const order = ownerOf(challenge, 'Order', collections.orders);
  const domain = spec.wildcard === true ? `*.${spec.dnsName}` : spec.dnsName;
  const isOwnSolver = (issuer?.spec.acme?.solvers ?? []).some(
    (solver) => deepEqual(solver, spec.solver) && selects(solver, domain, (order ?? challenge).metadata),
  );
  const others = collections.challenges
    .by(byAnswer, answerOf(challenge))
    .filter((each) => each.metadata.uid !== metadata.uid && each.status?.presented === true && !isFinished(each));
  // A spec that was changed since says where somebody else wants our credentials to go. Deletion counts as a change, too.
  const { generation = 1, deletionTimestamp } = metadata;
  const isAsMade = generation <= (deletionTimestamp === undefined ? 1 : 2);
  const allowed = (status?.presented === true && isAsMade) || standing.kind === 'ours' || isOwnSolver;
  return { allowed, isShared: others.length > 0, issuer };
}

/** What was made for a Challenge. */
export function foundObjects({ metadata }: Challenge, collections: ChallengeCollections): FoundObjects {
  const { pods, services, ingresses, httpRoutes } = collections;
  const { uid } = metadata;
  return {
    pods: inOrder(pods.by(byOwner, uid)),
    services: inOrder(services.by(byOwner, uid)),
    ingresses: inOrder(ingresses.by(byOwner, uid)),
    httpRoutes: inOrder(httpRoutes.by(byOwner, uid)),
  };
}

function inOrder<T extends KubeObject>(objects: readonly T[]): readonly T[] {
  const text = ({ metadata }: KubeObject) => `${metadata.creationTimestamp} ${metadata.name}`;
  return [...objects].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

/** The issuer's own deadline, or `standard`; undefined: never. What cannot be read counts as absent. */
export function deadlineOf(issuer: Issuer | undefined, standard: number | undefined): number | undefined {
  const text = issuer?.metadata.annotations?.[annotations.selfCheckDeadline];
  if (text === 'never') return undefined;
  const own = text === undefined ? undefined : parseDuration(text);
  return own === undefined || own < 0 ? standard : own;
}
