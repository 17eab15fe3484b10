// The ACME client beside another one, acme-client, on the same real server: the same steps come to the same things. What acme-client cannot do (profiles,
// renewal information, revocation by the certificate's key) is checked against the server alone.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import acme from 'acme-client';
import { type AcmeClient, createAcmeClient, keyAuthorization } from '../../src/acme/client.ts';
import type { NewOrder, Order } from '../../src/acme/resources.ts';
import { createHttpAccess, type HttpAccess } from '../../src/net/http.ts';
import { decodeCertificates } from '../../src/pki/certificate.ts';
import { renewalIdOf } from '../../src/pki/renewal-id.ts';
import { dns, issued, proved } from '../support/acme-steps.ts';
import { type Pebble, startPebble } from '../support/pebble.ts';
import { aCsrPem, aKey } from '../support/pki-builders.ts';

const signal = new AbortController().signal;
const eabKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('the ACME client on Pebble', () => {
  let pebble: Pebble;
  let strict: Pebble;
  let http: HttpAccess;

  before(async () => {
    [pebble, strict] = await Promise.all([
      startPebble({ nonceReject: 5, alternateRoots: 2, profiles: { default: 86_400 * 90, shortlived: 86_400 * 6 } }),
      startPebble({ eab: { 'kid-1': eabKey } }),
    ]);
    http = createHttpAccess({ userAgent: 'test' });
    const { default: axios } = acme as unknown as { default?: { axios: { defaults: object } } };
    const instance = axios?.axios ?? (acme as unknown as { axios: { defaults: object } }).axios;
    const { Agent } = await import('node:https');
    Object.assign(instance.defaults, { httpsAgent: new Agent({ rejectUnauthorized: false }) });
  });
  after(async () => {
    http?.close();
    await Promise.all([pebble?.stop(), strict?.stop()]);
  });

  const open = (server: Pebble, key: KeyObject): AcmeClient => {
    const now = () => new Date();
    return createAcmeClient({
      directoryUrl: server.directoryUrl,
      key,
      http: http.open({ caPem: server.apiCaPem }),
      now,
    });
  };
  const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  const ready = async (client: AcmeClient, wanted: NewOrder): Promise<Order> =>
    (await proved(client, pebble, wanted)).order;

  it('comes to the same account, thumbprint and key authorization', async () => {
    const key = newKey();
    const theirs = new acme.Client({ directoryUrl: pebble.directoryUrl, accountKey: pemOf(key) });
    const contact = ['mailto:someone@example.com'];
    await theirs.createAccount({ termsOfServiceAgreed: true, contact });
    const ours = open(pebble, key);
    const account = await ours.createAccount({ contact }, signal);
    assert.deepEqual([account.existed, account.url], [true, theirs.getAccountUrl()]);
    const order = await theirs.createOrder({ identifiers: [{ type: 'dns', value: 'same.example.com' }] });
    const [authorization] = await theirs.getAuthorizations(order);
    const challenge = authorization?.challenges.find(({ type }) => type === 'http-01');
    assert.ok(authorization !== undefined && challenge !== undefined);
    const expected = await theirs.getChallengeKeyAuthorization(challenge);
    assert.equal(keyAuthorization(challenge.token, ours.thumbprint), expected);
    const seen = await ours.fetchOrder(order.url, signal);
    assert.deepEqual(
      [seen.status, seen.finalize, seen.authorizations, seen.identifiers],
      [order.status, order.finalize, order.authorizations, order.identifiers],
    );
    // The server shuffles them.
    const own = await ours.fetchAuthorization(authorization.url, signal);
    assert.deepEqual(
      own.challenges.map(({ type, url, token }) => [type, url, token].join(' ')).sort(),
      authorization.challenges.map(({ type, url, token }) => [type, url, token || undefined].join(' ')).sort(),
    );
  });

  it('gets certificates that say what those of the other say', async () => {
    const facts = (pem: string) => {
      const [leaf, ...rest] = decodeCertificates(pem, 100_000);
      assert.ok(leaf !== undefined);
      // Not how long it lives: without a wish the server takes any of its profiles.
      return [leaf.names.dnsNames, leaf.extKeyUsage, leaf.keyUsage, rest.length];
    };
    const names = ['one.example.com', '*.example.com'];
    const csr = aCsrPem({ dnsNames: names }, aKey('p256', 'oracle'));
    const ours = open(pebble, newKey());
    await ours.createAccount({ contact: [] }, signal);
    const mine = await issued(ours, await ready(ours, { identifiers: names.map(dns) }), csr);
    const theirs = new acme.Client({ directoryUrl: pebble.directoryUrl, accountKey: pemOf(newKey()) });
    const other = await theirs.auto({
      csr,
      email: 'someone@example.com',
      termsOfServiceAgreed: true,
      challengePriority: ['dns-01'],
      skipChallengeVerification: true,
      challengeCreateFn: (authorization, _challenge, value) =>
        pebble.challenges.setTxt(`_acme-challenge.${authorization.identifier.value}.`, value),
      challengeRemoveFn: () => Promise.resolve(),
    });
    assert.deepEqual(facts(mine), facts(other));
  });

  it('takes the chain that leads to the preferred root, else the first', async () => {
    const client = open(pebble, newKey());
    await client.createAccount({ contact: [] }, signal);
    const roots = await Promise.all([0, 1, 2].map((index) => pebble.rootPem(index)));
    const namesOf = roots.map((pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? '');
    for (const [index, wanted] of [...namesOf.entries(), [0, 'nobody'] as const]) {
      const order = await ready(client, { identifiers: [dns(`chain${index}.example.com`)] });
      const chain = await issued(client, order, aCsrPem({ dnsNames: [`chain${index}.example.com`] }), wanted);
      const last = decodeCertificates(chain, 100_000).at(-1);
      assert.ok(last !== undefined);
      assert.ok(new X509Certificate(last.pem).verify(new X509Certificate(roots[index] ?? '').publicKey), wanted);
    }
  });

  it('changes the account’s key, and the old one is nobody’s', async () => {
    const [old, next] = [newKey(), generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey];
    const client = open(pebble, old);
    const { url } = await client.createAccount({ contact: ['mailto:a@example.com'] }, signal);
    await client.changeKey(next, signal);
    await client.updateAccount({ contact: ['mailto:b@example.com'] }, signal);
    assert.equal(await open(pebble, old).findAccount(signal), undefined);
    assert.deepEqual(await open(pebble, next).findAccount(signal), {
      url,
      status: 'valid',
      contact: ['mailto:b@example.com'],
    });
  });

  it('revokes by the account’s key, and by the certificate’s own', async () => {
    const client = open(pebble, newKey());
    await client.createAccount({ contact: [] }, signal);
    for (const own of [undefined, aKey('p256', 'revoked')]) {
      const name = own === undefined ? 'account.example.com' : 'own.example.com';
      const key = own ?? aKey('p256', 'other');
      const chain = await issued(
        client,
        await ready(client, { identifiers: [dns(name)] }),
        aCsrPem({ dnsNames: [name] }, key),
      );
      const { der } = decodeCertificates(chain, 100_000)[0]!;
      const revocation = { certificateDer: der, reason: 4, ...(own === undefined ? {} : { key: own }) };
      const revoker = own === undefined ? client : open(pebble, newKey());
      await revoker.revokeCertificate(revocation, signal);
      await assert.rejects(revoker.revokeCertificate(revocation, signal), { type: 'alreadyRevoked' });
    }
  });

  it('orders by profile and for addresses, and asks about renewal', async () => {
    const client = open(pebble, newKey());
    await client.createAccount({ contact: [] }, signal);
    const identifiers = [dns('short.example.com'), { type: 'ip', value: '127.0.0.1' }] as const;
    const order = await ready(client, { identifiers, profile: 'shortlived' });
    const csr = aCsrPem({ dnsNames: ['short.example.com'], ipAddresses: ['127.0.0.1'] });
    const leaf = decodeCertificates(await issued(client, order, csr), 100_000)[0]!;
    assert.deepEqual([leaf.names.dnsNames, leaf.names.ipAddresses], [['short.example.com'], ['127.0.0.1']]);
    const days = Math.round((leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000);
    assert.equal(days, 6);
    const id = renewalIdOf(leaf);
    assert.ok(id !== undefined);
    const info = await client.renewalInfo(id, signal);
    assert.ok(info !== undefined && info.start < info.end && info.start > leaf.notBefore && info.end < leaf.notAfter);
    const renewal = await client.newOrder({ identifiers: [dns('short.example.com')], replaces: id }, signal);
    assert.equal(renewal.status, 'pending');
    await assert.rejects(client.newOrder({ identifiers: [dns('short.example.com')], profile: 'none' }, signal), {
      type: 'invalidProfile',
    });
  });

  it('binds an external account, and is told where it may not be without', async () => {
    await assert.rejects(open(strict, newKey()).createAccount({ contact: [] }, signal), {
      type: 'externalAccountRequired',
    });
    const wrong = { keyId: 'kid-1', key: Buffer.from('another key, which the server does not know') };
    await assert.rejects(open(strict, newKey()).createAccount({ contact: [], externalAccount: wrong }, signal), {
      status: 403,
    });
    const externalAccount = { keyId: 'kid-1', key: Buffer.from(eabKey, 'base64url') };
    const { status } = await open(strict, newKey()).createAccount({ contact: [], externalAccount }, signal);
    assert.equal(status, 'valid');
    assert.equal((await open(strict, newKey()).directory(signal)).externalAccountRequired, true);
  });

  it('deactivates an authorization and the account', async () => {
    const client = open(pebble, newKey());
    await client.createAccount({ contact: [] }, signal);
    const order = await client.newOrder({ identifiers: [dns('given-up.example.com')] }, signal);
    const authorization = await client.deactivateAuthorization(order.authorizations[0] ?? '', signal);
    assert.equal(authorization.status, 'deactivated');
    assert.equal((await client.deactivateAccount(signal)).status, 'deactivated');
    await assert.rejects(client.fetchOrder(order.url, signal), { name: 'AcmeProblem', type: 'unauthorized' });
  });
});
