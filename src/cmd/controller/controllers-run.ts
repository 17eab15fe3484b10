// Starts the controllers of this process on one store, wakes them by its changes, and ends them in order.
import type { KubeObject } from '../../api/meta.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { AcmeBackendOptions } from '../../issuers/acme/backend.ts';
import { issuerBackends } from '../../issuers/index.ts';
import type { Client } from '../../kube/client.ts';
import { type RunningController, startController } from '../../kube/controller.ts';
import type { Recorder } from '../../kube/events.ts';
import { createExecutor, type Execute } from '../../kube/execute.ts';
import type { Logger } from '../log/logger.ts';
import { challengeMetric } from '../metrics/acme-metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { certificateMetrics, clusterIssuerMetrics, issuerMetrics } from '../metrics/object-metrics.ts';
import { openAcme } from './acme-access.ts';
import { type Collections, createCollections, type WatchDeps, watchCollections } from './collections.ts';
import { type Plan, plansOf } from './controller-plans.ts';
import { pemLimitsOf } from './controller-settings.ts';
import { sharedServiceOf } from './http01-settings.ts';
import type { Outside } from './outside.ts';
import { replacedBy } from './replaced.ts';
import type { ControllerSettings } from './settings.ts';

export interface ControllerDeps {
  readonly settings: ControllerSettings;
  /** For writes: stops when leadership is lost. */
  readonly client: Client;
  /** For watches and reads. */
  readonly reader: Client;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly outside: Outside;
  /** The machine's by default. */
  readonly clock?: Clock;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

export interface ControllerRun {
  /** Resolves once the store is complete and the controllers work. */
  readonly started: Promise<void>;
  /** Resolves with an error that ends all work; otherwise never. */
  readonly failed: Promise<Error>;
  /** Takes no new work; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export function startControllers(deps: ControllerDeps): ControllerRun {
  const { settings, log, signal } = deps;
  const { config } = settings;
  const limits = pemLimitsOf(config);
  const now = () => (deps.clock ?? systemClock).now();
  const acme = openAcme(settings, deps.outside, deps.metrics.acme, now, signal);
  const backends = issuerBackends({ limits, acme: { ...acme, ...acmeViews(settings, () => collections) } });
  const collections: Collections = createCollections({
    backends,
    providers: acme.providers,
    sharedSolver: sharedServiceOf(config.acmeHTTP01Config),
    clusterResourceNamespace: config.clusterResourceNamespace,
    limits,
    log: log.named('store'),
  });
  const running: RunningController[] = [];
  let stopped = false;
  addMetrics(collections, deps, running);
  const begin = async (): Promise<void> => {
    await watchCollections(collections, {
      client: deps.reader,
      log: log.named('watch'),
      signal,
      namespace: config.namespace,
      works: worksOf(settings),
    });
    if (stopped || signal.aborted) return;
    const execute = createExecutor({
      client: deps.client,
      collections: Object.values(collections),
      recorder: deps.recorder,
    });
    const world = { collections, backends, acme, acmeMetrics: deps.metrics.acme, ...deps, now };
    for (const plan of plansOf(world)) running.push(startPlan(plan, execute, deps));
    const { certificates, requests, secrets } = collections;
    log.info(
      { certificates: certificates.size, requests: requests.size, secrets: secrets.size },
      'the controllers are running',
    );
  };
  const started = begin();
  const failed = new Promise<Error>((resolve) => {
    started.catch((error: unknown) => {
      if (!stopped && !signal.aborted) resolve(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return {
    started,
    failed,
    stop: async () => {
      stopped = true;
      await Promise.all(running.map((controller) => controller.stop()));
    },
  };
}

/** What the ACME backend may look at in the store. */
function acmeViews(
  { gates }: ControllerSettings,
  collections: () => Collections,
): Pick<AcmeBackendOptions, 'ordersOf' | 'orderAt' | 'replaces'> {
  return {
    ordersOf: (uid) => collections().orders.by('owner', uid),
    orderAt: (namespace, name) => collections().orders.get({ namespace, name }),
    replaces: (request) => (gates.ACMEUseARI ? replacedBy(request, collections()) : undefined),
  };
}

function worksOf({ controllers: { enabled }, config, gates }: ControllerSettings): WatchDeps['works'] {
  return {
    orders: enabled.has('orders') || enabled.has('certificaterequests-issuer-acme'),
    challenges: enabled.has('challenges'),
    gatewayApi: config.gatewayAPI.enabled && gates.ExperimentalGatewayAPISupport,
  };
}

/** The store is complete at this point: every object is looked at once, then at every change that concerns it. */
function startPlan(
  plan: Plan,
  execute: Execute,
  { metrics, log, signal, settings, clock = systemClock }: ControllerDeps,
): RunningController {
  const running = startController(plan.controller, {
    execute: plan.guard?.(execute) ?? execute,
    clock,
    log: log.named(plan.controller.name),
    hooks: metrics.hooks(() => plan.names),
    // Upstream has that many workers for each of the controllers that this one stands for.
    concurrency: Math.max(plan.concurrency ?? 0, settings.config.numberOfConcurrentWorkers * plan.names.length),
    backoff: plan.backoff,
    kind: plan.kind,
    signal,
  });
  plan.onWake?.((key) => running.enqueue(key));
  for (const { collection, keys, own } of plan.sources) {
    const enqueue = (object: KubeObject | undefined, previous: KubeObject | undefined): void => {
      try {
        for (const key of keys(object, previous)) running.enqueue(key);
      } catch (error) {
        // An object that does not fit its schema must not end the watch that brought it.
        log.error({ object: object ?? previous, error }, 'cannot tell whom a change concerns');
      }
    };
    collection.onChange(enqueue);
    if (own) for (const object of collection.all()) enqueue(object, undefined);
  }
  return running;
}

function addMetrics(
  collections: Collections,
  { settings, metrics }: ControllerDeps,
  running: readonly RunningController[],
): void {
  const { enabled } = settings.controllers;
  if (enabled.has('certificates-metrics')) {
    metrics.add(certificateMetrics(() => collections.certificates.all()));
    collections.certificates.onChange((now, before) => metrics.onCertificate(now, before, new Date()));
  }
  if (enabled.has('challenges')) metrics.add([challengeMetric(() => collections.challenges.all())]);
  if (enabled.has('issuers')) metrics.add([issuerMetrics(() => collections.issuers.all())]);
  if (enabled.has('clusterissuers')) metrics.add([clusterIssuerMetrics(() => collections.clusterIssuers.all())]);
  metrics.watchQueues(() => running);
}
