// The solver that all HTTP-01 challenges share, on a real API server: every replica answers, the standby too, and nothing but what is worked on.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { Challenge } from '../../../src/api/challenge.ts';
import { challenges } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { leases } from '../../../src/kube/resources.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { type ControllerProcess, startController } from '../../support/controller-process.ts';
import { anHttp01Challenge } from '../../support/http01-builders.ts';
import { until } from '../../support/until.ts';

const { spec } = anHttp01Challenge();
const path = `/.well-known/acme-challenge/${spec.token}`;
const modeFlags = [
  '--controllers=issuers',
  '--acme-http01-solver-mode=shared',
  '--acme-http01-solver-service=cert-manager/solver',
  '--acme-http01-solver-listen-address=127.0.0.1:0',
];

interface Replica {
  readonly process: ControllerProcess;
  readonly port: number;
}

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity: string };
}

interface Page {
  readonly status: number | undefined;
  readonly body: string;
}

function ask(port: number, host: string, url = path): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: url, headers: { host }, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the shared solver', () => {
  let plane: ControlPlane;
  const replicas: Replica[] = [];
  let challenge: Challenge;

  before(async () => {
    plane = await startControlPlane({ crds: true });
    for (const name of ['first', 'second']) {
      const process = await startController(plane, { flags: modeFlags, env: { HOSTNAME: name } });
      replicas.push({ process, port: 0 });
      const { address } = await process.logged('HTTP01 challenges are answered');
      replicas[replicas.length - 1] = { process, port: Number(String(address).split(':').at(-1)) };
    }
    const namespace = await plane.createNamespace('solver');
    challenge = await plane.client.create<Challenge>(challenges, {
      apiVersion: 'acme.cert-manager.io/v1',
      kind: 'Challenge',
      metadata: { name: 'web', namespace },
      spec,
    });
  });
  after(async () => {
    await Promise.all(replicas.map(({ process }) => process.stop()));
    await plane?.stop();
  });

  const everywhere = (host: string, url?: string) => Promise.all(replicas.map(({ port }) => ask(port, host, url)));
  const setProcessing = async (processing: boolean): Promise<void> => {
    const { namespace = '', name } = challenge.metadata;
    const patch = JSON.stringify({ status: { processing } });
    await plane.kubectl([
      'patch',
      'challenges.acme.cert-manager.io',
      '-n',
      namespace,
      name,
      '--subresource=status',
      '--type=merge',
      '-p',
      patch,
    ]);
  };
  const untilEverywhere = (what: string, expected: Page) =>
    until(what, async () =>
      (await everywhere(spec.dnsName)).every((page) => page.status === expected.status && page.body === expected.body),
    );
  const notFound = { status: 404, body: '404 page not found\n' };

  it('says that it is ready', async () => {
    assert.deepEqual(await everywhere('10.0.0.1:8089', '/healthz'), Array(2).fill({ status: 200, body: '' }));
  });

  it('does not answer for a Challenge that waits', async () => {
    assert.deepEqual(await everywhere(spec.dnsName), [notFound, notFound]);
  });

  it('answers in the leader and in the standby once it is worked on', async () => {
    await setProcessing(true);
    await untilEverywhere('both answer', { status: 200, body: spec.key });
    const lease = await plane.client.get<Lease>(leases, { namespace: 'kube-system', name: 'cert-manager-controller' });
    assert.match(lease.spec.holderIdentity, /^(first|second)-/);
  });

  it('answers no other host and no other token', async () => {
    assert.deepEqual(await everywhere('other.example.com'), [notFound, notFound]);
    assert.deepEqual(await everywhere(spec.dnsName, `${path}x`), [notFound, notFound]);
  });

  it('does not answer any more once it has its result', async () => {
    await setProcessing(false);
    await untilEverywhere('none answers', notFound);
  });

  it('ends in order', async () => {
    assert.deepEqual(await Promise.all(replicas.map(({ process }) => process.stop())), [0, 0]);
  });
});
