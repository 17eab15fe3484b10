// One page of metrics: the process's own figures, and what each component in it adds. Serving it is the business of ../process-servers.ts.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { exposition, type ScrapedMetric } from './scraped-metric.ts';

export interface MetricsPage {
  /** For what is counted as it happens. */
  readonly registry: Registry;
  /** For what is worked out at a scrape. */
  add(metrics: readonly ScrapedMetric[]): void;
  /** All of them in Prometheus' text format, in pieces. */
  text(): AsyncIterable<string>;
}

export function createMetricsPage(): MetricsPage {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const scraped: ScrapedMetric[] = [];
  return {
    registry,
    add: (metrics) => void scraped.push(...metrics),
    text: () => exposition(registry, scraped),
  };
}
