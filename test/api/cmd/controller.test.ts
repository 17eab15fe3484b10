// The controller process on a real API server: from start to Ready Certificates to an orderly stop.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../../src/api/certificate.ts';
import { conditionOf, isTrue } from '../../../src/api/conditions.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import { certificates, clusterIssuers, issuers } from '../../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../../src/api/meta.ts';
import { customResourceDefinitions, leases, secrets } from '../../../src/kube/resources.ts';
import { auditCounts, auditOffset, untilAuditIsQuiet } from '../../support/audit-log.ts';
import { type ControlPlane, startControlPlane, type User } from '../../support/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../../support/controller-process.ts';

const running: ControllerProcess[] = [];
let plane: ControlPlane;
let user: User;

async function world(): Promise<ControlPlane> {
  if (plane === undefined) {
    plane = await startControlPlane({ crds: true });
    user = await plane.user('controller');
    await plane.grantControllerRoles('controller');
  }
  return plane;
}

after(async () => {
  for (const each of running) {
    each.signal('SIGKILL');
    await each.exited;
  }
  await plane?.stop();
});

function start(...flags: string[]): ControllerProcess {
  const env = { HOSTNAME: `replica-${running.length}` };
  const controller = startControllerProcess({ kubeconfig: user.kubeconfig, flags, env });
  running.push(controller);
  return controller;
}

async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`);
    await sleep(100);
  }
}

function untilReady<T extends KubeObject>(
  resource: ResourceType,
  key: { namespace?: string; name: string },
): Promise<T> {
  return until(`${resource.kind} ${key.name} Ready`, async () => {
    const object = await plane.client.find<Certificate | Issuer>(resource, key);
    return isTrue(object?.status?.conditions, 'Ready') ? (object as unknown as T) : undefined;
  });
}

const apiVersion = 'cert-manager.io/v1';

async function applyExamples(namespace: string): Promise<void> {
  const { client } = plane;
  await client.apply(issuers, {
    apiVersion,
    kind: 'Issuer',
    metadata: { namespace, name: 'root' },
    spec: { selfSigned: {} },
  });
  await client.apply(certificates, {
    apiVersion,
    kind: 'Certificate',
    metadata: { namespace, name: 'ca' },
    spec: {
      isCA: true,
      commonName: 'ca',
      secretName: 'ca',
      privateKey: { algorithm: 'ECDSA' },
      issuerRef: { name: 'root' },
    },
  });
  await client.apply(issuers, {
    apiVersion,
    kind: 'Issuer',
    metadata: { namespace, name: 'ca' },
    spec: { ca: { secretName: 'ca' } },
  });
  await client.apply(certificates, {
    apiVersion,
    kind: 'Certificate',
    metadata: { namespace, name: 'leaf' },
    spec: {
      dnsNames: ['leaf.example'],
      secretName: 'leaf',
      privateKey: { algorithm: 'ECDSA' },
      issuerRef: { name: 'ca' },
    },
  });
}

test('an applied Certificate becomes a Secret; a restart writes nothing; the Lease is given back', async () => {
  const { client, auditLog } = await world();
  const namespace = await plane.createNamespace();
  await applyExamples(namespace);
  const first = start();
  await first.logged('the controllers are running');
  const leaf = await untilReady<Certificate>(certificates, { namespace, name: 'leaf' });
  assert.equal(leaf.status?.revision, 1);
  const secret = await client.get<KubeObject & { data: Record<string, string> }>(secrets, { namespace, name: 'leaf' });
  assert.deepEqual(Object.keys(secret.data).sort(), ['ca.crt', 'tls.crt', 'tls.key']);

  assert.deepEqual(await first.fetch('health', '/readyz'), { status: 200, body: 'ok' });
  assert.deepEqual(await first.fetch('health', '/livez/leaderElection'), { status: 200, body: 'ok' });
  const { body } = await first.fetch('metrics', '/metrics');
  assert.match(
    body,
    new RegExp(
      `certmanager_certificate_ready_status\\{name="leaf",namespace="${namespace}",issuer_name="ca",.*condition="True"\\} 1`,
    ),
  );
  assert.match(body, /certmanager_controller_sync_call_count\{controller="certificates-issuing"\} \d/);
  assert.match(body, /certwright_api_conflicts_total 0/);

  const [key] = secret.data['tls.key']?.match(/.{40}/g)?.slice(3) ?? [];
  assert.ok(key !== undefined && !JSON.stringify(first.log).includes(key));
  assert.equal(await first.stop(), 0);
  assert.deepEqual(first.noise, []);
  const lease = await client.get<KubeObject & { spec: { holderIdentity?: string } }>(leases, {
    namespace: 'kube-system',
    name: 'cert-manager-controller',
  });
  assert.equal(lease.spec.holderIdentity ?? '', '');

  const offset = auditOffset(auditLog);
  const second = start();
  await second.logged('the controllers are running');
  await sleep(1_500);
  await untilAuditIsQuiet(auditLog);
  const writes = auditCounts(auditLog, { user: 'controller', sinceOffset: offset }).filter(
    ({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'leases',
  );
  assert.deepEqual(writes, []);
  assert.equal(await second.stop(), 0);
});

/** What an older or looser CRD let through: nothing in it is as it should be. */
async function storeBrokenCertificates(namespace: string): Promise<void> {
  const { client } = plane;
  const name = 'certificates.cert-manager.io';
  const crd = await client.get<KubeObject & { spec: { versions: object[] } }>(customResourceDefinitions, { name });
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema },
    selectableFields: null,
  }));
  await client.merge(customResourceDefinitions, { name }, { spec: { versions } });
  const broken: Record<string, object> = {
    'no-spec': {},
    'spec-text': { spec: 'x' },
    'empty-spec': { spec: {} },
    'wrong-types': {
      spec: { secretName: 5, issuerRef: 'ca', dnsNames: 'a', keystores: [] },
      status: { conditions: 'x' },
    },
  };
  for (const [each, fields] of Object.entries(broken)) {
    const manifest = { apiVersion, kind: 'Certificate', metadata: { namespace, name: each }, ...fields };
    await until(`${each} stored`, () =>
      client.create(certificates, manifest).then(
        () => true as const,
        () => undefined,
      ),
    );
  }
  await plane.installCrds();
}

test('stored objects that do not fit their schema harm nobody else', async () => {
  await world();
  const namespace = await plane.createNamespace();
  await storeBrokenCertificates(namespace);
  const controller = start('--leader-elect=false');
  await controller.logged('the controllers are running');
  await applyExamples(namespace);
  await untilReady<Certificate>(certificates, { namespace, name: 'leaf' });
  const named = controller.log.filter(({ msg }) => msg === 'a stored object does not fit its schema');
  assert.deepEqual([...new Set(named.map((line) => line['resource_name']))].sort(), [
    'empty-spec',
    'no-spec',
    'spec-text',
    'wrong-types',
  ]);
  assert.equal((await controller.fetch('metrics', '/metrics')).status, 200);
  for (const name of ['no-spec', 'spec-text', 'empty-spec', 'wrong-types'])
    await plane.client.delete(certificates, { namespace, name });
  await sleep(500);
  assert.equal((await controller.fetch('metrics', '/metrics')).status, 200);
  assert.equal(await controller.stop(), 0);
});

test('a standby is ready, takes over from a leader that hangs, and the leader ends when it wakes up', async () => {
  await world();
  const times = [
    '--leader-election-lease-duration=3s',
    '--leader-election-renew-deadline=2s',
    '--leader-election-retry-period=500ms',
  ];
  const leader = start(...times);
  await leader.logged('the controllers are running');
  const standby = start(...times);
  await standby.logged('metrics are served');
  await until('standby ready', async () =>
    (await standby.fetch('health', '/readyz')).status === 200 ? true : undefined,
  );
  assert.ok(!standby.log.some(({ msg }) => msg === 'the controllers are running'));
  leader.signal('SIGSTOP');
  await standby.logged('the controllers are running');
  leader.signal('SIGCONT');
  assert.equal(await leader.exited, 1);
  assert.ok(leader.log.some(({ msg }) => msg === 'leader election lost'));
  assert.equal(await standby.stop(), 0);
});

test('a second signal ends the process at once', async () => {
  await world();
  const controller = start('--leader-elect=false');
  await controller.logged('the controllers are running');
  controller.signal('SIGTERM');
  controller.signal('SIGINT');
  const code = await controller.exited;
  assert.ok(code === 0 || code === 1, String(code));
});

test('with --namespace only that namespace is watched and ClusterIssuers are off', async () => {
  const { client, auditLog } = await world();
  const inside = await plane.createNamespace();
  const outside = await plane.createNamespace();
  for (const namespace of [inside, outside]) {
    await client.apply(issuers, {
      apiVersion,
      kind: 'Issuer',
      metadata: { namespace, name: 'root' },
      spec: { selfSigned: {} },
    });
  }
  await client.apply(clusterIssuers, {
    apiVersion,
    kind: 'ClusterIssuer',
    metadata: { name: 'everywhere' },
    spec: { selfSigned: {} },
  });
  const offset = auditOffset(auditLog);
  const controller = start('--leader-elect=false', `--namespace=${inside}`);
  await untilReady(issuers, { namespace: inside, name: 'root' });
  await sleep(500);
  const other = await client.get<Issuer>(issuers, { namespace: outside, name: 'root' });
  const cluster = await client.get<Issuer>(clusterIssuers, { name: 'everywhere' });
  assert.deepEqual(
    [conditionOf(other.status?.conditions, 'Ready'), conditionOf(cluster.status?.conditions, 'Ready')],
    [undefined, undefined],
  );
  assert.equal(await controller.stop(), 0);
  await untilAuditIsQuiet(auditLog);
  const scopes = auditCounts(auditLog, { user: 'controller', sinceOffset: offset })
    .filter(({ verb }) => verb === 'list' || verb === 'watch')
    .map(({ namespace, resource }) => `${resource} in ${namespace}`);
  assert.deepEqual(
    [...new Set(scopes)].sort(),
    [
      ...['certificaterequests', 'certificates', 'challenges', 'ingresses', 'issuers', 'orders'],
      ...['pods', 'secrets', 'services'],
    ].map((each) => `${each} in ${inside}`),
  );
});
