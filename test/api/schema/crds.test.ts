// Whether the API server takes our CRDs as they are, and does with objects what the schemas promise.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Certificate } from '../../../src/api/certificate.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import { certificates, clusterIssuers, issuers, kinds } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { parseStored } from '../../../src/api/stored.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { customResourceDefinitions } from '../../../src/kube/resources.ts';
import { type CustomResourceDefinition, customResourceDefinition } from '../../../src/schema/crd.ts';
import type { ControlPlane } from '../../support/control-plane.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';

type StoredCrd = KubeObject &
  CustomResourceDefinition & { readonly status: { readonly conditions: readonly { type: string; status: string }[] } };

let plane: ControlPlane;
let namespace: string;

before(async () => {
  plane = await sharedControlPlane();
  namespace = await plane.createNamespace('schema');
});

for (const kind of kinds) {
  test(`the CRD of ${kind.kind} is established and stored as generated`, async () => {
    const ours = customResourceDefinition(kind);
    const stored = await plane.client.get<StoredCrd>(customResourceDefinitions, { name: ours.metadata.name });
    const conditions = stored.status.conditions.map(({ type, status }) => `${type}=${status}`).sort();
    assert.deepEqual(conditions, ['Established=True', 'NamesAccepted=True']);
    assert.deepEqual(stored.spec.versions, ours.spec.versions);
  });
}

test('what we do not know is pruned; the rest comes back as it was sent, and passes our own parser', async () => {
  const spec = {
    secretName: 'www',
    duration: '90m',
    dnsNames: ['b.example.com', 'a.example.com'],
    issuerRef: { name: 'ca' },
    renewal: { policy: 'RenewBefore', windows: [{ cron: '@daily', windowDuration: '1.5h' }] },
  };
  const manifest = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'www', namespace } };
  const stored = await plane.client.create<Certificate>(certificates, { ...manifest, spec: { ...spec, madeUp: 1 } });
  assert.deepEqual(stored.spec, spec);
  assert.equal(parseStored(certificates, stored).kind, 'ok');
});

test('the API server sets the defaults of the Gateway API, and only those', async () => {
  const acme = {
    server: 'https://acme.example.com',
    privateKeySecretRef: { name: 'account' },
    solvers: [{ http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'gw' }] } } }],
  };
  const manifest = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: 'acme', namespace } };
  const stored = await plane.client.create<Issuer>(issuers, { ...manifest, spec: { acme } });
  const parentRefs = [{ name: 'gw', kind: 'Gateway', group: 'gateway.networking.k8s.io' }];
  assert.deepEqual(stored.spec, { acme: { ...acme, solvers: [{ http01: { gatewayHTTPRoute: { parentRefs } } }] } });
  assert.equal(parseStored(issuers, stored).kind, 'ok');
});

const refused: readonly [string, object, RegExp][] = [
  ['no issuerRef', { secretName: 'a' }, /spec\.issuerRef: Required value/],
  [
    'an unknown usage',
    { secretName: 'a', issuerRef: { name: 'x' }, usages: ['all'] },
    /spec\.usages\[0\]: Unsupported value/,
  ],
  [
    'a negative window',
    { secretName: 'a', issuerRef: { name: 'x' }, renewal: { windows: [{ cron: '@daily', windowDuration: '-1h' }] } },
    /windowDuration/,
  ],
];

for (const [name, spec, message] of refused) {
  test(`a Certificate with ${name} is refused`, async () => {
    const manifest = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'bad', namespace },
      spec,
    };
    await assert.rejects(plane.client.create(certificates, manifest), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.status, 422);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('the rule of venafi issuers is enforced', async () => {
  const metadata = { name: `venafi-${namespace}` };
  const spec = {
    venafi: {
      zone: 'z',
      cloud: { apiTokenSecretRef: { name: 'a' } },
      tpp: { url: 'u', credentialsRef: { name: 'b' } },
    },
  };
  const manifest = { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata, spec };
  await assert.rejects(
    plane.client.create(clusterIssuers, manifest),
    /exactly one of tpp, cloud, or ngts must be configured/,
  );
});

test('kubectl knows the short names, explains fields in our words and shows the columns', async () => {
  const explained = await plane.kubectl(['explain', 'cert.spec.privateKey.rotationPolicy']);
  assert.match(explained, /Read as\s+`Always` when absent/);
  const wide = await plane.kubectl(['get', 'certs', '-n', namespace, '-o', 'wide']);
  assert.match(wide, /^NAME +READY +SECRET +ISSUER +STATUS +AGE\n/);
  const selected = await plane.kubectl([
    'get',
    'cert',
    '-n',
    namespace,
    '--field-selector',
    'spec.issuerRef.name=ca',
    '-o',
    'name',
  ]);
  assert.equal(selected, 'certificate.cert-manager.io/www\n');
});
