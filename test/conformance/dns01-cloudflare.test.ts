// Cloudflare keeps the contract of DNS01 providers, with a token and with a key, on a fake of its API; and what is its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ProviderError } from '../../src/base/errors.ts';
import { cloudflare } from '../../src/solvers/dns01/cloudflare/provider.ts';
import { type FakeCloudflare, startFakeCloudflare, unquoted } from '../support/dns01-fakes/cloudflare.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const zone = 'cloudflare.example.';
const gone = 'gone.example.';
const asking = 'while querying the Cloudflare API for GET "/zones"';

async function startPeer(kind: 'token' | 'key'): Promise<Dns01Peer> {
  const fake = await startFakeCloudflare();
  fake.addZone('example');
  fake.addZone(zone.slice(0, -1), 'moved');
  fake.addZone(zone.slice(0, -1));
  const secret = kind === 'token' ? fake.apiToken : fake.apiKey;
  const wrong =
    kind === 'token' ? 'v1-another-token-that-nobody-has-ever-made' : 'fedcba9876543210fedcba9876543210fedcb';
  const ref = { name: 'cloudflare', key: kind };
  return {
    solver: {
      cloudflare: kind === 'token' ? { apiTokenSecretRef: ref } : { email: fake.email, apiKeySecretRef: ref },
    },
    secrets: secretsOf({ cloudflare: { [kind]: secret } }),
    io: { http: fake.server.http },
    zone,
    values: async (fqdn) => fake.records(fqdn.slice(0, -1)).map(({ content }) => unquoted(content)),
    wrongCredentials: {
      secrets: secretsOf({ cloudflare: { [kind]: wrong } }),
      code: 'Unauthorized',
      message: `${asking}: Error: ${kind === 'token' ? '9109: Invalid access token' : '9103: Unknown X-Auth-Key or X-Auth-Email'}`,
    },
    missingSecret: ({ name }) => ({
      code: 'NotConfigured',
      message: `error getting cloudflare secret: secret "${name}" not found`,
    }),
    missingKey: ({ name, key }) => ({
      code: 'NotConfigured',
      message: `specified key "${key}" not found in secret "${name}"`,
    }),
    goneZone: {
      zone: gone,
      code: 'ZoneNotFound',
      message: `Found no Zones for domain _acme-challenge.${gone} (neither in the sub-domain nor in the SLD): does the credential have the permission Zone.Read for it?`,
    },
    silent: silentHttp,
    unreachable: {
      ...unreachableHttp,
      code: 'Unreachable',
      message: `${asking}: cannot reach peer.example: ECONNREFUSED`,
    },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${asking}: HTTP status 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${asking}: the answer could not be understood` },
    stop: fake.server.stop,
  };
}

for (const kind of ['token', 'key'] as const) {
  dns01ProviderConformance(`cloudflare with a ${kind}`, { provider: cloudflare, start: () => startPeer(kind) });
}

describe('cloudflare', () => {
  let fake: FakeCloudflare;
  let zoneId: string;
  before(async () => {
    fake = await startFakeCloudflare();
    zoneId = fake.addZone('example.com');
  });
  after(() => fake.server.stop());

  const { signal } = new AbortController();
  const open = (kind: 'token' | 'key' = 'token') => {
    const ref = { name: 'cf', key: kind };
    const config = kind === 'token' ? { apiTokenSecretRef: ref } : { email: fake.email, apiKeySecretRef: ref };
    const secrets = secretsOf({ cf: { token: fake.apiToken, key: fake.apiKey } });
    return cloudflare.open(config, dns01TestIo({ http: fake.server.http, secrets }));
  };
  const asked = async (work: () => Promise<unknown>) => {
    const from = fake.server.requests.length;
    await work();
    return fake.server.requests
      .slice(from)
      .map(({ method, url }) => `${method} ${url.pathname.replace('/client/v4', '')}${url.search}`);
  };

  it('asks for the zones from the name up, then for the records with the name, then writes', async () => {
    const record = aTxtRecord({ fqdn: '_acme-challenge.a.example.com.' });
    const solver = await open();
    const requests = await asked(() => solver.add(record, signal));
    assert.deepEqual(requests, [
      'GET /zones?name=_acme-challenge.a.example.com',
      'GET /zones?name=a.example.com',
      'GET /zones?name=example.com',
      `GET /zones/${zoneId}/dns_records?type=TXT&name.exact=_acme-challenge.a.example.com&per_page=100&page=1`,
      `POST /zones/${zoneId}/dns_records`,
    ]);
    const [written] = fake.records('_acme-challenge.a.example.com');
    assert.deepEqual(
      { ...written, id: '' },
      {
        id: '',
        type: 'TXT',
        name: '_acme-challenge.a.example.com',
        content: record.value,
        ttl: 120,
      },
    );
  });

  it('sends its credentials and nothing of the process', async () => {
    const variables = {
      CLOUDFLARE_API_TOKEN: 'from-the-environment',
      CLOUDFLARE_API_USER_SERVICE_KEY: 'from-the-environment',
      CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1',
      CLOUDFLARE_CUSTOM_HEADERS: 'x-other: from-the-environment',
    };
    Object.assign(process.env, variables);
    try {
      const from = fake.server.requests.length;
      await (await open('token')).remove(aTxtRecord(), signal);
      await (await open('key')).remove(aTxtRecord(), signal);
      const names = ['authorization', 'x-auth-email', 'x-auth-key', 'x-auth-user-service-key', 'x-other', 'user-agent'];
      const sent = fake.server.requests.slice(from).map(({ headers }) => names.map((name) => headers[name]).join(' '));
      assert.deepEqual(
        [...new Set(sent)],
        [`Bearer ${fake.apiToken}     test`, ` ${fake.email} ${fake.apiKey}   test`],
      );
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
    }
  });

  it('finds its value among many, on any page, as written or quoted, and removes no other', async () => {
    const fqdn = '_acme-challenge.many.example.com.';
    const name = fqdn.slice(0, -1);
    const others = Array.from({ length: 8 }, (_, index) => `other-${index}`);
    for (const content of others) fake.addRecord(zoneId, { type: 'TXT', name, content, ttl: 60 });
    for (const content of ['mine', '"mine"']) fake.addRecord(zoneId, { type: 'TXT', name, content, ttl: 60 });
    fake.addRecord(zoneId, { type: 'TXT', name: `x.${name}`, content: 'mine', ttl: 60 });
    const record = aTxtRecord({ fqdn, value: 'mine' });
    await (await open()).add(record, signal);
    await (await open()).remove(record, signal);
    assert.deepEqual(
      fake.records(name).map(({ content }) => content),
      others,
    );
    assert.equal(fake.records(`x.${name}`).length, 1);
  });

  it('takes a record that appears, or goes, at the last moment for its own work', async () => {
    const record = aTxtRecord({ fqdn: '_acme-challenge.race.example.com.' });
    const name = record.fqdn.slice(0, -1);
    const refusal = (code: number, message: string) => ({
      status: code === 81_058 ? 400 : 404,
      json: { success: false, errors: [{ code, message }], messages: [], result: null },
    });
    const when = (method: string, code: number) => {
      fake.server.intercept = (request) => (request.method === method ? refusal(code, 'of a race') : undefined);
    };
    try {
      when('POST', 81_058);
      await (await open()).add(record, signal);
      fake.server.intercept = undefined;
      await (await open()).add(record, signal);
      when('DELETE', 81_044);
      await (await open()).remove(record, signal);
      assert.equal(fake.records(name).length, 1);
    } finally {
      fake.server.intercept = undefined;
    }
  });

  it('says what stands behind a refusal, and when to come back', async () => {
    const chain = [{ code: 6111, message: 'Invalid format for\nAuthorization header' }];
    const said: [number, object, Partial<ProviderError>][] = [
      [
        400,
        { code: 6003, message: 'Invalid request headers', error_chain: chain },
        {
          code: 'Unauthorized',
          message: `${asking}: Error: 6003: Invalid request headers <- 6111: Invalid format for Authorization header`,
        },
      ],
      [
        429,
        { code: 971, message: 'Please wait' },
        { code: 'RateLimited', message: `${asking}: Error: 971: Please wait`, retryAfterMs: 300_000 },
      ],
      [200, { code: 1000, message: 'no success' }, { code: '1000', message: `${asking}: Error: 1000: no success` }],
      [502, {}, { code: 'Unreachable', message: `${asking}: HTTP status 502` }],
    ];
    try {
      for (const [status, error, expected] of said) {
        const headers = { 'retry-after': '300' };
        fake.server.intercept = () => ({ status, headers, json: { success: false, errors: [error] } });
        await assert.rejects((await open()).add(aTxtRecord(), signal), { name: 'ProviderError', ...expected });
      }
    } finally {
      fake.server.intercept = undefined;
    }
  });

  it('asks once: nothing is tried again', async () => {
    fake.server.intercept = () => ({ status: 503, headers: { 'retry-after': '1' } });
    const solver = await open();
    try {
      assert.equal((await asked(() => assert.rejects(solver.add(aTxtRecord(), signal)))).length, 1);
    } finally {
      fake.server.intercept = undefined;
    }
  });
});
