// Every way to get at a cluster that the flags offer, against a real API server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Log } from '../../../src/base/log.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { ClusterAccess } from '../../../src/kube/access.ts';
import { createClient } from '../../../src/kube/client.ts';
import { openAccess } from '../../../src/kube/credentials.ts';
import { missingResources, waitForApiServer } from '../../../src/kube/ready.ts';
import { configMaps } from '../../../src/kube/resources.ts';
import { clientFor } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';

let plane: ControlPlane;
let folder: string;
let namespace: string;
const tokens: string[] = [];

before(async () => {
  plane = await sharedControlPlane();
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  namespace = await plane.createNamespace('credentials');
  await plane.client.create(
    { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name: 'sa' },
    },
  );
  for (let i = 0; i < 2; i++) {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/sa/token`;
    const answer = await plane.client.request<{ status: { token: string } }>('POST', path, {
      // Longer than all files of the rung may take: this runs before the first test of the first of them.
      spec: { expirationSeconds: 7_200 + i },
    });
    tokens.push(answer.status.token);
  }
});
after(() => rm(folder, { recursive: true }));

const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
/** Who the API server takes us for. */
async function whoAmI(access: ClusterAccess): Promise<string> {
  const client = createClient({ access, version: 'v0.0.0', qps: -1 });
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await client.request<KubeObject & { status: { userInfo: { username: string } } }>('POST', review, {
      body,
    });
    return answer.status.userInfo.username;
  } finally {
    client.close();
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
async function kubeconfig(name: string, user: object, cluster: object = {}): Promise<string> {
  const path = join(folder, name);
  const server = { server: plane.server, 'certificate-authority-data': base64(plane.admin.access.ca) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { ...server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'somewhere' } }],
    'current-context': 'x',
  };
  await writeFile(path, stringify(JSON.parse(JSON.stringify(config))));
  return path;
}
const opened = (kubeconfig: string, more: object = {}): Promise<ClusterAccess> =>
  openAccess({ kubeconfig, env: {}, ...more });
const serviceAccount = (): string => `system:serviceaccount:${namespace}:sa`;
const certificate = () => ({
  'client-certificate-data': base64(plane.admin.access.cert),
  'client-key-data': base64(plane.admin.access.key),
});

describe('a kubeconfig with', () => {
  it('a client certificate, and a namespace', async () => {
    const access = await opened(await kubeconfig('certificate', certificate()));
    assert.deepEqual([await whoAmI(access), access.namespace], ['admin', 'somewhere']);
  });

  it('a token', async () => {
    assert.equal(await whoAmI(await opened(await kubeconfig('token', { token: tokens[0] }))), serviceAccount());
  });

  it('a token file that changes', async () => {
    const tokenFile = join(folder, 'rotating');
    await writeFile(tokenFile, 'not-yet-a-token');
    let now = 0;
    const access = await opened(await kubeconfig('tokenFile', { tokenFile }), { now: () => now });
    await assert.rejects(whoAmI(access), { status: 401 });
    await writeFile(tokenFile, tokens[0] ?? '');
    assert.equal(await whoAmI(access), serviceAccount());
    await writeFile(tokenFile, tokens[1] ?? '');
    now += 20_000;
    const { headers } = await access.credentials();
    assert.equal(headers['authorization'], `Bearer ${tokens[1]}`);
  });

  it('an exec plugin that gives a token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: tokens[0] },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'echo',
      args: [JSON.stringify(credential)],
      interactiveMode: 'Never',
    };
    assert.equal(await whoAmI(await opened(await kubeconfig('exec', { exec }))), serviceAccount());
  });

  it('an exec plugin that gives a client certificate', async () => {
    const { cert, key } = plane.admin.access;
    const status = { clientCertificateData: cert, clientKeyData: key };
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'echo',
      args: [JSON.stringify(credential)],
      interactiveMode: 'Never',
    };
    assert.equal(await whoAmI(await opened(await kubeconfig('exec-cert', { exec }))), 'admin');
  });

  it('insecure-skip-tls-verify', async () => {
    const cluster = { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true };
    assert.equal(await whoAmI(await opened(await kubeconfig('insecure', certificate(), cluster))), 'admin');
    const trusting = await opened(
      await kubeconfig('untrusted', certificate(), { 'certificate-authority-data': undefined }),
    );
    await assert.rejects(whoAmI(trusting), { status: 0, reason: 'Unreachable' });
  });

  it('tls-server-name', async () => {
    const named = (name: string) => kubeconfig(name, certificate(), { 'tls-server-name': name });
    assert.equal(await whoAmI(await opened(await named('localhost'))), 'admin');
    await assert.rejects(whoAmI(await opened(await named('elsewhere'))), { status: 0 });
  });

  it('proxy-url', async () => {
    const asked: string[] = [];
    const proxy = http.createServer().on('connect', (request, socket, head) => {
      asked.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url}`);
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const path = await kubeconfig('proxied', certificate(), { 'proxy-url': url });
    assert.equal(await whoAmI(await opened(path)), 'admin');
    assert.deepEqual(asked, [new URL(plane.server).host]);
    proxy.close();
  });

  it('another address by --master', async () => {
    const path = await kubeconfig('master', certificate(), { server: 'https://127.0.0.1:1' });
    assert.equal(await whoAmI(await opened(path, { master: plane.server })), 'admin');
  });
});

describe('in a pod', () => {
  it('the service account is used, token and CA are read again', async () => {
    const account = join(folder, 'serviceaccount');
    await mkdir(account);
    await writeFile(join(account, 'token'), `${tokens[0]}\n`);
    await writeFile(join(account, 'namespace'), 'here');
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-out',
        join(account, 'ca.crt'),
        '-subj',
        '/CN=old',
      ],
      { stdio: 'ignore' },
    );
    const { hostname, port } = new URL(plane.server);
    let now = 0;
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const access = await openAccess({ env, serviceAccountFolder: account, now: () => now });
    await assert.rejects(whoAmI(access), { status: 0 });
    await writeFile(join(account, 'ca.crt'), plane.admin.access.ca);
    const before = await access.credentials();
    now += 20_000;
    assert.equal(await whoAmI(access), serviceAccount());
    const after = await access.credentials();
    assert.deepEqual([before.tls === after.tls, access.namespace], [false, 'here']);
    await writeFile(join(account, 'token'), tokens[1] ?? '');
    now += 20_000;
    const rotated = await access.credentials();
    assert.deepEqual([rotated.headers['authorization'], rotated.tls === after.tls], [`Bearer ${tokens[1]}`, true]);
  });

  it('a token that was revoked is replaced as soon as the server refuses it', async () => {
    const account = join(folder, 'revoked');
    await mkdir(account);
    await writeFile(join(account, 'token'), 'revoked');
    await writeFile(join(account, 'ca.crt'), plane.admin.access.ca);
    const { hostname, port } = new URL(plane.server);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const access = await openAccess({ env, serviceAccountFolder: account, now: () => 0 });
    await writeFile(join(account, 'token'), tokens[0] ?? '');
    assert.equal(await whoAmI(access), serviceAccount());
  });

  it('and nowhere else: it says what is missing', async () => {
    await assert.rejects(openAccess({ env: {} }), /--kubeconfig is not set, and this is not a pod/);
  });
});

describe('waiting for the API server', () => {
  const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
  const crontabs = { group: 'cert-manager.io', version: 'v1', plural: 'crontabs', kind: 'CronTab', namespaced: true };

  it('finds out which kinds are not served', async () => {
    const client = clientFor(plane.admin.access);
    assert.deepEqual(await missingResources(client, [configMaps, widgets, crontabs]), [
      'widgets.example.com',
      'crontabs.cert-manager.io',
    ]);
    await waitForApiServer({ client, resources: [configMaps], log: silentLog, signal: AbortSignal.timeout(5_000) });
    client.close();
  });

  it('says which, and how to install them, until it is told to stop', async () => {
    const client = clientFor(plane.admin.access);
    const said: string[] = [];
    const log: Log = { ...silentLog, warn: (_, message) => said.push(message) };
    const signal = AbortSignal.timeout(300);
    await assert.rejects(waitForApiServer({ client, resources: [widgets], log, signal }));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /widgets\.example\.com.*crds\.enabled=true/);
    client.close();
  });
});
