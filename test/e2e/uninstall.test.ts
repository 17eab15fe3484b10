// What `helm uninstall` leaves behind: with crds.keep the Certificates, which a later installation takes over as they are; without, the Secrets.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { install, releaseNamespace, uninstall, untilCertificatesReady, upgrade } from '../support/e2e/release.ts';

const where = 'survivors';
const cainjectorLease = 'cert-manager-cainjector-leader-election';

describe('helm uninstall', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await install(cluster);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
  });

  const issued = async () => {
    const secret = JSON.parse(await cluster.kubectl(['get', 'secret', 'kept-tls', '-n', where, '-o', 'json'])) as {
      metadata: { resourceVersion: string };
      data: Record<string, string>;
    };
    return { certificate: secret.data['tls.crt'], version: secret.metadata.resourceVersion };
  };
  const holderOfLease = () =>
    cluster.kubectl(['get', 'lease', '-n', 'kube-system', cainjectorLease, '-o', 'jsonpath={.spec.holderIdentity}']);
  const ours = async (kind: string) =>
    (await cluster.kubectl(['get', kind, '-A', '-o', 'name']))
      .split('\n')
      .filter((name) => name.includes('cert-manager'));

  it('with crds.keep leaves Certificates, which the next installation does not issue anew', async (t) => {
    await cluster.kubectl(
      ['apply', '-f', '-'],
      manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'kept')),
    );
    await untilCertificatesReady(cluster, [`${where}/kept`]);
    const before = await issued();
    const holder = await holderOfLease();
    await uninstall(cluster);
    assert.equal((await ours('crds')).length, 6);
    const started = performance.now();
    await install(cluster);
    t.diagnostic(`installed anew in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    // The one that is gone could not give its Lease up: the CA came from one that stood by.
    assert.equal(await holderOfLease(), holder);
    await untilCertificatesReady(cluster, [`${where}/kept`]);
    // A change shows that the controller has seen to it and is at work.
    await cluster.kubectl(['apply', '-f', '-'], manifests(certificate(where, 'another')));
    // The controller, other than cainjector, waits for the Lease: a minute, and up to 33 seconds until it looks again.
    await untilCertificatesReady(cluster, [`${where}/another`], 150_000);
    assert.deepEqual(await issued(), before);
  });

  it('without crds.keep leaves the Secrets, and nothing else but its namespace', async () => {
    const before = await issued();
    await upgrade(cluster, { 'crds.keep': 'false' });
    await uninstall(cluster);
    const kinds = ['crds', 'clusterroles', 'clusterrolebindings', 'mutatingwebhookconfigurations'];
    for (const kind of [
      ...kinds,
      'validatingwebhookconfigurations',
      'roles',
      'rolebindings',
      'services',
      'deployments',
    ])
      assert.deepEqual(await ours(kind), [], kind);
    assert.deepEqual(await issued(), before);
    assert.deepEqual(
      (await cluster.kubectl(['get', 'secrets,configmaps,pods,jobs', '-n', releaseNamespace, '-o', 'name']))
        .trim()
        .split('\n'),
      ['secret/cert-manager-webhook-ca', 'configmap/kube-root-ca.crt'],
    );
  });
});
