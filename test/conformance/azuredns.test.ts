// What is Azure DNS's own: ways to sign in, clouds, and record sets that somebody else has or changes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { AzureDNSProvider } from '../../src/api/dns01.ts';
import { azureDns } from '../../src/solvers/dns01/azuredns/provider.ts';
import type { Dns01Io } from '../../src/solvers/dns01.ts';
import { type FakeAzureDns, startFakeAzureDns } from '../support/dns01-fakes/azuredns.ts';
import { aTxtRecord, dns01TestIo, type Secrets, secretsOf } from '../support/dns01-io.ts';

const signal = new AbortController().signal;
const record = aTxtRecord();
const signIn = 'azureDNS: cannot sign in to Azure';

describe('Azure DNS', () => {
  let fake: FakeAzureDns;
  before(async () => {
    fake = await startFakeAzureDns('public', ['example.com']);
  });
  beforeEach(() => {
    fake.server.intercept = undefined;
  });
  after(() => fake.stop());

  type World = Partial<Dns01Io> & { readonly secrets?: Secrets };
  const open = (config: Partial<AzureDNSProvider>, world: World = {}) => {
    const { subscriptionID, resourceGroupName } = fake.account;
    const io = dns01TestIo({ http: fake.server.http, ...world });
    return azureDns.open({ subscriptionID, resourceGroupName, ...config }, io);
  };
  const withSecret = (config: Partial<AzureDNSProvider> = {}) => {
    const { tenantID, clientID, clientSecret } = fake.account;
    const clientSecretSecretRef = { name: 'azure', key: 'secret' };
    const secrets = secretsOf({ azure: { secret: clientSecret } });
    return open({ tenantID, clientID, clientSecretSecretRef, ...config }, { secrets });
  };
  const ambient = (environment: Readonly<Record<string, string>>, config: Partial<AzureDNSProvider> = {}) => {
    const readFile = async (path: string) => (path === '/token' ? fake.account.federatedToken : assert.fail('no file'));
    return open(config, { ambient: true, environment, readFile });
  };
  const addsAndRemoves = async (solver: Awaited<ReturnType<typeof open>>) => {
    await solver.add(record, signal);
    assert.deepEqual(fake.values(record.fqdn), [record.value]);
    await solver.remove(record, signal);
    assert.deepEqual(fake.values(record.fqdn), []);
  };
  const lastNodeRequest = () => fake.server.requests.filter(({ url }) => url.hostname === '169.254.169.254').at(-1);

  describe('signs in', () => {
    for (const environment of ['AzurePublicCloud', 'AzureUSGovernmentCloud', 'AzureChinaCloud'] as const) {
      it(`with a secret in ${environment}`, async () => addsAndRemoves(await withSecret({ environment })));
    }

    it("with the workload's identity", async () => {
      const { tenantID, clientID } = fake.account;
      const environment = {
        AZURE_FEDERATED_TOKEN_FILE: '/token',
        AZURE_TENANT_ID: tenantID,
        AZURE_CLIENT_ID: clientID,
      };
      await addsAndRemoves(await ambient(environment));
    });

    it('with another identity than that of the environment', async () => {
      const { tenantID, clientID } = fake.account;
      const environment = { AZURE_FEDERATED_TOKEN_FILE: '/token', AZURE_TENANT_ID: 'a', AZURE_CLIENT_ID: 'b' };
      await addsAndRemoves(await ambient(environment, { managedIdentity: { tenantID, clientID } }));
    });

    it("with the node's identity, past all proxies", async () => {
      await addsAndRemoves(await ambient({}));
      assert.deepEqual([lastNodeRequest()?.proxied, lastNodeRequest()?.headers['metadata']], [false, 'true']);
    });

    it("with one of the node's identities", async () => {
      const { managedIdentityID: clientID, managedIdentityResource: resourceID } = fake.account;
      await addsAndRemoves(await ambient({}, { managedIdentity: { clientID } }));
      assert.equal(lastNodeRequest()?.url.searchParams.get('client_id'), clientID);
      await addsAndRemoves(await ambient({}, { managedIdentity: { resourceID } }));
      assert.equal(lastNodeRequest()?.url.searchParams.get('msi_res_id'), resourceID);
    });
  });

  describe('does not sign in', () => {
    const tokenFile = { AZURE_FEDERATED_TOKEN_FILE: '/token' };
    const notAmbient =
      'ClientID was omitted without providing one of `--cluster-issuer-ambient-credentials` or `--issuer-ambient-credentials`. These are necessary to enable Azure Managed Identities';
    /** [what, how, message]. */
    const cases: readonly [string, () => Promise<unknown>, string][] = [
      ['without any credentials', () => open({}), notAmbient],
      ['with the environment where it may not', () => open({}, { environment: tokenFile }), notAmbient],
      [
        'in a cloud that is no more',
        () => withSecret({ environment: 'AzureGermanCloud' }),
        'azureDNS: unknown cloud configuration name: AzureGermanCloud',
      ],
      [
        'without a tenant',
        () => withSecret({ tenantID: '' }),
        `${signIn}: clientID needs tenantID and clientSecretSecretRef`,
      ],
      [
        'without an identity',
        () => ambient(tokenFile),
        `${signIn}: workload identity needs AZURE_TENANT_ID and AZURE_CLIENT_ID`,
      ],
      [
        "without the workload's token",
        () => ambient({ AZURE_FEDERATED_TOKEN_FILE: '/no', AZURE_TENANT_ID: 'a', AZURE_CLIENT_ID: 'b' }),
        `${signIn}: the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read`,
      ],
    ];
    for (const [what, how, message] of cases) {
      it(what, () => assert.rejects(how, { name: 'ProviderError', code: 'NotConfigured', message }));
    }

    it('with an identity that the node does not have', async () => {
      const solver = await ambient({}, { managedIdentity: { clientID: 'another' } });
      await assert.rejects(solver.add(record, signal), {
        name: 'ProviderError',
        message: `${signIn}: 400 invalid_request`,
      });
    });
  });

  it('keeps what users put beside the values', async () => {
    const metadata = { team: 'dns' };
    fake.put('example.com', '_acme-challenge.www', { TTL: 77, metadata, TXTRecords: [{ value: ['the', 'irs'] }] });
    const theirs = () => {
      const { TTL, metadata: kept } = fake.properties('example.com', '_acme-challenge.www') as {
        TTL: number;
        metadata: object;
      };
      return [TTL, kept, [...fake.values(record.fqdn)].sort()];
    };
    const solver = await withSecret();
    await solver.add(record, signal);
    assert.deepEqual(theirs(), [77, metadata, [record.value, 'theirs'].sort()]);
    await solver.remove(record, signal);
    assert.deepEqual(theirs(), [77, metadata, ['theirs']]);
    await solver.remove({ ...record, value: 'theirs' }, signal);
    assert.equal(fake.properties('example.com', '_acme-challenge.www'), undefined);
  });

  it('writes to the apex where a CNAME record leads there', async () => {
    const solver = await withSecret();
    await solver.add({ ...record, fqdn: 'example.com.' }, signal);
    assert.notEqual(fake.properties('example.com', '@'), undefined);
    await solver.remove({ ...record, fqdn: 'example.com.' }, signal);
    assert.equal(fake.properties('example.com', '@'), undefined);
  });

  it('refuses names outside the zone that is configured', async () => {
    const solver = await withSecret({ hostedZoneName: 'example.com' });
    const message = 'azureDNS: _acme-challenge.example.org. is not in zone "example.com"';
    const outside = { ...record, fqdn: '_acme-challenge.example.org.' };
    await assert.rejects(solver.add(outside, signal), { code: 'ZoneNotFound', message });
  });

  it('begins anew when somebody else was faster, with what is there then', async () => {
    let isFirst = true;
    fake.server.intercept = ({ method }) => {
      if (method === 'PUT' && isFirst)
        fake.put('example.com', '_acme-challenge.www', { TTL: 5, TXTRecords: [{ value: ['theirs'] }] });
      isFirst &&= method !== 'PUT';
      return undefined;
    };
    const solver = await withSecret();
    await solver.add(record, signal);
    assert.deepEqual([...fake.values(record.fqdn)].sort(), [record.value, 'theirs'].sort());
    for (const value of [record.value, 'theirs']) await solver.remove({ ...record, value }, signal);
  });

  it('gives up when somebody always is', async () => {
    fake.server.intercept = ({ method }) => (method === 'PUT' ? { status: 412 } : undefined);
    const message = 'azureDNS: cannot change the TXT records: somebody else keeps changing them';
    await assert.rejects((await withSecret()).add(record, signal), {
      name: 'ProviderError',
      code: 'Conflict',
      message,
    });
  });

  it('says what Azure says, without its ids', async () => {
    const solver = await withSecret({ subscriptionID: 'another' });
    const message = 'azureDNS: cannot find zone "example.com": 403 AuthorizationFailed';
    await assert.rejects(solver.add(record, signal), { code: 'Unauthorized', message });
  });

  it('says that a CNAME record is in the way, and does not insist', async () => {
    const requests = fake.server.requests.length;
    fake.server.intercept = ({ method }) =>
      method === 'PUT' ? { status: 409, json: { code: 'Conflict' } } : undefined;
    const message = 'azureDNS: cannot change the TXT records: 409 Conflict';
    await assert.rejects((await withSecret()).add(record, signal), { code: 'Conflict', message });
    assert.equal(fake.server.requests.length - requests, 4);
  });

  it('says that it asks too much', async () => {
    fake.server.intercept = ({ method }) =>
      method === 'PUT'
        ? { status: 429, headers: { 'retry-after': '60' }, json: { code: 'TooManyRequests' } }
        : undefined;
    const message = 'azureDNS: cannot change the TXT records: 429 TooManyRequests';
    await assert.rejects((await withSecret()).add(record, signal), {
      code: 'RateLimited',
      retryAfterMs: 60_000,
      message,
    });
  });
});
