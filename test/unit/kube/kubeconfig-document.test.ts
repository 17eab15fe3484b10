import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type KubeconfigOverrides,
  mergeKubeconfigs,
  withAbsolutePaths,
  withOverrides,
} from '../../../src/kube/kubeconfig-document.ts';

const document = {
  'current-context': 'shop',
  contexts: [
    { name: 'shop', context: { cluster: 'a', user: 'ann', namespace: 'shop' } },
    { name: 'b', context: { cluster: 'b', user: 'bob' } },
    { name: 'broken', context: { cluster: 'gone', user: 'ann' } },
  ],
  clusters: [
    { name: 'a', cluster: { server: 'https://a', 'certificate-authority-data': 'QQ==' } },
    { name: 'b', cluster: { server: 'https://b', 'insecure-skip-tls-verify': true } },
  ],
  users: [
    { name: 'ann', user: { exec: { command: 'login' }, tokenFile: '/t' } },
    { name: 'bob', user: { 'client-certificate-data': 'Yg==', 'client-key-data': 'Yg==' } },
  ],
};

const chosen = (overrides: KubeconfigOverrides, from: object = document) => {
  const { contexts, clusters, users } = withOverrides(from as typeof document, overrides) as typeof document;
  return [contexts[0]?.context.namespace, clusters[0]?.cluster, users[0]?.user];
};
const a = { server: 'https://a', 'certificate-authority-data': 'QQ==' };
const b = { server: 'https://b', 'insecure-skip-tls-verify': true };
const ann = { exec: { command: 'login' }, tokenFile: '/t' };
const bob = { 'client-certificate-data': 'Yg==', 'client-key-data': 'Yg==' };

const table: [string, KubeconfigOverrides, unknown][] = [
  ['nothing: the current context', {}, ['shop', a, ann]],
  ['empty flags are no flags', { context: '', server: '', insecureSkipTlsVerify: false }, ['shop', a, ann]],
  ['another context', { context: 'b' }, [undefined, b, bob]],
  ['another cluster and user', { cluster: 'b', user: 'bob' }, ['shop', b, bob]],
  ['another namespace', { namespace: 'x' }, ['x', a, ann]],
  ['another server keeps the CA', { server: 'https://c' }, ['shop', { ...a, server: 'https://c' }, ann]],
  ['a server without a scheme', { server: 'c:8080' }, ['shop', { ...a, server: 'http://c:8080' }, ann]],
  [
    'a CA file replaces the CA',
    { certificateAuthority: '/ca' },
    ['shop', { server: 'https://a', 'certificate-authority': '/ca' }, ann],
  ],
  [
    'a CA file replaces not looking',
    { cluster: 'b', certificateAuthority: '/ca' },
    ['shop', { server: 'https://b', 'certificate-authority': '/ca' }, ann],
  ],
  [
    'not looking replaces the CA',
    { insecureSkipTlsVerify: true },
    ['shop', { server: 'https://a', 'insecure-skip-tls-verify': true }, ann],
  ],
  ['a name for TLS', { tlsServerName: 'n' }, ['shop', { ...a, 'tls-server-name': 'n' }, ann]],
  ['a token replaces a plugin and a file', { token: 't' }, ['shop', a, { token: 't' }]],
  [
    'a certificate and its key',
    { user: 'bob', clientCertificate: '/c', clientKey: '/k' },
    ['shop', a, { 'client-certificate': '/c', 'client-key': '/k' }],
  ],
];
for (const [name, overrides, expected] of table) {
  test(`flags over a kubeconfig: ${name}`, () => assert.deepEqual(chosen(overrides), expected));
}

test('flags without any kubeconfig', () => {
  assert.deepEqual(chosen({ server: 'https://c', token: 't' }, {}), [
    undefined,
    { server: 'https://c' },
    { token: 't' },
  ]);
});

const refused: [string, KubeconfigOverrides, object, RegExp][] = [
  ['no such context', { context: 'x' }, document, /context "x" does not exist in the kubeconfig/],
  ['no such cluster', { cluster: 'x' }, document, /cluster "x" does not exist/],
  ['no such user', { user: 'x' }, document, /user "x" does not exist/],
  ['a context of a cluster that is gone', { context: 'broken' }, document, /cluster "gone" does not exist/],
  ['no server', { token: 't' }, {}, /neither the kubeconfig nor --server names an API server/],
  ['not a kubeconfig', {}, { contexts: 'x', clusters: [1] }, /names an API server/],
];
for (const [name, overrides, from, expected] of refused) {
  test(`flags over a kubeconfig: ${name}`, () =>
    assert.throws(() => withOverrides(from as never, overrides), expected));
}

test('of several files the first that says something counts', () => {
  const second = {
    'current-context': 'other',
    clusters: [
      { name: 'a', cluster: { server: 'https://else' } },
      { name: 'c', cluster: { server: 'https://c' } },
    ],
  };
  const merged = mergeKubeconfigs([{ clusters: document.clusters }, second]);
  assert.deepEqual(merged, {
    'current-context': 'other',
    contexts: [],
    users: [],
    clusters: [...document.clusters, { name: 'c', cluster: { server: 'https://c' } }],
  });
});

test('relative paths are those of the file', () => {
  const { clusters, users } = withAbsolutePaths(
    {
      clusters: [{ name: 'a', cluster: { server: 'https://a', 'certificate-authority': 'ca.crt' } }],
      users: [{ name: 'u', user: { 'client-key': '../k', 'client-certificate': '/c', tokenFile: '' } }],
    },
    '/etc/kube',
  );
  assert.deepEqual(
    [clusters, users],
    [
      [{ name: 'a', cluster: { server: 'https://a', 'certificate-authority': '/etc/kube/ca.crt' } }],
      [{ name: 'u', user: { 'client-key': '/etc/k', 'client-certificate': '/c', tokenFile: '' } }],
    ],
  );
});
