// Leader election on a real Lease: one acts at a time, and who can no longer be sure stops.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import type { Client } from '../../../src/kube/client.ts';
import { type Election, type ElectionOptions, electLeader, type Lease } from '../../../src/kube/leader.ts';
import { configMaps, leases } from '../../../src/kube/resources.ts';
import { clientFor, configMap } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { startAnsweringProxy, startCuttingProxy } from '../../support/faulty-proxy.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { until } from '../../support/until.ts';

let plane: ControlPlane;
let client: Client;
const cleanups: (() => void | Promise<void>)[] = [];
before(async () => {
  plane = await sharedControlPlane();
  client = clientFor(plane.admin.access, { qps: -1 });
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  client.close();
});

const name = 'cert-manager-controller';
function candidate(
  namespace: string,
  identity: string,
  options: Partial<ElectionOptions> = {},
): { election: Election; leave: () => Promise<void> } {
  const leaving = new AbortController();
  const durations = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 300 };
  const labels = { 'app.kubernetes.io/managed-by': 'cert-manager' };
  const election = electLeader({
    client,
    namespace,
    name,
    identity,
    labels,
    ...durations,
    log: silentLog,
    signal: leaving.signal,
    ...options,
  });
  const leave = async (): Promise<void> => {
    leaving.abort();
    await election.release();
  };
  cleanups.push(leave);
  return { election, leave };
}
const lease = (namespace: string): Promise<Lease> => client.get<Lease>(leases, { namespace, name });

describe('leader election', () => {
  it('writes the Lease as client-go does', async () => {
    const namespace = await plane.createNamespace('leader');
    const { election } = candidate(namespace, 'host-external-cert-manager-controller');
    await election.elected;
    const { metadata, spec } = await lease(namespace);
    assert.deepEqual(metadata.labels, { 'app.kubernetes.io/managed-by': 'cert-manager' });
    const { acquireTime, renewTime, ...rest } = spec ?? {};
    assert.deepEqual(rest, {
      holderIdentity: 'host-external-cert-manager-controller',
      leaseDurationSeconds: 3,
      leaseTransitions: 0,
    });
    for (const time of [acquireTime, renewTime]) assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.deepEqual(
      [election.held(), election.leader, election.unhealthy(0)],
      [true, 'host-external-cert-manager-controller', undefined],
    );
    await until('renewed', async () => (await lease(namespace)).spec?.renewTime !== renewTime);
    assert.equal((await lease(namespace)).spec?.acquireTime, acquireTime);
  });

  it('does not take a Lease whose holder is alive because its own clock was set forward', async () => {
    const namespace = await plane.createNamespace('leader');
    const patience = { leaseDurationMs: 60_000, renewDeadlineMs: 40_000 };
    const first = candidate(namespace, 'first', { ...patience, retryPeriodMs: 15_000 });
    await first.election.elected;
    const clock = new ShiftedClock('2026-01-01T00:00:00Z');
    let tries = 0;
    // Asked for after every try.
    const random = () => {
      tries++;
      return 0;
    };
    const second = candidate(namespace, 'second', { clock, random, ...patience, retryPeriodMs: 100 });
    await until('the second has seen the Lease', () => tries >= 1 && second.election.leader === 'first');
    clock.jump(3_600_000);
    const before = tries;
    await until('the second has tried again', () => tries >= before + 3);
    assert.deepEqual([first.election.held(), second.election.held()], [true, false]);
    assert.equal((await lease(namespace)).spec?.holderIdentity, 'first');
  });

  it('lets one act at a time, and the next as soon as that one leaves', async () => {
    const namespace = await plane.createNamespace('leader');
    const first = candidate(namespace, 'first');
    const lost = await first.election.elected;
    const second = candidate(namespace, 'second', { leaseDurationMs: 600_000 });
    let isSecond = false;
    void second.election.elected.then(() => {
      isSecond = true;
    });
    await until('the second knows the first', () => second.election.leader === 'first');
    assert.deepEqual([isSecond, second.election.held(), lost.aborted], [false, false, false]);
    await first.leave();
    assert.deepEqual([lost.aborted, first.election.held()], [true, false]);
    await second.election.elected;
    const { holderIdentity, leaseTransitions } = (await lease(namespace)).spec ?? {};
    assert.deepEqual([holderIdentity, leaseTransitions], ['second', 1]);
  });

  it('leaves the Lease without a holder', async () => {
    const namespace = await plane.createNamespace('leader');
    const only = candidate(namespace, 'only');
    await only.election.elected;
    await only.leave();
    const { holderIdentity, leaseDurationSeconds } = (await lease(namespace)).spec ?? {};
    assert.deepEqual([holderIdentity ?? '', leaseDurationSeconds], ['', 1]);
  });

  it('waits until the Lease of a dead holder has expired, by its own clock', async () => {
    const namespace = await plane.createNamespace('leader');
    // A holder whose clock is an hour ahead, and who died.
    await plane.client.create(leases, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name },
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 2,
        renewTime: '2100-01-01T00:00:00.000000Z',
        leaseTransitions: 7,
      },
    });
    const { election } = candidate(namespace, 'heir');
    await until('it saw the dead one', () => election.leader === 'dead');
    assert.equal(election.held(), false);
    await election.elected;
    assert.deepEqual([election.held(), (await lease(namespace)).spec?.leaseTransitions], [true, 8]);
  });

  it('stops acting when the API server cannot be reached any more, before anybody else may start', async () => {
    const namespace = await plane.createNamespace('leader');
    const proxy = await startCuttingProxy(plane.server);
    cleanups.push(proxy.stop);
    const cutOff = clientFor(plane.admin.access, { server: proxy.server, qps: -1 });
    cleanups.push(() => cutOff.close());
    const { election } = candidate(namespace, 'cut off', { client: cutOff });
    const lost = await election.elected;
    const writing = client.gated(lost, () => assert.ok(election.held()));
    await writing.create(configMaps, configMap(namespace, 'while-leading'));
    proxy.refuse(true);
    proxy.cut();
    const heir = candidate(namespace, 'heir');
    let hadStopped: boolean | undefined;
    const taken = heir.election.elected.then(() => {
      hadStopped = lost.aborted && !election.held();
    });
    await until('lost', () => lost.aborted);
    await assert.rejects(writing.create(configMaps, configMap(namespace, 'too-late')), /leader election lost/);
    await taken;
    assert.equal(hadStopped, true);
    assert.equal(await client.find(configMaps, { namespace, name: 'too-late' }), undefined);
    await until('unhealthy', () => election.unhealthy(0) !== undefined);
  });

  it('stops acting at once when somebody else took the Lease', async () => {
    const namespace = await plane.createNamespace('leader');
    const { election } = candidate(namespace, 'robbed');
    const lost = await election.elected;
    await plane.client.merge(leases, { namespace, name }, { spec: { holderIdentity: 'robber' } });
    await until('lost', () => lost.aborted);
    assert.equal((await lease(namespace)).spec?.holderIdentity, 'robber');
  });

  it('gets over conflicts and faults while it renews', async () => {
    const namespace = await plane.createNamespace('leader');
    const proxy = await startAnsweringProxy(plane.admin.access);
    cleanups.push(proxy.stop);
    const faulty = clientFor(plane.admin.access, { server: proxy.server, qps: -1 });
    cleanups.push(() => faulty.close());
    const { election } = candidate(namespace, 'patient', { client: faulty });
    const lost = await election.elected;
    const faults = [500, 409, 503];
    proxy.fault = (method) => {
      const status = method === 'PUT' ? faults.shift() : undefined;
      return status === undefined ? undefined : { kind: 'answer', status };
    };
    await until('all faults were met', () => faults.length === 0);
    await plane.client.merge(leases, { namespace, name }, { metadata: { annotations: { a: 'b' } } });
    const { renewTime } = (await lease(namespace)).spec ?? {};
    await until('renewed', async () => (await lease(namespace)).spec?.renewTime !== renewTime);
    assert.deepEqual([lost.aborted, election.held()], [false, true]);
  });

  it('is taken over from a holder that was killed', async () => {
    const namespace = await plane.createNamespace('leader');
    const holder: ChildProcess = spawn(
      process.execPath,
      [join(import.meta.dirname, 'lease-holder.ts'), plane.admin.kubeconfig, namespace],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    cleanups.push(() => void holder.kill('SIGKILL'));
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
    const heir = candidate(namespace, 'heir');
    await until('the heir knows the holder', () => heir.election.leader === 'holder');
    holder.kill('SIGKILL');
    await heir.election.elected;
    assert.equal((await lease(namespace)).spec?.holderIdentity, 'heir');
  });
});
