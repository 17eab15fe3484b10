// A certificate that is renewed for real, by the clock of this machine: of one hour, renewed all but a quarter of a minute before its end.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../../support/e2e/manifests.ts';
import { installDefault, untilCertificatesReady } from '../../support/e2e/release.ts';
import { until } from '../../support/until.ts';

const where = 'renewal';

describe('a short-lived certificate', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await installDefault(cluster);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
  });

  it('is renewed twice within two minutes, each time with a new key', async (t) => {
    const short = certificate(where, 'short', { duration: '1h', renewBefore: '59m45s' });
    await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(where), selfSignedIssuer(where), short));
    const keys = new Set<string>();
    await untilCertificatesReady(cluster, [`${where}/short`]);
    const started = performance.now();
    for (const revision of [1, 2, 3]) {
      await until(
        `revision ${revision} is there`,
        async () => {
          const path = 'jsonpath={.status.revision}';
          return Number(await cluster.kubectl(['get', 'certificate', 'short', '-n', where, '-o', path])) >= revision;
        },
        60_000,
        250,
      );
      keys.add(await cluster.kubectl(['get', 'secret', 'short-tls', '-n', where, '-o', 'jsonpath={.data.tls\\.key}']));
    }
    t.diagnostic(`two renewals in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    assert.equal(keys.size, 3);
  });
});
