// Our own look at an HTTP-01 challenge over real connections: what it trusts, whom it asks for addresses, how much it reads. What it makes of answers is
// tested in test/unit/solvers/http01.
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createHttpAccess, type Http, type HttpAccess } from '../../src/net/http.ts';
import { selfCheck, selfCheckTrust } from '../../src/solvers/http01/self-check.ts';
import { createAuthority } from '../support/control-plane/authority.ts';
import { anHttp01Challenge } from '../support/http01-builders.ts';

const challenge = anHttp01Challenge();
const { key } = challenge.spec;

describe('the look at an HTTP-01 challenge', () => {
  let plain: Server;
  let secure: Server;
  let access: HttpAccess;
  let http: Http;
  let answer: RequestListener = () => undefined;
  let lookedUp: string[] = [];
  const connections: string[] = [];

  before(async () => {
    const authority = await createAuthority();
    const { cert, key: tlsKey } = await authority.issue({
      commonName: 'expired',
      names: [{ type: 'dns', value: 'other.example' }],
    });
    const onRequest: RequestListener = (request, response) => {
      connections.push(`${request.headers.connection} ${request.headers.host}`);
      answer(request, response);
    };
    plain = createServer(onRequest);
    secure = createSecureServer({ cert, key: tlsKey }, onRequest) as unknown as Server;
    for (const server of [plain, secure]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    access = createHttpAccess({ userAgent: 'test' });
    const lookup = async (name: string) => {
      lookedUp.push(name);
      return ['127.0.0.1'];
    };
    const open = access.open(selfCheckTrust(lookup));
    // Ports 80 and 443 are not ours to listen at.
    const portOf = (server: Server) => String((server.address() as AddressInfo).port);
    http = (request, signal) => {
      const url = new URL(request.url);
      url.port = portOf(url.protocol === 'https:' ? secure : plain);
      return open({ ...request, url: url.href }, signal);
    };
  });
  after(() => {
    access.close();
    for (const server of [plain, secure]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const look = (listener: RequestListener, signal = new AbortController().signal) => {
    answer = listener;
    lookedUp = [];
    return selfCheck(challenge, { http }, signal);
  };

  it('asks the given name servers, on a connection of its own', async () => {
    connections.length = 0;
    assert.deepEqual(await look((_, response) => response.end(key)), { ok: true });
    assert.deepEqual(lookedUp, ['web.example.com']);
    assert.deepEqual(
      connections.map((each) => each.split(' ')[0]),
      ['close'],
    );
  });

  it('takes any certificate after a redirect to https', async () => {
    const listener: RequestListener = (request, response) => {
      if ('encrypted' in request.socket) response.end(key);
      else response.writeHead(301, { location: `https://web.example.com${request.url}` }).end();
    };
    assert.deepEqual(await look(listener), { ok: true });
  });

  it('reads no more than 1 MiB', async () => {
    const outcome = await look((_, response) => response.end('x'.repeat(1024 * 1024 + 1)));
    assert.ok(!outcome.ok);
    assert.deepEqual(outcome.answers, [{ server: 'web.example.com', answer: 'TOO_LARGE' }]);
  });

  it('says that the connection broke off', async () => {
    const outcome = await look((request) => request.socket.destroy());
    assert.ok(!outcome.ok);
    assert.deepEqual(outcome.answers, [{ server: 'web.example.com', answer: 'ECONNRESET' }]);
  });

  it('says the status and who gave it', async () => {
    const outcome = await look((_, response) => response.writeHead(503).end('inner secret'));
    assert.deepEqual(outcome, {
      ok: false,
      answers: [{ server: '127.0.0.1', answer: 'status 503' }],
      problem: "wrong status code '503', expected '200'",
    });
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const looking = look(() => controller.abort(new Error('stopped')), controller.signal);
    await assert.rejects(looking, /stopped/);
  });
});
