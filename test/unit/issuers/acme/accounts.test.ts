import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ACMEIssuerSpec } from '../../../../src/api/acme-issuer.ts';
import type { Issuer, IssuerStatus } from '../../../../src/api/issuer.ts';
import { createAcmeAccounts } from '../../../../src/issuers/acme/accounts.ts';
import type { HttpAccess, Trust } from '../../../../src/net/http.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';
import { anAcmeIssuer } from '../../../support/order-builders.ts';
import { noHttp, secretData, signingTime, testIo, testKey } from '../../../support/signing-builders.ts';

const now = new Date('2026-11-22T20:00:00Z');
const at = (text: string) => new Date(`2026-11-22T${text}Z`);
const rsa = (role: string) => secretData({ 'tls.key': encodePrivateKey(testKey('RSA 2048', role), 'PKCS1') });
const signal = new AbortController().signal;

function issuerWith(
  config: Partial<ACMEIssuerSpec> = {},
  acme: IssuerStatus['acme'] = { uri: 'https://ca/acct/1' },
): Issuer {
  return { ...anAcmeIssuer(config), status: { acme } };
}

function world() {
  const trusts: (Trust | undefined)[] = [];
  const http: HttpAccess = {
    open: (trust) => {
      trusts.push(trust);
      return noHttp.open(trust);
    },
    close: () => {},
  };
  const secrets = testIo({ 'app/account': rsa('account') }, () => signingTime, http);
  const accounts = createAcmeAccounts({});
  const open = async (issuer: Issuer) => {
    const io = secrets.factory.open({ resourceNamespace: 'app', signal });
    const opened = await accounts.open(issuer, io);
    return opened.kind === 'open' ? opened.client : opened.message;
  };
  return { trusts, secrets, accounts, open };
}

const unavailable = 'ACME client for issuer not initialised/available';

describe('the accounts of issuers', () => {
  it('one client for each, as long as server, trust, key and account stay the same', async () => {
    const { open, secrets } = world();
    const first = await open(issuerWith());
    assert.equal(await open(issuerWith()), first);
    const changed: [string, Issuer][] = [
      ['server', issuerWith({ server: 'https://other/directory' })],
      ['CA', issuerWith({ caBundle: 'eA==' })],
      ['trust', issuerWith({ skipTLSVerify: true })],
      ['account', issuerWith({}, { uri: 'https://ca/acct/2' })],
    ];
    for (const [what, issuer] of changed) {
      await open(issuerWith());
      assert.notEqual(await open(issuer), await open(issuerWith()), what);
    }
    const before = await open(issuerWith());
    secrets.put('app/account', rsa('another account'));
    assert.notEqual(await open(issuerWith()), before);
  });

  it('reads the key once, not for each use', async () => {
    const { open, secrets } = world();
    for (let i = 0; i < 3; i++) await open(issuerWith());
    assert.deepEqual(secrets.fetched, ['app/account']);
  });

  it('trusts the CA bundle and nothing else, anybody where told to, else whom the system trusts', async () => {
    const { open, trusts } = world();
    await open(issuerWith());
    await open(issuerWith({ caBundle: Buffer.from('PEM').toString('base64') }));
    await open(issuerWith({ skipTLSVerify: true }));
    assert.deepEqual(trusts, [{}, { caPem: 'PEM' }, { skipVerify: true }]);
  });

  const rows: [string, Issuer][] = [
    ['that were not registered', issuerWith({}, {})],
    ['whose URL is empty', issuerWith({}, { uri: '' })],
    ['without a key', issuerWith({ privateKeySecretRef: { name: 'none' } })],
    ['whose key is not in its Secret', issuerWith({ privateKeySecretRef: { name: 'account', key: 'other' } })],
    ['of another type', { ...issuerWith(), spec: { ca: { secretName: 's' } } }],
  ];
  for (const [name, issuer] of rows) {
    it(`are not available where they are accounts ${name}`, async () =>
      assert.equal(await world().open(issuer), unavailable));
  }

  it('rest as long as they were told, or as the status remembers: the later of both', () => {
    const { accounts } = world();
    const fresh = issuerWith();
    const kept = issuerWith({}, { pausedUntil: '2026-11-22T21:00:00Z' });
    assert.equal(accounts.pausedUntil(fresh, now), undefined);
    assert.deepEqual(accounts.pausedUntil(kept, now), at('21:00:00'));
    accounts.pause(fresh, at('20:30:00'));
    assert.deepEqual(accounts.pausedUntil(fresh, now), at('20:30:00'));
    assert.deepEqual(accounts.pausedUntil(kept, now), at('21:00:00'));
    assert.deepEqual(accounts.pausedUntil(issuerWith({}, { pausedUntil: 'soon' }), now), at('20:30:00'));
    assert.equal(accounts.pausedUntil(kept, at('21:00:00')), undefined);
  });

  it('rest for the server that asked for it, and for no other', () => {
    const { accounts } = world();
    const moved = issuerWith({ server: 'https://other/directory' }, { pausedUntil: '2026-11-22T21:00:00Z' });
    assert.deepEqual(accounts.pausedUntil(moved, now), at('21:00:00'));
    accounts.pause(issuerWith(), at('20:30:00'));
    assert.equal(accounts.pausedUntil(moved, now), undefined);
    accounts.pause(moved, at('20:10:00'));
    assert.deepEqual(accounts.pausedUntil(moved, now), at('21:00:00'));
    const known = { uri: 'https://ca.example/acct/1', pausedUntil: '2026-11-22T21:00:00Z' };
    const fresh = world().accounts;
    assert.deepEqual(fresh.pausedUntil(issuerWith({}, known), now), at('21:00:00'));
    assert.equal(fresh.pausedUntil(issuerWith({ server: 'https://other/directory' }, known), now), undefined);
  });

  it('tell of a rest once, and of a longer one again; a shorter one changes nothing', () => {
    const { accounts } = world();
    const told: string[] = [];
    accounts.onChange((issuer) => told.push(issuer.metadata.name));
    accounts.pause(issuerWith(), at('20:30:00'));
    accounts.pause(issuerWith(), at('20:20:00'));
    accounts.pause(issuerWith(), at('20:30:00'));
    assert.deepEqual(told, ['acme']);
    accounts.pause(issuerWith(), at('20:40:00'));
    assert.deepEqual(told, ['acme', 'acme']);
    accounts.forget('uid-acme');
    assert.equal(accounts.pausedUntil(issuerWith(), now), undefined);
  });
});
