// The Order controller alone, on a real API server and with a real ACME server: requests and Orders as their controller makes them, and somebody who
// proves Challenges as a test says. Each world has a namespace, an account and a clock of its own.
import { X509Certificate } from 'node:crypto';
import type { AcmeClient, OnAcmeRequest } from '../../src/acme/client.ts';
import { createAcmeClient } from '../../src/acme/client.ts';
import type { ACMEIssuerSpec } from '../../src/api/acme-issuer.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge, ChallengeStatus } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { certificateRequests, challenges, clusterIssuers, issuers, orders } from '../../src/api/kinds.ts';
import { controllerReference, controllerUid, type KubeObject } from '../../src/api/meta.ts';
import type { Order, OrderSpec, OrderStatus } from '../../src/api/order.ts';
import type { Log } from '../../src/base/log.ts';
import { formatTime } from '../../src/base/rfc3339.ts';
import { createOrderController } from '../../src/controllers/order/controller.ts';
import { orderIndexes } from '../../src/controllers/order/observe.ts';
import { createAcmeAccounts } from '../../src/issuers/acme/accounts.ts';
import { orderName } from '../../src/issuers/acme/names.ts';
import type { SecretData } from '../../src/issuers/backend.ts';
import type { BackendIoFactory } from '../../src/issuers/io.ts';
import type { Client } from '../../src/kube/client.ts';
import { keyOf } from '../../src/kube/collection.ts';
import { acmeBackoff, enqueueFrom, type RunningController, startController } from '../../src/kube/controller.ts';
import { createRecorder } from '../../src/kube/events.ts';
import { createExecutor, type Execute } from '../../src/kube/execute.ts';
import { events } from '../../src/kube/resources.ts';
import { createCollection } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { createHttpAccess } from '../../src/net/http.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { clientFor } from './cluster.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Pebble } from './pebble.ts';
import { aCsrPem, aKey } from './pki-builders.ts';
import { ShiftedClock } from './shifted-clock.ts';
import { until } from './until.ts';

export interface Names {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface WorldOptions {
  readonly acme?: Partial<ACMEIssuerSpec>;
  /** Around what writes; throws where the process is to die. */
  readonly guard?: (execute: Execute) => Execute;
}

/** How a Challenge is proved; undefined: not at all. */
export type Prover = (challenge: Challenge, client: AcmeClient) => Promise<ChallengeStatus | undefined>;

const webhook = { dns01: { webhook: { groupName: 'acme.example.com', solverName: 'test' } } };

export class OrdersWorld {
  readonly namespace: string;
  readonly client: Client;
  readonly clock = new ShiftedClock(new Date());
  /** `method action` of every request to the ACME server. */
  readonly acmeRequests: string[] = [];
  /** What the controller and the Challenges' stand-in complained about. */
  readonly logged: string[] = [];
  account!: AcmeClient;
  readonly #plane: ControlPlane;
  readonly #pebble: Pebble;
  readonly #http = createHttpAccess({ userAgent: 'test' });
  readonly #onRequest: OnAcmeRequest = ({ method, action }) => void this.acmeRequests.push(`${method} ${action}`);
  readonly #key = aKey('rsa2048', 'account');
  readonly #say = (fields: object, message: string): void => {
    const { err } = fields as { readonly err?: unknown };
    this.logged.push(`${message}: ${err instanceof Error ? err.stack : JSON.stringify(fields)}`);
  };
  readonly #log: Log = { debug: () => undefined, info: this.#say, warn: this.#say, error: this.#say };
  /** What the issuer says. */
  #server = { server: '', caBundle: '' };
  #running: { readonly orders: RunningController; readonly end: AbortController } | undefined;
  #proving = new AbortController();
  #proved: Promise<void> = Promise.resolve();

  private constructor(plane: ControlPlane, pebble: Pebble, namespace: string) {
    this.#plane = plane;
    this.#pebble = pebble;
    this.namespace = namespace;
    this.client = clientFor(plane.admin.access, { qps: -1 });
  }

  /** With an issuer `acme` whose account is registered. */
  static async create(plane: ControlPlane, pebble: Pebble, acme: Partial<ACMEIssuerSpec> = {}): Promise<OrdersWorld> {
    const world = new OrdersWorld(plane, pebble, await plane.createNamespace('orders'));
    const caBundle = Buffer.from(pebble.apiCaPem).toString('base64');
    const access = { server: pebble.directoryUrl, caBundle, privateKeySecretRef: { name: 'account' } };
    const spec = { acme: { ...access, solvers: [webhook], ...acme } };
    world.#server = spec.acme;
    await plane.client.create(issuers, { ...world.#typed('cert-manager.io/v1', 'Issuer', 'acme'), spec });
    await world.register();
    return world;
  }

  /** Registers the account at the server, as the Issuer controller does. */
  async register(): Promise<void> {
    const { server: directoryUrl, caBundle } = this.#server;
    const http = this.#http.open({ caPem: Buffer.from(caBundle, 'base64').toString() });
    this.account = createAcmeClient({
      directoryUrl,
      key: this.#key,
      http,
      now: () => new Date(),
    });
    const { url } = await this.account.createAccount({ contact: [] }, AbortSignal.timeout(30_000));
    await this.#plane.client.merge(issuers, this.key('acme'), { status: { acme: { uri: url } } }, 'status');
  }

  key(name: string) {
    return { namespace: this.namespace, name };
  }

  /** Starts the controller, with an empty memory. */
  async start({ guard }: WorldOptions = {}): Promise<void> {
    const end = new AbortController();
    const collections = this.#collections();
    const recorder = createRecorder({ client: this.client, log: this.#log, signal: end.signal });
    const execute = createExecutor({
      client: this.client,
      collections: [collections.orders, collections.challenges],
      recorder,
    });
    const now = () => this.clock.now();
    const { controller, watches } = createOrderController({
      ...collections,
      accounts: createAcmeAccounts({ onRequest: this.#onRequest }),
      io: this.#io(),
      settings: { clusterResourceNamespace: 'cert-manager' },
      now,
    });
    const running = startController(controller, {
      execute: guard?.(execute) ?? execute,
      log: this.#log,
      clock: this.clock,
      backoff: { ...acmeBackoff, minMs: 100 },
      signal: end.signal,
    });
    enqueueFrom(collections.orders, running, watches.orders);
    enqueueFrom(collections.challenges, running, watches.challenges);
    enqueueFrom(collections.requests, running, watches.requests);
    enqueueFrom(collections.issuers, running, watches.issuers);
    const watch = { client: this.client, namespace: this.namespace, log: this.#log, signal: end.signal };
    const { clusterIssuers: _cluster, ...watched } = collections;
    // The Orders come last: what they are compared with is there then.
    const { orders: own, ...others } = watched;
    await Promise.all(
      Object.values(others).map((collection) => startWatch({ ...watch, collection: collection as never }).synced),
    );
    await startWatch({ ...watch, collection: own }).synced;
    this.#running = { orders: running, end };
  }

  /** Nothing more is sent. */
  kill(): void {
    this.#running?.end.abort();
    this.#running = undefined;
  }

  /** Time passes while no process runs: timers of a clock that jumps would ring in their own time. */
  async jump(ms: number): Promise<void> {
    this.kill();
    this.clock.jump(ms);
    await this.start();
  }

  #collections() {
    const owner = ({ metadata }: KubeObject) => [controllerUid(metadata) ?? ''];
    return {
      orders: createCollection<Order>({ resource: orders, indexes: orderIndexes, freeze: true }),
      challenges: createCollection<Challenge>({ resource: challenges, indexes: { owner }, freeze: true }),
      requests: createCollection<CertificateRequest>({ resource: certificateRequests, freeze: true }),
      issuers: createCollection<Issuer>({ resource: issuers, freeze: true }),
      clusterIssuers: createCollection<Issuer>({ resource: clusterIssuers }),
    };
  }

  #io(): BackendIoFactory {
    const data = { 'tls.key': Buffer.from(encodePrivateKey(this.#key, 'PKCS8')) };
    const secret = async <T>(_name: string, parse: (data: SecretData) => T): Promise<T> => parse(data);
    return {
      open: ({ resourceNamespace, signal }) => ({
        secret,
        requestSecret: secret,
        resourceNamespace,
        http: this.#http,
        now: () => this.clock.now(),
        signal,
      }),
      forget: () => undefined,
      size: 0,
    };
  }

  #typed(apiVersion: string, kind: string, name: string) {
    return { apiVersion, kind, metadata: { name, namespace: this.namespace } };
  }

  /** An approved request. */
  async request(names: Names, name = 'web-1'): Promise<CertificateRequest> {
    const dnsNames = [...(names.dnsNames ?? [])];
    const pem = aCsrPem({ ...names, dnsNames, ipAddresses: [...(names.ipAddresses ?? [])] });
    const spec = { request: Buffer.from(pem).toString('base64'), issuerRef: { name: 'acme' } };
    const typed = this.#typed('cert-manager.io/v1', 'CertificateRequest', name);
    await this.#plane.client.create(certificateRequests, { ...typed, spec });
    const lastTransitionTime = formatTime(new Date());
    const approved = { type: 'Approved', status: 'True', reason: 'test', message: 'test', lastTransitionTime };
    const status = { conditions: [approved] };
    return this.#plane.client.merge(certificateRequests, this.key(name), { status }, 'status');
  }

  /** The Order of a new request, as our backend makes it. */
  async order(names: Names, more: Partial<OrderSpec> = {}, name = 'web-1', status?: OrderStatus): Promise<Order> {
    const request = await this.request(names, name);
    return this.orderOf(request, { ...names, ...more }, status);
  }

  async orderOf(request: CertificateRequest, more: Partial<OrderSpec>, status?: OrderStatus): Promise<Order> {
    const spec = { request: request.spec.request, issuerRef: request.spec.issuerRef, ...more };
    const typed = this.#typed('acme.cert-manager.io/v1', 'Order', orderName(request.metadata.name, spec));
    const metadata = {
      ...typed.metadata,
      ownerReferences: [controllerReference(request)],
    };
    const order = await this.#plane.client.create<Order>(orders, { ...typed, metadata, spec });
    if (status === undefined) return order;
    return this.#plane.client.merge<Order>(orders, keyOf(order), { status }, 'status');
  }

  orders(): Promise<Order[]> {
    return this.#plane.client.list<Order>(orders, this.namespace);
  }

  challenges(): Promise<Challenge[]> {
    return this.#plane.client.list<Challenge>(challenges, this.namespace);
  }

  /** Until its status is as wanted. */
  async statusOf(order: Order, what: string, isSo: (status: OrderStatus) => boolean): Promise<OrderStatus> {
    let last: OrderStatus = {};
    const asked = until(
      `the order is ${what}`,
      async () => {
        const { status = {} } = await this.#plane.client.get<Order>(orders, keyOf(order));
        last = status;
        return isSo(status) && status;
      },
      30_000,
    );
    return asked.catch(async (error: Error) => {
      const others = (await this.challenges()).map((each) => [each.metadata.name, each.status]);
      const known = JSON.stringify({ ...last, authorizations: last.authorizations?.length, others });
      throw new Error(`${error.message}: ${known}\n${this.logged.slice(-3).join('\n')}`);
    });
  }

  async certificateOf(order: Order): Promise<X509Certificate> {
    const status = await this.statusOf(
      order,
      'valid, with a certificate',
      ({ state, certificate }) => state === 'valid' && Boolean(certificate),
    );
    return new X509Certificate(Buffer.from(status.certificate ?? '', 'base64'));
  }

  nothingLeft(): Promise<boolean> {
    return until('no Challenge is left', async () => (await this.challenges()).length === 0);
  }

  /** `type reason message` of the events on an object. */
  async eventsOn({ metadata }: KubeObject): Promise<string[]> {
    const fieldSelector = `involvedObject.uid=${metadata.uid}`;
    const { items } = await this.client.list<KubeObject & { type: string; reason: string; message: string }>(events, {
      namespace: this.namespace,
      fieldSelector,
    });
    return items.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  /** Stands in for the Challenge controller. Proves by DNS where nothing else is said. */
  prove(prover: Prover = proveByDns(this.#pebble)): void {
    const end = new AbortController();
    this.#proving = end;
    this.#proved = this.#proveAll(prover, end.signal);
  }

  async stopProving(): Promise<void> {
    this.#proving.abort();
    await this.#proved;
  }

  async #proveAll(prover: Prover, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const challenge of await this.challenges())
        await this.#proveOne(challenge, prover).catch((err: unknown) => this.#say({ err }, 'not proved'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #proveOne(challenge: Challenge, prover: Prover): Promise<void> {
    const key = keyOf(challenge);
    const { status, metadata } = challenge;
    if (metadata.deletionTimestamp !== undefined) {
      await this.#plane.client.merge(challenges, key, { metadata: { finalizers: null } });
    } else if (status?.state === undefined || status.state === 'pending') {
      const answer = await prover(challenge, this.account);
      if (answer !== undefined) await this.#plane.client.merge(challenges, key, { status: answer }, 'status');
    }
  }

  async stop(): Promise<void> {
    this.kill();
    await this.stopProving();
    this.client.close();
    this.#http.close();
  }
}

/** With the answer of the Challenge, or with another one. */
export function proveByDns(pebble: Pebble, answerOf = ({ spec }: Challenge): string => spec.key): Prover {
  return async (challenge, client) => {
    await pebble.challenges.setTxt(`_acme-challenge.${challenge.spec.dnsName}.`, answerOf(challenge));
    return accepted(challenge, client);
  };
}

export function proveByPage(pebble: Pebble): Prover {
  return async (challenge, client) => {
    await pebble.challenges.addHttp01(challenge.spec.token, challenge.spec.key);
    return accepted(challenge, client);
  };
}

async function accepted({ spec }: Challenge, client: AcmeClient): Promise<ChallengeStatus> {
  const signal = AbortSignal.timeout(30_000);
  const before = await client.fetchAuthorization(spec.authorizationURL, signal);
  if (before.status === 'pending') await client.acceptChallenge(spec.url, signal);
  return until('the authorization is decided', async () => {
    const { status } = await client.fetchAuthorization(spec.authorizationURL, signal);
    if (status === 'valid') return { state: 'valid' as const, reason: 'Successfully authorized domain' };
    return status === 'invalid' && { state: 'invalid' as const, reason: 'Error accepting authorization' };
  });
}
