// What goes wrong with a webhook in real clusters: no pod, a killed pod, a CA bundle of something else, a CA whose time is over. Valid objects
// are refused while it lasts, with a text that says why, and taken again without anybody's help.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { expiredCASecretData } from '../support/e2e/expired-ca.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { install, pods, releaseNamespace, untilCertificatesReady, upgrade } from '../support/e2e/release.ts';
import { until } from '../support/until.ts';

const where = 'outages';
const webhook = 'deployment/cert-manager-webhook';
const configurations = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'].map(
  (kind) => `${kind}/cert-manager-webhook`,
);
const healedMs = 90_000;

describe('a webhook in trouble', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await install(cluster);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'early')),
    );
    await untilCertificatesReady(cluster, [`${where}/early`]);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
  });

  /** Asks the whole way through the API server and the webhook, and stores nothing. */
  const tryApply = async () => {
    const path = `/apis/cert-manager.io/v1/namespaces/${where}/certificates?dryRun=All`;
    try {
      await cluster.api.request('POST', path, certificate(where, 'asked'));
      return { ok: true, text: '' };
    } catch (error) {
      return { ok: false, text: String(error) };
    }
  };

  const untilHealed = async (): Promise<number> => {
    const started = performance.now();
    let last = '';
    await until(
      'a valid Certificate is taken again',
      async () => {
        const { ok, text } = await tryApply();
        last = text;
        return ok;
      },
      healedMs,
      500,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`);
    });
    return (performance.now() - started) / 1000;
  };

  const secret = async (name: string, namespaceName: string) =>
    JSON.parse(await cluster.kubectl(['get', 'secret', name, '-n', namespaceName, '-o', 'json'])) as {
      metadata: { resourceVersion: string };
      data: Record<string, string>;
    };

  it('without a pod refuses with the reason, changes nothing, and goes on when one is back', async (t) => {
    const before = await secret('early-tls', where);
    await cluster.kubectl(['scale', webhook, '-n', releaseNamespace, '--replicas=0', '--timeout=60s']);
    await until('no webhook pod is left', async () => (await pods(cluster, 'webhook')).length === 0);
    const refused = await until(
      'a valid Certificate is refused',
      async () => {
        const answer = await cluster.tryKubectl(['apply', '-f', '-'], manifests(certificate(where, 'late')));
        return answer.ok ? undefined : answer;
      },
      30_000,
    );
    assert.match(refused.text, /failed calling webhook "webhook\.cert-manager\.io"/);
    // What the controller would now do is refused, too; it must not give up.
    await cluster.kubectl(['delete', 'secret', 'early-tls', '-n', where]);
    await cluster.kubectl(['scale', webhook, '-n', releaseNamespace, '--replicas=1']);
    t.diagnostic(`taken again ${(await untilHealed()).toFixed(1)} s after the pod was wanted back`);
    await cluster.kubectl(['apply', '-f', '-'], manifests(certificate(where, 'late')));
    await untilCertificatesReady(cluster, [`${where}/early`, `${where}/late`], healedMs);
    const renewed = await until(
      'the Secret is back',
      async () => ((await cluster.tryKubectl(['get', 'secret', 'early-tls', '-n', where])).ok ? true : undefined),
      healedMs,
    );
    assert.equal(renewed, true);
    assert.notEqual((await secret('early-tls', where)).metadata.resourceVersion, before.metadata.resourceVersion);
    const restarts = (await pods(cluster, 'controller')).flatMap(({ status }) =>
      (status?.containerStatuses ?? []).map(({ restartCount }) => restartCount),
    );
    assert.deepEqual(restarts, [0]);
  });

  it('is back after its pod was killed', async (t) => {
    const selector = 'app.kubernetes.io/component=webhook';
    await cluster.kubectl(['delete', 'pod', '-n', releaseNamespace, '-l', selector, '--force', '--grace-period=0']);
    t.diagnostic(`taken again after ${(await untilHealed()).toFixed(1)} s`);
  });

  it('gets its CA back into a configuration whose bundle is that of something else', async (t) => {
    const wrong = Buffer.from(cluster.file.access.ca).toString('base64');
    const right = (await secret('cert-manager-webhook-ca', releaseNamespace)).data['ca.crt'] ?? '';
    const patch = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: wrong }];
    for (const each of configurations)
      await cluster.kubectl(['patch', each, '--type=json', '-p', JSON.stringify(patch)]);
    t.diagnostic(`taken again after ${(await untilHealed()).toFixed(1)} s`);
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    for (const each of configurations) {
      // Put beside what was there, not in its place: somebody may still need that.
      await until(`${each} has both CAs`, async () => {
        const bundle = text(
          await cluster.kubectl(['get', each, '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}']),
        );
        return bundle.includes(cluster.file.access.ca.trim()) && bundle.includes(text(right).trim());
      });
    }
  });

  it('makes a new CA when the time of the old one is over', async (t) => {
    const data = await expiredCASecretData();
    const patch = ['patch', 'secret', 'cert-manager-webhook-ca', '-n', releaseNamespace, '--type=merge', '-p'];
    await cluster.kubectl([...patch, JSON.stringify({ data })]);
    await until(
      'the Secret has another CA',
      async () => (await secret('cert-manager-webhook-ca', releaseNamespace)).data['ca.crt'] !== data['ca.crt'],
      healedMs,
      500,
    );
    t.diagnostic(`taken again ${(await untilHealed()).toFixed(1)} s after the new CA was there`);
  });

  it('renews a serving certificate of 30 seconds, and refuses nothing meanwhile', async (t) => {
    await upgrade(cluster, { 'webhook.extraArgs[0]': '--dynamic-serving-leaf-duration=30s' });
    await untilHealed();
    const refusals: string[] = [];
    let asked = 0;
    for (const end = performance.now() + 45_000; performance.now() < end; asked++) {
      const { ok, text } = await tryApply();
      if (!ok) refusals.push(text);
    }
    t.diagnostic(`asked ${asked} times in 45 s`);
    assert.deepEqual(refusals, []);
  });

  it('with two pods refuses nothing while they are replaced one after the other', async (t) => {
    await upgrade(cluster, { 'webhook.replicaCount': '2' });
    const refusals: string[] = [];
    let [asked, isOver] = [0, false];
    const rollout = (async () => {
      await cluster.kubectl(['rollout', 'restart', webhook, '-n', releaseNamespace]);
      await cluster.kubectl(['rollout', 'status', webhook, '-n', releaseNamespace, '--timeout=120s']);
    })().finally(() => {
      isOver = true;
    });
    for (; !isOver; asked++) {
      const { ok, text } = await tryApply();
      if (!ok) refusals.push(text);
    }
    await rollout;
    t.diagnostic(`asked ${asked} times`);
    assert.deepEqual(refusals, []);
  });
});
