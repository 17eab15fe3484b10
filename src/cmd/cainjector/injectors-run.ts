// Starts the injectors of this process: one store of targets a kind, the watches that wake them, and their end in order.
import type { Key, KubeObject, ResourceType } from '../../api/meta.ts';
import { type Clock, delay, systemClock } from '../../base/clock.ts';
import { createInjector, type InjectionOutcome, type Injector } from '../../controllers/cainjector/controller.ts';
import { createInjectionIo } from '../../controllers/cainjector/io.ts';
import { asksForCA, bareTarget, sourceNamespaceOf, targetIndexes } from '../../controllers/cainjector/observe.ts';
import type { InjectionRules } from '../../controllers/cainjector/seen.ts';
import type { TargetKind } from '../../controllers/cainjector/targets.ts';
import type { ClusterAccess } from '../../kube/access.ts';
import type { Client } from '../../kube/client.ts';
import { enqueueFrom, type RunningController, startController } from '../../kube/controller.ts';
import type { Recorder } from '../../kube/events.ts';
import { createExecutor, type Execute } from '../../kube/execute.ts';
import type { RuntimeHooks } from '../../kube/hooks.ts';
import { createNotices } from '../../kube/notices.ts';
import { waitForApiServer } from '../../kube/ready.ts';
import { certificates, secrets } from '../../kube/resources.ts';
import { createCollection, type StoredCollection } from '../../kube/store.ts';
import { startWatch } from '../../kube/watch.ts';
import type { Logger } from '../log/logger.ts';
import { SourceWatches } from './source-watches.ts';

export interface InjectionDeps {
  readonly kinds: readonly TargetKind[];
  readonly rules: InjectionRules;
  /** For watches and reads, and for what is written while standing by. */
  readonly reader: Client;
  readonly access: ClusterAccess;
  readonly recorder: Recorder;
  readonly log: Logger;
  readonly hooks?: RuntimeHooks;
  readonly onOutcome?: (controller: string, outcome: InjectionOutcome) => void;
  /** The machine's by default. */
  readonly clock?: Clock;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

export interface InjectionRun {
  /** Resolves once all targets are known and looked at from now on; until `lead` only missing bundles are set. */
  readonly started: Promise<void>;
  /** Resolves with an error that ends all work; otherwise never. */
  readonly failed: Promise<Error>;
  /** For metrics. */
  readonly queues: () => readonly RunningController[];
  /** Leadership is won: from now on everything is seen to, with writes through `client`, which stops when leadership is lost. */
  lead(client: Client): void;
  /** Takes no new work; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** So many targets are looked at at the same time; a CustomResourceDefinition may be a megabyte. */
const concurrency = 4;
const backoff = { minMs: 1_000, maxMs: 300_000 };
/** Upstream waits as long for the CustomResourceDefinition of Certificates, and then ends. */
const crdPatienceMs = 300_000;

/** Connections to the API server, for each of Secrets and Certificates. */
const mostNamespaces = 16;

interface Pair {
  readonly injector: Injector;
  readonly targets: StoredCollection<KubeObject>;
  readonly running: RunningController;
}

export function startInjectors(deps: InjectionDeps): InjectionRun {
  const pairs: Pair[] = [];
  const led = Promise.withResolvers<void>();
  const executing = (client: Client): Execute => createExecutor({ client, collections: [], recorder: deps.recorder });
  const standby = executing(deps.reader);
  let leading: Execute | undefined;
  const execute: Execute = (actions, signal) => (leading ?? standby)(actions, signal);
  const secretWatches = sourceWatches(secrets, deps, pairs);
  const certificateWatches = sourceWatches(certificates, deps, pairs);
  let stopped = false;
  const begin = async (): Promise<void> => {
    const io = createInjectionIo(deps.reader, deps.access);
    secretWatches.start();
    await Promise.all(
      deps.kinds.map(async (kind) => {
        const targets = targetsOf(kind, deps);
        for (const watches of [secretWatches, certificateWatches])
          targets.onChange((target, previous) => watches.changed(target, previous));
        const injector = createInjector({
          ...deps,
          kind,
          targets,
          io,
          log: deps.log.named(kind.controller),
          now: nowOf(deps),
          leads: () => leading !== undefined,
        });
        await startWatch({ ...watching(deps), collection: targets, metadataOnly: true }).synced;
        if (stopped || deps.signal.aborted) return;
        const pair = { injector, targets, running: startOne(injector, targets, injector.guard(execute), deps) };
        pairs.push(pair);
        if (leading !== undefined) announce(pair, deps);
      }),
    );
    if (leading === undefined) deps.log.info({}, 'standing by: only CA bundles that are missing are set');
  };
  const started = begin();
  return {
    started,
    failed: new Promise((resolve) => {
      const fail = (error: unknown): void => {
        if (!stopped && !deps.signal.aborted) resolve(error instanceof Error ? error : new Error(String(error)));
      };
      started.catch(fail);
      if (deps.rules.certificates) certificatesServed(deps, led.promise).then(() => certificateWatches.start(), fail);
    }),
    queues: () => pairs.map(({ running }) => running),
    lead: (client) => {
      leading = executing(client);
      led.resolve();
      for (const pair of pairs) {
        announce(pair, deps);
        lookAtAll(pair);
      }
    },
    stop: async () => {
      stopped = true;
      await Promise.all(pairs.map(({ running }) => running.stop()));
    },
  };
}

function targetsOf(kind: TargetKind, { rules, log }: InjectionDeps): StoredCollection<KubeObject> {
  return createCollection<KubeObject>({
    resource: kind.resource,
    indexes: targetIndexes(rules),
    keep: (raw) => asksForCA(raw, rules),
    transform: bareTarget,
    onFault: (error, key) =>
      log.error({ kind: kind.resource.kind, ...key, err: error }, 'a change could not be taken in'),
  });
}

/** The store is complete at this point: every target is looked at once, then at every change that concerns it. */
function startOne(
  injector: Injector,
  targets: StoredCollection<KubeObject>,
  execute: ReturnType<typeof createExecutor>,
  { log, signal, hooks, clock }: InjectionDeps,
): RunningController {
  const running = startController(injector, {
    execute,
    log: log.named(injector.name),
    concurrency,
    backoff,
    kind: injector.kind.resource.kind,
    signal,
    ...(clock === undefined ? {} : { clock }),
    ...(hooks === undefined ? {} : { hooks }),
  });
  enqueueFrom(targets, running);
  lookAtAll({ targets, running });
  return running;
}

function lookAtAll({ targets, running }: Pick<Pair, 'targets' | 'running'>): void {
  for (const { metadata } of targets.all()) running.enqueue({ name: metadata.name });
}

function announce({ injector, targets }: Pair, { log }: InjectionDeps): void {
  log.info({ kind: injector.kind.resource.kind, targets: targets.size }, 'injecting CAs');
}

/** Until an injector has started, nobody need be told: it begins with looking at everything. */
function wake(pairs: readonly Pair[], concerned: (injector: Injector) => readonly Key[]): void {
  for (const { injector, running } of pairs) for (const key of concerned(injector)) running.enqueue(key);
}

/** Of Secrets and Certificates nothing is kept, and of those in namespaces that no target names nothing is even heard. */
function sourceWatches(resource: ResourceType, deps: InjectionDeps, pairs: readonly Pair[]): SourceWatches {
  const { rules, log, signal } = deps;
  const of = resource === secrets ? 'ofSecret' : 'ofCertificate';
  const collection = createNotices({
    resource,
    tell: (source) => wake(pairs, (injector) => injector[of](source)),
    onFault: (error, key) => log.error({ kind: resource.kind, ...key, err: error }, 'a change could not be taken in'),
  });
  const everywhere = [...rules.ignoredNamespaces].map((each) => `metadata.namespace!=${each}`).join(',');
  return new SourceWatches({
    namespaceOf: (target) => sourceNamespaceOf(target, rules, resource === secrets ? undefined : 'certificate'),
    watch: (namespace, until) => {
      const scope = namespace === undefined ? { fieldSelector: everywhere } : { namespace };
      startWatch({ ...watching(deps), ...scope, collection, metadataOnly: true, signal: until });
    },
    most: mostNamespaces,
    signal,
  });
}

/** Rejects where the API server does not come to know Certificates; whoever stands by waits without end. */
async function certificatesServed(
  { reader: client, log, signal, clock = systemClock }: InjectionDeps,
  led: Promise<void>,
): Promise<void> {
  const end = new AbortController();
  led
    .then(() => delay(clock, crdPatienceMs, AbortSignal.any([signal, end.signal])))
    .then(
      () =>
        end.abort(
          new Error(
            'the API server does not know certificates.cert-manager.io; install the CRDs, or start with --enable-certificates-data-source=false',
          ),
        ),
      () => undefined,
    );
  const ready = AbortSignal.any([signal, end.signal]);
  try {
    await waitForApiServer({ client, resources: [certificates], log, clock, signal: ready });
  } finally {
    end.abort();
  }
}

function watching({ reader: client, log, signal, clock }: InjectionDeps) {
  return { client, log: log.named('watch'), signal, ...(clock === undefined ? {} : { clock }) };
}

const nowOf =
  ({ clock = systemClock }: InjectionDeps) =>
  (): Date =>
    clock.now();
