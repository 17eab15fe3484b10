// What is Cloud DNS's own: ways to sign in, zones, pages, record sets that somebody else has or changes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CloudDNSProvider } from '../../src/api/dns01.ts';
import { cloudDns } from '../../src/solvers/dns01/clouddns/provider.ts';
import type { Dns01Io } from '../../src/solvers/dns01.ts';
import { type FakeCloudDns, startFakeCloudDns } from '../support/dns01-fakes/clouddns.ts';
import { aTxtRecord, dns01TestIo, type Secrets, secretsOf } from '../support/dns01-io.ts';

const signal = new AbortController().signal;
const zone = { name: 'example-com', dnsName: 'example.com.', visibility: 'public' } as const;
const record = aTxtRecord();
const signIn = 'cloudDNS: cannot sign in to Google Cloud';
const file = '/etc/google/credentials.json';

describe('Cloud DNS', () => {
  let fake: FakeCloudDns;
  before(async () => {
    fake = await startFakeCloudDns([zone]);
  });
  beforeEach(() => {
    fake.zones.splice(0, fake.zones.length, zone);
    fake.server.intercept = undefined;
  });
  after(() => fake.stop());

  type World = Partial<Dns01Io> & { readonly secrets?: Secrets };
  const open = (config: Partial<CloudDNSProvider>, world: World = {}) =>
    cloudDns.open({ project: 'project-1', ...config }, dns01TestIo({ http: fake.server.http, ...world }));
  const withKey = async (config: Partial<CloudDNSProvider> = {}, key = fake.tokens.serviceAccount()) =>
    open(
      { serviceAccountSecretRef: { name: 'google', key: 'key' }, ...config },
      { secrets: secretsOf({ google: { key } }) },
    );
  /** With the text of files by path; GOOGLE_APPLICATION_CREDENTIALS names the first. */
  const ambient = (files: Readonly<Record<string, string>>) => {
    const readFile = async (path: string) => files[path] ?? assert.fail(`no file ${path}`);
    return open(
      {},
      { ambient: true, readFile, environment: { GOOGLE_APPLICATION_CREDENTIALS: Object.keys(files)[0] } },
    );
  };
  const addsAndRemoves = async (solver: Awaited<ReturnType<typeof open>>) => {
    await solver.add(record, signal);
    assert.deepEqual(fake.values(record.fqdn), [record.value]);
    await solver.remove(record, signal);
    assert.deepEqual(fake.values(record.fqdn), []);
  };

  describe('signs in', () => {
    it('as a user', async () => addsAndRemoves(await ambient({ [file]: fake.tokens.authorizedUser() })));
    it('as a service account from a file', async () =>
      addsAndRemoves(await ambient({ [file]: fake.tokens.serviceAccount() })));
    it('as a service account that a user impersonates', async () =>
      addsAndRemoves(await ambient({ [file]: fake.tokens.impersonated() })));

    it('with a token of the cluster', async () => {
      const files = { [file]: fake.tokens.externalAccount(), '/var/run/token': `${fake.tokens.subjectToken}\n` };
      await addsAndRemoves(await ambient(files));
    });

    it('with a token of the cluster in JSON, to impersonate a service account', async () => {
      const format = { type: 'json', subject_token_field_name: 'id_token' };
      const service_account_impersonation_url = fake.tokens.impersonationUrl;
      const account = { credential_source: { file: '/var/run/token', format }, service_account_impersonation_url };
      const token = JSON.stringify({ id_token: fake.tokens.subjectToken });
      await addsAndRemoves(await ambient({ [file]: fake.tokens.externalAccount(account), '/var/run/token': token }));
    });

    it('with a token of another cloud', async () => {
      const format = { type: 'json', subject_token_field_name: 'access_token' };
      const source = { url: 'http://169.254.169.254/metadata/identity', headers: { Metadata: 'True' }, format };
      fake.server.intercept = ({ url, headers, proxied }) => {
        if (url.pathname !== '/metadata/identity') return undefined;
        assert.deepEqual([headers['metadata'], proxied], ['True', false]);
        return { status: 200, json: { access_token: fake.tokens.subjectToken } };
      };
      await addsAndRemoves(await ambient({ [file]: fake.tokens.externalAccount({ credential_source: source }) }));
    });

    it('by the metadata server, past all proxies', async () => {
      await addsAndRemoves(await open({}, { ambient: true }));
      const asked = fake.server.requests.filter(({ url }) => url.hostname === '169.254.169.254').at(-1);
      assert.deepEqual([asked?.proxied, asked?.headers['metadata-flavor']], [false, 'Google']);
    });
  });

  describe('does not sign in', () => {
    const stranger = () => ({ serviceAccountSecretRef: { name: 'google', key: 'key' } });
    const refused = `${signIn}: secret "google" has no service account key at "key"`;
    /** [what, how, message]. */
    const cases: readonly [string, () => Promise<unknown>, string][] = [
      [
        'without any credentials',
        () => open({}),
        'unable to construct clouddns provider: empty credentials; perhaps you meant to enable ambient credentials?',
      ],
      [
        'with the environment where it may not',
        () => open({}, { environment: { GOOGLE_APPLICATION_CREDENTIALS: file } }),
        'unable to construct clouddns provider: empty credentials; perhaps you meant to enable ambient credentials?',
      ],
      ['with a Secret that names files', () => withKey(stranger(), fake.tokens.externalAccount()), refused],
      ['with a Secret that is no JSON', () => withKey(stranger(), 'password'), refused],
      [
        'with an empty file',
        () => ambient({ [file]: '' }),
        `${signIn}: the file that GOOGLE_APPLICATION_CREDENTIALS names has no credentials of a known kind`,
      ],
      [
        'with a file that cannot be read',
        () => open({}, { ambient: true, environment: { GOOGLE_APPLICATION_CREDENTIALS: '/no' } }),
        `${signIn}: the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read`,
      ],
    ];
    for (const [what, how, message] of cases) {
      it(what, () => assert.rejects(how, { name: 'ProviderError', code: 'NotConfigured', message }));
    }

    it('with a key that is none', async () => {
      const solver = await withKey({}, fake.tokens.serviceAccount({ private_key: 'no key' }));
      const message = `${signIn}: the private key of the service account cannot be read`;
      await assert.rejects(solver.add(record, signal), { name: 'ProviderError', code: 'NotConfigured', message });
    });
  });

  it('writes to the public zone of several, wherever it is in the list', async () => {
    const inside = ['a', 'b', 'c'].map((name) => ({ ...zone, name, visibility: 'private' as const }));
    fake.zones.splice(0, 1, ...inside, zone, { ...zone, name: 'other', dnsName: 'other.example.' });
    await (await withKey()).add(record, signal);
    assert.equal(fake.records('example-com').length, 1);
    await (await withKey()).remove(record, signal);
  });

  it('writes to a private zone where there is no other', async () => {
    fake.zones.splice(0, 1, { ...zone, name: 'inside', visibility: 'private' });
    await addsAndRemoves(await withKey());
  });

  it('finds its record among very many', async () => {
    for (let number = 0; number < 300; number += 1) {
      fake.put('example-com', { name: `h${number}.example.com.`, type: 'TXT', ttl: 5, rrdatas: ['"x"'] });
    }
    const requests = fake.server.requests.length;
    await addsAndRemoves(await withKey());
    assert.equal(fake.server.requests.length - requests, 8);
    assert.equal(fake.records('example-com').length, 300);
  });

  it('begins anew when somebody else was faster, with what is there then', async () => {
    let isFirst = true;
    fake.server.intercept = ({ method, url }) => {
      if (method !== 'POST' || !url.pathname.endsWith('/changes') || !isFirst) return undefined;
      isFirst = false;
      fake.put('example-com', { name: record.fqdn, type: 'TXT', ttl: 7, rrdatas: ['"theirs"'] });
      return undefined;
    };
    await (await withKey()).add(record, signal);
    assert.deepEqual([...fake.values(record.fqdn)].sort(), [record.value, 'theirs'].sort());
    await (await withKey()).remove(record, signal);
    assert.deepEqual(fake.values(record.fqdn), ['theirs']);
    await (await withKey()).remove({ ...record, value: 'theirs' }, signal);
  });

  it('gives up when somebody always is', async () => {
    fake.server.intercept = ({ url }) => (url.pathname.endsWith('/changes') ? { status: 412 } : undefined);
    const message = 'cloudDNS: cannot change the TXT records: somebody else keeps changing them';
    await assert.rejects((await withKey()).add(record, signal), { name: 'ProviderError', code: 'Conflict', message });
  });

  it('leaves a record set with a routing policy alone', async () => {
    fake.put('example-com', { name: record.fqdn, type: 'TXT', ttl: 5 });
    const message = 'cloudDNS: cannot change the TXT records: they have a routing policy';
    await assert.rejects((await withKey()).add(record, signal), { code: 'Conflict', message });
  });

  it('says that it asks too much', async () => {
    const errors = [{ reason: 'rateLimitExceeded', message: `quota of consumer ${Math.random()}` }];
    fake.server.intercept = ({ url }) =>
      url.pathname.endsWith('/rrsets')
        ? { status: 403, headers: { 'retry-after': '3' }, json: { error: { code: 403, errors } } }
        : undefined;
    const message = 'cloudDNS: cannot read the TXT records: 403 rateLimitExceeded';
    await assert.rejects((await withKey()).add(record, signal), { code: 'RateLimited', retryAfterMs: 3_000, message });
  });

  it('says that it has no access to the project', async () => {
    const message = 'cloudDNS: cannot list the managed zones of project "project-2": 403 forbidden';
    await assert.rejects((await withKey({ project: 'project-2' })).add(record, signal), {
      code: 'Unauthorized',
      message,
    });
  });
});
