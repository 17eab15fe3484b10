// A user's mistakes, as kubectl tells them: one of each kind of rule, through the installed webhook and the installed CRDs. All rules stand
// in test/unit/webhook and test/api/webhook.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../../support/e2e/cluster.ts';
import { certificate, manifests, namespace, selfSignedIssuer } from '../../support/e2e/manifests.ts';
import { installDefault, untilCertificatesReady } from '../../support/e2e/release.ts';

const where = 'mistakes';
const issuer = (spec: object) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { namespace: where, name: 'wrong' },
  spec,
});
const account = { server: 'https://acme.example.com/directory', privateKeySecretRef: { name: 'account' } };

/** [what, manifest, part of the refusal]. */
const mistakes: readonly [string, object, string][] = [
  ['no name at all', certificate(where, 'wrong', { dnsNames: [] }), 'at least one of commonName'],
  ['no Secret name', certificate(where, 'wrong', { secretName: '' }), 'must be specified'],
  ['a duration under an hour', certificate(where, 'wrong', { duration: '10m' }), 'spec.duration: Invalid value'],
  [
    'renewal before issuance',
    certificate(where, 'wrong', { duration: '2h', renewBefore: '3h' }),
    'certificate duration must be greater than renewBefore',
  ],
  [
    'a short RSA key',
    certificate(where, 'wrong', { privateKey: { algorithm: 'RSA', size: 1024 } }),
    'between 2048 and 8192',
  ],
  [
    'an unknown issuer kind',
    certificate(where, 'wrong', { issuerRef: { name: 'x', kind: 'Foo' } }),
    'must be one of Issuer or ClusterIssuer',
  ],
  ['an empty issuer name', certificate(where, 'wrong', { issuerRef: { name: '' } }), 'spec.issuerRef.name'],
  ['an unknown usage', certificate(where, 'wrong', { usages: ['nonsense'] }), 'usages'],
  ['an Issuer of no type', issuer({}), 'at least one issuer must be configured'],
  [
    'an Issuer of two types',
    issuer({ selfSigned: {}, ca: { secretName: 'x' } }),
    'may not specify more than one issuer type',
  ],
  ['a CA without a Secret', issuer({ ca: { secretName: '' } }), 'spec.ca.secretName'],
  ['an ACME solver of no type', issuer({ acme: { ...account, solvers: [{}] } }), 'spec.acme.solvers[0]'],
];

describe('a mistake', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await installDefault(cluster);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      manifests(namespace(where), selfSignedIssuer(where), certificate(where, 'good')),
    );
    await untilCertificatesReady(cluster, [`${where}/good`]);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', where, '--ignore-not-found']);
  });

  for (const [what, manifest, expected] of mistakes) {
    it(`is refused: ${what}`, async () => {
      const { ok, text } = await cluster.tryKubectl(['apply', '-f', '-'], manifests(manifest));
      assert.ok(!ok, 'it was taken');
      assert.ok(text.includes(expected), text);
    });
  }

  it('is refused: another spec for a CertificateRequest', async () => {
    const patch = ['patch', 'certificaterequest', 'good-1', '-n', where, '--type=merge', '-p'];
    const { ok, text } = await cluster.tryKubectl([...patch, '{"spec":{"duration":"5h"}}']);
    assert.ok(!ok && text.includes('cannot change spec after creation'), text);
  });

  it('is refused: approval by somebody who may not approve', async () => {
    const clerk = ['--as=clerk', '--as-group=system:authenticated'];
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { namespace: where, name: 'clerk' },
      rules: [
        {
          apiGroups: ['cert-manager.io'],
          resources: ['certificaterequests', 'certificaterequests/status'],
          verbs: ['*'],
        },
      ],
    };
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace: where, name: 'clerk' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'clerk' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'clerk' }],
    };
    const original = JSON.parse(
      await cluster.kubectl(['get', 'certificaterequest', 'good-1', '-n', where, '-o', 'json']),
    ) as { spec: { request: string } };
    // Any kind that the API server knows can be an external signer; nobody approves for it by default.
    const external = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { namespace: where, name: 'foreign' },
      spec: { request: original.spec.request, issuerRef: { name: 'x', kind: 'Deployment', group: 'apps' } },
    };
    await cluster.kubectl(['apply', '-f', '-'], manifests(role, binding));
    await cluster.kubectl(['create', '-f', '-', ...clerk], manifests(external));
    const stored = await cluster.kubectl([
      'get',
      'certificaterequest',
      'foreign',
      '-n',
      where,
      '-o',
      'jsonpath={.spec.username}',
    ]);
    assert.equal(stored, 'clerk');
    const condition = { type: 'Approved', status: 'True', reason: 'Clerk', message: 'I like it' };
    const patch = ['patch', 'certificaterequest', 'foreign', '-n', where, '--subresource=status', '--type=merge', '-p'];
    const { ok, text } = await cluster.tryKubectl([
      ...patch,
      JSON.stringify({ status: { conditions: [condition] } }),
      ...clerk,
    ]);
    assert.ok(!ok && text.includes('does not have permissions to set approved/denied conditions'), text);
  });
});
