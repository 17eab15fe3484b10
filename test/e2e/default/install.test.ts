// The README's way in: Helm installs the chart with nothing but the CRDs switched on, and the examples become certificates.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, theCluster } from '../../support/e2e/cluster.ts';
import { memoryLines, restMs } from '../../support/e2e/memory.ts';
import { examples, installDefault, pods, untilCertificatesReady } from '../../support/e2e/release.ts';

const certificates = [
  'cert-manager/selfsigned-ca',
  'istio-system/cacerts',
  'sandbox/example-com',
  'sandbox/rsa',
  'sandbox/keystore',
];

describe('an installation with the defaults', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await installDefault(cluster);
  });
  after(async () => {
    await cluster.kubectl(['delete', '-f', examples, '--ignore-not-found']);
  });

  it('runs one pod of each component, none of which was ever restarted', async () => {
    const found = (await pods(cluster)).map(({ metadata, status }) => ({
      component: metadata.labels?.['app.kubernetes.io/component'],
      phase: status?.phase,
      restarts: status?.containerStatuses?.map(({ restartCount }) => restartCount),
    }));
    assert.deepEqual(
      found.toSorted((a, b) => String(a.component).localeCompare(String(b.component))),
      ['cainjector', 'controller', 'webhook'].map((component) => ({ component, phase: 'Running', restarts: [0] })),
    );
  });

  it('makes every Certificate of docs/examples Ready', async () => {
    await cluster.kubectl(['apply', '-f', examples]);
    await untilCertificatesReady(cluster, certificates);
  });

  it('takes how much memory, at rest? budget 80 MB a pod', async (t) => {
    await sleep(restMs);
    for (const line of await memoryLines(cluster)) t.diagnostic(line);
  });
});
