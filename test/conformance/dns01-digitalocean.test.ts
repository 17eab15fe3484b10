// DigitalOcean keeps the contract of DNS01 providers, on a fake of its API; and what is its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { digitalOcean } from '../../src/solvers/dns01/digitalocean/provider.ts';
import { type FakeDigitalOcean, startFakeDigitalOcean } from '../support/dns01-fakes/digitalocean.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';
import {
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const domain = 'digitalocean.example';
const listing = 'digitalocean: cannot list the TXT records';

dns01ProviderConformance('digitalocean', {
  provider: digitalOcean,
  start: async () => {
    const fake = await startFakeDigitalOcean();
    fake.addDomain(domain);
    return {
      solver: { digitalocean: { tokenSecretRef: { name: 'digitalocean', key: 'token' } } },
      secrets: secretsOf({ digitalocean: { token: ` ${fake.token}\n` } }),
      io: { http: fake.server.http },
      zone: `${domain}.`,
      values: async (fqdn) => {
        const named = fake.records(domain).filter(({ name }) => fqdn === `${name}.${domain}.`);
        return named.map(({ data }) => data);
      },
      wrongCredentials: {
        secrets: secretsOf({ digitalocean: { token: 'dop_v1_that_was_revoked' } }),
        code: 'Unauthorized',
        message: `${listing}: 401 unauthorized`,
      },
      missingSecret: ({ name }) => ({
        code: 'NotConfigured',
        message: `error getting digitalocean token: secret "${name}" not found`,
      }),
      missingKey: () => ({
        code: 'NotConfigured',
        message: 'error instantiating digitalocean challenge solver: DigitalOcean token missing',
      }),
      goneZone: {
        zone: 'gone.example.',
        code: 'ZoneNotFound',
        message: 'digitalocean: cannot add the TXT record: the account has no domain "gone.example"',
      },
      silent: silentHttp,
      unreachable: { ...unreachableHttp, code: 'Unreachable', message: `${listing}: ECONNREFUSED` },
      rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${listing}: 429` },
      garbled: { ...garbledHttp, code: 'BadAnswer', message: `${listing}: the answer is not JSON` },
      stop: fake.server.stop,
    };
  },
});

describe('digitalocean', () => {
  let fake: FakeDigitalOcean;
  before(async () => {
    fake = await startFakeDigitalOcean();
    fake.addDomain('example.com');
  });
  after(() => fake.server.stop());

  const { signal } = new AbortController();
  const open = () =>
    digitalOcean.open(
      { tokenSecretRef: { name: 'do', key: 'token' } },
      dns01TestIo({ http: fake.server.http, secrets: secretsOf({ do: { token: fake.token } }) }),
    );
  const values = (name: string) =>
    fake
      .records('example.com')
      .filter((each) => each.name === name)
      .map(({ data }) => data);

  it('asks for the records with the name, then writes', async () => {
    const record = aTxtRecord();
    await (await open()).add(record, signal);
    const requests = fake.server.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
    assert.deepEqual(requests, [
      'GET /v2/domains/example.com/records?type=TXT&name=_acme-challenge.www.example.com&per_page=200&page=1',
      'POST /v2/domains/example.com/records',
    ]);
    const written = fake.records('example.com').map(({ id: _, ...rest }) => rest);
    assert.deepEqual(written, [{ type: 'TXT', name: '_acme-challenge.www', data: record.value, ttl: 60 }]);
  });

  it('removes its value from any page, as often as it is there, and no other (upstream removes all of the name)', async () => {
    const name = '_acme-challenge.many';
    const others = Array.from({ length: 8 }, (_, index) => `other-${index}`);
    for (const data of ['mine', ...others, 'mine']) fake.addRecord('example.com', { type: 'TXT', name, data, ttl: 60 });
    fake.addRecord('example.com', { type: 'TXT', name: `x.${name}`, data: 'mine', ttl: 60 });
    fake.addRecord('example.com', { type: 'CAA', name, data: 'mine', ttl: 60 });
    const record = aTxtRecord({ fqdn: `${name}.example.com.`, value: 'mine' });
    await (await open()).add(record, signal);
    await (await open()).remove(record, signal);
    assert.deepEqual(values(name), [...others, 'mine']);
    assert.deepEqual(values(`x.${name}`), ['mine']);
  });

  it('writes at the domain itself', async () => {
    const record = aTxtRecord({ fqdn: 'example.com.', value: 'at-the-top' });
    await (await open()).add(record, signal);
    await (await open()).add(record, signal);
    assert.deepEqual(values('@'), ['at-the-top']);
    await (await open()).remove(record, signal);
    assert.deepEqual(values('@'), []);
  });

  it('takes a record that goes at the last moment for removed', async () => {
    const record = aTxtRecord({ fqdn: '_acme-challenge.race.example.com.' });
    await (await open()).add(record, signal);
    fake.server.intercept = ({ method }) =>
      method === 'DELETE' ? { status: 404, json: { id: 'not_found', message: 'gone' } } : undefined;
    try {
      await (await open()).remove(record, signal);
    } finally {
      fake.server.intercept = undefined;
    }
  });

  it('refuses a token that HTTP cannot carry, without telling it', async () => {
    const secrets = secretsOf({ do: { token: 'tok\nen' } });
    const io = dns01TestIo({ http: fake.server.http, secrets });
    const solver = await digitalOcean.open({ tokenSecretRef: { name: 'do', key: 'token' } }, io);
    const message = `${listing}: a credential has characters that cannot be sent`;
    await assert.rejects(solver.add(aTxtRecord(), signal), { code: 'NotConfigured', message });
  });

  it('comes back when the limit of an hour says', async () => {
    const now = new Date('2026-01-01T00:00:00.500Z');
    const secrets = secretsOf({ do: { token: fake.token } });
    const io = dns01TestIo({ http: fake.server.http, secrets, now: () => now });
    const solver = await digitalOcean.open({ tokenSecretRef: { name: 'do', key: 'token' } }, io);
    const said: [Record<string, string>, number | undefined][] = [
      [{ 'ratelimit-reset': `${Date.parse('2026-01-01T00:10:00Z') / 1000}` }, 600_000],
      [{ 'ratelimit-reset': '1', 'retry-after': '30' }, 30_000],
      [{ 'ratelimit-reset': 'soon' }, undefined],
    ];
    try {
      for (const [headers, retryAfterMs] of said) {
        fake.server.intercept = () => ({
          status: 429,
          headers,
          json: { id: 'too_many_requests', message: 'too many' },
        });
        const message = `${listing}: 429 too_many_requests`;
        await assert.rejects(solver.add(aTxtRecord(), signal), { code: 'RateLimited', message, retryAfterMs });
      }
    } finally {
      fake.server.intercept = undefined;
    }
  });
});
