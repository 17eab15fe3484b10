// The ACME client against a server that says what the test wants: what is sent, what is tried again, what is refused.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type AcmeClient, createAcmeClient } from '../../src/acme/client.ts';
import { jwkOf, thumbprintOf } from '../../src/acme/jws.ts';
import { AcmeProblem, DecodeError } from '../../src/base/errors.ts';
import { createHttpAccess, type HttpAccess, HttpError } from '../../src/net/http.ts';
import { type AcmeServer, problem, startAcmeServer } from '../support/acme-server.ts';
import { aRoot } from '../support/pki-builders.ts';
import { until } from '../support/until.ts';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const signal = new AbortController().signal;
const now = () => new Date('2026-11-23T03:00:00Z');
const pending = (url: string) => ({
  body: { status: 'pending', identifiers: [], authorizations: [], finalize: `${url}/finalize/1` },
});
const newOrder = { identifiers: [{ type: 'dns', value: 'example.com' }] } as const;

describe('the ACME client', () => {
  let server: AcmeServer;
  let http: HttpAccess;
  let client: AcmeClient;
  /** One that was told where its account is. */
  let known: AcmeClient;
  let actions: string[];

  before(() => {
    http = createHttpAccess({ userAgent: 'test' });
  });
  after(() => http.close());
  beforeEach(async () => {
    server = await startAcmeServer();
    actions = [];
    client = open({});
    known = open({ accountUrl: `${server.url}/account/1` });
  });
  afterEach(() => server.stop());

  const open = (options: { readonly accountUrl?: string; readonly onAccountLost?: () => void }): AcmeClient =>
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
      'HEAD register_account 204',
      'POST register_account 201',
      'POST authorize_order 201',
    ]);
  });

  it('asks for nothing that it knows: an account’s address given, one nonce for the first request, the directory once', async () => {
    await known.newOrder(newOrder, signal);
    await known.fetchOrder(`${server.url}/order/1`, signal);
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
    const notAfter = new Date('2026-12-01T00:00:00Z');
    await known.newOrder({ ...newOrder, notAfter, profile: 'shortlived', replaces: 'a.b' }, signal);
    assert.deepEqual(server.asked.at(-1)?.payload, {
      ...newOrder,
      notAfter: '2026-12-01T00:00:00.000Z',
      profile: 'shortlived',
      replaces: 'a.b',
    });
  });

  it('tries a bad nonce again three times, each time with the nonce that came with the refusal', async () => {
    const bad = problem(400, 'badNonce');
    server.next('/new-order', bad, bad, bad);
    await known.newOrder(newOrder, signal);
    const used = server.asked.filter(({ path }) => path === '/new-order').map(({ header }) => header?.nonce);
    assert.equal(new Set(used).size, 4);
    assert.equal(paths().filter((path) => path === '/nonce').length, 1);
  });

  it('gives up after three', async () => {
    const bad = problem(400, 'badNonce');
    server.next('/new-order', bad, bad, bad, bad);
    await assert.rejects(known.newOrder(newOrder, signal), { type: 'badNonce' });
    assert.equal(paths().filter((path) => path === '/new-order').length, 4);
  });

  it('asks for a new nonce where a refusal, or an answer, brought none', async () => {
    server.next('/new-order', { ...problem(400, 'badNonce'), withoutNonce: true });
    server.next('/order/1', { ...pending(server.url), withoutNonce: true });
    await known.newOrder(newOrder, signal);
    await known.fetchOrder(`${server.url}/order/1`, signal);
    await known.fetchOrder(`${server.url}/order/1`, signal);
    assert.deepEqual(paths(), [
      '/dir',
      '/nonce',
      '/new-order',
      '/nonce',
      '/new-order',
      '/order/1',
      '/nonce',
      '/order/1',
    ]);
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
      server.next('/new-order', problem(status, type, { 'retry-after': '30' }));
      await assert.rejects(known.newOrder(newOrder, signal), (error: unknown) => {
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

  it('tells whoever wants to know that the account is gone, and hands the problem out', async () => {
    const lost: string[] = [];
    const onAccountLost = () => void lost.push('lost');
    client = open({ accountUrl: `${server.url}/account/1`, onAccountLost });
    server.next('/new-order', problem(400, 'accountDoesNotExist'), problem(403, 'unauthorized'));
    await assert.rejects(client.newOrder(newOrder, signal), { type: 'accountDoesNotExist' });
    await assert.rejects(client.newOrder(newOrder, signal), { type: 'unauthorized' });
    assert.deepEqual(lost, ['lost']);
  });

  it('hands out that a certificate is replaced already (RFC 9773 section 5), and does not repeat the order itself', async () => {
    server.next('/new-order', problem(409, 'alreadyReplaced'));
    await assert.rejects(known.newOrder({ ...newOrder, replaces: 'a.b' }, signal), {
      status: 409,
      type: 'alreadyReplaced',
    });
    assert.equal(paths().filter((path) => path === '/new-order').length, 1);
  });

  it('changes the key: the new one signs inside, the old one outside; then the new one alone', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const before = known.thumbprint;
    server.next('/key-change', problem(409, 'malformed'));
    await assert.rejects(known.changeKey(next, signal), { status: 409 });
    assert.equal(known.thumbprint, before);
    await known.changeKey(next, signal);
    const { header, payload } = server.asked.at(-1)!;
    assert.equal(header?.kid, `${server.url}/account/1`);
    const { protected: head, payload: body } = payload as { protected: string; payload: string };
    const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
    assert.deepEqual(decode(head), { alg: 'RS256', jwk: jwkOf(next), url: `${server.url}/key-change` });
    assert.deepEqual(decode(body), { account: `${server.url}/account/1`, oldKey: jwkOf(key) });
    assert.equal(known.thumbprint, thumbprintOf(next));
    await known.updateAccount({ contact: ['mailto:b@example.com'] }, signal);
    assert.equal(server.asked.at(-1)?.header?.alg, 'RS256');
  });

  it('revokes in the name of the account, or by the certificate’s key and then without any account', async () => {
    const certificateDer = Buffer.from('a certificate');
    await known.revokeCertificate({ certificateDer, reason: 1 }, signal);
    assert.deepEqual(server.asked.at(-1)?.payload, { certificate: certificateDer.toString('base64url'), reason: 1 });
    assert.equal(server.asked.at(-1)?.header?.kid, `${server.url}/account/1`);
    await known.revokeCertificate({ certificateDer, key }, signal);
    assert.deepEqual(server.asked.at(-1)?.payload, { certificate: certificateDer.toString('base64url') });
    assert.deepEqual(server.asked.at(-1)?.header?.jwk, jwkOf(key));
  });

  it('does not look at other chains where none is preferred, and takes the first where none fits', async () => {
    const { pem } = aRoot('The Root');
    const headers = { 'content-type': 'application/pem-certificate-chain', link: '</other>;rel="alternate"' };
    server.next('/certificate', ...Array(3).fill({ headers, text: pem }));
    const { pem: other } = aRoot('Another');
    server.next('/other', { headers, text: other }, { headers, text: other });
    const fetch = (preferredChain?: string) =>
      known.fetchCertificate(
        `${server.url}/certificate`,
        preferredChain === undefined ? {} : { preferredChain },
        signal,
      );
    assert.equal(await fetch(), pem);
    assert.equal(paths().includes('/other'), false);
    assert.equal(await fetch('Another'), other);
    assert.equal(await fetch('Nobody'), pem);
    assert.deepEqual(actions.slice(-3), [
      'POST list_cert_alternates 200',
      'POST fetch_cert 200',
      'POST list_cert_alternates 200',
    ]);
  });

  it('takes a certificate that is called something else, as upstream does, but not a page', async () => {
    const { pem } = aRoot('The Root');
    server.next('/certificate', { headers: { 'content-type': 'application/x-pem-file' }, text: pem });
    server.next('/certificate', { headers: { 'content-type': 'text/html' }, text: '<html>' });
    assert.equal(await known.fetchCertificate(`${server.url}/certificate`, {}, signal), pem);
    await assert.rejects(known.fetchCertificate(`${server.url}/certificate`, {}, signal), DecodeError);
  });

  it('follows no redirect', async () => {
    server.next('/new-order', { status: 307, headers: { location: `${server.url}/order/1` } });
    await assert.rejects(known.newOrder(newOrder, signal), { name: 'AcmeProblem', status: 307 });
    server.next('/dir', { status: 302, headers: { location: `${server.url}/dir` } });
    await assert.rejects(open({}).directory(signal), { name: 'AcmeProblem', status: 302 });
    assert.deepEqual(
      paths().filter((path) => path === '/order/1'),
      [],
    );
  });

  const senseless: readonly (readonly [string, Parameters<AcmeServer['next']>[1]])[] = [
    ['a page of a proxy', { headers: { 'content-type': 'text/html' }, text: '<html>', status: 200 }],
    ['an order that is none', { status: 201, headers: { location: '/order/1' }, body: { status: 'pending' } }],
    ['an order without an address', { status: 201, body: { status: 'pending' } }],
  ];
  for (const [name, reply] of senseless) {
    it(`refuses ${name}`, async () => {
      server.next('/new-order', reply);
      await assert.rejects(known.newOrder(newOrder, signal), DecodeError);
    });
  }

  it('refuses a server that gives no nonces', async () => {
    server.next('/nonce', { status: 204, text: '', withoutNonce: true });
    await assert.rejects(client.findAccount(signal), { name: 'DecodeError', message: 'the server gives no nonce' });
  });

  it('reads no more than a limit (upstream #9010)', async () => {
    server.next('/order/1', { text: JSON.stringify({ status: 'pending', filler: 'x'.repeat(2 * 1024 * 1024) }) });
    await assert.rejects(known.fetchOrder(`${server.url}/order/1`, signal), { name: 'HttpError', code: 'TOO_LARGE' });
    const huge = {
      headers: { 'content-type': 'application/pem-certificate-chain' },
      text: 'x'.repeat(2 * 1024 * 1024),
    };
    server.next('/certificate', huge);
    await assert.rejects(known.fetchCertificate(`${server.url}/certificate`, {}, signal), { code: 'TOO_LARGE' });
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

  it('asks for the directory once for all who wait for it; that one gives up is no matter to the others', async () => {
    server.next('/dir', { hangs: true });
    const end = new AbortController();
    const first = assert.rejects(client.directory(end.signal), /enough/);
    const others = [client.directory(signal), client.directory(signal)];
    const own = new AbortController();
    const impatient = assert.rejects(client.directory(own.signal), /me too/);
    await until('the server was asked', () => server.asked.length > 0);
    own.abort(new Error('me too'));
    await impatient;
    end.abort(new Error('enough'));
    await first;
    await Promise.all(others);
    assert.deepEqual(paths(), ['/dir', '/dir']);
    await assert.rejects(client.directory(end.signal), /enough/);
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
    await assert.rejects(client.renewalInfo('unknown', signal), {
      name: 'AcmeProblem',
      status: 404,
      type: 'malformed',
    });
    server.next('/renewal-info/page', { status: 404, headers: { 'content-type': 'text/html' }, text: '<html>' });
    await assert.rejects(client.renewalInfo('page', signal), { status: 404, type: '', message: '404' });
  });

  it('goes nowhere but to where its server’s scheme allows, whatever it is told', async () => {
    await assert.rejects(known.fetchOrder('ftp://example.com/x', signal), DecodeError);
    const secure = createAcmeClient({
      directoryUrl: server.url.replace('http:', 'https:'),
      key,
      accountUrl: `${server.url}/account/1`,
      http: http.open(),
      now,
    });
    await assert.rejects(secure.fetchOrder(`${server.url}/order/1`, signal), {
      name: 'DecodeError',
      message: 'the address is no https URL',
    });
    assert.deepEqual(paths(), []);
  });

  it('says so where the address of the directory is none', async () => {
    for (const directoryUrl of ['', 'acme.example', 'file:///etc/passwd']) {
      const lost = createAcmeClient({
        directoryUrl,
        key,
        accountUrl: `${server.url}/account/1`,
        http: http.open(),
        now,
      });
      await assert.rejects(lost.newOrder(newOrder, signal), { name: 'HttpError', code: 'BAD_URL' });
    }
  });

  it('counts what brought no answer as 999', async () => {
    server.next('/dir', { text: 'x'.repeat(2 * 1024 * 1024) });
    await assert.rejects(client.directory(signal), { code: 'TOO_LARGE' });
    assert.deepEqual(actions, ['GET discover 999']);
  });

  it('says so where nobody listens', async () => {
    const nowhere = createAcmeClient({ directoryUrl: 'http://127.0.0.1:1/dir', key, http: http.open(), now });
    await assert.rejects(
      nowhere.directory(signal),
      (error) => error instanceof HttpError && error.code === 'ECONNREFUSED',
    );
  });

  it('takes one nonce for many requests at once each', async () => {
    await Promise.all(Array.from({ length: 20 }, () => known.fetchOrder(`${server.url}/order/1`, signal)));
    const nonces = server.asked.filter(({ path }) => path === '/order/1').map(({ header }) => header?.nonce);
    assert.equal(new Set(nonces).size, 20);
  });
});
