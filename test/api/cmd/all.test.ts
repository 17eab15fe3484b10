// `all` on a real API server, as a user with the rights of all three components: two replicas, one of which leads, and both of which answer.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import type { Certificate } from '../../../src/api/certificate.ts';
import { isTrue } from '../../../src/api/conditions.ts';
import { certificates, issuers } from '../../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../../src/api/meta.ts';
import { runProgram } from '../../../src/cmd/program.ts';
import type { Lease } from '../../../src/kube/leader.ts';
import { leases, secrets } from '../../../src/kube/resources.ts';
import { mutating, type Registration, validating } from '../../../src/webhook/registration.ts';
import { type ControlPlane, startControlPlane, type User } from '../../support/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../../support/controller-process.ts';
import { grantedRoles } from '../../support/rbac.ts';
import { until } from '../../support/until.ts';

const home = 'cert-manager';
const caSecret = 'cert-manager-webhook-ca';
const leaseNames = { controller: 'cert-manager-controller', cainjector: 'cert-manager-cainjector-leader-election' };

let plane: ControlPlane;
let user: User;
const replicas: ControllerProcess[] = [];

function start(name: string): ControllerProcess {
  const times = [
    '--leader-election-lease-duration=5s',
    '--leader-election-renew-deadline=4s',
    '--leader-election-retry-period=1s',
  ];
  const kubeconfig = `--kubeconfig=${user.kubeconfig}`;
  const replica = startControllerProcess({
    kubeconfig: user.kubeconfig,
    before: ['all'],
    flags: [
      ...times,
      'webhook',
      kubeconfig,
      '--logging-format=json',
      '--secure-port=0',
      '--healthz-port=0',
      `--dynamic-serving-ca-secret-namespace=${home}`,
      `--dynamic-serving-ca-secret-name=${caSecret}`,
      '--dynamic-serving-dns-names=localhost',
      'cainjector',
      kubeconfig,
      '--logging-format=json',
      ...times,
    ],
    env: { HOSTNAME: name },
  });
  replicas.push(replica);
  return replica;
}

const portOf = async (replica: ControllerProcess): Promise<number> =>
  Number((await replica.logged('admission requests are served'))['port']);

const configuration = (kind: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  kind,
  namespaced: false,
});

/** As the chart has it, but for the address: a URL stands in for the Service. */
async function register(port: number): Promise<void> {
  for (const [kind, registration] of [
    ['MutatingWebhookConfiguration', mutating],
    ['ValidatingWebhookConfiguration', validating],
  ] as const) {
    const { path, ...entry }: Registration = registration;
    const object = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: {
        name: 'cert-manager-webhook',
        annotations: { 'cert-manager.io/inject-ca-from-secret': `${home}/${caSecret}` },
      },
      webhooks: [{ ...entry, clientConfig: { url: `https://localhost:${port}${path}` } }],
    };
    await plane.client.apply(configuration(kind), object, 'install');
  }
}

/** Whether this replica's webhook answers; throws what went wrong. */
async function ask(port: number): Promise<number> {
  const { data } = await plane.client.get<KubeObject & { data: Record<string, string> }>(secrets, {
    namespace: home,
    name: caSecret,
  });
  const ca = Buffer.from(data['ca.crt'] ?? '', 'base64');
  return new Promise((resolve, reject) => {
    const options = { host: 'localhost', port, path: '/validate', method: 'POST', ca, agent: false as const };
    const outgoing = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on('error', reject);
    outgoing.end('{}');
  });
}

const holderOf = async (name: string): Promise<string> =>
  (await plane.client.find<Lease>(leases, { namespace: 'kube-system', name }))?.spec?.holderIdentity ?? '';

async function giveLease(name: string, holderIdentity: string): Promise<void> {
  const metadata = { namespace: 'kube-system', name };
  const spec = { holderIdentity, leaseDurationSeconds: 3600 };
  await plane.client.apply(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }, 'test');
}

async function issue(name: string): Promise<void> {
  const metadata = { namespace: home, name };
  await plane.client.apply(certificates, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata,
    spec: {
      secretName: name,
      dnsNames: ['a.example'],
      privateKey: { algorithm: 'ECDSA' },
      issuerRef: { name: 'selfsigned' },
    },
  });
  await until(`${name} is Ready`, async () =>
    isTrue((await plane.client.get<Certificate>(certificates, metadata)).status?.conditions, 'Ready'),
  );
}

/** Exit code and output. */
async function startupapicheck(...flags: string[]): Promise<[number, string]> {
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const { kubeconfig } = await plane.user('startupapicheck');
  const args = ['startupapicheck', 'check', 'api', `--kubeconfig=${kubeconfig}`, `-n=${home}`, '-v=0', ...flags];
  return [await runProgram({ args, env: {}, stdout: write, stderr: write }), output];
}

describe('all', () => {
  let first: ControllerProcess;
  let second: ControllerProcess;

  before(async () => {
    plane = await startControlPlane({ crds: true });
    user = await plane.user('all');
    await plane.kubectl(['create', 'namespace', home]);
    for (const [holder, name] of [
      ['controller', 'all'],
      ['webhook', 'all'],
      ['cainjector', 'all'],
      ['startupapicheck', 'startupapicheck'],
    ] as const) {
      for (const { resource, manifest } of grantedRoles(holder, name, { leases: 'kube-system', pods: home })) {
        await plane.client.apply(resource, manifest, 'install');
      }
    }
  });
  after(async () => {
    for (const replica of replicas) {
      replica.signal('SIGKILL');
      await replica.exited;
    }
    await plane.stop();
  });

  test('injects the CA of its own webhook while the Lease is that of one that is gone', async () => {
    await giveLease(leaseNames.cainjector, 'gone');
    first = start('first');
    await register(await portOf(first));
    assert.deepEqual(await startupapicheck('--wait=2m'), [0, 'The cert-manager API is ready\n']);
    assert.equal(await holderOf(leaseNames.cainjector), 'gone');
    await giveLease(leaseNames.cainjector, '');
    await until('it leads', async () => (await holderOf(leaseNames.cainjector)).startsWith('first'));
  });

  test('one process holds both Leases, validates and issues', async () => {
    await plane.client.apply(issuers, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Issuer',
      metadata: { namespace: home, name: 'selfsigned' },
      spec: { selfSigned: {} },
    });
    await issue('one');
    assert.match(await holderOf(leaseNames.controller), /^first/);
    assert.match(await holderOf(leaseNames.cainjector), /^first/);
    await assert.rejects(
      plane.kubectl(['create', '-n', home, '-f', '-'], requestWithoutCsr),
      /admission webhook "webhook.cert-manager.io" denied the request/,
    );
  });

  test('one page has the metrics of all three, each once', async () => {
    const { body } = await first.fetch('metrics', '/metrics');
    const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    const ofEach = [
      'certmanager_certificate_ready_status',
      'controller_runtime_reconcile_total',
      'controller_runtime_webhook_requests_total',
      'process_cpu_seconds_total',
      'rest_client_requests_total',
    ];
    assert.deepEqual(
      ofEach.filter((name) => !names.includes(name)),
      [],
    );
  });

  test('a second replica answers at once, and waits for the Leases', async () => {
    second = start('second');
    const port = await portOf(second);
    await until('its webhook has a certificate', () => ask(port).catch(() => undefined));
    assert.match(await holderOf(leaseNames.controller), /^first/);
    await register(port);
    await issue('two');
  });

  test('the leader is killed: the webhook of the other answers throughout, and it takes over', async () => {
    const port = await portOf(second);
    const failures: unknown[] = [];
    let asked = 0;
    let over = false;
    const asking = (async () => {
      while (!over) {
        asked++;
        await ask(port).catch((error: unknown) => failures.push(error));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    first.signal('SIGKILL');
    await until('the other leads', async () => {
      const holders = await Promise.all(Object.values(leaseNames).map(holderOf));
      return holders.every((holder) => holder.startsWith('second'));
    });
    await issue('three');
    over = true;
    await asking;
    assert.deepEqual(failures, []);
    assert.ok(asked > 20, `asked only ${asked} times`);
  });

  test('a stop is orderly: both Leases are given back, exit code 0', async () => {
    assert.equal(await second.stop(), 0, second.tail());
    assert.deepEqual(await Promise.all(Object.values(leaseNames).map(holderOf)), ['', '']);
    assert.deepEqual(second.noise, []);
  });

  test('when one component cannot go on, all end', async () => {
    // As when an operator takes the Lease away by hand.
    const third = start('third');
    await until('it leads', async () => (await holderOf(leaseNames.controller)).startsWith('third'));
    await until('it leads', async () => (await holderOf(leaseNames.cainjector)).startsWith('third'));
    await giveLease(leaseNames.controller, 'somebody');
    assert.equal(await third.exited, 1, third.tail());
    assert.equal(await holderOf(leaseNames.cainjector), '');
  });
});

const requestWithoutCsr = JSON.stringify({
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  metadata: { name: 'bad' },
  spec: { request: Buffer.from('none').toString('base64'), issuerRef: { name: 'selfsigned' } },
});
