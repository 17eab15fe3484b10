// The order that cert-manager left half-way, with its Challenge and the objects of its solver: finished where the ACME server still knows it, ended and
// placed anew where it does not, and nothing is left over.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AcmeClient } from '../../../src/acme/client.ts';
import type { Challenge } from '../../../src/api/challenge.ts';
import { certificateRequests, challenges, orders } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import type { Order } from '../../../src/api/order.ts';
import { ingresses, namespaces, pods, secrets, services } from '../../../src/kube/resources.ts';
import { type AcmeProxy, startAcmeProxy } from '../../support/acme-proxy.ts';
import { adoptedAccount, forgotten, placeAgain, putIssuer, putOrder } from '../../support/adopted-order.ts';
import * as audit from '../../support/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { type Operator, operatorUser, startOperator } from '../../support/operator.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { untilReady } from '../../support/private-ca.ts';
import { until } from '../../support/until.ts';

const order = 'acme-pending-1-915941625';
const legacyFinalizer = 'finalizer.acme.cert-manager.io';

describe('an order that cert-manager left half-way', () => {
  let plane: ControlPlane;
  let pebble: Pebble;
  let proxy: AcmeProxy;
  let account: AcmeClient;
  let operator: Operator | undefined;
  /** By namespace. */
  const left = new Map<string, Challenge>();
  const urls = new Map<string, string>();
  const answering = new AbortController();
  const cases = [
    { namespace: 'known', isKnown: true, finalizer: undefined },
    { namespace: 'known-legacy', isKnown: true, finalizer: legacyFinalizer },
    { namespace: 'forgotten', isKnown: false, finalizer: undefined },
    { namespace: 'forgotten-legacy', isKnown: false, finalizer: legacyFinalizer },
  ] as const;

  before(async () => {
    // Its own: what is put into etcd belongs to nobody else.
    [plane, pebble] = await Promise.all([startControlPlane({ crds: true }), startPebble()]);
    proxy = await startAcmeProxy(pebble);
    account = await adoptedAccount(proxy.spec);
    await plane.client.create(namespaces, aNamespace('cert-manager'));
    await putIssuer(plane, proxy.spec, account);
    for (const { namespace, isKnown, finalizer } of cases) await leave(namespace, isKnown, finalizer);
    answer(plane, pebble, answering.signal);
    operator = await startOperator(plane, { flags: flagsOf(pebble) });
  });
  after(async () => {
    answering.abort();
    await operator?.stop();
    await proxy?.stop();
    await Promise.all([plane?.stop(), pebble?.stop()]);
  });

  async function leave(namespace: string, isKnown: boolean, finalizer?: string): Promise<void> {
    await plane.client.create(namespaces, aNamespace(namespace));
    // Pods need it, and nobody is there who makes it.
    await plane.client.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
    const placed = await placeAgain(account);
    const lost = isKnown ? placed : forgotten(placed);
    left.set(namespace, await putOrder(plane, namespace, account, lost, finalizer));
    urls.set(namespace, lost.order.url);
  }

  for (const { namespace, isKnown, finalizer } of cases) {
    const which = finalizer === undefined ? '' : ', with the finalizer of old versions';
    const what = isKnown ? 'is finished where the server knows it' : 'is placed anew where the server does not know it';
    it(`${what}${which}`, async () => {
      await untilReady(plane, namespace, 'acme-pending');
      await assertWhole(plane, namespace);
      const { status } = await plane.client.get<Order>(orders, { namespace, name: order });
      assert.equal(status?.url === urls.get(namespace), isKnown);
      const created = audit
        .auditCounts(plane.auditLog, { user: operatorUser, namespace })
        .filter(({ verb, resource, code }) => verb === 'create' && resource !== 'events' && code < 400)
        .map(({ resource, count }) => `${count} ${resource}`);
      // Only the Challenge of a new order needs objects that are not there.
      assert.deepEqual(created, isKnown ? [] : ['1 challenges', '1 ingresses', '1 pods', '1 services']);
    });
  }

  it('asks for a new order only where it must', () => {
    const placedHere = cases.length;
    assert.equal(
      proxy.asked.filter(({ endpoint }) => endpoint === 'newOrder').length,
      placedHere + cases.filter(({ isKnown }) => !isKnown).length,
    );
  });

  it('and survives that the server has forgotten the account, too', async () => {
    await operator?.stop();
    await leave('all-gone', true);
    await pebble.restart();
    operator = await startOperator(plane, { flags: flagsOf(pebble) });
    await untilReady(plane, 'all-gone', 'acme-pending');
    await assertWhole(plane, 'all-gone');
  });
});

const aNamespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Nobody runs the pods: what they would answer is said by the server's own site, and our look at it fails. */
function flagsOf({ challenges }: Pebble): readonly string[] {
  return [`--acme-http01-solver-nameservers=${challenges.dns}`, '--acme-self-check-deadline=1s'];
}

/** Every answer that a Challenge wants, until the signal. */
function answer(plane: ControlPlane, pebble: Pebble, signal: AbortSignal): void {
  const answered = new Set<string>();
  const look = async (): Promise<void> => {
    const all = signal.aborted ? [] : await plane.client.list<Challenge>(challenges).catch(() => []);
    for (const { spec } of all) {
      if (answered.has(spec.token)) continue;
      answered.add(spec.token);
      await pebble.challenges.addHttp01(spec.token, spec.key);
    }
    if (!signal.aborted) setTimeout(() => void look(), 200).unref();
  };
  void look();
}

/** One request, one order, the Secret; no Challenge, no object of a solver, no next key. */
async function assertWhole(plane: ControlPlane, namespace: string): Promise<void> {
  const names = async (kind: typeof pods) =>
    (await plane.client.list<KubeObject>(kind, namespace)).map(({ metadata }) => metadata.name);
  await until('nothing is left over', async () => {
    const kept = await Promise.all([challenges, pods, services, ingresses].map(names));
    return kept.every(({ length }) => length === 0) && (await names(secrets)).length === 1;
  });
  assert.deepEqual(await names(secrets), ['acme-pending-tls']);
  assert.deepEqual(await names(certificateRequests), ['acme-pending-1']);
  assert.deepEqual(await names(orders), [order]);
  const { status } = await plane.client.get<Order>(orders, { namespace, name: order });
  assert.equal(status?.state, 'valid');
}
