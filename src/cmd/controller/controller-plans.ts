// What each controller of this process is made of, which upstream controllers it stands for, and which change of what wakes it.
import type { Key, KubeObject } from '../../api/meta.ts';
import type { Log } from '../../base/log.ts';
import { certificateWakings, createCertificateController } from '../../controllers/certificate/controller.ts';
import { createChallengeController } from '../../controllers/challenge/controller.ts';
import { createIssuerController } from '../../controllers/issuer/controller.ts';
import { createOrderController } from '../../controllers/order/controller.ts';
import { createRequestController } from '../../controllers/request/controller.ts';
import { createRenewalInformation } from '../../issuers/acme/renewal-info.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import { type BackendIoFactory, createBackendIo } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import type { Client } from '../../kube/client.ts';
import { keyOf } from '../../kube/collection.ts';
import { acmeBackoff, certificateBackoff, defaultBackoff } from '../../kube/controller.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Backoff } from '../../kube/queue.ts';
import type { Controller } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import type { StoredCollection } from '../../kube/store.ts';
import type { AcmeMetrics } from '../metrics/acme-metrics.ts';
import { type AcmeAccess, tokenRequests } from './acme-access.ts';
import type { Collections } from './collections.ts';
import {
  certificateSettingsOf,
  challengeSettingsOf,
  pemLimitsOf,
  requestSettingsOf,
  stageNames,
} from './controller-settings.ts';
import type { Outside } from './outside.ts';
import type { ControllerSettings } from './settings.ts';

/** One controller, before it runs. */
export interface Plan {
  readonly controller: Controller<never, never, never>;
  /** The upstream controllers that it stands for. */
  readonly names: readonly string[];
  /** What its keys name. */
  readonly kind: string;
  readonly sources: readonly Source[];
  readonly backoff: Backoff;
  /** Keys worked on at a time, where that is more than the workers: those that wait for the world outside cost nothing meanwhile. */
  readonly concurrency?: number;
  readonly guard?: (execute: Execute) => Execute;
  /** Keys that must be looked at although nothing in the store has changed. */
  readonly onWake?: (listen: (key: Key) => void) => void;
}

/** A collection, and the keys that a change in it concerns. */
export interface Source {
  readonly collection: StoredCollection<KubeObject>;
  keys(object: KubeObject | undefined, previous: KubeObject | undefined): readonly Key[];
  /** The objects of this collection are what the controller works on: each is looked at once at the start. */
  readonly own: boolean;
}

export interface World {
  readonly collections: Collections;
  readonly backends: readonly AnyBackend[];
  readonly reader: Client;
  readonly settings: ControllerSettings;
  readonly acme: AcmeAccess;
  readonly outside: Outside;
  readonly acmeMetrics: AcmeMetrics;
  readonly log: Log;
  readonly now: () => Date;
}

/** Each waits for one answer of an ACME server. */
const ordersAtOnce = 20;

/** Only controllers of which at least one upstream name is on. */
export function plansOf(world: World): Plan[] {
  const io = backendIo(world);
  return [
    ...issuerPlans(world, io),
    ...requestPlan(world, io),
    ...orderPlan(world, io),
    ...challengePlan(world, io),
    ...certificatePlan(world, io),
  ];
}

function certificatePlan({ collections, settings, reader, acme, now }: World, io: BackendIoFactory): Plan[] {
  const names = stageNames.filter((name) => settings.controllers.enabled.has(name));
  if (names.length === 0) return [];
  const seen = {
    ...collections,
    clusterIssuers: settings.config.namespace === '' ? collections.clusterIssuers : undefined,
  };
  const controller = createCertificateController({
    collections: seen,
    io: {
      fetchSecret: (namespace, name, signal) =>
        reader.find(secrets, { ...(namespace === undefined ? {} : { namespace }), name }, { signal }),
      askServer: createRenewalInformation({
        accounts: acme.accounts,
        open: (issuer, signal) => {
          const resourceNamespace = resourceNamespaceOf(issuer, settings.config.clusterResourceNamespace);
          return io.open({ resourceNamespace, signal });
        },
        now,
      }),
      random: Math.random,
      now,
      pemLimits: pemLimitsOf(settings.config),
    },
    settings: certificateSettingsOf(settings),
  });
  const sources = certificateWakings(seen).map(({ collection, keys }) => ({
    collection,
    keys,
    own: (collection as unknown) === collections.certificates,
  })) as unknown as Source[];
  const { guard } = controller;
  return [
    { controller: anyController(controller), names, kind: 'Certificate', sources, guard, backoff: certificateBackoff },
  ];
}

function requestPlan({ collections, backends, settings, now }: World, io: BackendIoFactory): Plan[] {
  const requestSettings = requestSettingsOf(settings, backends);
  const names = [
    ...(requestSettings.approver ? ['certificaterequests-approver'] : []),
    ...backends.filter(({ type }) => requestSettings.enabledBackends.has(type)).map((each) => each.requestController),
  ];
  if (names.length === 0) return [];
  const { controller, watches, guard } = createRequestController({
    ...collections,
    io,
    backends,
    settings: requestSettings,
    now,
  });
  const sources = [
    source(collections.requests, watches.certificateRequests, true),
    source(collections.issuers, watches.issuers),
    source(collections.clusterIssuers, watches.clusterIssuers),
    source(collections.secrets, watches.secrets),
    source(collections.orders, watches.orders),
  ];
  return [
    {
      controller: anyController(controller),
      names,
      kind: 'CertificateRequest',
      sources,
      backoff: defaultBackoff,
      guard,
    },
  ];
}

function orderPlan({ collections, acme, settings, now }: World, io: BackendIoFactory): Plan[] {
  if (!settings.controllers.enabled.has('orders')) return [];
  const { clusterResourceNamespace } = settings.config;
  const limits = pemLimitsOf(settings.config);
  const { accounts } = acme;
  const parts = { ...collections, accounts, io, settings: { clusterResourceNamespace, limits }, now };
  const { controller, watches, guard } = createOrderController(parts);
  const sources = [
    source(collections.orders, watches.orders, true),
    source(collections.challenges, watches.challenges),
    source(collections.requests, watches.requests),
    source(collections.issuers, watches.issuers),
    source(collections.clusterIssuers, watches.clusterIssuers),
  ];
  return [
    {
      controller: anyController(controller),
      names: ['orders'],
      kind: 'Order',
      sources,
      backoff: acmeBackoff,
      concurrency: ordersAtOnce,
      guard,
    },
  ];
}

function challengePlan(world: World, io: BackendIoFactory): Plan[] {
  const { collections, acme, outside, reader, settings, acmeMetrics, log, now } = world;
  if (!settings.controllers.enabled.has('challenges')) return [];
  const { controller, watches, guard, onWake } = createChallengeController({
    ...collections,
    ...acme,
    io,
    http: outside.http,
    reader,
    tokens: tokenRequests(reader),
    secretVersion: (namespace, name) => collections.secrets.get({ namespace, name })?.metadata.resourceVersion,
    environment: outside.environment,
    endpoints: outside.endpoints,
    readFile: outside.readFile,
    settings: challengeSettingsOf(settings),
    now,
    log,
    onAbandoned: acmeMetrics.onAbandoned,
  });
  const { challenges, pods, services, ingresses, httpRoutes } = collections;
  const sources = [
    source(challenges, watches.challenges, true),
    source(collections.orders, watches.orders),
    source(collections.issuers, watches.issuers),
    source(collections.clusterIssuers, watches.issuers),
    source(collections.secrets, watches.secrets),
    ...[pods, services, ingresses, httpRoutes].map((each) => source(each, watches.solverObjects)),
  ];
  const names = ['challenges'];
  return [
    {
      controller: anyController(controller),
      names,
      kind: 'Challenge',
      sources,
      backoff: acmeBackoff,
      concurrency: settings.config.maxConcurrentChallenges,
      guard,
      onWake,
    },
  ];
}

function issuerPlans({ collections, backends, settings, acme }: World, io: BackendIoFactory): Plan[] {
  const { clusterResourceNamespace } = settings.config;
  const of = (kind: 'Issuer' | 'ClusterIssuer', name: 'issuers' | 'clusterissuers'): Plan[] => {
    if (!settings.controllers.enabled.has(name)) return [];
    const issuers = kind === 'Issuer' ? collections.issuers : collections.clusterIssuers;
    const { controller, watches, guard } = createIssuerController({
      scope: kind,
      issuers,
      io,
      backends,
      clusterResourceNamespace,
    });
    const ofIssuer: typeof watches.issuers = (issuer, previous) => {
      if (issuer === undefined && previous !== undefined) acme.accounts.forget(previous.metadata.uid);
      return watches.issuers(issuer, previous);
    };
    const sources = [source(issuers, ofIssuer, true), source(collections.secrets, watches.secrets)];
    const onWake: Plan['onWake'] = (listen) =>
      acme.accounts.onChange((issuer) => {
        if (issuer.kind === kind) listen(keyOf(issuer));
      });
    const names = [name];
    return [{ controller: anyController(controller), names, kind, sources, backoff: defaultBackoff, guard, onWake }];
  };
  return [...of('Issuer', 'issuers'), ...of('ClusterIssuer', 'clusterissuers')];
}

interface RawSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function backendIo({ collections, reader, outside, now }: World): BackendIoFactory {
  return createBackendIo({
    http: outside.http,
    now,
    secretVersion: (namespace, name) => collections.secrets.get({ namespace, name })?.metadata.resourceVersion,
    fetchSecret: async (namespace, name, signal) => {
      const secret = await reader.find<RawSecret>(secrets, { namespace, name }, { signal });
      if (secret === undefined) return undefined;
      const data = Object.entries(secret.data ?? {}).map(
        ([key, value]) => [key, Buffer.from(value, 'base64')] as const,
      );
      return { resourceVersion: secret.metadata.resourceVersion, data: Object.fromEntries(data) };
    },
  });
}

/** The steps of a controller only ever see what its own `observe` made; what that is does not matter here. */
function anyController<Seen, Call, Outcome>(controller: Controller<Seen, Call, Outcome>): Plan['controller'] {
  return controller as unknown as Plan['controller'];
}

function source<T extends KubeObject>(
  collection: StoredCollection<T>,
  keys: (object: T | undefined, previous: T | undefined) => readonly Key[],
  own = false,
): Source {
  return { collection, keys, own } as unknown as Source;
}
