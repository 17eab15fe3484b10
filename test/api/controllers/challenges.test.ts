// Challenges on a real API server, with the rights of the chart and nothing more: presented, proved, cleaned up, whatever comes in between.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Challenge } from '../../../src/api/challenge.ts';
import { challenges } from '../../../src/api/kinds.ts';
import { annotations, finalizers } from '../../../src/api/labels.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ApiError, ProviderError } from '../../../src/base/errors.ts';
import { ingresses, namespaces, pods, services } from '../../../src/kube/resources.ts';
import { aChallengeWorld, type ChallengeWorld } from '../../support/challenge-world.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';

const web = { solver: { http01: { ingress: { ingressClassName: 'web' } } } };
const down = new ProviderError('rfc2136', 'Unreachable', 'the DNS server does not answer');

describe('Challenges', () => {
  let plane: ControlPlane;
  before(async () => {
    plane = await sharedControlPlane();
  });

  const remove = async (world: ChallengeWorld) => plane.client.delete(challenges, world.key);
  const recordsOf = ({ outside }: ChallengeWorld) => [...outside.records.values()].flatMap((values) => [...values]);

  it('DNS-01 from the start to the end in three writes and two questions', async () => {
    const world = await aChallengeWorld(plane);
    await world.settle();
    const { status, metadata } = (await world.find()) as Challenge;
    assert.deepEqual(
      { ...status, presentedAt: '' },
      { processing: false, presented: true, presentedAt: '', state: 'valid', reason: 'Successfully authorized domain' },
    );
    assert.equal(metadata.finalizers, undefined);
    assert.deepEqual(world.writes, ['status Challenge', 'status Challenge', 'finalizers Challenge']);
    assert.deepEqual(world.events, ['Normal Presented', 'Normal DomainVerified']);
    assert.deepEqual(world.outside.asked, ['accept', 'authorization']);
    assert.deepEqual(recordsOf(world), []);
    await world.settle();
    assert.equal(world.writes.length, 3);
    await remove(world);
    assert.equal(await world.find(), undefined);
  });

  it('HTTP-01 with a pod of its own in nine writes', async () => {
    const world = await aChallengeWorld(plane, web);
    await world.look();
    const made = [await world.list(pods), await world.list(services), await world.list(ingresses)].flat();
    assert.deepEqual(
      made.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid),
      [1, 2, 3].map(() => world.challenge.metadata.uid),
    );
    world.outside.page = { status: 200, headers: {}, body: Buffer.from(world.challenge.spec.key) };
    await world.settle();
    assert.deepEqual(world.writes, [
      ...['create Pod', 'create Service', 'create Ingress', 'status Challenge'],
      ...['status Challenge', 'delete Pod', 'delete Service', 'delete Ingress', 'finalizers Challenge'],
    ]);
    assert.deepEqual([await world.list(pods), await world.list(services), await world.list(ingresses)].flat(), []);
  });

  it('HTTP-01 answered by one Service for all in five writes', async () => {
    const namespace = await plane.createNamespace('shared');
    const world = await aChallengeWorld(plane, { ...web, http01: { shared: { namespace, name: 'answering' } } });
    await world.look();
    const [made] = await plane.client.list(ingresses, namespace);
    assert.equal(made?.metadata.annotations?.[annotations.http01Challenge], `${world.namespace}/${world.key.name}`);
    world.outside.page = { status: 200, headers: {}, body: Buffer.from(world.challenge.spec.key) };
    await world.settle();
    assert.deepEqual(world.writes, [
      ...['create Ingress', 'status Challenge', 'status Challenge', 'delete Ingress', 'finalizers Challenge'],
    ]);
    assert.deepEqual(await plane.client.list(ingresses, namespace), []);
  });

  it('a solver pod that has ended is replaced, and a surplus one goes', async () => {
    const world = await aChallengeWorld(plane, web);
    await world.look();
    const [pod] = await world.list(pods);
    assert.ok(pod);
    await plane.client.merge(pods, pod.metadata, { status: { phase: 'Failed', reason: 'Evicted' } }, 'status');
    await world.look();
    const replaced = await world.list<KubeObject & { spec: object }>(pods);
    assert.equal(replaced.length, 1);
    assert.notEqual(replaced[0]?.metadata.uid, pod.metadata.uid);
    const { name: _, uid: __, resourceVersion: ___, ...metadata } = replaced[0]?.metadata ?? pod.metadata;
    await plane.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'surplus' },
      spec: replaced[0]?.spec,
    });
    await world.look();
    assert.deepEqual((await world.list(pods)).length, 1);
    assert.deepEqual(world.events, ['Normal Presented']);
  });

  it('what the API server says against a solver pod can be read in the Challenge', async () => {
    const world = await aChallengeWorld(plane, web);
    const limits = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'tiny', namespace: world.namespace } };
    const spec = { limits: [{ type: 'Container', max: { cpu: '1m' } }] };
    const path = `/api/v1/namespaces/${world.namespace}/limitranges`;
    await plane.client.request('POST', path, { ...limits, spec });
    await assert.rejects(world.look(), ApiError);
    await world.look();
    const { status } = (await world.find()) as Challenge;
    assert.match(status?.reason ?? '', /^pods ".*" is forbidden: maximum cpu usage per Container is 1m/);
    assert.deepEqual([status?.failedAttempts, status?.processing, world.events], [1, false, ['Warning PresentError']]);
    await plane.client.request('DELETE', `${path}/tiny`);
    world.outside.page = { status: 200, headers: {}, body: Buffer.from(world.challenge.spec.key) };
    await world.settle();
    assert.equal((await world.find())?.status?.state, 'valid');
  });

  it('an Ingress of the user is changed and changed back, somebody else changing it meanwhile', async () => {
    const world = await aChallengeWorld(plane, { solver: { http01: { ingress: { name: 'front' } } } });
    const metadata = { namespace: world.namespace, name: 'front' };
    const backend = { service: { name: 'shop', port: { number: 80 } } };
    const rule = { host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
    const before = { rules: [rule] };
    await plane.client.create(ingresses, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: before,
    });
    let met = 0;
    world.meddle((execute) => async (actions, end) => {
      if (actions.some(({ kind }) => kind === 'update') && met++ % 2 === 0)
        await plane.client.merge(ingresses, metadata, { metadata: { labels: { met: `${met}` } } });
      return execute(actions, end);
    });
    await assert.rejects(world.look(), { status: 409 });
    await world.look();
    const changed = await plane.client.get<KubeObject & { spec: typeof before }>(ingresses, metadata);
    const paths = changed.spec.rules[0]?.http.paths.map(({ path }) => path);
    assert.deepEqual(paths, [`/.well-known/acme-challenge/${world.challenge.spec.token}`, '/']);
    world.outside.page = { status: 200, headers: {}, body: Buffer.from(world.challenge.spec.key) };
    await assert.rejects(world.settle(), { status: 409 });
    await world.settle();
    const restored = await plane.client.get<KubeObject & { spec: typeof before }>(ingresses, metadata);
    assert.deepEqual(restored.spec, before);
    assert.deepEqual(restored.metadata.labels, { met: '3' });
    assert.deepEqual([await world.list(pods), await world.list(services)].flat(), []);
    assert.equal((await world.find())?.status?.state, 'valid');
  });

  it('a look that never finds the answer is written down once, and the server is asked after three minutes all the same', async () => {
    const world = await aChallengeWorld(plane);
    world.outside.visible = false;
    await world.settle(80);
    const { status } = (await world.find()) as Challenge;
    assert.equal(status?.state, 'valid');
    assert.deepEqual(status?.checks, [{ server: '192.0.2.1:53', answer: 'NXDOMAIN' }]);
    assert.deepEqual(world.writes, [...[1, 2, 3].map(() => 'status Challenge'), 'finalizers Challenge']);
  });

  it('an answer that comes late is given time, and told', async () => {
    const world = await aChallengeWorld(plane);
    world.outside.visible = false;
    await world.look();
    world.advance(20);
    await world.look();
    const reason = 'Waiting for DNS-01 challenge propagation: DNS record for "a.example.com" not yet propagated';
    assert.equal((await world.find())?.status?.reason, reason);
    world.outside.visible = true;
    world.advance(20);
    await world.look();
    assert.match((await world.find())?.status?.reason ?? '', /^Waiting until .* before accepting DNS-01 challenge/);
    world.restart();
    await world.look();
    assert.deepEqual(world.outside.asked, []);
    await world.settle();
    assert.equal((await world.find())?.status?.state, 'valid');
  });

  it('a name that is not proved', async () => {
    const world = await aChallengeWorld(plane);
    world.outside.validation = 'invalid';
    await world.settle();
    const { status, metadata } = (await world.find()) as Challenge;
    const error =
      'acme: authorization error for a.example.com: 403 urn:ietf:params:acme:error:unauthorized: another value';
    assert.deepEqual(
      [status?.state, status?.reason, status?.presented],
      ['invalid', `Error accepting authorization: ${error}`, false],
    );
    assert.equal(metadata.finalizers, undefined);
    assert.deepEqual(recordsOf(world), []);
    assert.deepEqual(world.events, ['Normal Presented', 'Warning Failed']);
  });

  it('deleted halfway: the record goes, and the Challenge', async () => {
    const world = await aChallengeWorld(plane);
    world.outside.validation = 'processing';
    for (let looks = 0; looks < 4; looks++) await world.look();
    assert.equal(recordsOf(world).length, 1);
    await remove(world);
    await world.settle();
    assert.equal(await world.find(), undefined);
    assert.deepEqual(recordsOf(world), []);
  });

  it('deleted while the provider is down: it goes after five minutes, and says what it leaves', async () => {
    const world = await aChallengeWorld(plane);
    await world.look();
    world.outside.providerError = down;
    await remove(world);
    await world.settle();
    assert.equal(await world.find(), undefined);
    const said = [
      'Normal Presented',
      'Warning CleanUpError',
      'Warning CleanUpAbandoned',
      'Warning CleanUpAbandoned on Issuer',
    ];
    assert.deepEqual(world.events, said);
    assert.equal(recordsOf(world).length, 1);
  });

  it('in a namespace that is being deleted: nothing new is made, and the Challenge goes', async () => {
    const [dns, http] = [await aChallengeWorld(plane), await aChallengeWorld(plane, web)];
    await dns.look();
    for (const world of [dns, http]) {
      await plane.client.delete(namespaces, { name: world.namespace });
      await remove(world);
    }
    dns.outside.providerError = down;
    await http.settle();
    await dns.settle();
    assert.deepEqual([await dns.find(), await http.find()], [undefined, undefined]);
    assert.equal(dns.events.at(-1), 'Warning CleanUpAbandoned on Issuer');
    assert.deepEqual(await http.list(pods), []);
  });

  it('what cannot be made in a namespace that is being deleted is said', async () => {
    const world = await aChallengeWorld(plane, web);
    await plane.client.delete(namespaces, { name: world.namespace });
    await assert.rejects(world.look(), { status: 403 });
    await world.look();
    assert.match((await world.find())?.status?.reason ?? '', /because it is being terminated$/);
  });

  it('a provider that was down for a while', async () => {
    const world = await aChallengeWorld(plane);
    world.outside.providerError = down;
    await world.look();
    await world.look();
    const { status } = (await world.find()) as Challenge;
    assert.deepEqual([status?.reason, status?.failedAttempts, status?.processing], [down.message, 1, false]);
    world.advance(6);
    await world.look();
    assert.equal((await world.find())?.status?.failedAttempts, 2);
    assert.deepEqual(world.events, ['Warning PresentError']);
    world.outside.providerError = undefined;
    await world.settle();
    assert.equal((await world.find())?.status?.state, 'valid');
  });

  it('no Gateway API', async () => {
    const solver = { http01: { gatewayHTTPRoute: { parentRefs: [{ name: 'gate' }] } } };
    const world = await aChallengeWorld(plane, { solver });
    await world.settle();
    const { namespace, name } = world.key;
    assert.equal(
      (await world.find())?.status?.reason,
      `couldn't Present challenge ${namespace}/${name}: gateway api is not enabled`,
    );
    assert.deepEqual(world.writes, ['status Challenge']);
  });

  it('one that another version made is taken up where it was', async () => {
    const change = (challenge: Challenge): Challenge => ({
      ...challenge,
      metadata: { ...challenge.metadata, finalizers: [finalizers.legacyChallenge] },
      status: { processing: true },
    });
    const world = await aChallengeWorld(plane, { change });
    await world.look();
    const { metadata, status } = (await world.find()) as Challenge;
    assert.deepEqual(
      [metadata.finalizers, status],
      [[finalizers.challenge, finalizers.legacyChallenge].slice(0, 1), { processing: true, state: 'pending' }],
    );
    await world.settle();
    assert.equal((await world.find())?.status?.state, 'valid');
    assert.deepEqual(world.outside.asked, ['authorization', 'accept', 'authorization']);
  });

  it('one that somebody else made is left alone', async () => {
    const change = (challenge: Challenge): Challenge => ({ ...challenge, spec: { ...challenge.spec, key: 'mine' } });
    const world = await aChallengeWorld(plane, { change });
    await world.settle();
    assert.deepEqual([world.writes, world.events, world.outside.asked], [[], ['Warning NotOurs'], []]);
    assert.equal(world.outside.records.size, 0);
    await remove(world);
    await world.settle();
    assert.equal(await world.find(), undefined);
  });

  for (const [type, solver, total] of [
    ['DNS-01', undefined, 3],
    ['HTTP-01', web.solver, 9],
  ] as const) {
    it(`a crash before or after any write of ${type}: one end, nothing left`, async () => {
      for (let crash = 0; crash < total * 2; crash++) {
        const world = await aChallengeWorld(plane, solver === undefined ? {} : { solver });
        world.outside.page = { status: 200, headers: {}, body: Buffer.from(world.challenge.spec.key) };
        await untilCrash(world, crash);
        world.restart();
        await world.settle();
        const { status, metadata } = (await world.find()) as Challenge;
        assert.deepEqual([status?.state, metadata.finalizers], ['valid', undefined], `crash ${crash}`);
        assert.deepEqual(
          [await world.list(pods), await world.list(services), await world.list(ingresses), recordsOf(world)].flat(),
          [],
        );
      }
    });
  }
});

/** Works until the write of that number is about to be sent (even) or was sent (odd). */
async function untilCrash(world: ChallengeWorld, at: number): Promise<void> {
  const crash = new Error('a crash');
  let count = 0;
  world.meddle((execute) => async (actions, signal) => {
    for (const action of actions) {
      const isWrite = action.kind !== 'event';
      if (isWrite && count++ === at) throw crash;
      await execute([action], signal);
      if (isWrite && count++ === at) throw crash;
    }
  });
  await world.settle().catch((error: unknown) => assert.equal(error, crash));
}
