// The real objects behind Challenges on a real API server: an approved request, its placed Order, an issuer, and the Challenges as the Order controller
// makes them.
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { certificateRequests, challenges, issuers, orders } from '../../src/api/kinds.ts';
import { finalizers } from '../../src/api/labels.ts';
import { controllerReference } from '../../src/api/meta.ts';
import type { Order, OrderAuthorization } from '../../src/api/order.ts';
import type { Solver } from '../../src/api/solver.ts';
import { ApiError } from '../../src/base/errors.ts';
import { challengesFor } from '../../src/issuers/acme/challenge-for.ts';
import { orderName } from '../../src/issuers/acme/names.ts';
import type { WorldOptions } from './challenge-world.ts';
import type { ControlPlane } from './control-plane.ts';
import { anAcmeRequest, anAuthorization, aPlacedStatus, thumbprint } from './order-builders.ts';

export interface CreatedChallenges {
  readonly request: CertificateRequest;
  readonly order: Order;
  readonly issuer: Issuer;
  readonly challenges: readonly [Challenge, ...Challenge[]];
}

const dnsSolver: Solver = { dns01: { rfc2136: { nameserver: '192.0.2.1' } } };

export async function createChallenges(
  plane: ControlPlane,
  namespace: string,
  options: WorldOptions,
): Promise<CreatedChallenges> {
  const { dnsNames = ['a.example.com'], solver = dnsSolver, peers } = options;
  await createServiceAccount(plane, namespace);
  const issuer = await createIssuer(plane, namespace, solver);
  const request = await createRequest(plane, namespace, dnsNames);
  const authorizations = peers?.authorizations ?? dnsNames.map((each) => anAuthorization(each));
  const order = await createOrder(plane, request, dnsNames, [...authorizations]);
  const wanted = challengesFor(order, issuer, peers?.client.thumbprint ?? thumbprint);
  if (wanted.kind !== 'wanted') throw new Error(wanted.message);
  const created: Challenge[] = [];
  for (const { name, spec } of wanted.challenges) {
    const metadata = {
      namespace,
      name,
      ownerReferences: [controllerReference(order)],
      finalizers: [finalizers.challenge],
    };
    const manifest = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', metadata, spec };
    created.push(
      await createChallenge(
        plane,
        options.change?.(manifest as unknown as Challenge) ?? (manifest as unknown as Challenge),
      ),
    );
  }
  const [first, ...others] = created;
  if (first === undefined) throw new Error('the order asks for no challenge');
  return { request, order, issuer, challenges: [first, ...others] };
}

async function createChallenge({ client }: ControlPlane, challenge: Challenge): Promise<Challenge> {
  const created = await client.create<Challenge>(challenges, { ...challenge });
  const { status } = challenge;
  return status === undefined ? created : client.merge<Challenge>(challenges, created.metadata, { status }, 'status');
}

function createIssuer({ client }: ControlPlane, namespace: string, solver: Solver): Promise<Issuer> {
  const acme = { server: 'https://ca.example/directory', privateKeySecretRef: { name: 'account' }, solvers: [solver] };
  const metadata = { namespace, name: 'acme' };
  return client.create<Issuer>(issuers, { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata, spec: { acme } });
}

async function createRequest(
  { client }: ControlPlane,
  namespace: string,
  dnsNames: readonly string[],
): Promise<CertificateRequest> {
  const { spec, status } = anAcmeRequest({ dnsNames });
  const metadata = { namespace, name: 'web-1' };
  await client.create(certificateRequests, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata,
    spec,
  });
  return client.merge(certificateRequests, metadata, { status }, 'status');
}

async function createOrder(
  { client }: ControlPlane,
  request: CertificateRequest,
  dnsNames: readonly string[],
  authorizations: OrderAuthorization[],
): Promise<Order> {
  const spec = { request: request.spec.request, issuerRef: request.spec.issuerRef, dnsNames: [...dnsNames] };
  const { name, namespace = '' } = request.metadata;
  const metadata = { namespace, name: orderName(name, spec), ownerReferences: [controllerReference(request)] };
  await client.create(orders, { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order', metadata, spec });
  return client.merge(orders, metadata, { status: aPlacedStatus({ authorizations }) }, 'status');
}

/** Pods need it, and no controller may be there that makes it. */
async function createServiceAccount({ client }: ControlPlane, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  try {
    await client.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
  }
}
