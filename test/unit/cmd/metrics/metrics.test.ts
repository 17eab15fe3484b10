import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import type { Challenge } from '../../../../src/api/challenge.ts';
import type { Issuer } from '../../../../src/api/issuer.ts';
import { challengeMetric } from '../../../../src/cmd/metrics/acme-metrics.ts';
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

const challenge: Challenge = {
  apiVersion: 'acme.cert-manager.io/v1',
  kind: 'Challenge',
  metadata,
  spec: {
    url: '',
    authorizationURL: '',
    dnsName: 'example.com',
    type: 'DNS-01',
    token: '',
    key: '',
    solver: {},
    issuerRef: { name: 'acme' },
  },
  status: { state: 'pending', reason: 'why', processing: true },
};

function everything(): Metrics {
  const metrics = createMetrics(() => new Date('2026-01-02T03:04:05.678Z'));
  metrics.add(certificateMetrics(() => [certificate, issued]));
  metrics.add([issuerMetrics(() => [issuer('Issuer', { conditions: [{ type: 'Ready', status: 'False' }] })])]);
  metrics.add([clusterIssuerMetrics(() => [issuer('ClusterIssuer')])]);
  metrics.add([challengeMetric(() => [challenge])]);
  metrics.watchQueues(() => [{ name: 'certificates', queued: 3 }]);
  return metrics;
}

async function piecesOf(metrics: Metrics): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of metrics.text()) pieces.push(piece);
  return pieces;
}

async function textOf(metrics: Metrics): Promise<string> {
  return (await piecesOf(metrics)).join('');
}

/** The text format by metric. */
function parsed(text: string): Record<string, { type: string; samples: string[] }> {
  const metrics: Record<string, { type: string; samples: string[] }> = {};
  let current: { type: string; samples: string[] } = { type: '', samples: [] };
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      current = { type, samples: [] };
      metrics[name] = current;
    } else if (line !== '' && !line.startsWith('#')) current.samples.push(line);
  }
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
  const request = {
    scheme: 'https',
    host: 'acme.example',
    action: 'get_order',
    method: 'POST',
    status: 200,
    seconds: 1,
  };
  metrics.acme.onRequest(request);
  const lines = Object.entries(parsed(await textOf(metrics))).map(([name, { type, samples }]) => {
    const labels = samples.flatMap((sample) => [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label));
    return `${name} ${type} ${[...new Set(labels)].sort().join(',')}`.trim();
  });
  // What Node reports of itself differs from machine to machine in its labels.
  const names = lines.map((line) => (/^(process|nodejs)_/.test(line) ? line.split(' ').slice(0, 2).join(' ') : line));
  matchesGolden('controller-metrics.txt', `${names.sort().join('\n')}\n`);
});

const samples: [string, string[]][] = [
  [
    'certmanager_certificate_challenge_status',
    ['ready', 'valid', 'errored', 'expired', 'invalid', 'processing', '', 'pending'].map((state) => {
      const labels = `domain="example.com",reason="why",processing="true",name="web",namespace="shop",type="DNS-01"`;
      return `certmanager_certificate_challenge_status{status="${state}",${labels}} ${state === 'pending' ? 1 : 0}`;
    }),
  ],
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
    assert.deepEqual(parsed(await textOf(everything()))[name]?.samples, expected);
  });
}

test('metrics: one of our controllers counts for every upstream controller that it stands for', async () => {
  const metrics = createMetrics(() => new Date());
  metrics.hooks(() => ['certificates-trigger', 'certificates-issuing']).onSync('certificates');
  assert.deepEqual(parsed(await textOf(metrics))['certmanager_controller_sync_call_count']?.samples, [
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

test('metrics: label values are escaped, many values come in pieces', async () => {
  const many = createMetrics(() => new Date());
  const strange = { ...certificate, spec: { secretName: 'a', issuerRef: { name: 'a"b\\c\nd' } } };
  many.add(certificateMetrics(() => Array<Certificate>(2_000).fill(strange)));
  const pieces = await piecesOf(many);
  assert.ok(pieces.length > 20);
  const samples = parsed(pieces.join(''))['certmanager_certificate_not_after_timestamp_seconds']?.samples;
  assert.deepEqual(
    [samples?.length, samples?.[0]],
    [
      2_000,
      'certmanager_certificate_not_after_timestamp_seconds{name="web",namespace="shop",issuer_name="a\\"b\\\\c\\nd",issuer_kind="",issuer_group=""} 0',
    ],
  );
});
