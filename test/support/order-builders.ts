// Builders of Orders, Challenges and the requests and issuers behind them, as the store holds them: say what matters, the rest fits together.
// Deeply frozen.
import type { Order as AcmeOrder, Authorization } from '../../src/acme/resources.ts';
import type { ACMEIssuerSpec } from '../../src/api/acme-issuer.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge, ChallengeStatus } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { controllerReference } from '../../src/api/meta.ts';
import type { Order, OrderAuthorization, OrderSpec, OrderStatus } from '../../src/api/order.ts';
import type { Solver } from '../../src/api/solver.ts';
import { challengesFor } from '../../src/issuers/acme/challenge-for.ts';
import { orderName } from '../../src/issuers/acme/names.ts';
import { aCsrPem } from './pki-builders.ts';
import { aCondition, anIssuer, aRequest, deepFreeze, someTimeText } from './request-builders.ts';

export const thumbprint = 'thumbprint';

const httpSolver: Solver = { http01: { ingress: { ingressClassName: 'nginx' } } };

export function anAcmeIssuer(acme: Partial<ACMEIssuerSpec> = {}): Issuer {
  const server = 'https://ca.example/directory';
  const spec = { server, privateKeySecretRef: { name: 'account' }, solvers: [httpSolver], ...acme };
  return anIssuer({ name: 'acme', spec: { acme: spec } });
}

const csrs = new Map<string, string>();

/** An approved request for these names; the same names give the same CSR. */
export function anAcmeRequest(
  names: {
    readonly commonName?: string;
    readonly dnsNames?: readonly string[];
    readonly ipAddresses?: readonly string[];
  } = {
    dnsNames: ['a.example.com'],
  },
  traits: Parameters<typeof aRequest>[0] = {},
): CertificateRequest {
  const id = JSON.stringify(names);
  const pem =
    csrs.get(id) ??
    aCsrPem({ ...names, dnsNames: [...(names.dnsNames ?? [])], ipAddresses: [...(names.ipAddresses ?? [])] });
  csrs.set(id, pem);
  return aRequest({
    conditions: [aCondition('Approved', 'True', 'cert-manager.io')],
    ...traits,
    spec: { issuerRef: { name: 'acme' }, request: Buffer.from(pem).toString('base64'), ...traits.spec },
  });
}

/** The Order of a request, as our own backend makes it. */
export function anOrder(
  traits: {
    readonly request?: CertificateRequest;
    readonly spec?: Partial<OrderSpec>;
    readonly status?: OrderStatus;
    readonly metadata?: Partial<Order['metadata']>;
  } = {},
): Order {
  const request = traits.request ?? anAcmeRequest();
  const spec: OrderSpec = {
    request: request.spec.request,
    issuerRef: request.spec.issuerRef,
    dnsNames: ['a.example.com'],
    ...traits.spec,
  };
  return deepFreeze({
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Order',
    metadata: {
      name: orderName(request.metadata.name, spec),
      namespace: request.metadata.namespace ?? 'app',
      uid: `order-of-${request.metadata.uid}`,
      resourceVersion: '1',
      creationTimestamp: someTimeText,
      ownerReferences: [controllerReference(request)],
      ...traits.metadata,
    },
    spec,
    ...(traits.status === undefined ? {} : { status: traits.status }),
  });
}

/** An authorization as a status keeps it. */
export function anAuthorization(identifier: string, more: Partial<OrderAuthorization> = {}): OrderAuthorization {
  return {
    url: `https://ca.example/authz/${identifier}`,
    identifier,
    wildcard: false,
    initialState: 'pending',
    challenges: [
      { url: `https://ca.example/chall/http/${identifier}`, token: `http-${identifier}`, type: 'http-01' },
      { url: `https://ca.example/chall/dns/${identifier}`, token: `dns-${identifier}`, type: 'dns-01' },
    ],
    ...more,
  };
}

/** The status of an order that was placed. */
export function aPlacedStatus(more: Partial<OrderStatus> = {}): OrderStatus {
  return {
    url: 'https://ca.example/order/1',
    finalizeURL: 'https://ca.example/order/1/finalize',
    state: 'pending',
    authorizations: [anAuthorization('a.example.com')],
    ...more,
  };
}

/** The Challenges that an Order asks for, as they are stored, each with that status. */
export function challengesOf(
  order: Order,
  issuer: Issuer,
  status?: ChallengeStatus,
  more: Partial<Challenge['metadata']> = {},
): Challenge[] {
  const wanted = challengesFor(order, issuer, thumbprint);
  const list = wanted.kind === 'wanted' ? wanted.challenges : [];
  return list.map(({ name, spec }) =>
    deepFreeze({
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Challenge',
      metadata: {
        name,
        namespace: order.metadata.namespace ?? '',
        uid: `uid-${name}`,
        resourceVersion: '1',
        creationTimestamp: someTimeText,
        ownerReferences: [controllerReference(order)],
        ...more,
      },
      spec,
      ...(status === undefined ? {} : { status }),
    }),
  );
}

/** An order as the client hands it out. */
export function anAcmeOrder(more: Partial<AcmeOrder> = {}): AcmeOrder {
  return {
    url: 'https://ca.example/order/1',
    status: 'pending',
    identifiers: [{ type: 'dns', value: 'a.example.com' }],
    authorizations: ['https://ca.example/authz/a.example.com'],
    finalize: 'https://ca.example/order/1/finalize',
    ...more,
  };
}

/** An authorization as the client hands it out; fits `anAuthorization`. */
export function anAcmeAuthorization(value: string, more: Partial<Authorization> = {}): Authorization {
  return {
    url: `https://ca.example/authz/${value}`,
    status: 'pending',
    identifier: { type: 'dns', value },
    wildcard: false,
    challenges: [
      { url: `https://ca.example/chall/http/${value}`, token: `http-${value}`, type: 'http-01', status: 'pending' },
      { url: `https://ca.example/chall/dns/${value}`, token: `dns-${value}`, type: 'dns-01', status: 'pending' },
    ],
    ...more,
  };
}
