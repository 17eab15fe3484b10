// The webhook provider before a solver in this process, which keeps upstream's contract. A solver behind a real API server: test/api/solvers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, ProviderError } from '../../src/base/errors.ts';
import { webhook } from '../../src/solvers/dns01/webhook/provider.ts';
import { aTxtRecord, dns01TestIo } from '../support/dns01-io.ts';
import { type ChallengePayload, createWebhookSolver } from '../support/webhook-solver.ts';
import { dns01ProviderConformance } from './dns01-provider.ts';

const path = '/apis/acme.example.com/v1alpha1/my-dns';
const solver = { webhook: { groupName: 'acme.example.com', solverName: 'my-dns', config: { zoneId: 7 } } };

dns01ProviderConformance('webhook', {
  provider: webhook,
  async start() {
    const records = createWebhookSolver();
    const post = async (to: string, body: unknown) => {
      assert.equal(to, path);
      return records.answer(body as ChallengePayload);
    };
    const refusing = (error: ApiError) => ({ io: { postToCluster: () => Promise.reject(error) } });
    const forbidden =
      'my-dns.acme.example.com is forbidden: User "system:serviceaccount:cert-manager:cert-manager" cannot create resource "my-dns"';
    return {
      solver,
      secrets: {},
      io: { postToCluster: post },
      zone: 'example.com.',
      values: async (fqdn) => records.values(fqdn),
      wrongCredentials: {
        ...refusing(new ApiError(403, 'Forbidden', forbidden)),
        code: 'Unauthorized',
        message: forbidden,
      },
      missingSecret: undefined,
      missingKey: undefined,
      goneZone: undefined,
      silent: { io: { postToCluster: () => new Promise(() => {}) } },
      unreachable: {
        ...refusing(new ApiError(503, 'ServiceUnavailable', 'error trying to reach service: dial tcp 10.0.0.9:443')),
        code: 'Unreachable',
        message: 'the webhook cannot be reached: ServiceUnavailable',
      },
      rateLimited: {
        ...refusing(new ApiError(429, 'TooManyRequests', 'too many requests', { retryAfterMs: 7_000 })),
        code: 'RateLimited',
        message: 'too many requests',
      },
      garbled: {
        io: { postToCluster: async () => 'rubbish' },
        code: 'BadAnswer',
        message: 'invalid payload response, did not succeed but no result provided',
      },
    };
  },
});

describe('webhook', () => {
  const signal = new AbortController().signal;

  it('sends what upstream sends', async () => {
    const sent: unknown[] = [];
    const io = dns01TestIo({
      ambient: true,
      async postToCluster(to, body) {
        sent.push([to, body]);
        return { response: { uid: '', success: true } };
      },
    });
    const opened = await webhook.open(solver.webhook, io);
    await opened.add(aTxtRecord(), signal);
    const { request, ...rest } = (sent[0] as [string, ChallengePayload])[1];
    assert.deepEqual(
      [(sent[0] as [string])[0], rest],
      [path, { kind: 'ChallengePayload', apiVersion: 'webhook.acme.cert-manager.io/v1alpha1' }],
    );
    assert.deepEqual(request, {
      uid: '11111111-2222-3333-4444-555555555555',
      action: 'Present',
      type: 'dns-01',
      dnsName: 'www.example.com',
      key: 'fRJ-qzCYrJKAP4-tVC1bZ4_gqwHyFVDzbwPNbsrYNBk',
      resourceNamespace: 'certs',
      resolvedFQDN: '_acme-challenge.www.example.com.',
      resolvedZone: 'example.com.',
      allowAmbientCredentials: true,
      config: { zoneId: 7 },
    });
    await opened.remove(aTxtRecord(), signal);
    assert.equal((sent[1] as [string, ChallengePayload])[1].request.action, 'CleanUp');
  });

  const refusals: readonly (readonly [name: string, answer: unknown, expected: string])[] = [
    ['a reason', { response: { success: false, status: { message: 'no such zone' } } }, 'Refused: no such zone'],
    ['lines', { response: { success: false, status: { message: 'no\nsuch\u0000zone ' } } }, 'Refused: no such zone'],
    ['a book', { response: { success: false, status: { message: 'x'.repeat(5000) } } }, `Refused: ${'x'.repeat(1000)}`],
    ['no reason', { response: { success: false, status: {} } }, 'Refused: no reason given'],
    [
      'no status',
      { response: { success: false } },
      'BadAnswer: invalid payload response, did not succeed but no result provided',
    ],
    ['no response', {}, 'BadAnswer: invalid payload response, did not succeed but no result provided'],
    [
      'a success that is none',
      { response: { success: 'true' } },
      'BadAnswer: invalid payload response, did not succeed but no result provided',
    ],
    ['nothing', undefined, 'BadAnswer: invalid payload response, did not succeed but no result provided'],
  ];
  for (const [name, answer, expected] of refusals) {
    it(`takes ${name} for a failure`, async () => {
      const io = dns01TestIo({ postToCluster: async () => answer });
      const opened = await webhook.open(solver.webhook, io);
      assert.equal(await failure(opened.add(aTxtRecord(), signal)), expected);
    });
  }

  for (const [field, value] of [
    ['groupName', ''],
    ['groupName', '../api'],
    ['solverName', 'a/../../../../api/v1/namespaces/x/secrets'],
    ['solverName', 'x?dryRun=All'],
    ['solverName', '..'],
  ] as const) {
    it(`goes nowhere with the ${field} ${JSON.stringify(value)}`, async () => {
      const opening = webhook.open({ ...solver.webhook, [field]: value }, dns01TestIo());
      assert.equal(await failure(opening), `NotConfigured: webhook ${field} ${JSON.stringify(value)} is not a name`);
    });
  }
});

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return `${error.code}: ${error.message}`;
}
