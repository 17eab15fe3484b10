// What goes wrong on the way of an ACME issuance, and is mended again: in each case the Certificate's Ready message names the cause, and nothing is left
// over. Names that cannot be proved, resolvers that see something else, DNS and ACME servers that are down, Secrets, issuers and namespaces that go.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Challenge } from '../../../src/api/challenge.ts';
import { clusterIssuers, issuers, orders } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import { events, namespaces, pods, secrets } from '../../../src/kube/resources.ts';
import { challengesIn, holdFirst, untilCause } from '../../support/acme-causes.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, bindSolver, hostOf, startAcmeWorld, zone } from '../../support/acme-world.ts';
import { type Bind, startBind } from '../../support/bind.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { untilReady } from '../../support/private-ca.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { until } from '../../support/until.ts';

interface StoredSecret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
}

const minuteMs = 60_000;

describe('an ACME issuance', () => {
  let world: AcmeWorld;
  /** Another DNS for the same zone, and the ACME server that asks it; our own resolvers do not. */
  let elsewhere: Bind;
  let judge: Pebble;
  const proxies: AcmeProxy[] = [];
  let operator: Operator;
  const clock = new ShiftedClock(new Date());

  before(async () => {
    world = await startAcmeWorld();
    elsewhere = await startBind({
      zones: { [zone]: 'page IN A 127.0.0.1\n_acme-challenge.wrong IN TXT "something else"' },
    });
    const dnsServer = `${elsewhere.address}:${elsewhere.port}`;
    judge = await startPebble({ dnsServer, blocked: [`blocked.${zone}`] });
    const flags = ['--acme-self-check-deadline=4s', `--acme-http01-solver-nameservers=${dnsServer}`];
    operator = await startOperator(world.plane, { flags: [...world.flags, ...flags], clock });
    await operator.started;
  });
  after(async () => {
    await operator?.stop();
    for (const proxy of proxies) await proxy.stop();
    await Promise.all([elsewhere?.stop(), judge?.stop()]);
    await world?.stop();
  });

  async function proxied(): Promise<AcmeProxy> {
    const proxy = await startAcmeProxy(world.pebble);
    proxies.push(proxy);
    return proxy;
  }

  /** spec.acme of an issuer whose server asks the other DNS. */
  const judged = () => ({ server: judge.directoryUrl, caBundle: Buffer.from(judge.apiCaPem).toString('base64') });

  /** As the one of the world, of the other DNS. */
  async function solvedElsewhere(name: string): Promise<string> {
    const { dns01 } = bindSolver(elsewhere) as { dns01: { rfc2136: object } };
    const rfc2136 = { ...dns01.rfc2136, tsigSecretSecretRef: { name: 'other', key: 'secret' } };
    const namespace = await world.issuer(name, { ...judged(), solvers: [{ dns01: { rfc2136 } }] });
    await makeSecret(namespace, 'other', { secret: elsewhere.keys.HMACSHA256.secret });
    return namespace;
  }

  const makeSecret = (namespace: string, name: string, stringData: object) =>
    world.plane.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });

  /** The only Challenge, once it is so. */
  const untilChallenge = (namespace: string, what: string, isSo: (challenge: Challenge) => boolean | undefined) =>
    until(`the Challenge of ${namespace} is ${what}`, async () =>
      (await challengesIn(world.plane, namespace)).find((each) => isSo(each)),
    );

  const recordOf = (namespace: string) => `_acme-challenge.${hostOf(namespace, 'web')}.${zone}`;

  async function assertIssued(namespace: string): Promise<void> {
    await untilReady(world.plane, namespace, 'web');
    await until(
      `no Challenge of ${namespace} is left`,
      async () => (await challengesIn(world.plane, namespace)).length === 0,
    );
    assert.deepEqual(await world.bind.txt(recordOf(namespace)), []);
    assert.deepEqual(await elsewhere.txt(recordOf(namespace)), []);
  }

  const unproved: readonly (readonly [what: string, name: string, cause: RegExp])[] = [
    [
      'another TXT value than ours',
      `wrong.${zone}`,
      /authorization error for wrong\.\S+ 403 \S+unauthorized: .*; will be tried again at \S+Z/,
    ],
    [
      'no such name',
      `nowhere.${zone}`,
      /authorization error for nowhere\.\S+ 40\d \S+: .*; will be tried again at \S+Z/,
    ],
    ['a name that it does not issue for', `blocked.${zone}`, /Failed to create Order: 40\d \S+rejectedIdentifier/],
  ];
  const isIssuerReady = async (namespace: string) =>
    JSON.stringify(await world.plane.client.get(issuers, { namespace, name: 'acme' })).includes(
      'ACMEAccountRegistered',
    );

  const restore = ({ metadata: { name, namespace = '' }, data }: StoredSecret) =>
    world.plane.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data });

  const untilEvent = (namespace: string, reason: string, message: RegExp) =>
    until(`an event ${reason} ${message} in ${namespace}`, async () =>
      (await world.plane.client.list<Event>(events, namespace)).find(
        (each) => each.reason === reason && message.test(each.message),
      ),
    );

  const untilNamespaceIsGone = (name: string) =>
    until(
      `namespace ${name} is gone`,
      async () => (await world.plane.client.find(namespaces, { name })) === undefined,
      undefined,
      200,
    );

  // None of them is in another one's way.
  describe('of many at once', { concurrency: true }, () => {
    it('whose server finds another TXT value, no such name, or does not want to issue, says so', async () => {
      const all = unproved.map(async ([what, dnsName, cause], at) => {
        const namespace = await world.issuer(`unproved-${at}`, judged());
        await world.certificate(namespace, 'web', { dnsNames: [dnsName] });
        await untilCause(world.plane, namespace, cause).catch((error: Error) => {
          throw new Error(`${what}: ${error.message}`);
        });
      });
      await Promise.all(all);
    });

    it('whose server finds another page than ours says so', async () => {
      const namespace = await world.issuer('page', { ...judged(), solvers: [{ http01: { ingress: {} } }] });
      await world.certificate(namespace, 'web', { dnsNames: [`page.${zone}`] });
      const { spec } = await untilChallenge(namespace, 'presented', ({ status }) => status?.presented);
      await judge.challenges.addHttp01(spec.token, 'something else');
      await untilCause(
        world.plane,
        namespace,
        /authorization error for page\.\S+ 403 \S+unauthorized: .*; will be tried again at/,
      );
      await until('the pod is gone', async () => (await world.plane.client.list(pods, namespace)).length === 0);
    });

    it('whose answer we cannot see, but the server can (split DNS), is done after the deadline of the self-check', async () => {
      const namespace = await solvedElsewhere('split');
      // The Certificate is silent for a while.
      const deadline = { 'acme.cert-manager.io/self-check-deadline': '10s' };
      await world.plane.client.merge(issuers, { namespace, name: 'acme' }, { metadata: { annotations: deadline } });
      await world.certificate(namespace, 'web');
      await untilCause(
        world.plane,
        namespace,
        /Waiting for DNS-01 challenge propagation: DNS record for \S+ not yet propagated/,
      );
      const { status } = await untilChallenge(
        namespace,
        'looked for',
        (each) => (each.status?.checks ?? []).length > 0,
      );
      assert.deepEqual(
        status?.checks?.map(({ server }) => server),
        [`${world.bind.address}:${world.bind.port}`],
      );
      await assertIssued(namespace);
    });

    it('whose TSIG Secret goes half-way says so, and goes on when it is back', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'authorization');
      const namespace = await world.issuer('no-key', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      const key = await world.plane.client.get<StoredSecret>(secrets, { namespace, name: 'tsig' });
      await world.plane.client.delete(secrets, { namespace, name: 'tsig' });
      hold.release();
      await untilCause(world.plane, namespace, /secret "tsig": secrets? "tsig" not found/);
      await restore(key);
      await assertIssued(namespace);
    });

    it('whose TSIG Secret goes when the answer is there takes the answer away when the Secret is back', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'challenge');
      const namespace = await world.issuer('kept-record', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      const key = await world.plane.client.get<StoredSecret>(secrets, { namespace, name: 'tsig' });
      await world.plane.client.delete(secrets, { namespace, name: 'tsig' });
      hold.release();
      await untilEvent(namespace, 'CleanUpError', /tsig/);
      await restore(key);
      await assertIssued(namespace);
    });

    it('whose account Secret goes half-way is done with a new account', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'authorization');
      const namespace = await world.issuer('no-account', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      await world.plane.client.delete(secrets, { namespace, name: 'account' });
      hold.release();
      await assertIssued(namespace);
      await world.plane.client.get(secrets, { namespace, name: 'account' });
    });

    it('whose account Secret goes and may not be made says so, and goes on when it is back', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'authorization');
      const namespace = await world.issuer('own-account', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      await world.plane.client.merge(
        issuers,
        { namespace, name: 'acme' },
        { spec: { acme: { disableAccountKeyGeneration: true } } },
      );
      const key = await world.plane.client.get<StoredSecret>(secrets, { namespace, name: 'account' });
      await world.plane.client.delete(secrets, { namespace, name: 'account' });
      hold.release();
      await untilCause(world.plane, namespace, /the secret was not found: secrets "account" not found/);
      await restore(key);
      await assertIssued(namespace);
    });

    it('whose issuer goes half-way says so, and goes on when it is back', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'authorization');
      const namespace = await world.issuer('no-issuer', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      const { spec } = await world.plane.client.get<KubeObject & { spec: object }>(issuers, {
        namespace,
        name: 'acme',
      });
      await world.plane.client.delete(issuers, { namespace, name: 'acme' });
      hold.release();
      await untilCause(world.plane, namespace, /Issuer "acme" not found/);
      const metadata = { name: 'acme', namespace };
      await world.plane.client.create(issuers, { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata, spec });
      await assertIssued(namespace);
    });

    it('whose namespace goes half-way leaves nothing: its DNS record goes with the key of a ClusterIssuer', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'challenge');
      await world.plane.client.apply(namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'cert-manager' },
      });
      await makeSecret('cert-manager', 'tsig', { secret: world.bind.keys.HMACSHA256.secret });
      await world.plane.client.create(clusterIssuers, {
        apiVersion: 'cert-manager.io/v1',
        kind: 'ClusterIssuer',
        metadata: { name: 'acme' },
        spec: { acme: { ...proxy.spec, privateKeySecretRef: { name: 'account' }, solvers: [bindSolver(world.bind)] } },
      });
      const namespace = await world.plane.createNamespace('gone');
      await world.certificate(namespace, 'web', { issuerRef: { name: 'acme', kind: 'ClusterIssuer' } });
      await hold.reached;
      assert.equal((await world.bind.txt(recordOf(namespace))).length, 1);
      await world.plane.client.delete(namespaces, { name: namespace });
      hold.release();
      await untilNamespaceIsGone(namespace);
      assert.deepEqual(await world.bind.txt(recordOf(namespace)), []);
    });
  });

  describe('alone, with all that others need taken away', () => {
    it('waits for a DNS provider that is down, and says so', async () => {
      await elsewhere.halt();
      const namespace = await solvedElsewhere('no-dns');
      await world.certificate(namespace, 'web');
      await untilCause(world.plane, namespace, /rfc2136.*|ECONNREFUSED/);
      await elsewhere.restart();
      await assertIssued(namespace);
    });

    it('waits for an ACME server that is down, and goes on when it is back, although it has forgotten everything', async () => {
      const namespace = await world.issuer('no-ca', judged());
      await until('the account is there', async () => isIssuerReady(namespace));
      await judge.halt();
      await world.certificate(namespace, 'web');
      await untilCause(world.plane, namespace, /Failed to create Order: .*refused/i);
      await judge.restart();
      // Its DNS knows nothing of us; that it looked is enough.
      await untilCause(world.plane, namespace, /authorization error/);
    });

    it('that rests goes on when the clock has jumped', async () => {
      let isLimited = true;
      const proxy = await proxied();
      proxy.fault = ({ endpoint }) =>
        isLimited && endpoint === 'newOrder' ? { kind: 'refuse', status: 429, retryAfter: '200' } : undefined;
      const namespace = await world.issuer('jump', proxy.spec);
      await world.certificate(namespace, 'web');
      await untilCause(world.plane, namespace, /Rate limited by the ACME server until/);
      isLimited = false;
      clock.jump(201_000);
      // Timers do not notice that a machine was asleep; whatever happens to the Order does.
      const [order] = await world.plane.client.list<Order>(orders, namespace);
      assert.ok(order !== undefined);
      await world.plane.client.merge(orders, order.metadata, { metadata: { annotations: { awake: 'yes' } } });
      await assertIssued(namespace);
      // What is signed for the DNS server bears the time.
      clock.jump(-201_000);
    });

    it('whose namespace goes with issuer and key half-way does not hold it for longer than five minutes', async () => {
      const proxy = await proxied();
      const hold = holdFirst(proxy, 'challenge');
      const namespace = await world.issuer('all-gone', proxy.spec);
      await world.certificate(namespace, 'web');
      await hold.reached;
      await world.plane.client.delete(secrets, { namespace, name: 'tsig' });
      await world.plane.client.delete(namespaces, { name: namespace });
      hold.release();
      await until('the Challenge is being deleted', async () => {
        const all = await challengesIn(world.plane, namespace);
        return all.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
      });
      clock.jump(6 * minuteMs);
      await untilNamespaceIsGone(namespace);
      assert.equal((await world.bind.txt(recordOf(namespace))).length, 1);
      assert.ok(operator.logged.some((line) => line.includes('the answer of a challenge was left behind')));
    });
  });
});
