// What each controller of this process is made of, which upstream controllers it stands for, and which change of what wakes it.
import type { Key, KubeObject } from '../../api/meta.ts';
import { certificateWakings, createCertificateController } from '../../controllers/certificate/controller.ts';
import { createIssuerController } from '../../controllers/issuer/controller.ts';
import { createRequestController } from '../../controllers/request/controller.ts';
import type { AnyBackend } from '../../issuers/backend.ts';
import { type BackendIoFactory, createBackendIo } from '../../issuers/io.ts';
import type { Client } from '../../kube/client.ts';
import { certificateBackoff, defaultBackoff } from '../../kube/controller.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Backoff } from '../../kube/queue.ts';
import type { Controller } from '../../kube/reconcile.ts';
import { secrets } from '../../kube/resources.ts';
import type { StoredCollection } from '../../kube/store.ts';
import type { Collections } from './collections.ts';
import { certificateSettingsOf, pemLimitsOf, requestSettingsOf, stageNames } from './controller-settings.ts';
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
  readonly guard?: (execute: Execute) => Execute;
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
  readonly now: () => Date;
}

/** Only controllers of which at least one upstream name is on. */
export function plansOf(world: World): Plan[] {
  const io = backendIo(world);
  return [...issuerPlans(world, io), ...requestPlan(world, io), ...certificatePlan(world)];
}

function certificatePlan({ collections, settings, reader, now }: World): Plan[] {
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
      askServer: async () => ({ kind: 'none' }),
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

function issuerPlans({ collections, backends, settings }: World, io: BackendIoFactory): Plan[] {
  const { clusterResourceNamespace } = settings.config;
  const of = (kind: 'Issuer' | 'ClusterIssuer', name: 'issuers' | 'clusterissuers'): Plan[] => {
    if (!settings.controllers.enabled.has(name)) return [];
    const issuers = kind === 'Issuer' ? collections.issuers : collections.clusterIssuers;
    const { controller, watches } = createIssuerController({
      scope: kind,
      issuers,
      io,
      backends,
      clusterResourceNamespace,
    });
    const sources = [source(issuers, watches.issuers, true), source(collections.secrets, watches.secrets)];
    return [{ controller: anyController(controller), names: [name], kind, sources, backoff: defaultBackoff }];
  };
  return [...of('Issuer', 'issuers'), ...of('ClusterIssuer', 'clusterissuers')];
}

interface RawSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function backendIo({ collections, reader, now }: World): BackendIoFactory {
  return createBackendIo({
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
