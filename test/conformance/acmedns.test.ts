// What is acme-dns's own: accounts by name.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { acmeDns } from '../../src/solvers/dns01/acmedns/provider.ts';
import { type AcmeDnsAccount, type FakeAcmeDns, startFakeAcmeDns } from '../support/dns01-fakes/acmedns.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';

const signal = new AbortController().signal;
const record = aTxtRecord();

describe('acme-dns', () => {
  let fake: FakeAcmeDns;
  let account: AcmeDnsAccount;
  before(async () => {
    fake = await startFakeAcmeDns();
    account = fake.register();
  });
  after(() => fake.stop());

  const open = (accounts: string, host = fake.host) => {
    const secrets = secretsOf({ 'acme-dns': { accounts } });
    const config = { host, accountSecretRef: { name: 'acme-dns', key: 'accounts' } };
    return acmeDns.open(config, dns01TestIo({ http: fake.server.http, secrets }));
  };

  it('sets the value with the account of the name, with or without a path at the end', async () => {
    const accounts = JSON.stringify({ 'other.example': fake.register(), [record.dnsName]: account });
    await (await open(accounts)).add(record, signal);
    const other = { ...record, value: 'x'.repeat(43) };
    await (await open(accounts, `https://${fake.host}/`)).add(other, signal);
    assert.deepEqual(fake.values(account.subdomain), [record.value, other.value]);
  });

  /** [what, accounts]. */
  const strangers: readonly [string, unknown][] = [
    ['no account', {}],
    ['an account of the wildcard', { [`*.${record.dnsName}`]: { username: 'a', password: 'b', subdomain: 'c' } }],
    ['an account without a password', { [record.dnsName]: { username: 'a', subdomain: 'c' } }],
    ['an account that is none', { [record.dnsName]: 'x' }],
    ['a list', []],
  ];
  for (const [what, accounts] of strangers) {
    it(`says whose account is missing: ${what}`, async () => {
      const message = `account credentials not found for domain ${record.dnsName}`;
      const solver = await open(JSON.stringify(accounts));
      await assert.rejects(solver.add(record, signal), { name: 'ProviderError', code: 'NotConfigured', message });
    });
  }

  for (const accounts of ['{', '"text"', 'null']) {
    it(`takes ${accounts} for no accounts`, () => {
      const message = 'acmeDNS: secret "acme-dns" has no JSON object of accounts at "accounts"';
      return assert.rejects(open(accounts), { name: 'ProviderError', code: 'NotConfigured', message });
    });
  }

  it('tells nothing of servers that are no acme-dns', async () => {
    const accounts = JSON.stringify({ [record.dnsName]: account });
    fake.server.intercept = () => ({ status: 400, json: { error: 's3cr3t' } });
    const message = 'acmeDNS: cannot set the TXT record: 400';
    await assert.rejects((await open(accounts)).add(record, signal), { message });
    fake.server.intercept = () => ({ status: 400, json: { error: 'bad_txt' } });
    await assert.rejects((await open(accounts)).add(record, signal), { message: `${message} bad_txt` });
  });
});
