// `combined=true`: one Deployment for everything. The webhook answers on each of its pods, the controllers work on one of them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { memoryLines, restMs } from '../support/e2e/memory.ts';
import { examples, install, pods, releaseNamespace, untilCertificatesReady, upgrade } from '../support/e2e/release.ts';
import { until } from '../support/until.ts';

const where = 'combined';

describe('a combined installation', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await install(cluster, { combined: 'true' });
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', 'istio-system', 'sandbox', where, '--ignore-not-found']);
  });

  it('is one pod, which was never restarted', async () => {
    const found = (await pods(cluster)).map(({ status }) => [
      status?.phase,
      status?.containerStatuses?.map(({ restartCount }) => restartCount),
    ]);
    assert.deepEqual(found, [['Running', [0]]]);
  });

  it('makes every Certificate of docs/examples Ready', async () => {
    await cluster.kubectl(['apply', '-f', examples]);
    await untilCertificatesReady(cluster, ['istio-system/cacerts', 'sandbox/example-com', 'sandbox/keystore']);
  });

  it('takes how much memory, at rest? budget 100 MB', async (t) => {
    await sleep(restMs);
    for (const line of await memoryLines(cluster)) t.diagnostic(line);
  });

  it('refuses what the webhook refuses', async () => {
    await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(where), selfSignedIssuer(where)));
    const wrong = certificate(where, 'wrong', { duration: '10m' });
    const { ok, text } = await cluster.tryKubectl(['apply', '-f', '-'], manifests(wrong));
    assert.ok(!ok && text.includes('spec.duration: Invalid value'), text);
  });

  it('goes on with its second pod when the leader is deleted', async (t) => {
    await upgrade(cluster, { replicaCount: '2' });
    const lease = ['get', 'lease', 'cert-manager-controller', '-n', 'kube-system', '-o'];
    const holder = () => cluster.kubectl([...lease, 'jsonpath={.spec.holderIdentity}']);
    const before = await until('somebody leads', async () => (await holder()) || undefined);
    const leader = (await pods(cluster)).find(({ metadata }) => before.startsWith(metadata.name));
    assert.ok(leader !== undefined, `${before} is none of the pods`);
    const started = performance.now();
    await cluster.kubectl(['delete', 'pod', leader.metadata.name, '-n', releaseNamespace, '--wait=false']);
    await until('somebody else leads', async () => ![before, ''].includes(await holder()), 60_000, 250);
    t.diagnostic(`the other one led after ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await until('the webhook answers', async () => {
      const answer = await cluster.tryKubectl(['apply', '-f', '-'], manifests(certificate(where, 'after')));
      return answer.ok;
    });
    await untilCertificatesReady(cluster, [`${where}/after`]);
  });
});
