// The order that cert-manager left half-way (test/golden/adopted), moved to an ACME server of today: the same objects, with an order that this server
// was asked for, or made to look as if it had been.
import { randomBytes, randomUUID } from 'node:crypto';
import { type AcmeClient, createAcmeClient, keyAuthorization } from '../../src/acme/client.ts';
import type { Order as AcmeOrder, Authorization } from '../../src/acme/resources.ts';
import type { Challenge } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { certificateRequests, certificates, challenges, clusterIssuers, orders } from '../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import type { Order } from '../../src/api/order.ts';
import { challengeName } from '../../src/issuers/acme/names.ts';
import { ingresses, pods, secrets, services } from '../../src/kube/resources.ts';
import { createHttpAccess } from '../../src/net/http.ts';
import { decodePrivateKey } from '../../src/pki/keys.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { adler32 } from '../../src/solvers/http01/labels.ts';
import { adopted, put } from './adopted-etcd.ts';
import type { ControlPlane } from './control-plane.ts';

const issuerName = 'acme-slow';
const accountName = 'acme-slow-account';
const certificateName = 'acme-pending';
const host = 'p.example.com';
const solver = { http01: { ingress: { ingressClassName: 'none' } } };
/** Everything that belongs to the one order. */
const kinds: readonly ResourceType[] = [
  secrets,
  certificates,
  certificateRequests,
  orders,
  pods,
  services,
  ingresses,
  challenges,
];

export interface AcmeServer {
  readonly server: string;
  /** Base64 of PEM. */
  readonly caBundle: string;
}

/** What the ACME server answered, or might have. */
export interface PlacedOrder {
  readonly order: Pick<AcmeOrder, 'url' | 'finalize'>;
  readonly authorization: Authorization;
}

interface StoredSecret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

/** The account that cert-manager had, by its key: registered there now, if it is not. */
export async function adoptedAccount({ server, caBundle }: AcmeServer): Promise<AcmeClient> {
  const pem = Buffer.from(accountSecret().data['tls.key'] ?? '', 'base64');
  const client = createAcmeClient({
    directoryUrl: server,
    key: decodePrivateKey(pem, defaultPemLimits),
    http: createHttpAccess({ userAgent: 'test' }).open({ caPem: Buffer.from(caBundle, 'base64').toString() }),
    now: () => new Date(),
  });
  await client.createAccount({ contact: [] }, AbortSignal.timeout(30_000));
  return client;
}

/** Of the account, for the name of the order that was left. */
export async function placeAgain(account: AcmeClient): Promise<PlacedOrder> {
  const signal = AbortSignal.timeout(30_000);
  const order = await account.newOrder({ identifiers: [{ type: 'dns', value: host }] }, signal);
  return { order, authorization: await account.fetchAuthorization(order.authorizations[0] ?? '', signal) };
}

/** As if the server had forgotten it: URLs of its kind that lead nowhere. */
export function forgotten({ order, authorization }: PlacedOrder): PlacedOrder {
  const other = (url: string) => url.replace(/[^/]+$/, randomBytes(32).toString('base64url'));
  return {
    order: { url: other(order.url), finalize: other(order.finalize) },
    authorization: {
      ...authorization,
      url: other(authorization.url),
      challenges: authorization.challenges.map((each) => ({ ...each, url: other(each.url) })),
    },
  };
}

/** The ClusterIssuer and its account's Secret. */
export async function putIssuer(plane: ControlPlane, acme: AcmeServer, account: AcmeClient): Promise<void> {
  await put(plane, secrets, accountSecret());
  const issuer = adopted(clusterIssuers).find(({ metadata }) => metadata.name === issuerName) as Issuer;
  await put(plane, clusterIssuers, {
    ...issuer,
    spec: { acme: { ...issuer.spec.acme, ...acme, skipTLSVerify: false, solvers: [solver] } },
    status: { ...issuer.status, acme: { ...issuer.status?.acme, uri: account.accountUrl } },
  } as KubeObject);
}

/** All objects of the order, in a namespace of their own; answers its Challenge. */
export async function putOrder(
  plane: ControlPlane,
  namespace: string,
  account: AcmeClient,
  placed: PlacedOrder,
  finalizer = 'acme.cert-manager.io/finalizer',
): Promise<Challenge> {
  const texts = new Map(kinds.map((kind) => [kind, own(kind).map((object) => JSON.stringify(object))]));
  const left = own(challenges)[0] as Challenge;
  const challenge = moved(left, account, placed);
  const changes = new Map([
    ['"namespace":"app"', `"namespace":"${namespace}"`],
    [left.metadata.name, challenge.metadata.name],
    [left.spec.key, challenge.spec.key],
    [left.spec.token, challenge.spec.token],
    [`"${adler32(left.spec.token)}"`, `"${adler32(challenge.spec.token)}"`],
    ...kinds.flatMap(own).map(({ metadata }) => [metadata.uid, randomUUID()] as const),
  ]);
  const renewed = (text: string): KubeObject => {
    let changed = text;
    for (const [from, to] of changes) changed = changed.replaceAll(from, to);
    return JSON.parse(changed) as KubeObject;
  };
  for (const [kind, objects] of texts) {
    for (const object of objects.map(renewed)) {
      await put(plane, kind, kind === orders ? statusOf(object as Order, placed) : object);
    }
  }
  const { metadata, status } = renewed(JSON.stringify(left)) as Challenge;
  const { reason: _, ...kept } = status ?? {};
  const stored = { ...challenge, metadata: { ...metadata, finalizers: [finalizer] }, status: kept };
  await put(plane, challenges, stored);
  return stored;
}

function own(kind: ResourceType): readonly KubeObject[] {
  return adopted(kind).filter(
    ({ metadata }) => metadata.name.startsWith(certificateName) || metadata.name.startsWith('cm-acme-http-solver'),
  );
}

function accountSecret(): StoredSecret {
  return adopted(secrets).find(({ metadata }) => metadata.name === accountName) as StoredSecret;
}

function moved(left: Challenge, account: AcmeClient, { authorization }: PlacedOrder): Challenge {
  const page = authorization.challenges.find(({ type }) => type === 'http-01');
  if (page?.token === undefined) throw new Error('the server offers no HTTP-01 challenge');
  const { url, token } = page;
  const spec = { ...left.spec, url, token, authorizationURL: authorization.url, solver };
  const key = keyAuthorization(token, account.thumbprint);
  const name = challengeName(left.metadata.ownerReferences?.[0]?.name ?? '', spec);
  return { ...left, metadata: { ...left.metadata, name }, spec: { ...spec, key } };
}

function statusOf(order: Order, { order: { url, finalize }, authorization }: PlacedOrder): Order {
  const offered = authorization.challenges.map(({ url, token = '', type }) => ({ url, token, type }));
  const authorizations = [
    { url: authorization.url, identifier: host, wildcard: false, initialState: 'pending', challenges: offered },
  ] as const;
  return { ...order, status: { url, finalizeURL: finalize, state: 'pending', authorizations } } as unknown as Order;
}
