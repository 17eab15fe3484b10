// How the webhook is asked, under the names that controller-runtime's webhooks have.
import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsPage } from './page.ts';

export interface WebhookMetrics {
  /** One answer on /mutate or /validate, with its HTTP status. */
  onRequest(path: string, status: number, ms: number): void;
  /** Counts a review as being in flight until it is answered. */
  inFlight<T>(path: string, answer: Promise<T>): Promise<T>;
}

const paths = ['/mutate', '/validate'];

export function createWebhookMetrics(page: MetricsPage): WebhookMetrics {
  const registers = [page.registry];
  const requests = new Counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Admission requests by HTTP status.',
    labelNames: ['webhook', 'code'],
    registers,
  });
  const latency = new Histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'How long admission requests took.',
    labelNames: ['webhook'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Admission requests that are being answered.',
    labelNames: ['webhook'],
    registers,
  });
  for (const webhook of paths) {
    for (const code of ['200', '500']) requests.inc({ webhook, code }, 0);
    latency.zero({ webhook });
    inFlight.set({ webhook }, 0);
  }
  return {
    onRequest: (webhook, status, ms) => {
      if (!paths.includes(webhook)) return;
      requests.inc({ webhook, code: String(status) });
      latency.observe({ webhook }, ms / 1000);
    },
    inFlight: (webhook, answer) => {
      inFlight.inc({ webhook });
      return answer.finally(() => inFlight.dec({ webhook }));
    },
  };
}
