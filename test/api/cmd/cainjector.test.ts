// cainjector as a process on a real API server: one of two replicas acts, from before the CRDs are there to an orderly stop; and what a cluster
// full of Secrets costs it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nodeFlags } from '../../../scripts/node-flags.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import {
  mutatingWebhookConfigurations,
  targetKinds,
  validatingWebhookConfigurations,
} from '../../../src/controllers/cainjector/targets.ts';
import { leases, secrets } from '../../../src/kube/resources.ts';
import { auditCounts, auditOffset, untilAuditIsQuiet } from '../../support/audit-log.ts';
import { cainjectorIn, cainjectorUser, startCainjector } from '../../support/cainjector.ts';
import { type ControlPlane, startControlPlane, type User } from '../../support/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../../support/controller-process.ts';
import { aCaPem } from '../../support/injection-builders.ts';
import { annotation, bundlesOf, caSecret, targetManifest } from '../../support/injection-targets.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';
import { usageOf } from '../../support/usage.ts';

const now = new Date();
const ca = aCaPem('ca', 24, now);
const next = aCaPem('next', 24, now);
const lease = { namespace: 'kube-system', name: 'cert-manager-cainjector-leader-election' };
const kind = validatingWebhookConfigurations;

describe('the cainjector process', () => {
  let plane: ControlPlane;
  let user: User;
  let namespace: string;
  const running: ControllerProcess[] = [];

  before(async () => {
    plane = await startControlPlane();
    user = await cainjectorIn(plane);
    namespace = await plane.createNamespace('inject');
  });
  after(async () => {
    for (const each of running) each.signal('SIGKILL');
    await Promise.all(running.map((each) => each.exited));
    await plane?.stop();
  });

  const start = (...flags: string[]): ControllerProcess => {
    const env = { HOSTNAME: `replica-${running.length}` };
    const process = startControllerProcess({
      kubeconfig: user.kubeconfig,
      component: 'cainjector',
      nodeFlags,
      flags,
      env,
    });
    running.push(process);
    return process;
  };
  const injected = (name: string, bundle: string): Promise<unknown> =>
    until(`${name} has its bundle`, async () =>
      bundlesOf(kind, await plane.client.get(kind.resource, { name })).every((each) => each === bundle),
    );
  const holder = async (): Promise<string> =>
    (await plane.client.find<KubeObject & { spec: { holderIdentity?: string } }>(leases, lease))?.spec.holderIdentity ??
    '';
  const acting = (process: ControllerProcess): boolean =>
    process.log.filter(({ msg }) => msg === 'injecting CAs').length === targetKinds.length;

  it('injects from Secrets before there are Certificates, and says what it waits for', async () => {
    const first = start('--leader-election-retry-period=1s');
    await first.logged('injecting CAs');
    const waiting = await until('it says what it waits for', () =>
      first.log.find(({ msg }) => msg.startsWith('the API server does not know certificates.cert-manager.io')),
    );
    assert.equal(waiting.level, 'warn');
    await plane.client.apply(
      kind.resource,
      targetManifest(kind, 'early', { [annotation.fromSecret]: `${namespace}/ca` }),
    );
    await plane.client.apply(secrets, caSecret(namespace, 'ca', ca));
    await injected('early', ca);
    const { metadata } = await plane.client.get(leases, lease);
    assert.deepEqual(metadata.labels, { 'app.kubernetes.io/managed-by': 'cert-manager-cainjector' });
    assert.match(await holder(), /^replica-0_[0-9a-f-]{36}$/);
    const { body } = await first.fetch('metrics', '/metrics');
    assert.match(body, /certwright_ca_injections_total\{controller="validatingwebhookconfiguration",outcome="set"\} 1/);
    assert.match(
      body,
      /controller_runtime_reconcile_total\{controller="validatingwebhookconfiguration",result="success"\} \d/,
    );
    assert.match(body, /workqueue_depth\{name="apiservice",controller="apiservice"\} 0/);
    assert.match(body, /rest_client_requests_total\{code="200",host="127.0.0.1:\d+",method="PATCH"\} 1/);
  });

  it('ends where Certificates never come, and it was not told to do without them', async () => {
    const clock = new ManualClock(now);
    const cainjector = await startCainjector(plane, { clock });
    await cainjector.started;
    const ended = cainjector.failed.then(({ message }) => message);
    const message = await until('it ends', async () => {
      await clock.advance(10_000);
      return Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 10))]);
    });
    assert.match(message, /install the CRDs, or start with --enable-certificates-data-source=false$/);
    assert.ok(clock.now().getTime() - now.getTime() >= 300_000);
    await cainjector.stop();
  });

  it('hands over to the other replica, which writes only what changed meanwhile', async () => {
    await plane.installCrds();
    const [first] = running;
    const second = start('--leader-election-retry-period=1s');
    await second.logged('leader elected');
    assert.equal(acting(second), false);
    const offset = auditOffset(plane.auditLog);
    assert.equal(await first?.stop(), 0);
    assert.deepEqual(first?.noise, []);
    await until('the other one acts', () => acting(second));
    assert.match(await holder(), /^replica-1_/);
    await plane.client.apply(secrets, caSecret(namespace, 'ca', next));
    await injected('early', ca + next);
    await untilAuditIsQuiet(plane.auditLog);
    const writes = auditCounts(plane.auditLog, { user: cainjectorUser, sinceOffset: offset }).filter(
      ({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'leases',
    );
    assert.deepEqual(
      writes.map(({ resource, verb, count }) => `${verb} ${resource} ${count}`),
      ['patch validatingwebhookconfigurations 1'],
    );
    assert.equal(await second.stop(), 0);
    assert.equal(await holder(), '');
    assert.deepEqual(second.noise, []);
  });

  it('fills what is missing while somebody else holds the Lease, and leaves the rest until it has it', async () => {
    const held = (holderIdentity: string) =>
      plane.client.apply(
        leases,
        {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: lease,
          spec: { holderIdentity, leaseDurationSeconds: 3600 },
        },
        'test',
      );
    await held('somebody-who-is-gone');
    const wish = { [annotation.fromSecret]: `${namespace}/standby` };
    await plane.client.apply(secrets, caSecret(namespace, 'standby', ca));
    await plane.client.apply(kind.resource, targetManifest(kind, 'standby-wrong', wish, { caBundle: next }));
    await plane.client.apply(kind.resource, targetManifest(kind, 'standby-empty', wish));
    const replicas = [start('--leader-election-retry-period=1s'), start('--leader-election-retry-period=1s')];
    await injected('standby-empty', ca);
    await untilAuditIsQuiet(plane.auditLog, 2_000);
    await injected('standby-wrong', next);
    for (const each of replicas) assert.equal(acting(each), false);
    await held('');
    await injected('standby-wrong', next + ca);
    assert.equal(replicas.filter(acting).length, 1);
    for (const each of replicas) {
      assert.equal(await each.stop(), 0);
      assert.deepEqual(each.noise, []);
    }
  });

  it('does not start with settings that make no sense', async () => {
    const broken = start('--namespace=Not a namespace');
    assert.equal(await broken.exited, 1);
    assert.match(
      broken.noise.join('\n'),
      /certwright cainjector: namespace: "Not a namespace" is no name of a namespace/,
    );
  });

  it('does not grow with Secrets that nobody names', async (context) => {
    const restingMB = async (): Promise<number> => {
      const process = start('--leader-elect=false');
      await until('it acts', () => acting(process));
      const name = `proof-${running.length}`;
      await plane.client.apply(secrets, caSecret(namespace, name, ca));
      await plane.client.apply(
        kind.resource,
        targetManifest(kind, name, { [annotation.fromSecret]: `${namespace}/${name}` }),
      );
      await injected(name, ca);
      await untilAuditIsQuiet(plane.auditLog);
      const { rssMB, rssPeakMB } = usageOf(process.pid);
      context.diagnostic(`RSS ${rssMB.toFixed(1)} MB, peak ${rssPeakMB.toFixed(1)} MB`);
      assert.equal(await process.stop(), 0);
      return rssMB;
    };
    const before = await restingMB();
    const noise = await plane.createNamespace('noise');
    const filler = 'x'.repeat(8_000);
    const count = 1_500;
    for (let index = 0; index < count; index += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, offset) => {
          const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': filler };
          return plane.client.create(secrets, caSecret(noise, `noise-${index + offset}`, filler, annotations));
        }),
      );
    }
    const afterwards = await restingMB();
    const perSecret = ((afterwards - before) * 1e6) / count;
    context.diagnostic(`${count} Secrets that nobody names: ${perSecret.toFixed(0)} bytes each`);
    // On the wire their metadata would be 13 MB.
    assert.ok(afterwards < before * 1.1, `${before} MB before, ${afterwards} MB with ${count} Secrets`);
  });

  it('follows what happens to webhooks of both kinds at once', async () => {
    const process = start('--leader-elect=false');
    await until('it acts', () => acting(process));
    await plane.client.apply(secrets, caSecret(namespace, 'both', undefined));
    const wish = { [annotation.fromSecret]: `${namespace}/both` };
    const kinds = [validatingWebhookConfigurations, mutatingWebhookConfigurations];
    for (const each of kinds) await plane.client.apply(each.resource, targetManifest(each, 'both', wish));
    await until('the problem is logged', () => process.log.some(({ msg }) => msg.includes('has no key ca.crt')));
    await plane.client.apply(secrets, caSecret(namespace, 'both', ca));
    for (const each of kinds) {
      await until('both are injected', async () =>
        bundlesOf(each, await plane.client.get(each.resource, { name: 'both' })).every((bundle) => bundle === ca),
      );
    }
    assert.equal(await process.stop(), 0);
  });
});
