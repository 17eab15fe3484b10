// The files of `npm run manifest`, by `kubectl apply` on a cluster that has nothing of it: the CRDs alone, and then everything.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { staticManifests } from '../../scripts/manifest.ts';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { keptState } from '../support/e2e/continuity.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { forgetLeases, pods, releaseNamespace, untilCertificatesReady, wipe } from '../support/e2e/release.ts';
import { until } from '../support/until.ts';

const where = 'manifest';
const file = { all: 'cert-manager.yaml', crds: 'cert-manager.crds.yaml' } as const;

describe('the static manifest', () => {
  let cluster: Cluster;
  let folder: string;
  before(async () => {
    cluster = theCluster();
    await wipe(cluster);
    folder = mkdtempSync(join(tmpdir(), 'certwright-manifest-'));
    for (const [name, text] of await staticManifests()) writeFileSync(join(folder, name), text);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
    await cluster.kubectl(['delete', '-f', join(folder, file.all), '--ignore-not-found']);
    await forgetLeases(cluster);
    rmSync(folder, { recursive: true, force: true });
  });

  const apply = (name: string) => cluster.kubectl(['apply', '-f', join(folder, name)]);
  const crds = async () =>
    (await cluster.kubectl(['get', 'crds', '-o', 'name']))
      .split('\n')
      .filter((name) => name.includes('cert-manager.io'));

  it('has CRDs that can be applied alone, take Certificates, and go again', async () => {
    await apply(file.crds);
    assert.equal((await crds()).length, 6);
    const early = manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'early'));
    await until('the API server serves them', async () => (await cluster.tryKubectl(['apply', '-f', '-'], early)).ok);
    await cluster.kubectl(['delete', '-f', join(folder, file.crds)]);
    assert.deepEqual(await crds(), []);
  });

  it('installs everything, in whatever order it is applied', async (t) => {
    await apply(file.crds);
    const started = performance.now();
    await apply(file.all);
    const deployments = ['cert-manager', 'cert-manager-webhook', 'cert-manager-cainjector'].map(
      (name) => `deployment/${name}`,
    );
    for (const each of deployments)
      await cluster.kubectl(['rollout', 'status', each, '-n', releaseNamespace, '--timeout=120s']);
    // Nothing waits here for the CA to be injected, as Helm does.
    const first = manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'first'));
    await until('a Certificate is taken', async () => (await cluster.tryKubectl(['apply', '-f', '-'], first)).ok);
    await untilCertificatesReady(cluster, [`${where}/first`]);
    t.diagnostic(`a first Certificate Ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  });

  it('changes nothing when it is applied again', async () => {
    const before = await keptState(cluster);
    const lines = (await apply(file.all)).trim().split('\n');
    // kubectl says of every list that is merged that it was configured.
    const changed = lines.filter((line) => !line.endsWith(' unchanged') && !line.includes('webhookconfiguration'));
    assert.deepEqual(changed, []);
    assert.deepEqual(await keptState(cluster), before);
    assert.equal((await pods(cluster)).length, 3);
  });

  it('goes again, with all that it brought', async (t) => {
    const started = performance.now();
    await cluster.kubectl(['delete', '-f', join(folder, file.all), '--timeout=120s']);
    t.diagnostic(`${((performance.now() - started) / 1000).toFixed(1)} s`);
    const left = ['crds', 'clusterroles', 'clusterrolebindings', 'namespaces', 'validatingwebhookconfigurations'];
    for (const kind of left) {
      const names = (await cluster.kubectl(['get', kind, '-o', 'name'])).split('\n');
      assert.deepEqual(
        names.filter((name) => name.includes('cert-manager')),
        [],
        kind,
      );
    }
  });
});
