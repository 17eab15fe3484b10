import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { createMetrics, issuanceSeconds, type Metrics } from '../../../../src/cmd/metrics/metrics.ts';
import { certificateMetrics, clusterIssuerMetrics, issuerMetrics } from '../../../../src/cmd/metrics/object-metrics.ts';
import { matchesGolden } from '../../../support/golden.ts';

const metadata = {
  name: 'web',
  namespace: 'shop',
  uid: 'u1',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const certificate: Certificate = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata,
  spec: { secretName: 'web-tls', issuerRef: { name: 'ca' } },
};
const issued: Certificate = {
  ...certificate,
  metadata: { ...metadata, name: 'api' },
  spec: { secretName: 'api-tls', issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } },
  status: {
    revision: 1,
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2026-04-01T00:00:00Z',
    renewalTime: '2026-03-01T00:00:00Z',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'IssuanceSuspended', status: 'True' },
    ],
  },
};
const issuer = (kind: Issuer['kind'], status?: Issuer['status']): Issuer => ({
  apiVersion: 'cert-manager.io/v1',
  kind,
  metadata:
    kind === 'Issuer' ? { ...metadata, name: 'ca' } : { ...metadata, name: 'ca', namespace: undefined as never },
  spec: {},
  ...(status === undefined ? {} : { status }),
});

function everything(): Metrics {
  const metrics = createMetrics(() => new Date('2026-01-02T03:04:05.678Z'));
  metrics.add(certificateMetrics(() => [certificate, issued]));
  metrics.add([issuerMetrics(() => [issuer('Issuer', { conditions: [{ type: 'Ready', status: 'False' }] })])]);
  metrics.add([clusterIssuerMetrics(() => [issuer('ClusterIssuer')])]);
  metrics.watchQueues(() => [{ name: 'certificates', queued: 3 }]);
  return metrics;
}

test('metrics: names, types and labels', async () => {
  const metrics = everything();
  const hooks = metrics.hooks(() => ['issuers']);
  hooks.onSync('issuers');
  hooks.onError('issuers');
  hooks.onConflict('issuers');
  hooks.onDuration('issuers', 0.2);
  metrics.onRequest('GET', 200);
  const all = await metrics.registry.getMetricsAsJSON();
  const lines = all.map(({ name, type, values }) => {
    const labels = [...new Set((values as { labels: object }[]).flatMap((value) => Object.keys(value.labels)))];
    return `${name} ${type} ${labels.sort().join(',')}`.trim();
  });
  // What Node reports of itself differs from machine to machine in its labels.
  const names = lines.map((line) => (/^(process|nodejs)_/.test(line) ? line.split(' ').slice(0, 2).join(' ') : line));
  matchesGolden('controller-metrics.txt', `${names.sort().join('\n')}\n`);
});

const samples: [string, string[]][] = [
  ['certmanager_clock_time_seconds', ['certmanager_clock_time_seconds 1767323045']],
  ['certmanager_clock_time_seconds_gauge', ['certmanager_clock_time_seconds_gauge 1767323045']],
  [
    'certmanager_certificate_ready_status',
    [
      'certmanager_certificate_ready_status{name="web",namespace="shop",issuer_name="ca",issuer_kind="",issuer_group="",condition="True"} 0',
      'certmanager_certificate_ready_status{name="web",namespace="shop",issuer_name="ca",issuer_kind="",issuer_group="",condition="False"} 0',
      'certmanager_certificate_ready_status{name="web",namespace="shop",issuer_name="ca",issuer_kind="",issuer_group="",condition="Unknown"} 1',
      'certmanager_certificate_ready_status{name="api",namespace="shop",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group="cert-manager.io",condition="True"} 1',
      'certmanager_certificate_ready_status{name="api",namespace="shop",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group="cert-manager.io",condition="False"} 0',
      'certmanager_certificate_ready_status{name="api",namespace="shop",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group="cert-manager.io",condition="Unknown"} 0',
    ],
  ],
  [
    'certmanager_certificate_expiration_timestamp_seconds',
    [
      'certmanager_certificate_expiration_timestamp_seconds{name="web",namespace="shop",issuer_name="ca",issuer_kind="",issuer_group=""} 0',
      'certmanager_certificate_expiration_timestamp_seconds{name="api",namespace="shop",issuer_name="ca",issuer_kind="ClusterIssuer",issuer_group="cert-manager.io"} 1775001600',
    ],
  ],
  [
    'certwright_certificate_issuance_suspended',
    ['certwright_certificate_issuance_suspended{namespace="shop",name="api"} 1'],
  ],
  [
    'certmanager_issuer_ready_status',
    [
      'certmanager_issuer_ready_status{name="ca",namespace="shop",condition="True"} 0',
      'certmanager_issuer_ready_status{name="ca",namespace="shop",condition="False"} 1',
      'certmanager_issuer_ready_status{name="ca",namespace="shop",condition="Unknown"} 0',
    ],
  ],
  [
    'certmanager_clusterissuer_ready_status',
    [
      'certmanager_clusterissuer_ready_status{name="ca",condition="True"} 0',
      'certmanager_clusterissuer_ready_status{name="ca",condition="False"} 0',
      'certmanager_clusterissuer_ready_status{name="ca",condition="Unknown"} 1',
    ],
  ],
  ['certwright_queue_depth', ['certwright_queue_depth{controller="certificates"} 3']],
];
for (const [name, expected] of samples) {
  test(`metrics: ${name}`, async () => {
    const text = await everything().registry.getSingleMetricAsString(name);
    assert.deepEqual(
      text.split('\n').filter((line) => !line.startsWith('#')),
      expected,
    );
  });
}

test('metrics: one of our controllers counts for every upstream controller that it stands for', async () => {
  const metrics = createMetrics(() => new Date());
  metrics.hooks(() => ['certificates-trigger', 'certificates-issuing']).onSync('certificates');
  const text = await metrics.registry.getSingleMetricAsString('certmanager_controller_sync_call_count');
  assert.deepEqual(text.split('\n').slice(2), [
    'certmanager_controller_sync_call_count{controller="certificates-trigger"} 1',
    'certmanager_controller_sync_call_count{controller="certificates-issuing"} 1',
  ]);
});

const issuing = (status: Certificate['status']): Certificate => ({
  ...certificate,
  ...(status === undefined ? {} : { status }),
});
const began = { type: 'Issuing', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;
const durations: [string, Certificate | undefined, Certificate | undefined, number | undefined][] = [
  ['first issuance', issuing({ revision: 1 }), issuing({ conditions: [began] }), 7],
  [
    'renewal',
    issuing({ revision: 5, conditions: [{ ...began, status: 'False' }] }),
    issuing({ revision: 4, conditions: [began] }),
    7,
  ],
  [
    'failed',
    issuing({ revision: 4, conditions: [{ ...began, status: 'False' }] }),
    issuing({ revision: 4, conditions: [began] }),
    undefined,
  ],
  ['still going on', issuing({ conditions: [began] }), issuing({ conditions: [began] }), undefined],
  ['new', issuing({ revision: 1 }), undefined, undefined],
  ['gone', undefined, issuing({ conditions: [began] }), undefined],
];
for (const [name, now, before, expected] of durations) {
  test(`issuanceSeconds: ${name}`, () =>
    assert.equal(issuanceSeconds(now, before, new Date('2026-01-01T00:00:07Z')), expected));
}
