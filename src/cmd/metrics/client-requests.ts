// Requests to the API server as client-go counts them, for the components whose dashboards expect controller-runtime's metrics.
import { Counter } from 'prom-client';
import type { MetricsPage } from './page.ts';

const name = 'rest_client_requests_total';

/** Counts one answer; status 0 is none. Components on one page share the counter. `host` is the API server's. */
export function countRestRequests(page: MetricsPage, host: string): (method: string, status: number) => void {
  const known = page.registry.getSingleMetric(name) as Counter<'code' | 'host' | 'method'> | undefined;
  const counter =
    known ??
    new Counter({
      name,
      help: 'Requests to the Kubernetes API server, by HTTP status, method and host.',
      labelNames: ['code', 'host', 'method'],
      registers: [page.registry],
    });
  return (method, status) => counter.inc({ code: status === 0 ? '<error>' : String(status), host, method });
}
