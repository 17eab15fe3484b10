// The set-up of ACME issuers against a real ACME server: what is written to the status there is what the next look, and the next process, goes by.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ACMEIssuerSpec } from '../../src/api/acme-issuer.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { settleIssuer } from '../../src/controllers/issuer/decide.ts';
import { createAcmeAccounts } from '../../src/issuers/acme/accounts.ts';
import { createAcmeBackend } from '../../src/issuers/acme/backend.ts';
import type { CheckOutcome } from '../../src/issuers/backend.ts';
import { secretReferencesOf } from '../../src/issuers/references.ts';
import { createHttpAccess, type HttpAccess } from '../../src/net/http.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { type Pebble, startPebble } from '../support/pebble.ts';
import { anIssuer } from '../support/request-builders.ts';
import { noAcme, secretData, type TestIo, testIo, testKey } from '../support/signing-builders.ts';

const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
const macSecret = secretData({
  good: macKey,
  padded: `${macKey}==`,
  other: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
});
const eab = (key: string): Partial<ACMEIssuerSpec> => ({
  externalAccountBinding: { keyID: 'kid-1', keySecretRef: { name: 'eab', key } },
});

/** One issuer and what is stored of it; `asked` counts the requests to the server, by action. */
class World {
  readonly asked: string[] = [];
  readonly secrets: TestIo;
  issuer: Issuer;
  last: CheckOutcome | undefined;
  accounts = this.#newAccounts();
  readonly #http: HttpAccess;

  constructor(pebble: Pebble, http: HttpAccess, config: Partial<ACMEIssuerSpec> = {}) {
    this.#http = http;
    this.secrets = testIo({ 'app/eab': macSecret }, () => new Date(), this.#http);
    const caBundle = Buffer.from(pebble.apiCaPem).toString('base64');
    const spec = { server: pebble.directoryUrl, caBundle, privateKeySecretRef: { name: 'account' }, ...config };
    this.issuer = anIssuer({ spec: { acme: spec } });
  }

  #newAccounts() {
    return createAcmeAccounts({ onRequest: ({ action }) => void this.asked.push(action) });
  }

  /** What a new process remembers: nothing. */
  restart(): void {
    this.accounts = this.#newAccounts();
  }

  io() {
    return this.secrets.factory.open({ resourceNamespace: 'app', signal: AbortSignal.timeout(30_000) });
  }

  edit(change: Partial<ACMEIssuerSpec>): void {
    const { acme } = this.issuer.spec;
    assert.ok(acme !== undefined);
    this.issuer = { ...this.issuer, spec: { acme: { ...acme, ...change } } };
  }

  /** Looks until it says something; what it was asked meanwhile. */
  async look(): Promise<readonly string[]> {
    const from = this.asked.length;
    const backend = createAcmeBackend({ ...noAcme, accounts: this.accounts, limits: defaultPemLimits });
    for (let i = 0; i < 3; i++) {
      const { acme } = this.issuer.spec;
      assert.ok(acme !== undefined);
      this.last = await backend.check(acme, this.io(), this.issuer);
      this.#write(this.last);
      if (this.last.kind !== 'unfinished') break;
    }
    return this.asked.slice(from);
  }

  #write(outcome: CheckOutcome): void {
    for (const change of outcome.changes ?? []) {
      assert.ok(change.kind === 'create');
      const data = change.object['data'] as Record<string, string>;
      const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
      this.secrets.put(`app/${change.object.metadata.name}`, Object.fromEntries(decoded));
    }
    const { error: _error, ...quiet } = outcome as CheckOutcome & { error?: unknown };
    for (const action of settleIssuer({ issuer: this.issuer }, quiet, new Date()).actions) {
      if (action.kind === 'status')
        this.issuer = { ...this.issuer, status: action.status as Issuer['status'] & object };
    }
  }

  get says(): string {
    const [condition] = this.issuer.status?.conditions ?? [];
    return `${condition?.status} ${condition?.reason}: ${condition?.message}`;
  }

  get references(): readonly string[] {
    const backend = createAcmeBackend({ ...noAcme, accounts: this.accounts, limits: defaultPemLimits });
    return secretReferencesOf(this.issuer, [backend], 'system');
  }

  get uri(): string {
    return this.issuer.status?.acme?.uri ?? '';
  }
}

const isReady = 'True ACMEAccountRegistered: The ACME account was registered with the ACME server';
const registration = ['discover', 'register_account', 'register_account'];

describe('an ACME issuer and its server', () => {
  let pebble: Pebble;
  const http = createHttpAccess({ userAgent: 'test' });
  const world = (config?: Partial<ACMEIssuerSpec>) => new World(pebble, http, config);

  before(async () => {
    pebble = await startPebble();
  });
  after(async () => {
    http.close();
    await pebble?.stop();
  });

  it('is registered with a key of its own, and then left alone, by the next process too', async () => {
    const one = world({ email: 'Someone@Example.com' });
    assert.deepEqual(await one.look(), registration);
    assert.equal(one.says, isReady);
    assert.match(one.uri, /^https:\/\/127\.0\.0\.1:\d+\/my-account\/\w+$/);
    assert.equal(one.issuer.status?.acme?.lastRegisteredEmail, 'Someone@Example.com');
    assert.deepEqual(await one.look(), []);
    one.restart();
    assert.deepEqual(await one.look(), []);
    assert.equal(one.says, isReady);
  });

  it('the same key is the same account', async () => {
    const key = secretData({ 'tls.key': encodePrivateKey(testKey('RSA 2048', 'shared'), 'PKCS8') });
    const [one, two] = [world(), world({ email: 'two@example.com' })];
    for (const each of [one, two]) each.secrets.put('app/account', key);
    await one.look();
    const asked = await two.look();
    assert.equal(two.uri, one.uri);
    assert.equal(two.says, isReady);
    assert.deepEqual(asked, [...registration, 'update_registration']);
  });

  it('an e-mail address is changed, and taken back', async () => {
    const one = world({ email: 'one@example.com' });
    await one.look();
    const { uri } = one;
    one.edit({ email: 'two@example.com' });
    assert.ok((await one.look()).includes('update_registration'));
    assert.deepEqual(
      [one.says, one.uri, one.issuer.status?.acme?.lastRegisteredEmail],
      [isReady, uri, 'two@example.com'],
    );
    one.edit({ email: '' });
    await one.look();
    assert.deepEqual([one.says, one.issuer.status?.acme?.lastRegisteredEmail], [isReady, '']);
    assert.deepEqual(await one.look(), []);
  });

  it('a key that is gone is made anew, and is another account', async () => {
    const one = world();
    await one.look();
    const { uri } = one;
    one.secrets.remove('app/account');
    await one.look();
    assert.equal(one.says, isReady);
    assert.notEqual(one.uri, uri);
  });

  it('an address that no server takes is refused for good', async () => {
    const one = world({ email: 'someone' });
    const asked = await one.look();
    assert.ok(asked.includes('register_account'));
    assert.ok(one.last?.kind === 'notReady' && one.last.error === undefined);
    assert.match(
      one.says,
      /^False ErrRegisterACMEAccount: Failed to register ACME account: 400 urn:ietf:params:acme:error:/,
    );
  });

  it('a server that nobody trusts is asked again, later; who checks nothing gets through', async () => {
    const one = world({ caBundle: '' });
    await one.look();
    const first = one.says;
    assert.ok(one.last?.kind === 'notReady' && one.last.error !== undefined);
    assert.match(first, /^False ErrRegisterACMEAccount: Failed to register ACME account: /);
    await one.look();
    assert.equal(one.says, first);
    one.edit({ skipTLSVerify: true });
    await one.look();
    assert.equal(one.says, isReady);
  });

  it('a CA bundle that is rubbish is said', async () => {
    const one = world({ caBundle: 'cnViYmlzaA==' });
    await one.look();
    assert.match(one.says, /^False ErrRegisterACMEAccount: Failed to register ACME account: /);
  });

  it('a server that is down is asked again, later, with the same words; once it is back, it is as it was', async () => {
    const one = world();
    await pebble.halt();
    try {
      await one.look();
      const first = one.says;
      assert.ok(one.last?.kind === 'notReady' && one.last.error !== undefined);
      await one.look();
      assert.equal(one.says, first);
    } finally {
      await pebble.restart();
    }
    await one.look();
    assert.equal(one.says, isReady);
  });

  it('an account that the server has forgotten is made again, once the server has said so', async () => {
    const one = world();
    await one.look();
    await pebble.restart();
    assert.deepEqual(await one.look(), []);
    const opened = await one.accounts.open(one.issuer, one.io());
    assert.ok(opened.kind === 'open');
    const order = opened.client.newOrder({ identifiers: [{ type: 'dns', value: 'a.example' }] }, one.io().signal);
    await assert.rejects(order, { type: 'accountDoesNotExist' });
    const asked = await one.look();
    assert.ok(asked.includes('register_account'));
    assert.equal(one.says, isReady);
    assert.deepEqual(await one.look(), []);
  });
});

describe('an ACME issuer whose server wants external accounts', () => {
  let pebble: Pebble;
  const http = createHttpAccess({ userAgent: 'test' });

  before(async () => {
    pebble = await startPebble({ eab: { 'kid-1': macKey } });
  });
  after(async () => {
    http.close();
    await pebble?.stop();
  });

  const rows: [string, Partial<ACMEIssuerSpec>, RegExp][] = [
    ['with the right key', eab('good'), new RegExp(`^${isReady}$`)],
    ['with a padded key', eab('padded'), /: failed to decode external account binding key data: /],
    ['with another key', eab('other'), /^False ErrRegisterACMEAccount: .*: 40\d urn:ietf:params:acme:error:/],
    ['with none', {}, /^False ErrRegisterACMEAccount: .*: 403 urn:ietf:params:acme:error:externalAccountRequired/],
  ];
  for (const [name, config, expected] of rows) {
    it(name, async () => {
      const one = new World(pebble, http, config);
      await one.look();
      assert.match(one.says, expected);
      assert.ok(!one.says.includes(macKey));
    });
  }

  it('no Secret is read but those it refers to, so that a change of each wakes it', async () => {
    const one = new World(pebble, http, eab('good'));
    await one.look();
    await one.look();
    assert.deepEqual([...new Set(one.secrets.fetched)].sort(), [...one.references].sort());
  });
});
