// The metrics of the controller: what is counted as it happens, and where the object metrics are added.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Certificate } from '../../api/certificate.ts';
import { conditionOf, conditionTypes, isTrue } from '../../api/conditions.ts';
import { parseTime } from '../../base/rfc3339.ts';
import type { RuntimeHooks } from '../../kube/hooks.ts';
import { type AcmeMetrics, createAcmeMetrics } from './acme-metrics.ts';
import { createMetricsPage, type MetricsPage } from './page.ts';
import { labelText, type ScrapedMetric } from './scraped-metric.ts';

export interface QueueSize {
  readonly name: string;
  readonly queued: number;
}

export interface Metrics {
  /** All of them in Prometheus' text format, in pieces. */
  text(): AsyncIterable<string>;
  /** To be handed to the runtime. `labels` gives the upstream controller names that one of our controllers stands for. */
  hooks(labels: (controller: string) => readonly string[]): Required<RuntimeHooks>;
  /** One answer of the API server. */
  onRequest(method: string, status: number): void;
  /** A Certificate as it is now and was before: an issuance that ended well is timed. */
  onCertificate(now: Certificate | undefined, before: Certificate | undefined, at: Date): void;
  readonly acme: AcmeMetrics;
  add(metrics: readonly ScrapedMetric[]): void;
  watchQueues(queues: () => readonly QueueSize[]): void;
}

export function createMetrics(clock: () => Date, page: MetricsPage = createMetricsPage()): Metrics {
  page.add(clockMetrics(clock));
  const counters = createCounters(page.registry);
  return {
    text: () => page.text(),
    hooks: (labels) => ({
      onSync: (controller) => {
        for (const name of labels(controller)) counters.syncs.inc({ controller: name });
      },
      onError: (controller) => {
        for (const name of labels(controller)) counters.errors.inc({ controller: name });
      },
      onConflict: () => counters.conflicts.inc(),
      onDuration: (controller, seconds) => counters.reconciles.observe({ controller }, seconds),
    }),
    onRequest: (method, status) => counters.requests.inc({ method, status: String(status) }),
    onCertificate: (now, before, at) => {
      const seconds = issuanceSeconds(now, before, at);
      if (seconds !== undefined) counters.issuances.observe(seconds);
    },
    acme: createAcmeMetrics(page.registry),
    add: (metrics) => page.add(metrics),
    watchQueues: (queues) => page.add([queueMetric(queues)]),
  };
}

function createCounters(registry: Registry) {
  const registers = [registry];
  return {
    syncs: new Counter({
      name: 'certmanager_controller_sync_call_count',
      help: 'How often a controller has looked at an object.',
      labelNames: ['controller'],
      registers,
    }),
    errors: new Counter({
      name: 'certmanager_controller_sync_error_count',
      help: 'How often that failed and is tried again.',
      labelNames: ['controller'],
      registers,
    }),
    conflicts: new Counter({
      name: 'certwright_api_conflicts_total',
      help: 'Writes that the API server refused because the object had changed meanwhile.',
      registers,
    }),
    requests: new Counter({
      name: 'certwright_api_requests_total',
      help: 'Requests to the Kubernetes API server, by method and HTTP status; status 0 means that no answer came.',
      labelNames: ['method', 'status'],
      registers,
    }),
    reconciles: new Histogram({
      name: 'certwright_reconcile_duration_seconds',
      help: 'How long a controller took for one object.',
      labelNames: ['controller'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
      registers,
    }),
    issuances: new Histogram({
      name: 'certwright_certificate_issuance_duration_seconds',
      help: 'Time from the decision to issue until the Secret was written, of issuances that succeeded. Begins at a whole second.',
      buckets: [1, 2, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    }),
  };
}

function clockMetrics(clock: () => Date): ScrapedMetric[] {
  const collect = () => [{ labels: '', value: Math.floor(clock().getTime() / 1000) }];
  return [
    {
      name: 'certmanager_clock_time_seconds',
      help: 'The time of the process, in Unix seconds (deprecated: use the gauge).',
      type: 'counter',
      collect,
    },
    {
      name: 'certmanager_clock_time_seconds_gauge',
      help: 'The time of the process, in Unix seconds.',
      type: 'gauge',
      collect,
    },
  ];
}

function queueMetric(queues: () => readonly QueueSize[]): ScrapedMetric {
  return {
    name: 'certwright_queue_depth',
    help: 'Objects that wait for a controller.',
    type: 'gauge',
    collect: () => queues().map(({ name, queued }) => ({ labels: labelText({ controller: name }), value: queued })),
  };
}

/** Seconds since Issuing became true, where this change ended an issuance with a new revision. */
export function issuanceSeconds(
  now: Certificate | undefined,
  before: Certificate | undefined,
  at: Date,
): number | undefined {
  if (now === undefined || before === undefined || now.metadata.uid !== before.metadata.uid) return undefined;
  const began = conditionOf(before.status?.conditions, conditionTypes.Issuing);
  if (began?.status !== 'True' || isTrue(now.status?.conditions, conditionTypes.Issuing)) return undefined;
  if ((now.status?.revision ?? 0) <= (before.status?.revision ?? 0)) return undefined;
  const time = began.lastTransitionTime === undefined ? undefined : parseTime(began.lastTransitionTime);
  return time === undefined ? undefined : Math.max(0, (at.getTime() - time.getTime()) / 1000);
}
