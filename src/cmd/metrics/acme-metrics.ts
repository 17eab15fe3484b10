// Metrics about ACME: requests as they are made, with upstream's names, and Challenges worked out of the store.
import { Counter, type Registry, Summary } from 'prom-client';
import type { OnAcmeRequest } from '../../acme/client.ts';
import type { Challenge } from '../../api/challenge.ts';
import { labelText, type ScrapedMetric } from './scraped-metric.ts';

const requestLabels = ['scheme', 'host', 'action', 'method', 'status'] as const;

export interface AcmeMetrics {
  readonly onRequest: OnAcmeRequest;
  /** A clean-up was given up: something is left at a DNS provider or in the cluster. */
  onAbandoned(): void;
}

export function createAcmeMetrics(registry: Registry): AcmeMetrics {
  const registers = [registry];
  const count = new Counter({
    name: 'certmanager_http_acme_client_request_count',
    help: 'Requests to ACME servers; status 999 means that no answer came.',
    labelNames: requestLabels,
    registers,
  });
  const duration = new Summary({
    name: 'certmanager_http_acme_client_request_duration_seconds',
    help: 'How long ACME servers took to answer.',
    labelNames: requestLabels,
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers,
  });
  const abandoned = new Counter({
    name: 'certwright_challenge_cleanups_abandoned_total',
    help: 'Challenges that could not be cleaned up in time; their events name what is left.',
    registers,
  });
  return {
    onRequest: ({ scheme, host, action, method, status, seconds }) => {
      const labels = { scheme, host, action, method, status: String(status) };
      count.inc(labels);
      duration.observe(labels, seconds);
    },
    onAbandoned: () => abandoned.inc(),
  };
}

const states = ['ready', 'valid', 'errored', 'expired', 'invalid', 'processing', '', 'pending'] as const;

/** One sample for each state that a Challenge can have, as upstream. */
export function challengeMetric(challenges: () => Iterable<Challenge>): ScrapedMetric {
  return {
    name: 'certmanager_certificate_challenge_status',
    help: 'The state of a Challenge: 1 for the one it has, 0 for the others.',
    type: 'gauge',
    collect: function* () {
      for (const { metadata, spec, status } of [...challenges()]) {
        if (typeof spec !== 'object') continue;
        for (const state of states) {
          const labels = labelText({
            status: state,
            domain: spec.dnsName ?? '',
            reason: status?.reason ?? '',
            processing: String(status?.processing ?? false),
            name: metadata.name,
            namespace: metadata.namespace ?? '',
            type: spec.type ?? '',
          });
          yield { labels, value: state === (status?.state ?? '') ? 1 : 0 };
        }
      }
    },
  };
}
