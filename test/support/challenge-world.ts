// The Challenge controller on a real API server, looked at by hand: an approved request and its placed Order for real, the ACME server, DNS and the
// provider as values that a test may change. No watches: what the server holds is read before each look.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AcmeClient } from '../../src/acme/client.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge } from '../../src/api/challenge.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { certificateRequests, challenges, issuers, orders } from '../../src/api/kinds.ts';
import type { Key, KubeObject, ResourceType } from '../../src/api/meta.ts';
import type { Order, OrderAuthorization } from '../../src/api/order.ts';
import type { Solver } from '../../src/api/solver.ts';
import { silentLog } from '../../src/base/log.ts';
import { type ChallengeController, createChallengeController } from '../../src/controllers/challenge/controller.ts';
import { challengeIndexes, solverObjectIndexes } from '../../src/controllers/challenge/observe.ts';
import type { DnsResolver, TxtCheck } from '../../src/dns/resolver.ts';
import { createBackendIo } from '../../src/issuers/io.ts';
import { type Client, createClient } from '../../src/kube/client.ts';
import { keyOf } from '../../src/kube/collection.ts';
import { reconcileOnce } from '../../src/kube/controller.ts';
import { openAccess } from '../../src/kube/credentials.ts';
import type { Recorder } from '../../src/kube/events.ts';
import { createExecutor, type Execute } from '../../src/kube/execute.ts';
import type { Action } from '../../src/kube/reconcile.ts';
import { httpRoutes, ingresses, pods, secrets, services } from '../../src/kube/resources.ts';
import { createCollection, type StoredCollection } from '../../src/kube/store.ts';
import type { HttpAccess, HttpAnswer } from '../../src/net/http.ts';
import type { AnyDns01Provider } from '../../src/solvers/dns01.ts';
import type { Http01Settings } from '../../src/solvers/http01/settings.ts';
import type { ControlPlane } from './control-plane.ts';
import { type CreatedChallenges, createChallenges } from './created-challenges.ts';
import { plainSettings } from './http01-builders.ts';
import { anAcmeAuthorization, thumbprint } from './order-builders.ts';

export const challengeUser = 'challenge-controller';
const dnsName = 'a.example.com';
const signal = new AbortController().signal;

/** What lies outside the cluster; a test changes it as it likes. */
export interface Outside {
  /** The TXT records by name; what add and remove do. */
  readonly records: Map<string, Set<string>>;
  /** Thrown by the provider. */
  providerError: Error | undefined;
  /** Whether looks find the answer. */
  visible: boolean;
  readonly checks: TxtCheck['answers'];
  /** What the ACME server says of its authorization, from the time that it was told. */
  validation: 'valid' | 'invalid' | 'pending' | 'processing';
  told: boolean;
  /** Requests to the ACME server. */
  readonly asked: string[];
  page: HttpAnswer;
}

export interface ChallengeWorld {
  readonly namespace: string;
  /** The first one. */
  readonly challenge: Challenge;
  readonly key: Key;
  readonly outside: Outside;
  /** Events in the form `Normal Presented`, and the writes that were carried out, in the form `status Challenge`. */
  readonly events: string[];
  readonly writes: string[];
  readonly controller: ChallengeController;
  /** Looks at all of them until nothing is left to do, moving the clock to each wake; throws after so many rounds. */
  settle(most?: number): Promise<void>;
  /** One look at the first. */
  look(): Promise<void>;
  advance(seconds: number): void;
  /** As a new process: memory is lost. */
  restart(): void;
  /** Stands between the controller and its writes from now on. */
  meddle(change: (execute: Execute) => Execute): void;
  find(): Promise<Challenge | undefined>;
  list<T extends KubeObject>(resource: ResourceType): Promise<T[]>;
}

export interface WorldOptions {
  readonly solver?: Solver;
  readonly http01?: Partial<Http01Settings>;
  readonly gatewayApi?: boolean;
  /** Changes each Challenge before it is made. */
  readonly change?: (challenge: Challenge) => Challenge;
  /** `a.example.com` by default. */
  readonly dnsNames?: readonly string[];
  /** Real ones, instead of what `outside` says. */
  readonly peers?: Peers;
}

export interface Peers {
  readonly client: AcmeClient;
  readonly providers: readonly AnyDns01Provider[];
  readonly resolver: DnsResolver;
  /** What the server asks to be proved, as the Order keeps it. */
  readonly authorizations: readonly OrderAuthorization[];
}

export async function aChallengeWorld(plane: ControlPlane, options: WorldOptions = {}): Promise<ChallengeWorld> {
  const namespace = await plane.createNamespace('challenge');
  const stored = await createChallenges(plane, namespace, options);
  const user = await plane.user(challengeUser);
  await plane.grantControllerRoles(challengeUser);
  const access = await openAccess({ kubeconfig: user.kubeconfig, env: {} });
  const client = createClient({ access, version: 'test', component: 'cert-manager-controller', log: silentLog });
  return new World(plane, client, namespace, stored, options);
}

// biome-ignore lint/suspicious/noExplicitAny: of all kinds
type AnyCollection = StoredCollection<any>;

class World implements ChallengeWorld {
  readonly namespace: string;
  readonly challenge: Challenge;
  readonly key: Key;
  readonly outside: Outside = {
    records: new Map(),
    providerError: undefined,
    visible: true,
    checks: [{ server: '192.0.2.1:53', authoritative: true, found: false, answer: 'NXDOMAIN' }],
    validation: 'valid',
    told: false,
    asked: [],
    page: { status: 503, headers: {}, body: Buffer.from('') },
  };
  readonly events: string[] = [];
  readonly writes: string[] = [];
  controller: ChallengeController;
  readonly #plane: ControlPlane;
  readonly #client: Client;
  readonly #options: WorldOptions;
  readonly #stored: CreatedChallenges;
  #collections: Readonly<Record<string, AnyCollection>>;
  #execute: Execute;
  #aheadMs = 0;

  constructor(
    plane: ControlPlane,
    client: Client,
    namespace: string,
    stored: CreatedChallenges,
    options: WorldOptions,
  ) {
    this.#plane = plane;
    this.#client = client;
    this.#options = options;
    this.#stored = stored;
    this.namespace = namespace;
    [this.challenge] = stored.challenges;
    this.key = keyOf(this.challenge);
    const begun = this.#begin();
    this.#collections = begun.collections;
    this.controller = begun.controller;
    this.#execute = begun.execute;
  }

  restart(): void {
    const begun = this.#begin();
    this.#collections = begun.collections;
    this.controller = begun.controller;
    this.#execute = begun.execute;
  }

  meddle(change: (execute: Execute) => Execute): void {
    this.#execute = change(this.#execute);
  }

  advance(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }

  async settle(most = 60): Promise<void> {
    for (let rounds = 0; ; rounds++) {
      if (rounds > most)
        throw new Error(`still at work after ${most} rounds: ${JSON.stringify((await this.find())?.status)}`);
      const before = this.writes.length;
      const wakes: Date[] = [];
      for (const each of this.#stored.challenges) {
        const wake = await this.#reconcile(keyOf(each));
        if (wake !== 'onChange') wakes.push(wake.at);
      }
      if (this.writes.length > before) continue;
      const next = Math.min(...wakes.map((at) => at.getTime()));
      if (next === Infinity) return;
      this.#aheadMs = Math.max(this.#aheadMs, next - Date.now());
      // A real server takes its time.
      if (this.#options.peers !== undefined) await sleep(200);
    }
  }

  async look(): Promise<void> {
    await this.#reconcile(this.key);
  }

  async find(): Promise<Challenge | undefined> {
    return this.#plane.client.find<Challenge>(challenges, this.key);
  }

  list<T extends KubeObject>(resource: ResourceType): Promise<T[]> {
    return this.#plane.client.list<T>(resource, this.namespace);
  }

  async #reconcile(key: Key) {
    await this.#read();
    const { controller } = this.controller;
    return reconcileOnce(controller, key, { execute: this.#execute, now: () => this.#now(), signal });
  }

  readonly #now = (): Date => new Date(Date.now() + this.#aheadMs);

  /** What watches would bring. */
  async #read(): Promise<void> {
    for (const [name, resource] of [
      ['challenges', challenges],
      ['pods', pods],
      ['services', services],
      ['ingresses', ingresses],
    ] as const) {
      const collection = this.#collections[name] as AnyCollection;
      const found = await this.list(resource);
      const uids = found.map(({ metadata }) => metadata.uid);
      for (const { metadata } of [...collection.all()] as KubeObject[]) {
        const isHere = metadata.namespace === this.namespace;
        if (isHere && !uids.includes(metadata.uid)) collection.gone(keyOf({ metadata } as KubeObject), metadata.uid);
      }
      for (const object of found) collection.put({ ...object, apiVersion: apiVersions[name], kind: resource.kind });
    }
  }

  #begin() {
    const { request, order, issuer } = this.#stored;
    const objects = solverObjectIndexes(this.#options.http01?.shared);
    const collections = {
      challenges: createCollection<Challenge>({
        resource: challenges,
        indexes: challengeIndexes(this.#providers, 'cert-manager'),
        freeze: true,
      }),
      orders: createCollection<Order>({ resource: orders }),
      requests: createCollection<CertificateRequest>({ resource: certificateRequests }),
      issuers: createCollection<Issuer>({ resource: issuers, indexes: { secretReferences: () => [] } }),
      clusterIssuers: createCollection<Issuer>({ resource: issuers, indexes: { secretReferences: () => [] } }),
      pods: createCollection({ resource: pods, indexes: objects, freeze: true }),
      services: createCollection({ resource: services, indexes: objects, freeze: true }),
      ingresses: createCollection({ resource: ingresses, indexes: objects, freeze: true }),
      httpRoutes: createCollection({ resource: httpRoutes, indexes: objects, freeze: true }),
    };
    collections.orders.put(structuredClone(order));
    collections.requests.put(structuredClone(request));
    collections.issuers.put(structuredClone(issuer));
    const controller = createChallengeController({
      ...collections,
      ...this.#surroundings(),
      settings: this.#settings(),
    });
    const { clusterIssuers: _, ...written } = collections;
    const recorder: Recorder = {
      record: ({ type, reason, about }) =>
        this.events.push(`${type} ${reason}${about.kind === 'Challenge' ? '' : ` on ${about.kind}`}`),
      room: async () => undefined,
      flush: async () => undefined,
    };
    const execute = createExecutor({ client: this.#client, collections: Object.values(written), recorder });
    const counted: Execute = async (actions, end) => {
      await execute(actions, end);
      this.writes.push(...actions.flatMap(nameOf));
    };
    return { collections, controller, execute: controller.guard(counted) };
  }

  #settings() {
    return {
      maxConcurrentChallenges: 60,
      clusterResourceNamespace: 'cert-manager',
      issuerAmbient: false,
      clusterIssuerAmbient: true,
      checkPeriodMs: 10_000,
      recursiveNameserversOnly: false,
      selfCheckDeadlineMs: 180_000,
      gatewayApi: this.#options.gatewayApi ?? false,
      http01: { ...plainSettings, ...this.#options.http01 },
    };
  }

  #surroundings() {
    const { outside } = this;
    const http: HttpAccess = { open: () => async () => outside.page, close: () => undefined };
    const now = this.#now;
    return {
      accounts: {
        open: async () =>
          ({ kind: 'open', client: this.#options.peers?.client ?? (this.#acme as AcmeClient) }) as const,
        pausedUntil: () => undefined,
        pause: () => undefined,
      },
      io: createBackendIo({
        now,
        http,
        secretVersion: () => '1',
        fetchSecret: (place, name) => fetchSecret(this.#client, place, name),
      }),
      providers: this.#providers,
      resolver: this.#options.peers?.resolver ?? this.#resolver,
      http,
      reader: this.#client,
      tokens: async () => '',
      secretVersion: () => undefined,
      environment: {},
      endpoints: {},
      readFile: async () => '',
      now,
    };
  }

  get #providers(): readonly AnyDns01Provider[] {
    return this.#options.peers?.providers ?? [this.#provider];
  }

  readonly #provider: AnyDns01Provider = {
    type: 'rfc2136',
    needsZone: () => true,
    config: ({ rfc2136 }) => rfc2136,
    credentials: () => [],
    open: async () => {
      const change = async (fqdn: string, how: (values: Set<string>) => void): Promise<void> => {
        if (this.outside.providerError !== undefined) throw this.outside.providerError;
        const values = this.outside.records.get(fqdn) ?? new Set();
        how(values);
        this.outside.records.set(fqdn, values);
      };
      return {
        add: ({ fqdn, value }) => change(fqdn, (values) => values.add(value)),
        remove: ({ fqdn, value }) => change(fqdn, (values) => values.delete(value)),
      };
    },
  };

  readonly #resolver: DnsResolver = {
    findZone: async () => 'example.com.',
    followCnames: async (name) => name,
    checkTxt: async () => {
      const { visible, checks } = this.outside;
      return { visible, ttlSeconds: 30, answers: visible ? [] : checks, problem: '' };
    },
    addresses: async () => [],
  };

  readonly #acme: Partial<AcmeClient> = {
    thumbprint,
    acceptChallenge: async (url) => {
      this.outside.asked.push('accept');
      this.outside.told = true;
      return { url, type: 'dns-01', status: 'processing' };
    },
    fetchAuthorization: async () => {
      this.outside.asked.push('authorization');
      const { told, validation } = this.outside;
      const { challenges: offered, ...authorization } = anAcmeAuthorization(dnsName);
      const status = told ? validation : 'pending';
      const fault = { type: 'unauthorized', status: 403, detail: 'another value', subproblems: [] };
      return {
        ...authorization,
        status: status === 'processing' ? 'pending' : status,
        challenges: offered.map((each) => ({ ...each, status, ...(status === 'invalid' ? { error: fault } : {}) })),
      };
    },
  };
}

async function fetchSecret(client: Client, namespace: string, name: string) {
  const secret = await client.find<KubeObject & { readonly data?: Record<string, string> }>(secrets, {
    namespace,
    name,
  });
  if (secret === undefined) return undefined;
  const entries = Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return { resourceVersion: secret.metadata.resourceVersion, data: Object.fromEntries(entries) };
}

const apiVersions = {
  challenges: 'acme.cert-manager.io/v1',
  pods: 'v1',
  services: 'v1',
  ingresses: 'networking.k8s.io/v1',
} as const;

function nameOf(action: Action): string[] {
  if (action.kind === 'event') return [];
  const kind = action.kind === 'create' || action.kind === 'apply' ? action.manifest.kind : action.resource.kind;
  return [`${action.kind} ${kind}`];
}
