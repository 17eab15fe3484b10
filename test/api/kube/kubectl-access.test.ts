// The ways in which kubectl's flags and environment lead to a cluster, against a real API server that says whom it takes us for.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { createClient } from '../../../src/kube/client.ts';
import { type KubectlAccessOptions, openKubectlAccess } from '../../../src/kube/kubectl-access.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';

interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

async function whoAmI(options: Omit<KubectlAccessOptions, 'env' | 'overrides'> & Partial<KubectlAccessOptions>) {
  const access = await openKubectlAccess({ env: {}, overrides: {}, ...options });
  const client = createClient({ access, version: 'v0.0.0', qps: -1 });
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status } = await client.request<{ status: { userInfo: Identity } }>('POST', path, { body });
    return { user: status.userInfo, namespace: access.namespace };
  } finally {
    client.close();
  }
}

describe('access as kubectl finds it', () => {
  let plane: ControlPlane;
  let folder: string;
  let ann: string;
  let bob: string;
  const file = (name: string) => join(folder, name);

  before(async () => {
    plane = await sharedControlPlane();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-access-'));
    ann = (await plane.user('ann')).kubeconfig;
    bob = (await plane.user('bob')).kubeconfig;
    const { access } = plane.admin;
    writeFileSync(file('ca.crt'), access.ca ?? '');
    writeFileSync(file('tls.crt'), access.cert ?? '');
    writeFileSync(file('tls.key'), access.key ?? '');
    mkdirSync(file('home/.kube'), { recursive: true });
    writeFileSync(file('home/.kube/config'), readFileSync(bob));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('--kubeconfig goes before $KUBECONFIG, and that before ~/.kube/config', async () => {
    const home = { HOME: file('home') };
    const name = async (options: Parameters<typeof whoAmI>[0]) => (await whoAmI(options)).user.username;
    assert.equal(await name({ env: home }), 'bob');
    assert.equal(await name({ env: { ...home, KUBECONFIG: ann } }), 'ann');
    assert.equal(await name({ env: { KUBECONFIG: [file('gone'), bob, ann].join(delimiter) } }), 'bob');
    assert.equal(await name({ env: { ...home, KUBECONFIG: bob }, kubeconfig: ann }), 'ann');
  });

  test('no file: the server and files of the flags', async () => {
    const overrides = {
      server: plane.server,
      certificateAuthority: file('ca.crt'),
      clientCertificate: file('tls.crt'),
      clientKey: file('tls.key'),
      namespace: 'shop',
    };
    const { user, namespace } = await whoAmI({ overrides });
    assert.deepEqual([user.username, namespace], ['admin', 'shop']);
  });

  test('a certificate of the flags replaces that of the file, whose paths are its own', async () => {
    const { clusters, ...config } = parse(readFileSync(ann, 'utf8')) as {
      clusters: { name: string; cluster: Record<string, unknown> }[];
    };
    const cluster = { server: clusters[0]?.cluster['server'], 'certificate-authority': 'ca.crt' };
    writeFileSync(file('relative'), stringify({ ...config, clusters: [{ name: clusters[0]?.name, cluster }] }));
    assert.equal((await whoAmI({ kubeconfig: file('relative') })).user.username, 'ann');
    const overrides = { clientCertificate: file('tls.crt'), clientKey: file('tls.key') };
    assert.equal((await whoAmI({ kubeconfig: file('relative'), overrides })).user.username, 'admin');
  });

  test('impersonation: a user, several groups, a uid, extra fields', async () => {
    const impersonate = { user: 'eve', groups: ['g', 'h'], uid: '7', extra: { 'example.com/Scope': ['a', 'b'] } };
    const { user } = await whoAmI({ kubeconfig: plane.admin.kubeconfig, impersonate });
    assert.deepEqual(user, {
      username: 'eve',
      uid: '7',
      groups: ['g', 'h', 'system:authenticated'],
      extra: { 'example.com/scope': ['a', 'b'] },
    });
  });

  test('a pod: its service account and namespace, unless there is a file', async () => {
    const account = file('account');
    mkdirSync(account);
    writeFileSync(join(account, 'ca.crt'), readFileSync(file('ca.crt')));
    writeFileSync(join(account, 'namespace'), 'shop\n');
    await plane.kubectl(['create', 'serviceaccount', 'checker', '-n', 'default']);
    writeFileSync(join(account, 'token'), await plane.kubectl(['create', 'token', 'checker', '-n', 'default']));
    const { hostname, port } = new URL(plane.server);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOME: folder };
    const pod = { env, serviceAccountFolder: account };
    const { user, namespace } = await whoAmI(pod);
    assert.deepEqual([user.username, namespace], ['system:serviceaccount:default:checker', 'shop']);
    assert.equal((await whoAmI({ ...pod, kubeconfig: ann })).user.username, 'ann');
    assert.equal((await whoAmI({ ...pod, overrides: { namespace: 'x' } })).namespace, 'x');
    await assert.rejects(
      whoAmI({ ...pod, overrides: { context: 'x' } }),
      /context: only with a kubeconfig or --server/,
    );
  });

  const refused: [string, Partial<KubectlAccessOptions>, RegExp][] = [
    ['nothing', {}, /no cluster to talk to: no --kubeconfig/],
    ['a file that is not there', { kubeconfig: '/nowhere/config' }, /ENOENT/],
    ['files that are not there', { env: { KUBECONFIG: '/nowhere/config' } }, /no cluster to talk to/],
  ];
  for (const [name, options, expected] of refused) {
    test(`refused: ${name}`, () => assert.rejects(whoAmI(options), expected));
  }
});
