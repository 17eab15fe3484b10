// Orders on a real API server and against Pebble: from newOrder to the certificate, what goes wrong on the way, and what a process finds that was left
// half-way. Challenges are proved by the test.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Challenge } from '../../../src/api/challenge.ts';
import { challenges, issuers, orders } from '../../../src/api/kinds.ts';
import type { OrderStatus } from '../../../src/api/order.ts';
import { keyOf } from '../../../src/kube/collection.ts';
import type { Execute } from '../../../src/kube/execute.ts';
import type { Action } from '../../../src/kube/reconcile.ts';
import { type AcmeFault, type AcmeProxy, type Endpoint, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { OrdersWorld, proveByDns, proveByPage } from '../../support/orders-world.ts';
import { type Pebble, type PebbleOptions, startPebble } from '../../support/pebble.ts';
import { until } from '../../support/until.ts';

let plane: ControlPlane;
const started: { stop(): Promise<void> }[] = [];

async function pebbleWith(options: PebbleOptions = {}): Promise<Pebble> {
  const pebble = await startPebble(options);
  started.push(pebble);
  return pebble;
}

async function worldOf(pebble: Pebble, acme: Parameters<typeof OrdersWorld.create>[2] = {}): Promise<OrdersWorld> {
  const world = await OrdersWorld.create(plane, pebble, acme);
  started.unshift(world);
  return world;
}

const minute = 60_000;
const failed = ({ failureTime }: OrderStatus): boolean => failureTime !== undefined;
/** The writes but events, as `kind resource`. */
const writesOf = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => (action.kind === 'event' ? [] : [`${action.kind} ${action.resource.plural}`]));

describe('Orders', () => {
  let pebble: Pebble;
  before(async () => {
    plane = await sharedControlPlane();
    pebble = await pebbleWith({ alternateRoots: 1, profiles: { default: 90 * 86_400, short: 3_600 } });
  });
  after(async () => {
    for (const each of started) await each.stop();
  });

  it('one name: two statuses, one Challenge, upstream’s events, four requests', async () => {
    const world = await worldOf(pebble);
    const order = await world.order({ dnsNames: ['one.example.com'] });
    const done: string[] = [];
    await world.start({
      guard: (execute) => async (actions, signal) => {
        await execute(actions, signal);
        done.push(...writesOf(actions));
      },
    });
    world.prove();
    const leaf = await world.certificateOf(order);
    assert.equal(leaf.subjectAltName, 'DNS:one.example.com');
    await world.nothingLeft();
    assert.deepEqual(done, ['status orders', 'create challenges', 'status orders', 'delete challenges']);
    const [created, complete, ...more] = await until('events are there', async () => {
      const found = await world.eventsOn(order);
      return found.length > 1 && found.sort().reverse();
    });
    assert.match(
      created ?? '',
      /^Normal Created Created Challenge resource "web-1-\d+-\d+" for domain "one.example.com"$/,
    );
    assert.deepEqual([complete, more], ['Normal Complete Order completed successfully', []]);
    const asked = world.acmeRequests.filter((each) => each.startsWith('POST'));
    assert.ok(asked.length <= 5, `${asked}`);
  });

  it('wildcard and apex, and a name besides', async () => {
    const world = await worldOf(pebble);
    await world.start();
    world.prove();
    const leaf = await world.certificateOf(
      await world.order({ dnsNames: ['many.example.com', '*.many.example.com', 'other.example.com'] }),
    );
    assert.deepEqual(leaf.subjectAltName?.split(', ').sort(), [
      'DNS:*.many.example.com',
      'DNS:many.example.com',
      'DNS:other.example.com',
    ]);
    await world.nothingLeft();
  });

  it('an IP address', async () => {
    const world = await worldOf(pebble, { solvers: [{ http01: { ingress: {} } }] });
    await world.start();
    world.prove(proveByPage(pebble));
    assert.equal(
      (await world.certificateOf(await world.order({ ipAddresses: ['127.0.0.1'] }))).subjectAltName,
      'IP Address:127.0.0.1',
    );
  });

  it('a profile, and one that the server does not have', async () => {
    const world = await worldOf(pebble);
    await world.start();
    world.prove();
    const leaf = await world.certificateOf(
      await world.order({ dnsNames: ['short.example.com'] }, { profile: 'short' }),
    );
    assert.ok(leaf.validToDate.getTime() - leaf.validFromDate.getTime() < 2 * 3_600_000);
    const other = await world.order({ dnsNames: ['long.example.com'] }, { profile: 'long' }, 'web-2');
    const { state, reason } = await world.statusOf(other, 'failed', failed);
    assert.deepEqual(
      [state, reason],
      ['errored', 'Failed to create Order: acme: certificate authority does not advertise a profile with name long'],
    );
  });

  it('the chain that the issuer prefers', async () => {
    const root = new X509Certificate(await pebble.rootPem(1));
    const world = await worldOf(pebble, { preferredChain: root.subject.replace(/^CN=/, '') });
    await world.start();
    world.prove();
    const order = await world.order({ dnsNames: ['chain.example.com'] });
    await world.certificateOf(order);
    const { certificate = '' } = await world.statusOf(order, 'valid', ({ state }) => state === 'valid');
    const last =
      Buffer.from(certificate, 'base64')
        .toString()
        .split(/(?=-----BEGIN)/)
        .at(-1) ?? '';
    assert.equal(new X509Certificate(last).issuer, root.subject);
  });

  it('a name that the server refuses', async () => {
    const refusing = await pebbleWith({ blocked: ['refused.example.com'] });
    const world = await worldOf(refusing);
    await world.start();
    const { state, reason } = await world.statusOf(
      await world.order({ dnsNames: ['refused.example.com'] }),
      'failed',
      failed,
    );
    assert.equal(state, 'errored');
    assert.match(reason ?? '', /^Failed to create Order: 400 urn:ietf:params:acme:error:rejectedIdentifier: /);
  });

  it('no solver fits: pending, and goes on as soon as one does', async () => {
    const world = await worldOf(pebble, { solvers: [] });
    await world.start();
    world.prove();
    const order = await world.order({ dnsNames: ['unsolved.example.com'] });
    const message =
      'Failed to determine a valid solver configuration for the set of domains on the Order: no configured challenge solvers can be used for this challenge';
    const { state } = await world.statusOf(order, 'said to be unsolvable', ({ reason }) => reason === message);
    assert.equal(state, 'pending');
    await until('the event is there', async () => (await world.eventsOn(order)).includes(`Warning Solver ${message}`));
    const solvers = [{ dns01: { webhook: { groupName: 'a', solverName: 'b' } } }];
    await plane.client.merge(issuers, world.key('acme'), { spec: { acme: { solvers } } });
    await world.certificateOf(order);
  });

  it('another solver half-way: other Challenges, the former ones go', async () => {
    const world = await worldOf(pebble);
    await world.start();
    const order = await world.order({ dnsNames: ['edited.example.com'] });
    const [first] = await until('a Challenge is there', async () => {
      const found = await world.challenges();
      return found.length > 0 && found;
    });
    const solvers = [{ dns01: { cloudflare: { email: 'a@b.c', apiKeySecretRef: { name: 'a', key: 'b' } } } }];
    await plane.client.merge(issuers, world.key('acme'), { spec: { acme: { solvers } } });
    world.prove();
    await world.certificateOf(order);
    const created = (await world.eventsOn(order)).filter((each) => each.startsWith('Normal Created'));
    assert.equal(created.length, 2);
    assert.notEqual(created.filter((each) => !each.includes(first?.metadata.name ?? '')).length, 0);
    await world.nothingLeft();
  });

  it('a Challenge that a user deletes is made again', async () => {
    const world = await worldOf(pebble);
    await world.start();
    const order = await world.order({ dnsNames: ['deleted.example.com'] });
    const [first] = await until('a Challenge is there', async () => {
      const found = await world.challenges();
      return found.length > 0 && found;
    });
    await plane.client.delete(challenges, keyOf(first as Challenge));
    world.prove();
    await world.certificateOf(order);
    await world.nothingLeft();
  });

  it('an Order made by hand is left alone, and told so once', async () => {
    const world = await worldOf(pebble);
    const request = await world.request({ dnsNames: ['real.example.com'] });
    const order = await world.orderOf(request, { dnsNames: ['forged.example.com'] });
    await world.start();
    const said = 'Warning NotOurs Nothing is done for this Order: it asks for other names than its signing request';
    await until('it was told', async () => (await world.eventsOn(order)).includes(said));
    await plane.client.merge(orders, keyOf(order), { metadata: { labels: { touched: 'yes' } } });
    await world.order({ dnsNames: ['after.example.com'] }, {}, 'web-2');
    world.prove();
    await until('the other one is placed', async () =>
      (await world.orders()).some(({ status }) => status?.url !== undefined),
    );
    const { status } = await plane.client.get<typeof order>(orders, keyOf(order));
    assert.deepEqual([status, await world.eventsOn(order)], [undefined, [said]]);
  });

  describe('failures that may pass', () => {
    it('a wrong answer: placed anew after two minutes, under the same Order', async () => {
      const world = await worldOf(pebble);
      await world.start();
      world.prove(proveByDns(pebble, () => 'wrong'));
      const order = await world.order({ dnsNames: ['wrong.example.com'] });
      const status = await world.statusOf(order, 'to be tried again', ({ failedAttempts }) => failedAttempts === 1);
      assert.deepEqual([status.state, status.url, status.authorizations], ['pending', undefined, undefined]);
      assert.match(
        status.reason ?? '',
        /^The order failed: authorization error for wrong.example.com: 403 urn:ietf:params:acme:error:unauthorized: .*; will be tried again at 20/,
      );
      await world.nothingLeft();
      await world.stopProving();
      await pebble.challenges.clearTxt('_acme-challenge.wrong.example.com.');
      world.prove();
      await world.jump(3 * minute);
      await world.certificateOf(order);
      await world.nothingLeft();
    });

    it('four wrong answers: the end', async () => {
      const world = await worldOf(pebble);
      await world.start();
      world.prove(proveByDns(pebble, () => 'wrong'));
      const order = await world.order({ dnsNames: ['never.example.com'] });
      for (const attempt of [1, 2, 3]) {
        await world.statusOf(
          order,
          `tried ${attempt} times`,
          ({ failedAttempts, url }) => failedAttempts === attempt && url === undefined,
        );
        await world.nothingLeft();
        await world.jump(31 * minute);
      }
      const { state, reason, failedAttempts } = await world.statusOf(order, 'failed', failed);
      assert.deepEqual([state, failedAttempts], ['invalid', 3]);
      assert.match(reason ?? '', /^The order failed: authorization error for never.example.com: 403 /);
    });

    it('the server is down', async () => {
      const moody = await pebbleWith();
      const world = await worldOf(moody);
      await moody.halt();
      await world.start();
      const order = await world.order({ dnsNames: ['down.example.com'] });
      const status = await world.statusOf(order, 'waiting', ({ nextAttemptAt }) => nextAttemptAt !== undefined);
      assert.deepEqual(
        [status.state, status.reason],
        [undefined, `Failed to create Order: cannot reach ${new URL(moody.directoryUrl).host}: ECONNREFUSED`],
      );
      await moody.restart();
      await world.register();
      world.prove();
      await world.jump(30 * minute);
      await world.certificateOf(order);
    });

    it('the server has forgotten the order: placed anew at once, nothing left over', async () => {
      const forgetful = await pebbleWith();
      const world = await worldOf(forgetful);
      await world.start();
      const order = await world.order({ dnsNames: ['forgotten.example.com'] });
      await until('a Challenge is there', async () => (await world.challenges()).length > 0);
      await forgetful.restart();
      await world.register();
      // As the Challenge controller says it where the server knows the Challenge no more.
      world.prove(async (challenge, client) => {
        const known = await client
          .fetchAuthorization(challenge.spec.authorizationURL, AbortSignal.timeout(10_000))
          .then(
            () => true,
            () => false,
          );
        return known ? proveByDns(forgetful)(challenge, client) : { state: 'expired' };
      });
      await world.certificateOf(order);
      assert.equal((await world.statusOf(order, 'valid', ({ state }) => state === 'valid')).failedAttempts, 1);
      await world.nothingLeft();
    });

    it('rejected nonces do not show', async () => {
      const picky = await pebbleWith({ nonceReject: 50 });
      const world = await worldOf(picky);
      await world.start();
      world.prove();
      const order = await world.order({ dnsNames: ['nonce.example.com'] });
      await world.certificateOf(order);
      assert.equal((await world.statusOf(order, 'valid', ({ state }) => state === 'valid')).failedAttempts, undefined);
    });
  });

  describe('a server that misbehaves', () => {
    async function misbehaving(): Promise<{ readonly proxy: AcmeProxy; readonly world: OrdersWorld }> {
      const proxy = await startAcmeProxy(pebble);
      started.push(proxy);
      const world = await worldOf(pebble, proxy.spec);
      await world.start();
      world.prove();
      return { proxy, world };
    }
    const once = (endpoint: Endpoint, fault: AcmeFault, method = 'POST'): AcmeProxy['fault'] => {
      let left = 1;
      return (asked) => (asked.endpoint === endpoint && asked.method === method && left-- > 0 ? fault : undefined);
    };

    it('asks for rest at a new order: every Order of the issuer says so, and asks nothing until then', async () => {
      const { proxy, world } = await misbehaving();
      proxy.fault = once('newOrder', { kind: 'refuse', status: 429, retryAfter: '300' });
      const first = await world.order({ dnsNames: ['limited-1.example.com'] });
      const limited = await world.statusOf(first, 'resting', ({ nextAttemptAt }) => nextAttemptAt !== undefined);
      assert.match(limited.reason ?? '', /^Rate limited by the ACME server until 20\S+Z: slow down$/);
      const before = proxy.asked.length;
      const second = await world.order({ dnsNames: ['limited-2.example.com'] }, {}, 'web-2');
      const waiting = await world.statusOf(second, 'resting', ({ nextAttemptAt }) => nextAttemptAt !== undefined);
      assert.match(waiting.reason ?? '', /^Rate limited by the ACME server until 20\S+Z$/);
      assert.deepEqual([limited.state, waiting.state, proxy.asked.length - before], [undefined, undefined, 0]);
      await world.jump(6 * minute);
      for (const order of [first, second]) {
        await world.certificateOf(order);
        const { reason, nextAttemptAt } = await world.statusOf(order, 'valid', ({ state }) => state === 'valid');
        assert.deepEqual([reason, nextAttemptAt], [undefined, undefined]);
      }
    });

    const refusals: readonly Endpoint[] = ['newOrder', 'order', 'authorization', 'finalize', 'certificate'];
    for (const endpoint of refusals) {
      it(`429 at ${endpoint}: the same order goes on afterwards`, async () => {
        const { proxy, world } = await misbehaving();
        proxy.fault = once(endpoint, { kind: 'refuse', status: 429, retryAfter: '60' });
        const order = await world.order({ dnsNames: [`limited-at-${endpoint.toLowerCase()}.example.com`] });
        await world.statusOf(
          order,
          'resting or done',
          ({ nextAttemptAt, state }) => nextAttemptAt !== undefined || state === 'valid',
        );
        await world.jump(2 * minute);
        await world.certificateOf(order);
        assert.equal(
          (await world.statusOf(order, 'valid', ({ state }) => state === 'valid')).failedAttempts,
          undefined,
        );
        await world.nothingLeft();
      });
    }

    const losses: readonly (readonly [Endpoint, AcmeFault])[] = [
      ['newOrder', { kind: 'lose' }],
      ['finalize', { kind: 'lose' }],
      ['certificate', { kind: 'lose' }],
      ['finalize', { kind: 'refuse', status: 500, type: 'serverInternal' }],
      ['authorization', { kind: 'refuse', status: 502, page: '<html>bad gateway</html>' }],
    ];
    for (const [endpoint, fault] of losses) {
      it(`${fault.kind} at ${endpoint}: tried again, one certificate`, async () => {
        const { proxy, world } = await misbehaving();
        proxy.fault = once(endpoint, fault);
        const order = await world.order({ dnsNames: [`${fault.kind}-${endpoint.toLowerCase()}.example.com`] });
        await world.certificateOf(order);
        const { failedAttempts, reason = '' } = await world.statusOf(order, 'valid', ({ state }) => state === 'valid');
        assert.deepEqual([failedAttempts, reason], [undefined, '']);
        await world.nothingLeft();
      });
    }
  });

  describe('authorizations that are valid already', () => {
    it('no Challenge at all', async () => {
      const reusing = await pebbleWith({ authzReuse: 100 });
      const world = await worldOf(reusing);
      await world.start();
      world.prove();
      await world.certificateOf(await world.order({ dnsNames: ['reused.example.com'] }));
      await world.nothingLeft();
      await world.stopProving();
      const second = await world.order({ dnsNames: ['reused.example.com'] }, {}, 'web-2');
      await world.certificateOf(second);
      assert.deepEqual(await world.eventsOn(second), ['Normal Complete Order completed successfully']);
    });
  });

  describe('a process that dies', () => {
    /** Dies before or after its nth run of writes. */
    const dying =
      (count: number, isAfter: boolean, die: () => void) =>
      (execute: Execute): Execute => {
        let left = count;
        return async (actions, signal) => {
          if (left-- > 1) return execute(actions, signal);
          if (isAfter) await execute(actions, signal);
          die();
          throw new Error('died');
        };
      };

    for (const count of [1, 2, 3]) {
      for (const isAfter of [false, true]) {
        it(`${isAfter ? 'after' : 'before'} its write ${count}: one certificate, nothing left over`, async () => {
          const world = await worldOf(pebble);
          const order = await world.order({ dnsNames: [`crash-${count}-${isAfter}.example.com`] });
          const died = new Promise<void>((resolve) => {
            const die = (): void => {
              world.kill();
              resolve();
            };
            void world.start({ guard: dying(count, isAfter, die) });
          });
          world.prove();
          await died;
          await world.start();
          await world.certificateOf(order);
          await world.nothingLeft();
          const { items = [] } = { items: await world.orders() };
          assert.equal(items.length, 1);
        });
      }
    }
  });

  describe('what cert-manager left half-way', () => {
    it('an order of which only the address was written down', async () => {
      const world = await worldOf(pebble);
      const names = { dnsNames: ['adopted.example.com'] };
      const placed = await world.account.newOrder(
        { identifiers: [{ type: 'dns', value: 'adopted.example.com' }] },
        AbortSignal.timeout(10_000),
      );
      const authorizations = placed.authorizations.map((url) => ({ url }));
      const order = await world.order(names, {}, 'web-1', {
        url: placed.url,
        finalizeURL: placed.finalize,
        state: 'pending',
        authorizations,
      });
      world.prove();
      await world.start();
      await world.certificateOf(order);
      await world.nothingLeft();
      assert.ok(
        !world.acmeRequests.some((each) => each.includes('new_order') || each.includes('newOrder')),
        `${world.acmeRequests}`,
      );
    });

    it('an order that was finalized, but whose certificate was never written down', async () => {
      const world = await worldOf(pebble);
      await world.start();
      const order = await world.order({ dnsNames: ['finalized.example.com'] });
      await until('a Challenge is there', async () => (await world.challenges()).length > 0);
      world.kill();
      world.prove();
      await until('it is proved', async () =>
        (await world.challenges()).every(({ status }) => status?.state === 'valid'),
      );
      const { url = '', finalizeURL = '' } = await world.statusOf(order, 'placed', () => true);
      const [, body = ''] = /-----\n([^-]*)-----/.exec(Buffer.from(order.spec.request, 'base64').toString()) ?? [];
      await world.account.finalizeOrder(
        { finalizeUrl: finalizeURL, orderUrl: url, csrDer: Buffer.from(body, 'base64') },
        AbortSignal.timeout(10_000),
      );
      await world.start();
      await world.certificateOf(order);
      await world.nothingLeft();
    });

    it('an order of a server that is gone', async () => {
      const world = await worldOf(pebble);
      const base = pebble.directoryUrl.replace('/dir', '');
      const order = await world.order({ dnsNames: ['lost.example.com'] }, {}, 'web-1', {
        url: `${base}/my-order/unknown`,
        finalizeURL: `${base}/finalize-order/unknown`,
        state: 'ready',
        authorizations: [
          {
            url: `${base}/authZ/unknown`,
            identifier: 'lost.example.com',
            wildcard: false,
            initialState: 'pending',
            challenges: [{ url: `${base}/chalZ/unknown`, token: 't', type: 'dns-01' }],
          },
        ],
      });
      world.prove();
      await world.start();
      await world.certificateOf(order);
      await world.nothingLeft();
    });
  });
});
