// Two controllers, of which one works: the other goes on where it was killed, and nothing is issued twice.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { certificate, manifests, namespace, numbered, selfSignedIssuer } from '../support/e2e/manifests.ts';
import { processesOf } from '../support/e2e/memory.ts';
import { install, pods, releaseNamespace, untilCertificatesReady } from '../support/e2e/release.ts';
import { until } from '../support/until.ts';

const where = 'leaders';
const lease = ['get', 'lease', 'cert-manager-controller', '-n', 'kube-system', '-o', 'jsonpath={.spec.holderIdentity}'];
/** Shorter than the defaults, which make the other one wait for a minute. */
const times = { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' };
const count = 20;

describe('two controllers', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    const election = Object.entries(times).map(([name, value]) => [`global.leaderElection.${name}`, value] as const);
    await install(cluster, { replicaCount: '2', ...Object.fromEntries(election) });
    await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(where), selfSignedIssuer(where)));
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
  });

  const holder = () => cluster.kubectl(lease);
  const leadingPod = async () => {
    const identity = await until('somebody leads', async () => (await holder()) || undefined);
    const found = (await pods(cluster, 'controller')).find(({ metadata }) => identity.startsWith(metadata.name));
    assert.ok(found !== undefined, `${identity} is none of the pods`);
    return { identity, pod: found };
  };

  /** Applies Certificates, lets `disturb` happen, and waits until somebody else leads and all are Ready. */
  const issueWhile = async (prefix: string, disturb: () => Promise<void>): Promise<number> => {
    const before = await holder();
    const names = numbered(prefix, count);
    await cluster.kubectl(['apply', '-f', '-'], manifests(...names.map((name) => certificate(where, name))));
    const started = performance.now();
    await disturb();
    await until('somebody else leads', async () => ![before, ''].includes(await holder()), 60_000, 250);
    const seconds = (performance.now() - started) / 1000;
    await untilCertificatesReady(
      cluster,
      names.map((name) => `${where}/${name}`),
    );
    const requests = (await cluster.kubectl(['get', 'certificaterequests', '-n', where, '-o', 'name'])).split('\n');
    const own = requests.filter((name) => name.includes(`/${prefix}-`));
    assert.deepEqual(own.toSorted(), names.map((name) => `certificaterequest.cert-manager.io/${name}-1`).toSorted());
    return seconds;
  };

  it('change places when the leader is deleted', async (t) => {
    const { pod } = await leadingPod();
    const seconds = await issueWhile('graceful', async () => {
      await cluster.kubectl(['delete', 'pod', pod.metadata.name, '-n', releaseNamespace, '--wait=false']);
    });
    t.diagnostic(`the other one led after ${seconds.toFixed(1)} s`);
  });

  it('change places when the leader is killed and does not come back', async (t) => {
    await until('both are ready again', async () => {
      const ready = (await pods(cluster, 'controller')).filter(({ status }) =>
        status?.containerStatuses?.every((container) => container.ready),
      );
      return ready.length === 2;
    });
    const { pod } = await leadingPod();
    const seconds = await issueWhile('killed', async () => {
      for (const pid of processesOf(cluster, pod)) process.kill(pid, 'SIGKILL');
      const gone = ['delete', 'pod', pod.metadata.name, '-n', releaseNamespace, '--force', '--grace-period=0'];
      await cluster.kubectl(gone);
    });
    t.diagnostic(`the other one led after ${seconds.toFixed(1)} s, with a lease of ${times.leaseDuration}`);
  });
});
