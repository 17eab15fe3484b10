// The chart's promise: when `helm install --wait` returns, the first `kubectl apply` works, every time. Half of the installations find
// nothing at all, the other half the CRDs that the one before kept.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import {
  forgetLeases,
  install,
  releaseNamespace,
  uninstall,
  untilCertificatesReady,
  wipe,
} from '../support/e2e/release.ts';

const rounds = 20;

describe(`${rounds} fresh installations`, () => {
  let cluster: Cluster;
  const durations: number[] = [];
  before(async () => {
    cluster = theCluster();
    await wipe(cluster);
  });

  for (let round = 1; round <= rounds; round++) {
    const where = `fresh-${round}`;
    it(`takes the first apply after installation ${round}`, async (t) => {
      const started = performance.now();
      await install(cluster, { 'crds.keep': String(round % 2 === 1) });
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
      t.diagnostic(
        `installed in ${durations.at(-1)?.toFixed(1)} s, Ready ${((performance.now() - afterApply) / 1000).toFixed(1)} s later`,
      );
      await cluster.kubectl(['delete', 'namespace', where, '--wait=false']);
      await uninstall(cluster);
      await cluster.kubectl(['delete', 'namespace', releaseNamespace]);
      await forgetLeases(cluster);
    });
  }
});
