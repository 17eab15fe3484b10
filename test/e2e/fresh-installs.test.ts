// The chart's promise: when `helm install --wait` returns, the first `kubectl apply` works, every time. Half of the installations find
// nothing at all, the other half what a `helm uninstall` with crds.keep leaves: the CRDs and the CA Secret of the webhook.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { install, releaseNamespace, uninstall, untilCertificatesReady, wipe } from '../support/e2e/release.ts';

const rounds = 20;
/**
 * Helm takes the rights away before the pods end, so that these cannot give their Leases up, and the next controller waits until they have run
 * out. With the usual minute that would be most of the test; uninstall.test.ts has it once.
 */
const shortLeases = {
  'global.leaderElection.leaseDuration': '6s',
  'global.leaderElection.renewDeadline': '4s',
  'global.leaderElection.retryPeriod': '2s',
};

/** By default nobody asks the webhook for five seconds, in which everything else settles: asked at once, Helm returns as early as it can. */
const eagerProbe = { 'webhook.readinessProbe.initialDelaySeconds': '1', 'webhook.readinessProbe.periodSeconds': '1' };

describe(`${rounds} fresh installations`, () => {
  let cluster: Cluster;
  const durations: number[] = [];
  before(async () => {
    cluster = theCluster();
    await wipe(cluster);
    // Of a run that was cut short.
    const left = Array.from({ length: rounds }, (_, index) => `fresh-${index + 1}`);
    await cluster.kubectl(['delete', 'namespace', '--ignore-not-found', ...left]);
  });

  for (let round = 1; round <= rounds; round++) {
    const where = `fresh-${round}`;
    it(`takes the first apply after installation ${round}`, async (t) => {
      const started = performance.now();
      const keeps = round % 2 === 1;
      await install(cluster, { ...shortLeases, ...eagerProbe, 'crds.keep': String(keeps) });
      durations.push((performance.now() - started) / 1000);
      const applied = await cluster.tryKubectl(
        ['apply', '-f', '-'],
        manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'first')),
      );
      assert.deepEqual(applied, {
        ok: true,
        text: [
          `namespace/${where} created`,
          'issuer.cert-manager.io/selfsigned created',
          'certificate.cert-manager.io/first created',
          '',
        ].join('\n'),
      });
      const afterApply = performance.now();
      await untilCertificatesReady(cluster, [`${where}/first`]);
      const ready = performance.now();
      await cluster.kubectl(['delete', 'namespace', where, '--wait=false']);
      await uninstall(cluster);
      if (!keeps) await cluster.kubectl(['delete', 'namespace', releaseNamespace]);
      const [readyS, goneS] = [ready - afterApply, performance.now() - ready].map((ms) => (ms / 1000).toFixed(1));
      t.diagnostic(`installed in ${durations.at(-1)?.toFixed(1)} s, Ready ${readyS} s later, all gone in ${goneS} s`);
    });
  }
});
