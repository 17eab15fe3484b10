// Reads what a decision about an Order needs out of the store: indexes, the request that owns it, the issuer and its account, its Challenges; and
// which changes concern which Orders. The account's key is only read for Orders that are ours and not ended.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import { controllerUid, type Key, type KubeObject } from '../../api/meta.ts';
import type { Order } from '../../api/order.ts';
import { certManagerGroup, issuerReferenceOf } from '../../api/references.ts';
import { genuineOrder } from '../../issuers/acme/genuine-order.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { OrderAccounts } from './perform.ts';
import { type AccountSeen, isEnded, type OrderSeen, type Progress, type Standing } from './seen.ts';

export interface OrderCollections {
  /** With the indexes of `orderIndexes`. */
  readonly orders: Collection<Order>;
  /** With the index `owner`: the uid of the controlling owner. */
  readonly challenges: Collection<Challenge>;
  readonly requests: Collection<CertificateRequest>;
  readonly issuers: Collection<Issuer>;
  /** Never filled where the process is bound to one namespace. */
  readonly clusterIssuers: Collection<Issuer>;
}

export interface ObserveDeps extends OrderCollections {
  readonly accounts: OrderAccounts;
  readonly io: BackendIoFactory;
  readonly clusterResourceNamespace: string;
  readonly limits: PemLimits;
  readonly now: () => Date;
}

/** Which Orders a change concerns; `object` is undefined where it is gone, `previous` where it is new. */
export type OrderMapping<T> = (object: T | undefined, previous: T | undefined) => readonly Key[];

const byIssuer = 'openByIssuer';
const byOwner = 'owner';

/** The indexes that the collection of Orders must have: open ones by issuer, and all by the uid of their controlling owner. */
export const orderIndexes: Indexes<Order> = {
  [byIssuer]: (order) => {
    const { kind, name, group } = issuerReferenceOf(order.spec.issuerRef);
    if (group !== certManagerGroup || isEnded(order)) return [];
    return [issuerValue(kind, order.metadata.namespace, name)];
  },
  [byOwner]: ({ metadata }) => {
    const uid = controllerUid(metadata);
    return uid === undefined ? [] : [uid];
  },
};

function issuerValue(kind: string, namespace: string | undefined, name: string): string {
  return kind === 'ClusterIssuer' ? `${kind}/${name}` : `${kind}/${namespace ?? ''}/${name}`;
}

/** The Orders that a change of each watched collection concerns. */
export function orderMappings({ orders }: OrderCollections): {
  readonly orders: OrderMapping<Order>;
  readonly challenges: OrderMapping<Challenge>;
  readonly requests: OrderMapping<CertificateRequest>;
  readonly issuers: OrderMapping<Issuer>;
  readonly clusterIssuers: OrderMapping<Issuer>;
} {
  const ofIssuer = (kind: 'Issuer' | 'ClusterIssuer', issuer: KubeObject | undefined): readonly Key[] => {
    if (issuer === undefined) return [];
    return orders.by(byIssuer, issuerValue(kind, issuer.metadata.namespace, issuer.metadata.name)).map(keyOf);
  };
  return {
    orders: (order) => (order === undefined ? [] : [keyOf(order)]),
    challenges: (challenge, previous) => ownerKeys(challenge ?? previous, 'Order'),
    requests: (request, previous) => {
      const uid = (request ?? previous)?.metadata.uid;
      return uid === undefined ? [] : orders.by(byOwner, uid).map(keyOf);
    },
    issuers: (issuer, previous) => ofIssuer('Issuer', issuer ?? previous),
    clusterIssuers: (issuer, previous) => ofIssuer('ClusterIssuer', issuer ?? previous),
  };
}

function ownerKeys(object: KubeObject | undefined, kind: string): readonly Key[] {
  const { namespace, ownerReferences = [] } = object?.metadata ?? {};
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner?.kind !== kind) return [];
  return [namespace === undefined ? { name: owner.name } : { namespace, name: owner.name }];
}

/** Undefined where the Order is gone. */
export async function observeOrder(
  key: Key,
  deps: ObserveDeps,
  progressOf: (uid: string) => Progress,
  signal: AbortSignal,
): Promise<OrderSeen | undefined> {
  const order = deps.orders.get(key);
  if (order === undefined) return undefined;
  const { uid, deletionTimestamp } = order.metadata;
  const challenges = deps.challenges.by(byOwner, uid);
  const isOpen = deletionTimestamp === undefined && !isEnded(order);
  // Most Orders are of the past: nothing is decoded for them.
  const standing: Standing = isOpen || challenges.length > 0 ? standingOf(order, deps) : { kind: 'orphan' };
  return {
    order,
    standing,
    account: isOpen && standing.kind === 'ours' ? await accountOf(order, deps, signal) : { kind: 'noIssuer' },
    challenges,
    progress: progressOf(uid),
  };
}

function standingOf(order: Order, { requests, limits }: ObserveDeps): Standing {
  const { namespace, ownerReferences = [] } = order.metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner === undefined) return { kind: 'stranger', why: 'no CertificateRequest owns it' };
  if (owner.kind !== 'CertificateRequest' || !owner.apiVersion.startsWith(`${certManagerGroup}/`)) {
    return { kind: 'stranger', why: 'its owner is no CertificateRequest' };
  }
  const request = requests.get(namespace === undefined ? { name: owner.name } : { namespace, name: owner.name });
  if (request?.metadata.uid !== owner.uid) return { kind: 'orphan' };
  const why = genuineOrder(order, request, limits);
  return why === undefined ? { kind: 'ours', request } : { kind: 'stranger', why };
}

async function accountOf(order: Order, deps: ObserveDeps, signal: AbortSignal): Promise<AccountSeen> {
  const issuer = acmeIssuerOf(order, deps);
  if (issuer === undefined) return { kind: 'noIssuer' };
  const resourceNamespace = resourceNamespaceOf(issuer, deps.clusterResourceNamespace);
  const account = await deps.accounts.open(issuer, deps.io.open({ resourceNamespace, signal }));
  if (account.kind === 'unavailable') return account;
  const pausedUntil = deps.accounts.pausedUntil(issuer, deps.now());
  const { thumbprint } = account.client;
  return { kind: 'open', issuer, thumbprint, ...(pausedUntil === undefined ? {} : { pausedUntil }) };
}

function acmeIssuerOf(order: Order, { issuers, clusterIssuers }: ObserveDeps): Issuer | undefined {
  const { kind, name, group } = issuerReferenceOf(order.spec.issuerRef);
  const { namespace } = order.metadata;
  if (group !== certManagerGroup) return undefined;
  const local = namespace === undefined ? { name } : { namespace, name };
  const issuer =
    kind === 'ClusterIssuer' ? clusterIssuers.get({ name }) : kind === 'Issuer' ? issuers.get(local) : undefined;
  return issuer?.spec?.acme === undefined ? undefined : issuer;
}
