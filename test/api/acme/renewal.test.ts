// Renewal as the ACME server would like it (RFC 9773), on a real API server with a real ACME server: when it is asked, what its window changes, and
// that it is told what a new order replaces. Challenges are taken for answered here.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificate } from '../../../src/api/certificate.ts';
import { orders } from '../../../src/api/kinds.ts';
import type { Order } from '../../../src/api/order.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { decodeCertificates } from '../../../src/pki/certificate.ts';
import { renewalIdOf } from '../../../src/pki/renewal-id.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import { type AcmeWorld, startAcmeWorld } from '../../support/acme-world.ts';
import { TestNamespace } from '../../support/in-cluster.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { bytesOf } from '../../support/openssl.ts';
import { type Operator, startOperator } from '../../support/operator.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const solvers = [{ http01: { ingress: { ingressClassName: 'none' } }, waitInsteadOfSelfCheck: '0s' }];

describe('renewal information', () => {
  let world: AcmeWorld;
  let proxy: AcmeProxy;
  let operator: Operator;
  const clock = new LeapingClock();

  before(async () => {
    world = await startAcmeWorld({ alwaysValid: true });
    proxy = await startAcmeProxy(world.pebble);
    await world.plane.kubectl(['create', 'namespace', 'cert-manager']);
    const flags = ['--acme-http01-solver-mode=shared', '--acme-http01-solver-service=cert-manager/solver'];
    operator = await startOperator(world.plane, { flags, clock });
  });
  after(async () => {
    await operator?.stop();
    await proxy?.stop();
    await world?.stop();
  });

  const questions = () => proxy.asked.filter(({ path }) => path.includes('renewalInfo')).length;
  const pemOf = async (space: TestNamespace) => bytesOf(await space.secret('web-tls'), 'tls.crt').toString();
  const time = (text: string | undefined) => Date.parse(text ?? '');

  async function issue(name: string): Promise<TestNamespace> {
    const space = new TestNamespace(world.plane, await world.issuer(name, { ...proxy.spec, solvers }));
    await world.certificate(space.name, 'web');
    await untilReady(world.plane, space.name, 'web');
    return space;
  }
  /** The first question comes within eleven minutes, the next ones after about six hours. */
  async function untilAsked(space: TestNamespace, leapMs: number): Promise<Certificate> {
    const before = (await space.certificate('web')).status?.acme?.ari?.lastChecked;
    clock.leap(leapMs);
    return until('the server was asked', async () => {
      const certificate = await space.certificate('web');
      const { lastChecked } = certificate.status?.acme?.ari ?? {};
      return lastChecked !== undefined && lastChecked !== before && certificate;
    });
  }

  it('is asked for some minutes after the issuance, kept in the status, and counts where it is earlier', async () => {
    const space = await issue('asked');
    assert.equal((await space.certificate('web')).status?.acme, undefined);
    assert.equal(questions(), 0);
    const { status } = await untilAsked(space, 12 * minuteMs);
    assert.equal(questions(), 1);
    const { suggestedWindow, nextCheck } = status?.acme?.ari ?? {};
    const [start, end] = [time(suggestedWindow?.start), time(suggestedWindow?.end)];
    const renewal = time(status?.renewalTime);
    const scheduled = time(status?.notBefore) + (2 / 3) * (time(status?.notAfter) - time(status?.notBefore));
    assert.equal(Math.round((end - start) / hourMs), 48);
    assert.ok(renewal >= start && renewal <= scheduled + 1000, `${status?.renewalTime}`);
    assert.ok(time(nextCheck) > clock.now().getTime() + 5 * hourMs);
    assert.equal(status?.revision, 1);
  });

  it('a window that lies in the past renews at once, once, and the order says what it replaces', async () => {
    const space = await issue('past');
    const pem = await pemOf(space);
    await world.pebble.setRenewalWindow(pem, new Date(Date.now() - 2 * hourMs), new Date(Date.now() - hourMs));
    clock.leap(12 * minuteMs);
    await untilReady(world.plane, space.name, 'web', 2);
    assert.notEqual(await pemOf(space), pem);
    const all = await world.plane.client.list<Order>(orders, space.name);
    const [former] = decodeCertificates(pem, 100_000);
    assert.ok(former !== undefined);
    const order = all.find(({ metadata }) => metadata.name.startsWith('web-2-'));
    assert.equal(order?.spec.replaces, renewalIdOf(former));
    assert.equal(order?.status?.state, 'valid');
    // The certificate that came of it is asked about in its turn, and is not renewed.
    const { status } = await untilAsked(space, 12 * minuteMs);
    assert.equal(status?.revision, 2);
    assert.ok(time(status?.renewalTime) > clock.now().getTime() + 30 * dayMs);
  });

  it('a certificate that the server has replaced before is ordered without saying so', async () => {
    const space = await issue('replaced');
    const { data } = await space.secret('web-tls');
    await space.renew('web');
    await untilReady(world.plane, space.name, 'web', 2);
    // As if the new certificate had never come to be stored.
    const from = proxy.asked.length;
    await world.plane.client.merge(secrets, { namespace: space.name, name: 'web-tls' }, { data });
    await untilReady(world.plane, space.name, 'web', 3);
    const newOrders = proxy.asked.slice(from).filter(({ endpoint }) => endpoint === 'newOrder');
    assert.equal(newOrders.length, 2);
  });

  it('a window that is later than the schedule changes nothing', async () => {
    const space = await issue('later');
    const { status } = await space.certificate('web');
    const notAfter = time(status?.notAfter);
    await world.pebble.setRenewalWindow(await pemOf(space), new Date(notAfter - 3 * dayMs), new Date(notAfter - dayMs));
    const after = (await untilAsked(space, 12 * minuteMs)).status;
    assert.equal(time(after?.acme?.ari?.suggestedWindow?.end), Math.floor((notAfter - dayMs) / 1000) * 1000);
    assert.equal(after?.renewalTime, status?.renewalTime);
  });
});
