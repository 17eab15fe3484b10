// A namespace that enforces the restricted Pod Security standard takes every pod of the chart, the startup check's too.
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { manifests, namespace } from '../support/e2e/manifests.ts';
import { install, pods, releaseNamespace, wipe } from '../support/e2e/release.ts';

describe('a namespace with restricted Pod Security', () => {
  let cluster: Cluster;
  before(() => {
    cluster = theCluster();
  });
  beforeEach(async () => {
    await wipe(cluster);
    const labels = Object.fromEntries(
      ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
    );
    await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(releaseNamespace, labels)));
  });

  for (const [name, values, count] of [
    ['three Deployments', {}, 3],
    ['one combined', { combined: 'true' }, 1],
  ] as const) {
    it(`takes the chart as ${name}`, async () => {
      await install(cluster, values);
      const phases = (await pods(cluster)).map(({ status }) => status?.phase);
      assert.deepEqual(phases, Array(count).fill('Running'));
    });
  }
});
