// Namespaces that go: with everything in them, while certificates in them are issued, waiting and failing.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../../support/e2e/cluster.ts';
import { certificate, manifests, namespace, numbered, selfSignedIssuer } from '../../support/e2e/manifests.ts';
import { installDefault, pods, untilCertificatesReady } from '../../support/e2e/release.ts';

const where = 'doomed';
const names = numbered('ready', 10);
/** A CA Issuer whose Secret is not there. */
const waitingIssuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { namespace: where, name: 'waiting' },
  spec: { ca: { secretName: 'absent' } },
};

describe('a namespace that is deleted', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await installDefault(cluster);
  });

  for (const moment of ['at rest', 'at work'] as const) {
    it(`goes with all that is in it, ${moment}, and comes back as new`, async (t) => {
      const everything = manifests(
        namespace(where),
        selfSignedIssuer(where),
        waitingIssuer,
        ...names.map((name) => certificate(where, name)),
        certificate(where, 'waiting', { issuerRef: { name: 'waiting' } }),
        certificate(where, 'lost', { issuerRef: { name: 'nowhere' } }),
      );
      await cluster.kubectl(['apply', '-f', '-'], everything);
      const ready = names.map((name) => `${where}/${name}`);
      if (moment === 'at rest') await untilCertificatesReady(cluster, ready);
      const started = performance.now();
      await cluster.kubectl(['delete', 'namespace', where, '--timeout=60s']);
      t.diagnostic(`gone after ${((performance.now() - started) / 1000).toFixed(1)} s`);
      await cluster.kubectl(['apply', '-f', '-'], everything);
      await untilCertificatesReady(cluster, ready);
      await cluster.kubectl(['delete', 'namespace', where, '--timeout=60s']);
      const restarts = (await pods(cluster)).flatMap(({ status }) =>
        (status?.containerStatuses ?? []).map(({ restartCount }) => restartCount),
      );
      assert.deepEqual(restarts, [0, 0, 0]);
    });
  }
});
