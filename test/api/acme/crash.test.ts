// The process dies before or after any of its writes, and before or after any of its requests to the ACME server: whoever starts next brings the
// issuance to its end, with exactly one certificate, at most one order more, and nothing left over. Many issuances die at once, each at another point.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { Challenge } from '../../../src/api/challenge.ts';
import { certificateRequests, challenges, orders } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import type { Client } from '../../../src/kube/client.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, hostOf, startAcmeWorld, zone } from '../../support/acme-world.ts';
import { interfering } from '../../support/interfering.ts';
import { startOperator } from '../../support/operator.ts';
import { isReady, untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

type Moment = 'before' | 'after';

/** One issuance, with an issuer of its own behind a proxy of its own. */
interface Issuance {
  readonly what: 'write' | 'request';
  readonly moment: Moment;
  /** Dies at the n-th. */
  readonly n: number;
  readonly proxy: AcmeProxy;
  namespace: string;
  /** Writes or requests so far. */
  count: number;
}

/** More than an issuance has; the test says so where it was not enough. */
const most = { write: 30, request: 15 };
const workers = '--concurrent-workers=400';
const name = 'web';

describe('a crash of an ACME issuance', () => {
  let world: AcmeWorld;
  let issuances: readonly Issuance[] = [];

  before(async () => {
    world = await startAcmeWorld();
  });
  after(async () => {
    for (const { proxy } of issuances) await proxy.stop();
    await world?.stop();
  });

  for (const what of ['write', 'request'] as const) {
    it(`before or after any ${what} leaves exactly one certificate and nothing else`, async () => {
      issuances = await Promise.all(
        (['before', 'after'] as const).flatMap((moment) =>
          Array.from({ length: most[what] }, (_, at) => begin(world, what, moment, at + 1)),
        ),
      );
      await dieEverywhere();
      const died = issuances.filter(({ n, count }) => count >= n);
      const next = await startOperator(world.plane, { flags: [...world.flags, workers] });
      for (const { proxy } of issuances) proxy.fault = () => undefined;
      for (const each of issuances) await assertWhole(world, each);
      await next.stop();
      for (const moment of ['before', 'after'] as const) {
        const points = died.filter((each) => each.moment === moment).length;
        assert.ok(points >= (what === 'write' ? 12 : 8) && points < most[what], `${points} deaths ${moment} a ${what}`);
      }
    });
  }

  /** Until every issuance has died or is over. */
  async function dieEverywhere(): Promise<void> {
    const operator = await startOperator(world.plane, {
      flags: [...world.flags, workers],
      interfere: dying(issuances),
    });
    await operator.started;
    for (const each of issuances) {
      await until(
        `${each.what} ${each.n} of ${each.namespace} has come, or the issuance is over`,
        async () => each.count >= each.n || (await isOver(world, each)),
        90_000,
        300,
      );
    }
    operator.kill();
  }
});

async function begin(world: AcmeWorld, what: Issuance['what'], moment: Moment, n: number): Promise<Issuance> {
  const proxy = await startAcmeProxy(world.pebble);
  const issuance: Issuance = { what, moment, n, proxy, namespace: '', count: 0 };
  const dead = moment === 'before' ? ({ kind: 'hang' } as const) : ({ kind: 'swallow' } as const);
  proxy.fault = () => {
    if (what === 'write') return issuance.count < n ? undefined : { kind: 'hang' };
    issuance.count += 1;
    return issuance.count < n ? undefined : issuance.count === n ? dead : { kind: 'hang' };
  };
  issuance.namespace = await world.issuer(`crash-${what}-${n}-${moment}`, proxy.spec);
  await world.certificate(issuance.namespace, name);
  return issuance;
}

/** A client whose writes never come back once their issuance has died. */
function dying(issuances: readonly Issuance[]): (client: Client) => Client {
  const never = () => new Promise(() => {});
  return interfering(async ({ namespace }, send) => {
    const issuance = issuances.find((each) => each.namespace === namespace);
    if (issuance === undefined) return send();
    const { what, n, moment } = issuance;
    if (what === 'request') return issuance.count < n ? send() : never();
    issuance.count += 1;
    if (issuance.count < n) return send();
    if (issuance.count === n && moment === 'after') await send();
    return never();
  });
}

async function isOver({ plane }: AcmeWorld, { namespace }: Issuance): Promise<boolean> {
  if (!(await isReady(plane, namespace, name))) return false;
  return (await challengesIn(plane.client, namespace)).length === 0 && (await keysIn(plane.client, namespace)) === 3;
}

type Lister = AcmeWorld['plane']['client'];

const challengesIn = (client: Lister, namespace: string) => client.list<Challenge>(challenges, namespace);

/** The account, the key of the DNS server, the certificate: and the next key, as long as there is one. */
const keysIn = async (client: Lister, namespace: string): Promise<number> =>
  (await client.list<KubeObject>(secrets, namespace)).length;

async function assertWhole(world: AcmeWorld, { namespace, proxy, what, n, moment }: Issuance): Promise<void> {
  const { client } = world.plane;
  const where = `${moment} ${what} ${n}`;
  const { status } = await untilReady(world.plane, namespace, name);
  assert.equal(status?.revision, 1, where);
  await until(`${where}: nothing is left over`, async () => {
    const left = await Promise.all([challengesIn(client, namespace), keysIn(client, namespace)]);
    return left[0].length === 0 && left[1] === 3;
  });
  const requests = await client.list<CertificateRequest>(certificateRequests, namespace);
  const placed = await client.list<Order>(orders, namespace);
  assert.deepEqual(
    [requests, placed.map((each) => each.status?.state)].map(({ length }) => length),
    [1, 1],
    where,
  );
  assert.equal(placed[0]?.status?.state, 'valid', where);
  const kept = (await client.list<KubeObject>(secrets, namespace)).map(({ metadata }) => metadata.name);
  assert.deepEqual(kept.toSorted(), ['account', 'tsig', 'web-tls'], where);
  assert.deepEqual(await world.bind.txt(`_acme-challenge.${hostOf(namespace, name)}.${zone}`), [], where);
  const ordered = proxy.asked.filter(({ endpoint }) => endpoint === 'newOrder').length;
  assert.ok(ordered <= 2, `${where}: ${ordered} orders`);
}
