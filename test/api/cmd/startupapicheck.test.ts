// startupapicheck on a real API server, from a cluster without anything to one whose webhook answers, and with each thing missing in between.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { certificateRequests } from '../../../src/api/kinds.ts';
import type { ResourceType } from '../../../src/api/meta.ts';
import { runProgram } from '../../../src/cmd/program.ts';
import { type Authority, createAuthority } from '../../support/control-plane/authority.ts';
import { type ControlPlane, startControlPlane, type User } from '../../support/control-plane.ts';

const group = 'admissionregistration.k8s.io';
const registration = (kind: string, plural: string): ResourceType => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});
const mutating = registration('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');
const validating = registration('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
const name = 'cert-manager-webhook';

let plane: ControlPlane;
let user: User;
let authority: Authority;
let webhook: Server;
/** What the webhook does with a request. */
let behaviour: 'good' | 'deaf' | 'idle' | 'wrong' = 'good';
const open = new Set<() => void>();

async function check(...flags: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runProgram({
    args: ['startupapicheck', 'check', 'api', `--kubeconfig=${user.kubeconfig}`, '-n=install', ...flags],
    env: {},
    stdout: (line) => {
      written.out += line;
    },
    stderr: (line) => {
      written.err += line;
    },
  });
  return { code, ...written };
}

async function refusal(...flags: string[]): Promise<[number, string]> {
  const { code, out, err } = await check(...flags);
  assert.equal(out, '');
  const last = /^error: ([^(]*)/m.exec(err)?.[1] ?? err;
  return [code, last.trim()];
}

/** A webhook as small as can be: it stamps the valid request, and refuses the invalid one. */
async function startWebhook(): Promise<Server> {
  const pair = await authority.issue({ commonName: 'webhook', names: [{ type: 'ip', value: '127.0.0.1' }] });
  const server = createServer(pair, async (request, response) => {
    const { request: review } = JSON.parse(await text(request)) as {
      request: { uid: string; object: { metadata: { generateName: string } } };
    };
    if (behaviour === 'deaf') return void open.add(() => response.destroy());
    const isBad = review.object.metadata.generateName === 'cmapichecker-invalid-' || behaviour === 'wrong';
    const patch = [{ op: 'add', path: '/spec/username', value: 'stamped' }];
    const isMutation = request.url?.startsWith('/mutate') === true;
    const answer =
      isMutation && behaviour !== 'idle'
        ? { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
        : { allowed: isMutation || !isBad || behaviour === 'idle', status: { code: 403, message: 'not a CSR' } };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: review.uid, ...answer },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface Registered {
  /** Undefined: not registered. */
  readonly mutating?: object | undefined;
  readonly validating?: object | undefined;
}

async function register(registered: Registered): Promise<void> {
  const apiVersion = `${group}/v1`;
  for (const [resource, clientConfig] of [
    [mutating, registered.mutating],
    [validating, registered.validating],
  ] as const) {
    if (clientConfig === undefined) {
      await plane.client.delete(resource, { name });
      continue;
    }
    const rules = [
      {
        apiGroups: ['cert-manager.io'],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['certificaterequests'],
      },
    ];
    const entry = {
      name: 'webhook.cert-manager.io',
      rules,
      clientConfig,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
      timeoutSeconds: 30,
    };
    await plane.client.apply(resource, {
      apiVersion,
      kind: resource.kind,
      metadata: { name },
      webhooks: [entry],
    });
  }
}

/** The API server reads configurations after a moment: asked until the answer is this, then it has to stay. */
async function expectRefusal(expected: string): Promise<void> {
  let found: [number, string] = [0, ''];
  for (let left = 50; left > 0 && found[1] !== expected; left--) found = await refusal();
  assert.deepEqual(found, [1, expected]);
}

const service = { service: { namespace: 'install', name, path: '/mutate' } };
const at = (port: number, path: string, caBundle?: string) => ({
  url: `https://127.0.0.1:${port}${path}`,
  ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString('base64') }),
});
const live = (caBundle?: string): Required<Registered> => {
  const { port } = webhook.address() as AddressInfo;
  return { mutating: at(port, '/mutate', caBundle), validating: at(port, '/validate', caBundle) };
};

async function grant(subject: string): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const resource = (kind: string, plural: string): ResourceType => ({
    ...registration(kind, plural),
    group: rbac,
    namespaced: true,
  });
  const metadata = { name: 'startupapicheck', namespace: 'install' };
  const apiVersion = `${rbac}/v1`;
  await plane.client.apply(resource('Role', 'roles'), {
    apiVersion,
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: ['cert-manager.io'], resources: ['certificaterequests'], verbs: ['create'] }],
  });
  await plane.client.apply(resource('RoleBinding', 'rolebindings'), {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
    subjects: [{ apiGroup: rbac, kind: 'User', name: subject }],
  });
}

describe('startupapicheck', () => {
  before(async () => {
    authority = await createAuthority();
    webhook = await startWebhook();
    plane = await startControlPlane();
    user = await plane.user('startupapicheck');
    await plane.kubectl(['create', 'namespace', 'install']);
  });
  after(async () => {
    webhook.closeAllConnections();
    webhook.close();
    await plane.stop();
  });

  test('no rights: says so, and does not wait for long', async () => {
    const [code, message] = await refusal('--wait=10m');
    assert.equal(code, 1);
    assert.match(message, /it takes the right to create certificaterequests\.cert-manager\.io in this namespace$/);
    await grant('startupapicheck');
  });

  test('no CRDs', async () => {
    await expectRefusal('the cert-manager CRDs are not yet installed on the Kubernetes API server');
  });

  test('no webhook registered', async () => {
    await plane.installCrds();
    await expectRefusal('the cert-manager mutation webhook did not mutate the dry-run CertificateRequest object');
  });

  test('the namespace does not exist', async () => {
    const { code, err } = await check('-n=nowhere', '--as=admin', '--as-group=system:masters');
    // Impersonation takes rights, too.
    assert.equal(code, 1);
    assert.match(err, /cannot impersonate/);
    user = plane.admin;
    assert.match((await refusal('-n=nowhere'))[1], /the namespace does not exist$/);
    user = await plane.user('startupapicheck');
  });

  test('the Service of the webhook does not exist', async () => {
    await register({ mutating: service, validating: service });
    await expectRefusal('the cert-manager webhook service is not created yet');
  });

  test('nobody listens', async () => {
    await register({ mutating: at(1, '/mutate'), validating: at(1, '/validate') });
    await expectRefusal('the cert-manager webhook deployment is not ready yet');
  });

  test('no CA injected', async () => {
    await register(live());
    await expectRefusal('the cert-manager webhook CA bundle is not injected yet');
  });

  test("another authority's CA injected", async () => {
    await register(live((await createAuthority()).cert));
    await expectRefusal('the cert-manager webhook CA bundle is not injected yet');
  });

  test('it accepts connections, and says nothing', async () => {
    behaviour = 'deaf';
    await register(live(authority.cert));
    // Until now the API server had refused the certificate.
    let message = '';
    for (let left = 50; left > 0 && !message.includes('firewall'); left--)
      [, message] = await refusal('--request-timeout=1s');
    assert.match(
      message,
      /^the cert-manager webhook does not answer the Kubernetes API server: it is starting, or a firewall/,
    );
    for (const end of open) end();
  });

  test('the validating webhook does not validate', async () => {
    behaviour = 'good';
    await register({ mutating: live(authority.cert).mutating });
    await expectRefusal('the cert-manager validating webhook did not validate the dry-run CertificateRequest object');
  });

  test('the mutating webhook does not mutate', async () => {
    behaviour = 'idle';
    await register(live(authority.cert));
    await expectRefusal('the cert-manager mutation webhook did not mutate the dry-run CertificateRequest object');
  });

  test('the validating webhook refuses what is valid', async () => {
    behaviour = 'wrong';
    await expectRefusal(
      'the cert-manager validating webhook failed because the dry-run CertificateRequest object was mutated incorrectly',
    );
  });

  test('gives up in time', async () => {
    const [code, message] = await refusal('--wait=1s');
    assert.deepEqual([code, /mutated incorrectly$/.test(message)], [124, true]);
  });

  test('waits until it is ready, and tells each reason once', async () => {
    behaviour = 'idle';
    const waiting = check('--wait=2m', '-v');
    setTimeout(() => {
      behaviour = 'good';
    }, 1_000);
    const { code, out, err } = await waiting;
    assert.deepEqual([code, out], [0, 'The cert-manager API is ready\n']);
    assert.equal(err.match(/not ready yet/g)?.length, 1, err);
  });

  test('ready at once; nothing was stored all the while', async () => {
    const { code, out } = await check();
    assert.deepEqual([code, out], [0, 'The cert-manager API is ready\n']);
    assert.deepEqual(await plane.client.list(certificateRequests), []);
  });
});
