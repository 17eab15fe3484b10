// From an ACME Issuer to Order, Challenge and Secret, on a real API server, with a real ACME server and a real DNS server: with each of the faults
// that Pebble has, by DNS-01 and by HTTP-01 with the shared solver, for every kind of name.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { challenges, orders } from '../../../src/api/kinds.ts';
import type { KubeObject, ResourceType } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import { ingresses, secrets } from '../../../src/kube/resources.ts';
import { startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, accountAt, bindSolver, hostOf, startAcmeWorld, zone } from '../../support/acme-world.ts';
import { type Http01Site, sharedSolverFlags, startHttp01Site } from '../../support/http01-site.ts';
import { TestNamespace } from '../../support/in-cluster.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { bytesOf } from '../../support/openssl.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import type { PebbleOptions } from '../../support/pebble.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

const ingress = { ingressClassName: 'none' };
const httpSolver = { http01: { ingress } };

describe('certificates from an ACME server', () => {
  let world: AcmeWorld;
  let site: Http01Site;
  let operator: Operator;
  const clock = new LeapingClock();

  before(async () => {
    world = await startAcmeWorld();
    await world.plane.kubectl(['create', 'namespace', 'cert-manager']);
    site = await startHttp01Site(world.plane);
    operator = await startOperator(world.plane, {
      flags: [...world.flags, ...sharedSolverFlags],
      env: site.env,
      clock,
    });
  });
  after(async () => {
    await operator?.stop();
    await site?.stop();
    await world?.stop();
  });

  const list = <T extends KubeObject>(kind: ResourceType, namespace: string) =>
    world.plane.client.list<T>(kind, namespace);
  const ordersIn = (namespace: string) => list<Order>(orders, namespace);
  const hostIn = (namespace: string, name: string) => `${hostOf(namespace, name)}.${zone}`;

  /** Waits for the certificate; answers its names. */
  async function issued(namespace: string, name: string, spec: object): Promise<readonly string[]> {
    await world.certificate(namespace, name, spec);
    const { status } = await untilReady(world.plane, namespace, name);
    assert.equal(status?.revision, 1);
    const secret = await new TestNamespace(world.plane, namespace).secret(`${name}-tls`);
    const { subjectAltName = '' } = new X509Certificate(bytesOf(secret, 'tls.crt'));
    return subjectAltName.split(', ').toSorted();
  }

  /** No Challenge, no TXT record, no route, no next key; each Order is valid. */
  async function assertClean(namespace: string, dnsNames: readonly string[]): Promise<void> {
    await until('nothing is left over', async () => {
      const open = [...(await list(challenges, namespace)), ...(await list(ingresses, 'cert-manager'))];
      const names = (await list(secrets, namespace)).map(({ metadata }) => metadata.name);
      return open.length === 0 && names.every((name) => /^(account|tsig|.*-tls)$/.test(name));
    });
    for (const name of dnsNames) assert.deepEqual(await world.bind.txt(`_acme-challenge.${name}`), []);
    for (const { status } of await ordersIn(namespace)) assert.equal(status?.state, 'valid');
  }

  async function issueAll(
    namespace: string,
    wanted: Readonly<Record<string, readonly string[]>>,
    spec: object = {},
  ): Promise<void> {
    const checked = Object.entries(wanted).map(async ([name, dnsNames]) => {
      const names = await issued(namespace, name, { dnsNames, ...spec });
      assert.deepEqual(names, dnsNames.map((each) => `DNS:${each}`).toSorted());
    });
    await Promise.all(checked);
    const hosts = Object.values(wanted).flat();
    await assertClean(
      namespace,
      hosts.filter((name) => !name.startsWith('*')),
    );
    assert.equal((await ordersIn(namespace)).length, checked.length);
  }

  const several = (namespace: string, name: string) =>
    ['a', 'b', 'c'].map((label) => `${label}.${hostIn(namespace, name)}`);
  const withWildcard = (namespace: string, name: string) => [hostIn(namespace, name), `*.${hostIn(namespace, name)}`];

  const servers: [string, PebbleOptions][] = [
    ['that makes no trouble', {}],
    ['that refuses one nonce in twenty and uses half of the authorizations again', { nonceReject: 5, authzReuse: 50 }],
    ['that takes its time and uses every authorization again', { authzReuse: 100, sleepTime: 2 }],
  ];
  describe('side by side', { concurrency: 3 }, () => {
    for (const [name, options] of servers) {
      it(`by DNS-01, one name, several, a wildcard with its apex, from a server ${name}`, async () => {
        const namespace = await world.issuer('dns', accountAt(await world.another(options)));
        await issueAll(namespace, {
          single: [hostIn(namespace, 'single')],
          several: several(namespace, 'several'),
          wildcard: withWildcard(namespace, 'wildcard'),
        });
      });

      it(`by HTTP-01 with the shared solver, one name and several, from a server ${name}`, async () => {
        const pebble = await world.another({ ...options, httpPort: site.port });
        const namespace = await world.issuer('http', { ...accountAt(pebble), solvers: [httpSolver] });
        await issueAll(namespace, { single: [hostIn(namespace, 'single')], several: several(namespace, 'several') });
        assert.ok(site.looked.includes(hostIn(namespace, 'single')), 'nobody looked before the server was asked');
      });
    }

    it('for an IP address, by HTTP-01', async () => {
      const pebble = await world.another({ httpPort: site.port });
      // Self-checks of loopback addresses do not go through proxies.
      const solvers = [{ http01: { ingress }, waitInsteadOfSelfCheck: '2s' }];
      const namespace = await world.issuer('address', { ...accountAt(pebble), solvers });
      const names = await issued(namespace, 'web', { dnsNames: [], ipAddresses: ['127.0.0.1'] });
      assert.deepEqual(names, ['IP Address:127.0.0.1']);
      await assertClean(namespace, []);
    });

    it('for names by DNS-01 and an IP address by HTTP-01 in one order', async () => {
      const pebble = await world.another({ httpPort: site.port });
      const solvers = [bindSolver(world.bind), { http01: { ingress }, waitInsteadOfSelfCheck: '2s' }];
      const namespace = await world.issuer('mixed', { ...accountAt(pebble), solvers });
      const dnsNames = withWildcard(namespace, 'web');
      const names = await issued(namespace, 'web', { dnsNames, ipAddresses: ['127.0.0.1'] });
      assert.deepEqual(names, [...dnsNames.map((name) => `DNS:${name}`), 'IP Address:127.0.0.1'].toSorted());
      await assertClean(namespace, dnsNames.slice(0, 1));
    });

    it('for a wildcard and its apex, which are presented together', async () => {
      const proxy = await startAcmeProxy(world.pebble);
      try {
        const namespace = await world.issuer('together', proxy.spec);
        const apex = hostIn(namespace, 'web');
        // No challenge is accepted before both values are there: whoever presents one after the other never gets on.
        let both: Promise<unknown> | undefined;
        proxy.fault = async ({ endpoint }) => {
          if (endpoint !== 'challenge') return undefined;
          both ??= until('both are presented', async () => {
            return (await world.bind.txt(`_acme-challenge.${apex}`)).length === 2;
          });
          await both;
          return undefined;
        };
        await issueAll(namespace, { web: withWildcard(namespace, 'web') });
        await both;
      } finally {
        await proxy.stop();
      }
    });

    it('for names that were validated before: an authorization that is used again needs no Challenge', async () => {
      const namespace = await world.issuer('again', accountAt(await world.another({ authzReuse: 100 })));
      const dnsNames = withWildcard(namespace, 'first');
      await issueAll(namespace, { first: dnsNames });
      const about = new TestNamespace(world.plane, namespace);
      await issued(namespace, 'second', { dnsNames });
      const [order] = (await ordersIn(namespace)).filter(({ metadata }) => metadata.name.startsWith('second-'));
      assert.deepEqual(
        order?.status?.authorizations?.map(({ initialState }) => initialState),
        ['valid', 'valid'],
      );
      assert.deepEqual(await about.eventsAbout(order?.metadata.name ?? ''), [
        'Normal Complete Order completed successfully',
      ]);
    });
  });

  it('from a server that refuses nine nonces of ten: it takes long, and nothing is given up', async () => {
    const pebble = await world.another({ nonceReject: 90, httpPort: site.port });
    const namespace = await world.issuer('nonces', { ...accountAt(pebble), solvers: [httpSolver] });
    // What waits between attempts need not wait here. The last test: signed updates of DNS want the right time.
    const end = clock.hurry(60_000);
    try {
      await issueAll(namespace, { single: [hostIn(namespace, 'single')] });
    } finally {
      end();
    }
  });
});
