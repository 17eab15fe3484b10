// HTTP to the outside: whom it trusts, how much it reads, how long it waits, and through whom it goes.
import assert from 'node:assert/strict';
import { createServer as createPlain, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createHttpAccess, type HttpAccess, HttpError } from '../../src/net/http.ts';
import { createAuthority } from '../support/control-plane/authority.ts';

const signal = new AbortController().signal;
const get = (url: string) => ({ method: 'GET', url });
const listening = async (server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe('HTTP to the outside', () => {
  let http: HttpAccess;
  let plain: Server;
  let secure: ReturnType<typeof createSecure>;
  let plainUrl: string;
  let secureUrl: string;
  let port: number;
  let ca: string;
  let otherCa: string;
  let connections = 0;

  before(async () => {
    const [authority, other] = [await createAuthority(), await createAuthority()];
    [ca, otherCa] = [authority.cert, other.cert];
    const names = [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'dns', value: 'server.example' },
    ] as const;
    const { cert, key } = await authority.issue({ commonName: 'server', names });
    const serve: Parameters<typeof createPlain>[1] = (request, response) => {
      if (request.url === '/slow') return;
      if (request.url === '/endless') {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
        response.on('close', () => clearInterval(timer));
        return;
      }
      if (request.url === '/drops') {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
        return;
      }
      if (request.url === '/short') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('x');
        return void setTimeout(() => request.socket.destroy(), 20);
      }
      if (request.url === '/heads') response.setHeader('x', 'x'.repeat(100_000));
      if (request.url === '/moved') response.writeHead(302, { location: '/' });
      if (request.url === '/cut') return void request.socket.destroy();
      response.end(`${request.method} ${request.headers['user-agent']} ${request.headers.host}`);
    };
    plain = createPlain(serve);
    secure = createSecure({ cert, key }, serve);
    secure.on('secureConnection', () => {
      connections += 1;
    });
    plainUrl = `http://127.0.0.1:${await listening(plain)}`;
    port = await listening(secure);
    secureUrl = `https://127.0.0.1:${port}`;
    http = createHttpAccess({ userAgent: 'certwright-test' });
  });
  after(() => {
    http.close();
    for (const server of [plain, secure]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('says who asks', async () => {
    const { status, body } = await http.open()(get(plainUrl), signal);
    assert.equal(status, 200);
    assert.match(body.toString(), /^GET certwright-test 127\.0\.0\.1/);
  });

  it('trusts nobody it was not told to trust', async () => {
    await assert.rejects(http.open()(get(secureUrl), signal), { name: 'HttpError' });
    await assert.rejects(http.open({ caPem: otherCa })(get(secureUrl), signal), { name: 'HttpError' });
    assert.equal((await http.open({ caPem: ca })(get(secureUrl), signal)).status, 200);
    assert.equal((await http.open({ skipVerify: true })(get(secureUrl), signal)).status, 200);
  });

  it('checks the name, and can be told another one', async () => {
    const open = (trust: object) => http.open({ caPem: ca, lookup: async () => ['127.0.0.1'], ...trust });
    assert.equal((await open({})(get(`https://server.example:${port}`), signal)).status, 200);
    await assert.rejects(open({})(get(`https://other.example:${port}`), signal), { name: 'HttpError' });
    assert.equal(
      (await open({ serverName: 'server.example' })(get(`https://other.example:${port}`), signal)).status,
      200,
    );
  });

  it('keeps connections, one kind of trust apart from the other', async () => {
    const kept = createHttpAccess({ userAgent: 'x' });
    const open = kept.open({ caPem: ca });
    await open(get(secureUrl), signal);
    const before = connections;
    await open(get(secureUrl), signal);
    await kept.open({ caPem: ca })(get(secureUrl), signal);
    assert.equal(connections, before);
    await kept.open({ skipVerify: true })(get(secureUrl), signal);
    assert.equal(connections, before + 1);
    kept.close();
  });

  const failures: readonly (readonly [string, () => Parameters<ReturnType<HttpAccess['open']>>[0], string])[] = [
    ['a server that says nothing', () => ({ ...get(`${plainUrl}/slow`), timeoutMs: 100 }), 'TIMEOUT'],
    ['one that says it drop by drop', () => ({ ...get(`${plainUrl}/drops`), timeoutMs: 100 }), 'TIMEOUT'],
    ['an answer that ends too early', () => get(`${plainUrl}/short`), 'ECONNRESET'],
    ['headers without end', () => get(`${plainUrl}/heads`), 'HPE_HEADER_OVERFLOW'],
    ['an answer without end', () => ({ ...get(`${plainUrl}/endless`), maxBytes: 200_000 }), 'TOO_LARGE'],
    ['a connection that breaks off', () => get(`${plainUrl}/cut`), 'ECONNRESET'],
    ['nobody there', () => get('http://127.0.0.1:1'), 'ECONNREFUSED'],
    ['another scheme', () => get('file:///etc/passwd'), 'BAD_URL'],
    ['no URL', () => get('nonsense'), 'BAD_URL'],
  ];
  for (const [name, request, code] of failures) {
    it(`fails by a short code: ${name}`, async () => {
      await assert.rejects(http.open()(request(), signal), (error: unknown) => {
        assert.ok(error instanceof HttpError);
        assert.equal(error.code, code);
        return true;
      });
    });
  }

  it('takes a redirect for an answer', async () => {
    const { status, headers } = await http.open()(get(`${plainUrl}/moved`), signal);
    assert.deepEqual([status, headers['location']], [302, '/']);
  });

  it('ends with its signal, whatever it waits for', async () => {
    const end = new AbortController();
    const asking = http.open()(get(`${plainUrl}/slow`), end.signal);
    setTimeout(() => end.abort(new Error('enough')), 20);
    await assert.rejects(asking, /enough/);
    await assert.rejects(http.open()(get(plainUrl), end.signal), /enough/);
  });

  it('refuses trust that contradicts itself, and a bundle that is none', async () => {
    assert.throws(() => http.open({ caPem: ca, skipVerify: true }), { code: 'BAD_TRUST' });
    await assert.rejects(http.open({ caPem: 'nonsense' })(get(secureUrl), signal), { name: 'HttpError' });
  });

  it('goes through the proxies of the environment, but where it must not', async () => {
    const asked: string[] = [];
    const proxy = createTcp((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head) => {
        asked.push(head.toString().split('\r\n')[0] ?? '');
        const upstream = connect(port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on('error', () => socket.destroy());
      });
    });
    const proxyUrl = `http://127.0.0.1:${await listening(proxy)}`;
    const proxied = createHttpAccess({ userAgent: 'x', proxy: { HTTPS_PROXY: proxyUrl, NO_PROXY: 'near.example' } });
    const { status } = await proxied.open({ caPem: ca })(get(`https://server.example:${port}`), signal);
    assert.equal(status, 200);
    assert.deepEqual(asked, [`CONNECT server.example:${port} HTTP/1.1`]);
    assert.equal((await proxied.open({ caPem: ca, proxied: false })(get(secureUrl), signal)).status, 200);
    assert.equal(asked.length, 1);
    proxied.close();
    proxy.close();
  });
});
