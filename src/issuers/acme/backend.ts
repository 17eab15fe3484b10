// The `acme` issuer type: an account at an ACME server, and for each request an Order. What becomes of Orders is their controller's business; here
// a request only waits for its own.
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import type { Order } from '../../api/order.ts';
import { DecodeError } from '../../base/errors.ts';
import { decodeCertificates } from '../../pki/certificate.ts';
import { type Csr, decodeCsr } from '../../pki/csr.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { Change, IssuerBackend, Reference, SigningRequest, SignOutcome } from '../backend.ts';
import { decodeErrorText } from '../signing.ts';
import type { AcmeAccounts } from './accounts.ts';
import { strayOrder } from './genuine-order.ts';
import { nameProblem, orderFor, orders } from './order-for.ts';
import { setUp } from './setup.ts';
import { type SolverSecrets, secretsOf } from './solver-secrets.ts';

export interface AcmeBackendOptions {
  readonly limits: PemLimits;
  readonly accounts: AcmeAccounts;
  readonly solverSecrets: SolverSecrets;
  /** The Orders whose controlling owner has this uid. Memory only. */
  readonly ordersOf: (ownerUid: string) => readonly Order[];
  /** Any Order of that name. Memory only. */
  readonly orderAt: (namespace: string, name: string) => Order | undefined;
  /** The id of the certificate that an order for this request would replace (RFC 9773 section 5); undefined where there is none. */
  readonly replaces: (request: SigningRequest) => string | undefined;
}

export function createAcmeBackend(options: AcmeBackendOptions): IssuerBackend<ACMEIssuerSpec> {
  return {
    type: 'acme',
    requestController: 'certificaterequests-issuer-acme',
    // Signing only makes an object in the cluster: that may happen together with the approval.
    local: true,
    config: (issuer) => issuer.spec.acme,
    references: (config) => referencesOf(config, options.solverSecrets),
    check: (config, io, issuer) => setUp(config, io, issuer, options),
    sign: async (request, config, io) => {
      io.signal.throwIfAborted();
      return sign(request, config, options);
    },
  };
}

function referencesOf(config: ACMEIssuerSpec, solverSecrets: SolverSecrets): readonly Reference[] {
  const { privateKeySecretRef, externalAccountBinding } = config;
  const names = [
    privateKeySecretRef.name,
    ...(externalAccountBinding === undefined ? [] : [externalAccountBinding.keySecretRef.name]),
    ...secretsOf(config, solverSecrets).map(({ name }) => name),
  ];
  return [...new Set(names)].map((name) => ({ kind: 'Secret', name }));
}

function sign(request: SigningRequest, config: ACMEIssuerSpec, options: AcmeBackendOptions): SignOutcome {
  let csr: Csr;
  try {
    csr = decodeCsr(request.csrPem, options.limits);
  } catch (error) {
    const message = `Failed to decode CSR in spec.request: ${decodeErrorText(error)}`;
    return { kind: 'rejected', reason: 'RequestParsingError', message };
  }
  const problem = nameProblem(csr);
  if (problem !== undefined) return { kind: 'rejected', reason: 'InvalidOrder', message: problem };
  const existing = ownOrder(request, csr, options);
  if (existing !== undefined) return answerOf(existing, csr, options.limits);
  const object = orderFor(request, csr, config, options.replaces(request));
  const place = `${request.namespace}/${object.metadata.name}`;
  if (options.orderAt(request.namespace, object.metadata.name) !== undefined) {
    const message = `Failed create new order resource ${place}: an Order of that name exists and does not belong to this CertificateRequest`;
    return { kind: 'pending', reason: 'OrderCreatingError', message, error: new Error(message) };
  }
  const refused = { reason: 'OrderCreatingError', message: `Failed create new order resource ${place}` };
  const changes: readonly Change[] = [{ kind: 'create', resource: orders, object, refused }];
  const news = { reason: 'OrderCreated', message: `Created Order resource ${place}` };
  return { kind: 'pending', reason: 'OrderPending', message: waitingFor(place, ''), news, changes };
}

/** Steps that an Order takes by itself are no news, and each would be a write here and one of the Certificate's: all of them are "pending". */
function waitingFor(place: string, why: string): string {
  return `Waiting on certificate issuance from order ${place}: "pending"${why === '' ? '' : `: ${why}`}`;
}

/** The request's Order; the newest where an edited issuer has led to more than one name. One that asks for something else is nobody's. */
function ownOrder(request: SigningRequest, csr: Csr, { ordersOf }: AcmeBackendOptions): Order | undefined {
  return ordersOf(request.uid)
    .filter((order) => order.metadata.deletionTimestamp === undefined && order.metadata.namespace === request.namespace)
    .filter((order) => strayOrder(order, request, csr) === undefined)
    .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0];
}

const failures: readonly (string | undefined)[] = ['invalid', 'expired', 'errored'];

function answerOf(order: Order, csr: Csr, limits: PemLimits): SignOutcome {
  const { name, namespace = '', uid } = order.metadata;
  const { state = '', reason = '', certificate } = order.status ?? {};
  if (failures.includes(state)) {
    const message = `Failed to wait for order resource "${name}" to become ready: order is in "${state}" state: ${reason}`;
    return { kind: 'rejected', reason: 'OrderFailed', message };
  }
  const waiting = (message: string): SignOutcome => ({ kind: 'pending', reason: 'OrderPending', message });
  if (state !== 'valid') return waiting(waitingFor(`${namespace}/${name}`, reason));
  if (certificate === undefined || certificate === '') {
    return waiting(`Waiting for order-controller to add certificate data to Order ${namespace}/${name}`);
  }
  const pem = Buffer.from(certificate, 'base64').toString('utf8');
  if (isFor(csr, pem, limits)) return { kind: 'issued', certificatePem: pem };
  const changes: readonly Change[] = [{ kind: 'delete', resource: orders, key: { namespace, name }, uid }];
  const message = `Order ${namespace}/${name} holds no certificate for this request, it is deleted and placed anew`;
  return { kind: 'pending', reason: 'OrderBadCertificate', message, changes };
}

function isFor(csr: Csr, pem: string, limits: PemLimits): boolean {
  try {
    return decodeCertificates(pem, limits.chainBytes)[0]?.publicKey === csr.publicKey;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
