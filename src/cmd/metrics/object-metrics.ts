// Metrics about Certificates and issuers, with upstream's names and labels, worked out of the store.

import type { Certificate } from '../../api/certificate.ts';
import { type Condition, conditionOf, conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Issuer } from '../../api/issuer.ts';
import { parseTime } from '../../base/rfc3339.ts';
import { labelText, type Sample, type ScrapedMetric } from './scraped-metric.ts';

type Objects<T> = () => Iterable<T>;

const statuses = ['True', 'False', 'Unknown'] as const;

/** One sample for each status a Ready condition can have; without the condition it counts as Unknown. */
function* readySamples(conditions: readonly Condition[] | undefined, labels: string): Generator<Sample> {
  const status = conditionOf(conditions, conditionTypes.Ready)?.status ?? 'Unknown';
  for (const each of statuses) yield { labels: `${labels},condition="${each}"`, value: each === status ? 1 : 0 };
}

/**
 * The objects as they are now, even where the scrape takes long enough for them to change: none may come twice. One that lacks what its
 * schema promises has no samples.
 */
function* samplesOf<T extends { readonly spec: object }>(
  objects: Objects<T>,
  of: (object: T) => Iterable<Sample>,
): Generator<Sample> {
  for (const object of [...objects()]) if (typeof object.spec === 'object') yield* of(object);
}

export function certificateMetrics(certificates: Objects<Certificate>): ScrapedMetric[] {
  const time = (name: string, help: string, of: (certificate: Certificate) => string | undefined): ScrapedMetric => ({
    name,
    help,
    type: 'gauge',
    collect: () =>
      samplesOf(certificates, (each) => [{ labels: certificateLabels(each), value: unixSeconds(of(each)) }]),
  });
  const expires = (certificate: Certificate): string | undefined => certificate.status?.notAfter;
  return [
    {
      name: 'certmanager_certificate_ready_status',
      help: 'Whether a Certificate is Ready: 1 for the status it has, 0 for the others.',
      type: 'gauge',
      collect: () => samplesOf(certificates, (each) => readySamples(each.status?.conditions, certificateLabels(each))),
    },
    time(
      'certmanager_certificate_expiration_timestamp_seconds',
      'When the certificate expires, in Unix seconds; 0 if unknown.',
      expires,
    ),
    time(
      'certmanager_certificate_not_after_timestamp_seconds',
      'Until when the certificate is valid, in Unix seconds; 0 if unknown.',
      expires,
    ),
    time(
      'certmanager_certificate_not_before_timestamp_seconds',
      'From when on the certificate is valid, in Unix seconds; 0 if unknown.',
      (certificate) => certificate.status?.notBefore,
    ),
    time(
      'certmanager_certificate_renewal_timestamp_seconds',
      'When the certificate will be renewed, in Unix seconds; 0 if unknown.',
      (certificate) => certificate.status?.renewalTime,
    ),
    {
      name: 'certwright_certificate_issuance_suspended',
      help: 'Certificates whose re-issuance is held back because it went on without end; absent for all others.',
      type: 'gauge',
      collect: () =>
        samplesOf(certificates, ({ metadata: { namespace = '', name }, status }) =>
          isTrue(status?.conditions, conditionTypes.IssuanceSuspended)
            ? [{ labels: labelText({ namespace, name }), value: 1 }]
            : [],
        ),
    },
  ];
}

/** The reference as it stands in the spec, defaults not applied. */
function certificateLabels({ metadata, spec }: Certificate): string {
  const { name, kind = '', group = '' } = spec.issuerRef ?? { name: '' };
  return labelText({
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    issuer_name: name,
    issuer_kind: kind,
    issuer_group: group,
  });
}

export function issuerMetrics(issuers: Objects<Issuer>): ScrapedMetric {
  return {
    name: 'certmanager_issuer_ready_status',
    help: 'Whether an Issuer is Ready: 1 for the status it has, 0 for the others.',
    type: 'gauge',
    collect: () =>
      samplesOf(issuers, ({ metadata, status }) =>
        readySamples(status?.conditions, labelText({ name: metadata.name, namespace: metadata.namespace ?? '' })),
      ),
  };
}

export function clusterIssuerMetrics(issuers: Objects<Issuer>): ScrapedMetric {
  return {
    name: 'certmanager_clusterissuer_ready_status',
    help: 'Whether a ClusterIssuer is Ready: 1 for the status it has, 0 for the others.',
    type: 'gauge',
    collect: () =>
      samplesOf(issuers, ({ metadata, status }) =>
        readySamples(status?.conditions, labelText({ name: metadata.name })),
      ),
  };
}

function unixSeconds(text: string | undefined): number {
  const time = text === undefined ? undefined : parseTime(text);
  return time === undefined ? 0 : Math.floor(time.getTime() / 1000);
}
