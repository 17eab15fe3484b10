// A webhook solver as users install it: an APIService in a real API server, which we may call for what its RBAC grants and no more.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProviderError } from '../../../src/base/errors.ts';
import type { Client } from '../../../src/kube/client.ts';
import { webhook } from '../../../src/solvers/dns01/webhook/provider.ts';
import type { Dns01Io } from '../../../src/solvers/dns01.ts';
import { dns01ProviderConformance } from '../../conformance/dns01-provider.ts';
import { clientFor } from '../../support/cluster.ts';
import { type ControlPlane, sharedControlPlane } from '../../support/control-plane.ts';
import { aTxtRecord, dns01TestIo } from '../../support/dns01-io.ts';
import { startExtensionApi } from '../../support/extension-api.ts';
import { type ChallengePayload, createWebhookSolver } from '../../support/webhook-solver.ts';

const group = 'acme.solver.example.com';
const solver = (solverName: string) => ({ webhook: { groupName: group, solverName, config: { zone: 'x' } } });

/** A solver that works, one that never answers, one that fails, one that answers rubbish. */
async function start(plane: ControlPlane) {
  const records = createWebhookSolver();
  const api = await startExtensionApi(plane, {
    group,
    resources: ['my-dns', 'silent', 'failing', 'rubbish'],
    handle(resource, body) {
      if (resource === 'silent') return undefined;
      if (resource === 'failing')
        return { status: 503, body: { kind: 'Status', apiVersion: 'v1', code: 503, reason: 'ServiceUnavailable' } };
      if (resource === 'rubbish') return { status: 200, body: { hello: 'there' } };
      return { status: 201, body: records.answer(body as ChallengePayload) };
    },
  });
  return { records, api };
}

async function grant(plane: ControlPlane, user: string): Promise<void> {
  await plane.kubectl(['create', 'clusterrole', `${user}-solver`, '--verb=create', `--resource=*.${group}`]);
  await plane.kubectl([
    'create',
    'clusterrolebinding',
    `${user}-solver`,
    `--clusterrole=${user}-solver`,
    `--user=${user}`,
  ]);
}

const ioOf = (client: Client): Partial<Dns01Io> => ({
  postToCluster: (path, body) => client.request('POST', path, { body, as: 'cert-manager-challenges' }),
});

dns01ProviderConformance('webhook behind an API server', {
  provider: webhook,
  async start() {
    const plane = await sharedControlPlane();
    const { records, api } = await start(plane);
    const clients = await Promise.all(
      ['webhook-caller', 'webhook-stranger'].map(async (name) => clientFor((await plane.user(name)).access)),
    );
    const [client, stranger] = clients as [Client, Client];
    await grant(plane, 'webhook-caller');
    const forbidden = `my-dns.${group} is forbidden: User "webhook-stranger" cannot create resource "my-dns" in API group "${group}" at the cluster scope`;
    return {
      solver: solver('my-dns'),
      secrets: {},
      io: ioOf(client),
      zone: 'example.com.',
      values: async (fqdn) => records.values(fqdn),
      wrongCredentials: { io: ioOf(stranger), code: 'Unauthorized', message: forbidden },
      missingSecret: undefined,
      missingKey: undefined,
      goneZone: undefined,
      silent: { solver: solver('silent') },
      unreachable: {
        solver: solver('failing'),
        code: 'Unreachable',
        message: 'the webhook cannot be reached: ServiceUnavailable',
      },
      rateLimited: undefined,
      garbled: {
        solver: solver('rubbish'),
        code: 'BadAnswer',
        message: 'invalid payload response, did not succeed but no result provided',
      },
      async stop() {
        assert.deepEqual([...new Set(api.users)], ['webhook-caller']);
        for (const each of clients) each.close();
        await api.stop();
      },
    };
  },
});

describe('a webhook solver that is not there', () => {
  let client: Client;
  before(async () => {
    client = clientFor((await sharedControlPlane()).admin.access);
  });
  after(() => client?.close());

  it('is said so', async () => {
    const opened = await webhook.open(
      { groupName: 'nobody.example.com', solverName: 'none' },
      dns01TestIo(ioOf(client)),
    );
    await assert.rejects(opened.add(aTxtRecord(), new AbortController().signal), (error) => {
      assert.ok(error instanceof ProviderError);
      const text = 'the server could not find the requested resource: is the webhook installed?';
      assert.deepEqual([error.code, error.message], ['NotConfigured', text]);
      return true;
    });
  });
});
