// A metric whose values are worked out when somebody looks, from what the process knows anyway; it keeps nothing itself.
import type { Metric, Registry } from 'prom-client';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ScrapedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  collect(): readonly Sample[];
}

/** prom-client asks a metric for its values with `get`, and needs nothing else of it. */
export function registerScraped(registry: Registry, metrics: readonly ScrapedMetric[]): void {
  for (const { name, help, type, collect } of metrics) {
    const metric = {
      name,
      help,
      type,
      labelNames: [],
      get: async () => ({ name, help, type, values: collect(), aggregator: 'sum' }),
      reset: () => undefined,
    };
    registry.registerMetric(metric as unknown as Metric);
  }
}
