// What is Edge DNS's own: writes to a zone that must not overlap.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createAkamai } from '../../src/solvers/dns01/akamai/provider.ts';
import { type FakeAkamai, startFakeAkamai } from '../support/dns01-fakes/akamai.ts';
import { aTxtRecord, dns01TestIo, secretsOf } from '../support/dns01-io.ts';

const signal = new AbortController().signal;
const record = aTxtRecord();
const name = '_acme-challenge.www.example.com';

describe('Edge DNS', () => {
  let fake: FakeAkamai;
  before(async () => {
    fake = await startFakeAkamai(['example.com']);
  });
  beforeEach(() => {
    fake.server.intercept = undefined;
  });
  after(() => fake.stop());

  const open = (provider = createAkamai(), serviceConsumerDomain = fake.host) => {
    const { clientToken: a, clientSecret: b, accessToken: c } = fake.credentials;
    const [clientTokenSecretRef, clientSecretSecretRef, accessTokenSecretRef] = (['a', 'b', 'c'] as const).map(
      (key) => ({
        name: 'akamai',
        key,
      }),
    ) as [{ name: string; key: string }, { name: string; key: string }, { name: string; key: string }];
    const config = { serviceConsumerDomain, clientTokenSecretRef, clientSecretSecretRef, accessTokenSecretRef };
    return provider.open(config, dns01TestIo({ http: fake.server.http, secrets: secretsOf({ akamai: { a, b, c } }) }));
  };

  it('writes one after the other', async () => {
    const provider = createAkamai();
    const records = Array.from({ length: 10 }, (_, index) => ({ ...record, value: `value-${index}` }));
    await Promise.all(records.map(async (each) => (await open(provider)).add(each, signal)));
    assert.deepEqual([fake.values(record.fqdn).length, fake.overlaps], [10, 0]);
    await Promise.all(records.map(async (each) => (await open(provider)).remove(each, signal)));
    assert.deepEqual([fake.values(record.fqdn), fake.overlaps], [[], 0]);
  });

  it('tries again where another process writes', async () => {
    const records = Array.from({ length: 3 }, (_, index) => ({
      ...record,
      fqdn: `_acme-challenge.h${index}.example.com.`,
    }));
    await Promise.all(records.map(async (each) => (await open()).add(each, signal)));
    assert.deepEqual(
      records.map(({ fqdn }) => fake.values(fqdn)),
      [[record.value], [record.value], [record.value]],
    );
    assert.ok(fake.overlaps > 0);
  });

  it('gives up when somebody always writes', async () => {
    fake.server.intercept = ({ method }) => (method === 'POST' ? { status: 409 } : undefined);
    const message = 'akamai: cannot change the TXT records: somebody else keeps changing the zone';
    await assert.rejects((await open()).add(record, signal), { name: 'ProviderError', code: 'Conflict', message });
  });

  it("leaves others' data as it is written", async () => {
    fake.put(name, ['"their" "s"']);
    const solver = await open();
    await solver.add(record, signal);
    await solver.remove(record, signal);
    assert.deepEqual(fake.rdata(name), ['"their" "s"']);
    await solver.remove({ ...record, value: 'theirs' }, signal);
    assert.equal(fake.rdata(name), undefined);
  });

  it('takes a host as people write it', async () => {
    await (await open(undefined, `https://${fake.host}/`)).remove(record, signal);
    const message = 'akamai: cannot sign requests: serviceConsumerDomain is not a host name';
    await assert.rejects(open(undefined, 'a.example/path?'), { code: 'NotConfigured', message });
  });

  it('says what Akamai says, without its ids', async () => {
    const json = {
      type: 'https://problems.luna.akamaiapis.net/authoritative-dns/cnameCollision',
      instance: `${Math.random()}`,
    };
    fake.server.intercept = ({ method }) => (method === 'POST' ? { status: 400, json } : undefined);
    const message = 'akamai: cannot change the TXT records: 400 cnameCollision';
    await assert.rejects((await open()).add(record, signal), { code: 'cnameCollision', message });
    const elsewhere = { type: 'https://inside.example/s3cr3t' };
    fake.server.intercept = () => ({ status: 400, json: elsewhere });
    await assert.rejects((await open()).add(record, signal), { message: 'akamai: cannot read the TXT records: 400' });
  });
});
