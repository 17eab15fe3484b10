// The ACME client against a server that says what the test wants: what is sent, what is tried again, what is refused.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type AcmeClient, createAcmeClient } from '../../src/acme/client.ts';
import { AcmeProblem, DecodeError } from '../../src/base/errors.ts';
import { createHttpAccess, type HttpAccess, HttpError } from '../../src/net/http.ts';
import { type AcmeServer, problem, startAcmeServer } from '../support/acme-server.ts';
import { until } from '../support/until.ts';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const signal = new AbortController().signal;
const now = () => new Date('2026-11-23T03:00:00Z');
const newOrder = { identifiers: [{ type: 'dns', value: 'example.com' }] } as const;

describe('the ACME client', () => {
  let server: AcmeServer;
  let http: HttpAccess;
  let client: AcmeClient;
  let actions: string[];

  before(() => {
    http = createHttpAccess({ userAgent: 'test' });
  });
  after(() => http.close());
  beforeEach(async () => {
    server = await startAcmeServer();
    actions = [];
    client = open({});
  });
  afterEach(() => server.stop());

  const open = (options: { readonly accountUrl?: string }): AcmeClient =>
    createAcmeClient({
      directoryUrl: `${server.url}/dir`,
      key,
      http: http.open(),
      now,
      onRequest: ({ action, method, status }) => void actions.push(`${method} ${action} ${status}`),
      ...options,
    });
  const paths = () => server.asked.map(({ path }) => path);

  it('registers with the key itself, and signs by the account’s address from then on', async () => {
    assert.equal((await client.createAccount({ contact: ['mailto:a@example.com'] }, signal)).existed, false);
    await client.newOrder(newOrder, signal);
    const [, , registration, order] = server.asked;
    assert.deepEqual(registration?.payload, { termsOfServiceAgreed: true, contact: ['mailto:a@example.com'] });
    assert.ok(registration?.header?.jwk !== undefined && registration.header.kid === undefined);
    assert.equal(order?.header?.kid, `${server.url}/account/1`);
    assert.equal(order?.header?.jwk, undefined);
    assert.equal(order?.header?.url, `${server.url}/new-order`);
    assert.ok(
      server.asked.every(({ method, contentType }) => method !== 'POST' || contentType === 'application/jose+json'),
    );
    assert.deepEqual(actions, [
      'GET discover 200',
      'HEAD unnamed_action 204',
      'POST register_account 201',
      'POST authorize_order 201',
    ]);
  });

  it('asks for nothing that it knows: an account’s address given, one nonce for the first request, the directory once', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    await client.newOrder(newOrder, signal);
    await client.fetchOrder(`${server.url}/order/1`, signal);
    assert.deepEqual(paths(), ['/dir', '/nonce', '/new-order', '/order/1']);
  });

  it('finds its account where nobody has told it the address', async () => {
    await client.newOrder(newOrder, signal);
    assert.deepEqual(server.asked[2]?.payload, { onlyReturnExisting: true });
    assert.equal(server.asked[3]?.path, '/new-order');
  });

  it('says that there is no account, in the words of RFC 8555', async () => {
    server.next('/new-account', problem(400, 'accountDoesNotExist'), problem(400, 'accountDoesNotExist'));
    assert.equal(await client.findAccount(signal), undefined);
    await assert.rejects(client.newOrder(newOrder, signal), { name: 'AcmeProblem', type: 'accountDoesNotExist' });
  });

  it('sends what an order may say', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    const notAfter = new Date('2026-12-01T00:00:00Z');
    await client.newOrder({ ...newOrder, notAfter, profile: 'shortlived', replaces: 'a.b' }, signal);
    assert.deepEqual(server.asked.at(-1)?.payload, {
      ...newOrder,
      notAfter: '2026-12-01T00:00:00.000Z',
      profile: 'shortlived',
      replaces: 'a.b',
    });
  });

  it('tries a bad nonce again three times, each time with the nonce that came with the refusal', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    const bad = problem(400, 'badNonce');
    server.next('/new-order', bad, bad, bad);
    await client.newOrder(newOrder, signal);
    const used = server.asked.filter(({ path }) => path === '/new-order').map(({ header }) => header?.nonce);
    assert.equal(new Set(used).size, 4);
    assert.equal(paths().filter((path) => path === '/nonce').length, 1);
  });

  it('gives up after three', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    const bad = problem(400, 'badNonce');
    server.next('/new-order', bad, bad, bad, bad);
    await assert.rejects(client.newOrder(newOrder, signal), { type: 'badNonce' });
    assert.equal(paths().filter((path) => path === '/new-order').length, 4);
  });

  const final: readonly (readonly [number, string])[] = [
    [400, 'badCSR'],
    [400, 'malformed'],
    [403, 'unauthorized'],
    [429, 'rateLimited'],
    [500, 'serverInternal'],
    [503, 'serverInternal'],
  ];
  for (const [status, type] of final) {
    it(`asks once where the answer is ${status} ${type}, and hands it out`, async () => {
      client = open({ accountUrl: `${server.url}/account/1` });
      server.next('/new-order', problem(status, type, { 'retry-after': '30' }));
      await assert.rejects(client.newOrder(newOrder, signal), (error: unknown) => {
        assert.ok(error instanceof AcmeProblem);
        assert.deepEqual(
          [error.status, error.type, error.retryAfter],
          [status, type, new Date('2026-11-23T03:00:30Z')],
        );
        return true;
      });
      assert.equal(paths().filter((path) => path === '/new-order').length, 1);
    });
  }

  it('hands out a refusal of the nonce, the directory and the account like any other', async () => {
    server.next('/dir', { ...problem(429, 'rateLimited'), withoutNonce: true });
    await assert.rejects(client.directory(signal), { type: 'rateLimited' });
    server.next('/nonce', problem(503, 'serverInternal'));
    await assert.rejects(client.findAccount(signal), { status: 503 });
    server.next('/new-account', problem(429, 'rateLimited'));
    await assert.rejects(client.createAccount({ contact: [] }, signal), { type: 'rateLimited' });
    assert.equal(paths().filter((path) => path === '/dir').length, 2);
  });

  const senseless: readonly (readonly [string, Parameters<AcmeServer['next']>[1]])[] = [
    ['a page of a proxy', { headers: { 'content-type': 'text/html' }, text: '<html>', status: 200 }],
    ['an order that is none', { status: 201, headers: { location: '/order/1' }, body: { status: 'pending' } }],
    ['an order without an address', { status: 201, body: { status: 'pending' } }],
  ];
  for (const [name, reply] of senseless) {
    it(`refuses ${name}`, async () => {
      client = open({ accountUrl: `${server.url}/account/1` });
      server.next('/new-order', reply);
      await assert.rejects(client.newOrder(newOrder, signal), DecodeError);
    });
  }

  it('refuses a server that gives no nonces', async () => {
    server.next('/nonce', { status: 204, text: '', withoutNonce: true });
    await assert.rejects(client.findAccount(signal), { name: 'DecodeError', message: 'the server gives no nonce' });
  });

  it('reads no more than a limit (upstream #9010)', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    server.next('/order/1', { text: JSON.stringify({ status: 'pending', filler: 'x'.repeat(2 * 1024 * 1024) }) });
    await assert.rejects(client.fetchOrder(`${server.url}/order/1`, signal), { name: 'HttpError', code: 'TOO_LARGE' });
    const huge = {
      headers: { 'content-type': 'application/pem-certificate-chain' },
      text: 'x'.repeat(2 * 1024 * 1024),
    };
    server.next('/certificate', huge);
    await assert.rejects(client.fetchCertificate(`${server.url}/certificate`, {}, signal), { code: 'TOO_LARGE' });
  });

  it('ends with its signal', async () => {
    server.next('/dir', { hangs: true });
    const end = new AbortController();
    const asking = client.directory(end.signal);
    const rejected = assert.rejects(asking, /enough/);
    await until('the server was asked', () => Promise.resolve(server.asked.length > 0));
    end.abort(new Error('enough'));
    await rejected;
    // What was cut off is not kept.
    assert.equal((await client.directory(signal)).newOrder, `${server.url}/new-order`);
  });

  it('has no renewal information where the server has none', async () => {
    server.next('/dir', {
      body: {
        newNonce: `${server.url}/nonce`,
        newAccount: `${server.url}/new-account`,
        newOrder: `${server.url}/new-order`,
      },
    });
    assert.equal(await client.renewalInfo('a.b', signal), undefined);
    assert.deepEqual(paths(), ['/dir']);
  });

  it('asks about a renewal without signing, under an address that nothing can break out of', async () => {
    server.next('/renewal-info/..%2Fa', {
      headers: { 'retry-after': '3600' },
      body: { suggestedWindow: { start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00Z' } },
    });
    assert.deepEqual(await client.renewalInfo('../a', signal), {
      start: new Date('2026-12-01T00:00:00Z'),
      end: new Date('2026-12-02T00:00:00Z'),
      retryAfter: new Date('2026-11-23T04:00:00Z'),
    });
    assert.equal(server.asked.at(-1)?.method, 'GET');
    await assert.rejects(client.renewalInfo('unknown', signal), { status: 404 });
  });

  it('goes nowhere but to where its server’s scheme allows, whatever it is told', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    await assert.rejects(client.fetchOrder('ftp://example.com/x', signal), DecodeError);
  });

  it('says so where nobody listens', async () => {
    const nowhere = createAcmeClient({ directoryUrl: 'http://127.0.0.1:1/dir', key, http: http.open(), now });
    await assert.rejects(
      nowhere.directory(signal),
      (error) => error instanceof HttpError && error.code === 'ECONNREFUSED',
    );
  });

  it('takes one nonce for many requests at once each', async () => {
    client = open({ accountUrl: `${server.url}/account/1` });
    await Promise.all(Array.from({ length: 20 }, () => client.fetchOrder(`${server.url}/order/1`, signal)));
    const nonces = server.asked.filter(({ path }) => path === '/order/1').map(({ header }) => header?.nonce);
    assert.equal(new Set(nonces).size, 20);
  });
});
