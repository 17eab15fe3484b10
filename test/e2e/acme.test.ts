// ACME by HTTP-01 as a user has it: the chart, an ingress controller and a Gateway in front, an ACME server that finds its way by DNS. In every way in which a
// solver may be reached, in a namespace with restricted Pod Security.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Challenge } from '../../src/api/challenge.ts';
import { challenges } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { ingresses } from '../../src/kube/resources.ts';
import { type AcmeWorld, dnsValues, startAcmeWorld } from '../support/e2e/acme-world.ts';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import { gateway, ingressClass } from '../support/e2e/ingress-controller.ts';
import { certificate, manifests, namespace, numbered } from '../support/e2e/manifests.ts';
import { install, untilCertificatesReady, upgrade, wipe } from '../support/e2e/release.ts';
import { until } from '../support/until.ts';

const where = 'acme';
const solverLabel = 'acme.cert-manager.io/http01-solver=true';
const readyMs = 120_000;

/** Label `solver` of a Certificate → how its challenges are answered. */
const solvers = {
  class: { ingress: { class: ingressClass } },
  classname: { ingress: { ingressClassName: ingressClass, serviceType: 'ClusterIP' } },
  name: { ingress: { name: 'shop' } },
  route: {
    gatewayHTTPRoute: {
      serviceType: 'ClusterIP',
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...gateway }],
    },
  },
};

const issuer = ({ pebble }: AcmeWorld) => ({
  apiVersion: 'cert-manager.io/v1',
  kind: 'ClusterIssuer',
  metadata: { name: 'acme' },
  spec: {
    acme: {
      server: pebble.directoryUrl,
      caBundle: Buffer.from(pebble.apiCaPem).toString('base64'),
      privateKeySecretRef: { name: 'acme-account' },
      solvers: Object.entries(solvers).map(([name, http01]) => ({
        selector: { matchLabels: { solver: name } },
        http01,
      })),
    },
  },
});

/** `<name>.example.com`, unless `spec` says otherwise. */
function ordered(name: string, solver: keyof typeof solvers, spec: object = {}) {
  const issuerRef = { name: 'acme', kind: 'ClusterIssuer' };
  const { metadata, ...rest } = certificate(where, name, { issuerRef, ...spec });
  return { ...rest, metadata: { ...metadata, labels: { solver } } };
}

/** An application that was there before: its Ingress is edited for a challenge, and is then what it was. */
const shop = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: where, name: 'shop' },
    spec: { ports: [{ port: 80 }], selector: { app: 'shop' } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: where, name: 'shop', annotations: { note: 'mine' } },
    spec: {
      ingressClassName: ingressClass,
      rules: [
        {
          host: 'by-name.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
];

interface Event extends KubeObject {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly message: string;
}

describe('certificates by HTTP-01', () => {
  let cluster: Cluster;
  let world: AcmeWorld;

  before(async () => {
    cluster = theCluster();
    world = await startAcmeWorld(cluster);
    await wipe(cluster);
    await install(cluster, { ...dnsValues(world.dns), 'extraArgs[0]': '--enable-gateway-api' });
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await apply(namespace(where, restricted), ...shop, issuer(world));
  });
  after(async () => {
    await cluster.tryKubectl(['delete', 'namespace', where, '--ignore-not-found', '--timeout=120s']);
    await cluster.tryKubectl(['delete', 'clusterissuer', 'acme', '--ignore-not-found']);
    await world?.stop();
  });

  const apply = (...objects: readonly object[]) => cluster.kubectl(['apply', '-f', '-'], manifests(...objects));
  const untilIssued = (...names: readonly string[]) =>
    untilCertificatesReady(
      cluster,
      names.map((name) => `${where}/${name}`),
      readyMs,
    );

  /** Throws unless the ACME server signed it, for these names. */
  async function assertIssued(name: string, altNames: string): Promise<void> {
    const encoded = await cluster.kubectl([
      'get',
      'secret',
      '-n',
      where,
      `${name}-tls`,
      '-o',
      'jsonpath={.data.tls\\.crt}',
    ]);
    const pem = Buffer.from(encoded, 'base64').toString();
    const [leaf = '', ...chain] = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const certificates = [...chain, await world.pebble.rootPem()].map((each) => new X509Certificate(each));
    let signed = new X509Certificate(leaf);
    assert.equal(signed.subjectAltName, altNames);
    for (const signer of certificates) {
      assert.ok(signed.verify(signer.publicKey), `${signed.issuer} did not sign it`);
      signed = signer;
    }
  }

  const eventsOf = async (kind: string, name: string): Promise<readonly string[]> => {
    const { items } = await cluster.api.request<{ items: Event[] }>('GET', `/api/v1/namespaces/${where}/events`);
    return items
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name.startsWith(name))
      .map(({ reason, message }) => `${reason}: ${message.replaceAll(new RegExp(`${name}-[-\\d]+`, 'g'), 'NAME')}`);
  };

  it('come through an Ingress by class and by class name, an edited Ingress, and an HTTPRoute', async () => {
    const before = await cluster.api.get<KubeObject & { spec: object }>(ingresses, { namespace: where, name: 'shop' });
    await apply(
      ordered('by-class', 'class'),
      ordered('by-class-name', 'classname'),
      ordered('by-name', 'name'),
      ordered('by-route', 'route'),
    );
    const names = ['by-class', 'by-class-name', 'by-name', 'by-route'];
    await untilIssued(...names);
    for (const name of names) await assertIssued(name, `DNS:${name}.example.com`);
    const after = await cluster.api.get<KubeObject & { spec: object }>(ingresses, { namespace: where, name: 'shop' });
    assert.deepEqual([after.spec, after.metadata.annotations], [before.spec, before.metadata.annotations]);
    assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it('leave nothing behind', async () => {
    await until('the objects of the solvers are gone', async () => {
      const kinds = 'pods,services,ingresses,httproutes,challenges.acme.cert-manager.io';
      const { text } = await cluster.tryKubectl(['get', kinds, '-A', '-l', solverLabel, '-o', 'name']);
      return text.trim() === '';
    });
    assert.deepEqual(await cluster.api.list(challenges), []);
  });

  it('say in kubectl describe how they came', async () => {
    assert.deepEqual(await eventsOf('Challenge', 'by-class-1'), [
      'Presented: Presented challenge using HTTP-01 challenge mechanism',
      'DomainVerified: Domain "by-class.example.com" verified with "HTTP-01" validation',
    ]);
    assert.deepEqual(await eventsOf('Order', 'by-class-1'), [
      'Created: Created Challenge resource "NAME" for domain "by-class.example.com"',
      'Complete: Order completed successfully',
    ]);
    const described = await cluster.kubectl(['describe', 'orders', '-n', where, '-l', 'solver=class']);
    for (const word of ['Created Challenge resource', 'Order completed successfully', 'State:'])
      assert.ok(described.includes(word), `${word} is not in\n${described}`);
  });

  it('may have several names, and an address', async (t) => {
    const { address } = cluster.file;
    const dnsNames = ['one.example.com', 'two.example.com'];
    await apply(
      ordered('several', 'classname', { dnsNames }),
      ordered('address', 'classname', { dnsNames: undefined, ipAddresses: [address] }),
    );
    const started = performance.now();
    await untilIssued('several', 'address');
    t.diagnostic(`${((performance.now() - started) / 1000).toFixed(1)} s`);
    await assertIssued('several', 'DNS:one.example.com, DNS:two.example.com');
    await assertIssued('address', `IP Address:${address}`);
  });

  it('wait, and say what for, while the answer cannot be seen', async () => {
    await world.dns.setAddress('late.example.com', '127.0.0.1');
    await apply(ordered('late', 'classname'));
    const seen = await until('its Challenge says what was seen', async () => {
      const [found] = await cluster.api.list<Challenge>(challenges, where);
      return found?.status?.checks === undefined ? undefined : found;
    });
    const { state, processing, presented, reason = '', checks } = seen.status ?? {};
    assert.deepEqual({ state, processing, presented }, { state: 'pending', processing: true, presented: true });
    assert.match(
      reason,
      /^Waiting for HTTP-01 challenge propagation: failed to perform self check GET request 'http:\/\/late\.example\.com\/\S+': ECONNREFUSED$/,
    );
    assert.deepEqual(checks, [{ server: 'late.example.com', answer: 'ECONNREFUSED' }]);
    const described = await cluster.kubectl(['describe', 'challenges', '-n', where]);
    for (const words of [
      'Waiting for HTTP-01 challenge propagation',
      'Presented challenge using HTTP-01',
      'ECONNREFUSED',
    ]) {
      assert.ok(described.includes(words), `kubectl describe does not say: ${words}\n${described}`);
    }
    await world.dns.setAddress('late.example.com', cluster.file.address);
    await untilIssued('late');
  });
});

describe('certificates by HTTP-01 through the shared solver', () => {
  let cluster: Cluster;
  let world: AcmeWorld;
  const count = 10;
  const names = numbered('shared', count);

  before(async () => {
    cluster = theCluster();
    world = await startAcmeWorld(cluster);
    await wipe(cluster);
    await install(cluster, {
      ...dnsValues(world.dns),
      replicaCount: '2',
      'acmesolver.mode': 'shared',
      'networkPolicy.enabled': 'true',
    });
    await cluster.kubectl(['apply', '-f', '-'], manifests(namespace(where), issuer(world)));
  });
  after(async () => {
    await cluster.tryKubectl(['delete', 'namespace', where, '--ignore-not-found', '--timeout=120s']);
    await cluster.tryKubectl(['delete', 'clusterissuer', 'acme', '--ignore-not-found']);
    await world?.stop();
  });

  it('come without a pod', async (t) => {
    const started = performance.now();
    await cluster.kubectl(['apply', '-f', '-'], manifests(...names.map((name) => ordered(name, 'classname'))));
    await untilCertificatesReady(
      cluster,
      names.map((name) => `${where}/${name}`),
      readyMs,
    );
    t.diagnostic(`${count} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const { items } = await cluster.api.request<{ items: Event[] }>('GET', `/api/v1/namespaces/${where}/events`);
    assert.deepEqual(
      items.filter(({ involvedObject }) => involvedObject.kind === 'Pod'),
      [],
    );
  });

  it('leave nothing behind', async () => {
    await until('the Ingresses are gone', async () => {
      const { text } = await cluster.tryKubectl(['get', 'ingresses', '-A', '-l', solverLabel, '-o', 'name']);
      return text.trim() === '';
    });
  });

  it('come in the old way again after an upgrade', async () => {
    await upgrade(cluster, { 'acmesolver.mode': 'pods' });
    await cluster.kubectl(['apply', '-f', '-'], manifests(ordered('pods', 'classname')));
    await untilCertificatesReady(cluster, [`${where}/pods`], readyMs);
    const { items } = await cluster.api.request<{ items: Event[] }>('GET', `/api/v1/namespaces/${where}/events`);
    assert.ok(items.some(({ involvedObject }) => involvedObject.kind === 'Pod'));
  });
});
