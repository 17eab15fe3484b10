// An ACME server that refuses for a while, loses answers, is slow, or answers with what is none: the certificate comes, nothing has failed for good, and
// until then the Certificate says why it waits.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Issuer } from '../../../src/api/issuer.ts';
import { issuers } from '../../../src/api/kinds.ts';
import { formatTime } from '../../../src/base/rfc3339.ts';
import { everythingSaid, failuresIn, untilCause } from '../../support/acme-causes.ts';
import { type AcmeFault, type AcmeProxy, type Endpoint, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, startAcmeWorld } from '../../support/acme-world.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

const endpoints: readonly Endpoint[] = [
  'newNonce',
  'newAccount',
  'newOrder',
  'authorization',
  'challenge',
  'finalize',
  'certificate',
];
/** Longer than a Certificate keeps silent about an order that is under way. */
const restMs = 9_000;
const page = '<html>internal-page-body</html>';

interface Faulty {
  readonly endpoint: Endpoint;
  readonly namespace: string;
  readonly proxy: AcmeProxy;
  /** When the fault came, milliseconds; undefined: not yet. */
  struckAt: number | undefined;
}

describe('an ACME server', () => {
  let world: AcmeWorld;
  let operator: Operator;
  const proxies: AcmeProxy[] = [];

  before(async () => {
    world = await startAcmeWorld();
    operator = await startOperator(world.plane, { flags: [...world.flags, '--concurrent-workers=50'] });
  });
  after(async () => {
    await operator?.stop();
    for (const proxy of proxies) await proxy.stop();
    await world?.stop();
  });

  /** An issuance whose first request of that endpoint meets the fault. */
  async function begin(endpoint: Endpoint, fault: (now: number) => AcmeFault): Promise<Faulty> {
    const proxy = await startAcmeProxy(world.pebble);
    proxies.push(proxy);
    const namespace = await world.issuer(endpoint.toLowerCase(), proxy.spec);
    const faulty: Faulty = { endpoint, namespace, proxy, struckAt: undefined };
    proxy.fault = (asked) => {
      if (asked.endpoint !== endpoint || faulty.struckAt !== undefined) return undefined;
      faulty.struckAt = asked.at;
      return fault(asked.at);
    };
    await world.certificate(namespace, 'web');
    return faulty;
  }

  async function assertIssued(faulty: Faulty): Promise<void> {
    const { namespace, endpoint } = faulty;
    await untilReady(world.plane, namespace, 'web');
    assert.ok(faulty.struckAt !== undefined, `${endpoint} was asked for`);
    assert.deepEqual(await failuresIn(world.plane, namespace), [], endpoint);
  }

  it('that limits rates at any endpoint is left alone until its Retry-After, in seconds or a date, and everybody says so', async () => {
    const forms = [() => String(restMs / 1000), (now: number) => new Date(end(now)).toUTCString()];
    const all = await Promise.all(
      forms.flatMap((retryAfter) =>
        endpoints.map((endpoint) =>
          begin(endpoint, (now) => ({ kind: 'refuse', status: 429, retryAfter: retryAfter(now) })),
        ),
      ),
    );
    await Promise.all(all.map(assertRested));
  });

  /** When a date that is no earlier than the rest says that it is over, milliseconds. */
  const end = (now: number): number => Math.ceil((now + restMs) / 1000) * 1000;

  async function assertRested(faulty: Faulty): Promise<void> {
    const { endpoint, namespace, proxy } = faulty;
    const { status } = await until(`the issuer of ${namespace} says until when it rests`, async () => {
      const issuer = await world.plane.client.get<Issuer>(issuers, { namespace, name: 'acme' });
      return issuer.status?.acme?.pausedUntil !== undefined && issuer;
    });
    const pausedUntil = status?.acme?.pausedUntil ?? '';
    const struckAt = faulty.struckAt ?? 0;
    const told = [0, 1000, 2000].map((late) => formatTime(new Date(end(struckAt) - 1000 + late)));
    assert.ok(told.includes(pausedUntil), `${endpoint}: ${pausedUntil} is none of ${told}`);
    const said = await untilCause(world.plane, namespace, /until \d{4}-\S+Z/);
    assert.ok(
      told.some((time) => said.includes(time)),
      `${endpoint}: ${said}`,
    );
    await assertIssued(faulty);
    const early = proxy.asked.filter(({ at }) => at > struckAt && at < struckAt + restMs).map((each) => each.endpoint);
    assert.deepEqual(early, [], `asked while it rests from ${endpoint}`);
    const after = await world.plane.client.get<Issuer>(issuers, { namespace, name: 'acme' });
    assert.equal(after.status?.acme?.pausedUntil, undefined, endpoint);
  }

  const others: readonly (readonly [what: string, fault: AcmeFault, endpoints: readonly Endpoint[]])[] = [
    ['acts, but whose answer is lost', { kind: 'lose' }, endpoints],
    ['cannot be reached', { kind: 'cut' }, ['directory', 'newOrder', 'certificate']],
    ['answers with a page of its own', { kind: 'refuse', status: 500, page }, ['directory', ...endpoints]],
    ['answers with a page as if all were well', { kind: 'refuse', status: 200, page }, ['directory', ...endpoints]],
    ['never ends its answer', { kind: 'flood' }, ['directory', 'newOrder', 'authorization', 'certificate']],
    ['is busy', { kind: 'refuse', status: 503, retryAfter: '2' }, ['newOrder', 'finalize']],
    ['is slow', { kind: 'delay', ms: 3_000 }, ['newOrder', 'challenge', 'finalize']],
  ];

  it('that loses answers, is slow, says nothing of sense or never ends (9010, 9035) delays certificates, and tells nothing', async () => {
    const all = await Promise.all(
      others.flatMap(([what, fault, where]) =>
        where.map(async (endpoint) => ({ what, faulty: await begin(endpoint, () => fault) })),
      ),
    );
    for (const { what, faulty } of all) {
      await assertIssued(faulty).catch((error: Error) => {
        throw new Error(`${what}, ${faulty.endpoint}: ${error.message}`);
      });
    }
    for (const { what, faulty } of all) {
      const said = await everythingSaid(world.plane, faulty.namespace);
      assert.ok(!/internal-page-body|flood/.test(said), `${what}, ${faulty.endpoint}: what was answered is told`);
    }
  });
});
