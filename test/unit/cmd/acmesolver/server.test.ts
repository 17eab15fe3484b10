import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { solverAnswer } from '../../../../src/cmd/acmesolver/answer.ts';
import { type SolverServer, startSolver } from '../../../../src/cmd/acmesolver/server.ts';

const path = '/.well-known/acme-challenge/tok';

describe('the solver over HTTP', () => {
  let server: SolverServer;
  const seen: (string | undefined)[] = [];
  before(async () => {
    const expected = { domain: 'a.example', token: 'tok', key: 'tok.print' };
    const answers = (path: string, host: string) => solverAnswer(expected, path, host);
    server = await startSolver(answers, { host: '127.0.0.1', port: 0 }, ({ outcome }) => seen.push(outcome));
  });
  after(() => server.close(0));

  async function ask(
    method: string,
    url: string,
    headers: Record<string, string> = { host: 'a.example' },
    body?: string,
  ): Promise<{ status: number; body: string; cache: string | undefined }> {
    const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: server.port, method, path: url, headers }, resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    return { status: answer.statusCode ?? 0, body: await text(answer), cache: answer.headers['cache-control'] };
  }
  const cache = 'no-cache, no-store, must-revalidate';

  const table: [string, Parameters<typeof ask>, object][] = [
    ['the challenge', ['GET', path], { status: 200, body: 'tok.print', cache }],
    ['with a query', ['GET', `${path}?x=1`], { status: 200, body: 'tok.print', cache }],
    ['only the head', ['HEAD', path], { status: 200, body: '', cache }],
    [
      'with a body that nobody reads',
      ['POST', path, { host: 'a.example' }, 'x'.repeat(1000)],
      { status: 200, body: 'tok.print', cache },
    ],
    ['health', ['GET', '/healthz', { host: 'whoever' }], { status: 200, body: '', cache }],
    [
      'another host',
      ['GET', path, { host: 'b.example' }],
      { status: 404, body: '404 page not found\n', cache: undefined },
    ],
  ];
  for (const [name, args, expected] of table) {
    test(name, async () => assert.deepEqual(await ask(...args), expected));
  }

  test('says what became of each request', () => {
    assert.deepEqual(seen, ['answered', 'answered', 'answered', 'answered', undefined, 'wrong host']);
  });

  const broken: [string, string, RegExp][] = [
    ['is no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['has a head of 20 KB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['has no host', `GET ${path} HTTP/1.0\r\n\r\n`, /^HTTP\/1\.1 404 /],
  ];
  for (const [name, sent, expected] of broken) {
    test(`survives what ${name}`, async () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(sent);
      assert.match(await text(socket), expected);
    });
  }
});

test('a port that is taken is refused', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, resolve));
  const { port } = taken.address() as AddressInfo;
  const starting = startSolver(
    () => ({ status: 404, body: '' }),
    { host: undefined, port },
    () => undefined,
  );
  await assert.rejects(starting, { code: 'EADDRINUSE' });
  taken.close();
});
