// `certwright webhook` as the chart starts it: a process with the webhook's Roles and no other rights, asked by a real API server.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AuthoritySecret } from '../../../src/controllers/serving-authority/authority.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { mutating, type Registration, validating } from '../../../src/webhook/registration.ts';
import { configurations } from '../../support/admission-webhook.ts';
import { createAuthority } from '../../support/control-plane/authority.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { type ControllerProcess, startControllerProcess } from '../../support/controller-process.ts';
import { grantedRoles } from '../../support/rbac.ts';
import { until } from '../../support/until.ts';

const secretName = 'cert-manager-webhook-ca';
const user = 'system:serviceaccount:cert-manager:cert-manager-webhook';

describe('certwright webhook', () => {
  let plane: ControlPlane;
  let namespace: string;
  let webhook: ControllerProcess;
  let port: unknown;

  before(async () => {
    plane = await sharedControlPlane();
    namespace = await plane.createNamespace('webhook');
    for (const { resource, manifest } of grantedRoles('webhook', user, { leases: 'kube-system', pods: namespace }))
      await plane.client.apply(resource, manifest, 'install');
    const { kubeconfig } = await plane.user(user, ['system:serviceaccounts']);
    webhook = startControllerProcess({
      kubeconfig,
      component: 'webhook',
      flags: [
        '--v=2',
        '--secure-port=0',
        '--healthz-port=0',
        `--dynamic-serving-ca-secret-namespace=${namespace}`,
        `--dynamic-serving-ca-secret-name=${secretName}`,
        '--dynamic-serving-dns-names=localhost',
        '--dynamic-serving-dns-names=127.0.0.1',
      ],
    });
    plane.adopt(webhook.pid, webhook.exited);
    ({ port } = await webhook.logged('admission requests are served'));
    await webhook.logged('new serving certificate');
  });
  after(async () => {
    for (const [plural, kind] of kinds)
      await plane.client
        .delete(configurations(plural, kind), { name: `webhook-of-${namespace}` })
        .catch(() => undefined);
    await webhook?.stop();
  });

  const kinds = [
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', mutating],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', validating],
  ] as const;

  /** As the chart does, for our namespace only, and called by URL. */
  async function register(host: string, caPem: string): Promise<void> {
    for (const [plural, kind, registration] of kinds) {
      const { path, ...rest }: Registration = registration;
      const clientConfig = { url: `https://${host}:${port}${path}`, caBundle: Buffer.from(caPem).toString('base64') };
      const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
      await plane.client.apply(configurations(plural, kind), {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: { name: `webhook-of-${namespace}` },
        webhooks: [{ ...rest, timeoutSeconds: 5, namespaceSelector, clientConfig }],
      });
    }
  }

  const request = (spec: object): string =>
    JSON.stringify({
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { generateName: 'probe-', namespace },
      spec: { issuerRef: { name: 'x' }, request: 'eA==', ...spec },
    });
  /** What the API server says about a request in somebody else's name. */
  const denial = async (): Promise<string> => {
    try {
      return await plane.kubectl(['create', '--dry-run=server', '-f', '-'], request({ username: 'somebody' }));
    } catch (error) {
      return String(error);
    }
  };
  const asked = /admission webhook "webhook.cert-manager.io" denied the request/;
  const storedCa = async (): Promise<string> => {
    const secret = await plane.client.get<AuthoritySecret>(secrets, { namespace, name: secretName });
    return Buffer.from(secret.data?.['ca.crt'] ?? '', 'base64').toString();
  };

  test('health: alive at once, ready with a certificate', async () => {
    assert.deepEqual(await webhook.fetch('health', '/livez'), { status: 200, body: 'ok' });
    assert.deepEqual(await webhook.fetch('health', '/healthz'), { status: 200, body: 'ok' });
  });

  test('the API server asks it, through a rotation of the CA that nobody has told it of', async () => {
    const old = await storedCa();
    await register('localhost', old);
    await until('the API server asks', async () => asked.test(await denial()));
    await plane.client.delete(secrets, { namespace, name: secretName });
    await until('the leaf is that of the new CA', () => {
      return webhook.log.filter(({ msg }) => msg === 'new serving certificate').length === 2;
    });
    // Under another name, so that the API server shakes hands anew, with the old bundle.
    await register('127.0.0.1', old);
    await until('asked at the other name', async () => asked.test(await denial()));
    const current = await storedCa();
    assert.notEqual(current, old);
    await register('127.0.0.1', current);
    await until('asked with the new bundle', async () => asked.test(await denial()));
  });

  test('metrics have the names that dashboards of controller-runtime ask for', async () => {
    const { status, body } = await webhook.fetch('metrics', '/metrics');
    assert.equal(status, 200);
    assert.match(body, /^controller_runtime_webhook_requests_total\{webhook="\/validate",code="200"\} [1-9]/m);
    assert.match(body, /^controller_runtime_webhook_requests_total\{webhook="\/mutate",code="500"\} 0$/m);
    assert.match(body, /^controller_runtime_webhook_latency_seconds_count\{webhook="\/validate"\} [1-9]/m);
    assert.match(body, /^controller_runtime_webhook_requests_in_flight\{webhook="\/validate"\} 0$/m);
    assert.match(body, /^rest_client_requests_total\{code="201",host="127\.0\.0\.1:\d+",method="POST"\} [1-9]/m);
    assert.match(body, /^process_resident_memory_bytes /m);
  });

  test('no key in its log, nothing refused by RBAC, and an orderly end', async () => {
    assert.equal(await webhook.stop(), 0);
    assert.deepEqual(webhook.noise, []);
    const lines = webhook.log.map((line) => JSON.stringify(line));
    assert.deepEqual(
      lines.filter((line) => /PRIVATE KEY|"level":"(warn|error)"/.test(line)),
      [],
    );
  });
});

describe('certwright webhook with files, and with nothing', () => {
  test('says what is missing and ends', async () => {
    const webhook = startControllerProcess({ kubeconfig: '/nowhere', component: 'webhook' });
    assert.equal(await webhook.exited, 1);
    assert.match(webhook.noise.join('\n'), /no CertificateSource specified/);
  });

  test('files that are not there: alive, not ready', async () => {
    const webhook = startControllerProcess({
      kubeconfig: (await sharedControlPlane()).admin.kubeconfig,
      component: 'webhook',
      flags: ['--tls-cert-file=/nowhere', '--tls-private-key-file=/nowhere', '--secure-port=0', '--healthz-port=0'],
    });
    await webhook.logged('admission requests are served');
    assert.equal((await webhook.fetch('health', '/livez')).status, 200);
    const { status, body } = await webhook.fetch('health', '/healthz');
    assert.equal(status, 500);
    assert.match(body, /\[-\]certificate failed: the serving certificate cannot be read: ENOENT/);
    assert.equal(await webhook.stop(), 0);
  });

  test('files of its own, and only clients of a CA with the right name', async () => {
    const authority = await createAuthority();
    const folder = mkdtempSync(join(tmpdir(), 'webhook-'));
    const own = await authority.issue({ commonName: 'webhook', names: [{ type: 'ip', value: '127.0.0.1' }] });
    const apiServer = await authority.issue({ commonName: 'kube-apiserver' });
    const other = await authority.issue({ commonName: 'somebody' });
    const files = { 'tls.crt': own.cert, 'tls.key': own.key, 'ca.crt': authority.cert };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    const webhook = startControllerProcess({
      kubeconfig: (await sharedControlPlane()).admin.kubeconfig,
      component: 'webhook',
      flags: [
        `--tls-cert-file=${join(folder, 'tls.crt')}`,
        `--tls-private-key-file=${join(folder, 'tls.key')}`,
        '--enable-client-verification',
        `--client-ca-path=${join(folder, 'ca.crt')}`,
        '--client-subject-names=kube-apiserver',
        '--secure-port=0',
        '--healthz-port=0',
      ],
    });
    const { port } = await webhook.logged('admission requests are served');
    const ask = (client: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: Number(port), path: '/validate', ca: authority.cert, agent: false };
        const request = get({ ...options, ...client }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
      });
    assert.equal((await webhook.fetch('health', '/healthz')).status, 200);
    assert.equal(await ask(apiServer), 405);
    await assert.rejects(ask(other));
    await assert.rejects(ask({}));
    assert.equal(await webhook.stop(), 0);
    rmSync(folder, { recursive: true });
  });
});
