// The metrics of cainjector: those of controller-runtime that dashboards for cert-manager's cainjector look at, and what became of bundles.
import { Counter, Histogram } from 'prom-client';
import type { InjectionOutcome } from '../../controllers/cainjector/controller.ts';
import type { RuntimeHooks } from '../../kube/hooks.ts';
import type { MetricsPage } from './page.ts';
import { labelText } from './scraped-metric.ts';

export interface CainjectorMetrics {
  readonly hooks: Required<RuntimeHooks>;
  onOutcome(controller: string, outcome: InjectionOutcome): void;
  watchQueues(queues: () => readonly { readonly name: string; readonly queued: number }[]): void;
}

export function createCainjectorMetrics(page: MetricsPage): CainjectorMetrics {
  const { looks, errors, seconds, injections } = counters(page);
  // Told of a failure, the runtime tells of the end of the same look before anything else.
  let failed = false;
  const onFailure = (controller: string): void => {
    failed = true;
    errors.inc({ controller });
    looks.inc({ controller, result: 'error' });
  };
  return {
    hooks: {
      onSync: (controller) => {
        if (!failed) looks.inc({ controller, result: 'success' });
        failed = false;
      },
      onError: onFailure,
      onConflict: onFailure,
      onDuration: (controller, duration) => seconds.observe({ controller }, duration),
    },
    onOutcome: (controller, outcome) => injections.inc({ controller, outcome }),
    watchQueues: (queues) =>
      page.add([
        {
          name: 'workqueue_depth',
          help: 'Targets that wait to be looked at.',
          type: 'gauge',
          collect: () =>
            queues().map(({ name, queued }) => ({ labels: labelText({ name, controller: name }), value: queued })),
        },
      ]),
  };
}

function counters({ registry }: MetricsPage) {
  const registers = [registry];
  const labelNames = ['controller'] as const;
  return {
    looks: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'How often a target was looked at, by how it ended.',
      labelNames: [...labelNames, 'result'] as const,
      registers,
    }),
    errors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'How often that failed and is tried again.',
      labelNames,
      registers,
    }),
    seconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long one look took.',
      labelNames,
      buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
      registers,
    }),
    injections: new Counter({
      name: 'certwright_ca_injections_total',
      help: 'Bundles that differed, by outcome: set, refused by the API server, or contested: left alone because something keeps changing them back.',
      labelNames: [...labelNames, 'outcome'] as const,
      registers,
    }),
  };
}
