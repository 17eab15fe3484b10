// The admission server on real sockets: what it answers, what it refuses, and that no client harms another. It needs no control plane.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as connectTcp, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { silentLog } from '../../../src/base/log.ts';
import {
  type AdmissionServer,
  type AdmissionServerOptions,
  startAdmissionServer,
} from '../../../src/kube/admission-server.ts';
import { encodePrivateKey } from '../../../src/pki/keys.ts';
import { signRequest } from '../../../src/pki/signer.ts';
import { type Authority, createAuthority, type KeyPair } from '../../support/control-plane/authority.ts';
import { aCsr, aKey, aRoot, aSigner, options } from '../../support/pki-builders.ts';
import { until } from '../../support/until.ts';

const localhost = [{ type: 'ip', value: '127.0.0.1' }] as const;
let authority: Authority;
let serving: KeyPair;
const running: AdmissionServer[] = [];
const sockets: Socket[] = [];
before(async () => {
  authority = await createAuthority();
  serving = await authority.issue({ commonName: 'webhook', names: localhost });
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(running.map((server) => server.close()));
});

const allow: Pick<AdmissionServerOptions, 'mutate' | 'validate'> = {
  mutate: async ({ uid }) => ({ uid, allowed: true, patchType: 'JSONPatch' }),
  validate: async ({ uid }) => ({ uid, allowed: true }),
};

async function serve(options: Partial<AdmissionServerOptions> = {}, tls: KeyPair | 'none' = serving) {
  const server = await startAdmissionServer({
    port: 0,
    host: '127.0.0.1',
    tls: {},
    log: silentLog,
    ...allow,
    ...options,
    limits: { lingerMs: 0, ...options.limits },
  });
  running.push(server);
  if (tls !== 'none') server.setTls(tls);
  return server;
}

interface Said {
  readonly status: number | undefined;
  readonly body: string;
  readonly connection: string | undefined;
}

function send(server: AdmissionServer, body: string | Buffer, options: RequestOptions = {}): Promise<Said> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...options.headers };
    const all = { agent: false, path: '/validate', method: 'POST', ca: authority.cert, ...options, headers };
    const sent = httpsRequest({ host: '127.0.0.1', port: server.port, ...all }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, body: text, connection: response.headers.connection }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const reviewOf = (request: object) =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
const review = reviewOf({ uid: 'a' });
const answer = (response: object) =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });

/** A connection that finished its handshake, and says whatever the test writes. */
function open(server: AdmissionServer, options: object = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: server.port, ca: authority.cert, ...options }, () =>
      resolve(socket),
    );
    sockets.push(socket);
    socket.on('error', reject);
  });
}

const isClosed = (socket: Socket) => until('the connection is closed', () => socket.closed || socket.destroyed);

/** Everything that is said until the connection is closed. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

describe('what is answered', () => {
  const mebibytes4 = 4 * 1024 * 1024;
  const padded = (size: number) => review.padEnd(size, ' ');
  const cases: readonly [string, string, RequestOptions, number, string][] = [
    ['a review to validate', review, {}, 200, answer({ uid: 'a', allowed: true })],
    [
      'a review to mutate',
      review,
      { path: '/mutate' },
      200,
      answer({ uid: 'a', allowed: true, patchType: 'JSONPatch' }),
    ],
    [
      'with the query of an API server',
      review,
      { path: '/validate?timeout=30s' },
      200,
      answer({ uid: 'a', allowed: true }),
    ],
    [
      'with a character set',
      review,
      { headers: { 'content-type': 'application/json; charset=utf-8' } },
      200,
      answer({ uid: 'a', allowed: true }),
    ],
    ['no body', '', {}, 400, 'the request body is empty\n'],
    ['no JSON', '{', {}, 400, 'the request body is not JSON\n'],
    ['no object', 'null', {}, 400, 'the request body is no AdmissionReview of admission.k8s.io/v1\n'],
    ['no request', answer({}), {}, 400, 'the review has no request with a uid\n'],
    ['no uid', reviewOf({}), {}, 400, 'the review has no request with a uid\n'],
    ['a uid like none', reviewOf({ uid: 'a'.repeat(300) }), {}, 400, 'the review has no request with a uid\n'],
    [
      'another version',
      review.replace('/v1', '/v1beta1'),
      {},
      400,
      'the request body is no AdmissionReview of admission.k8s.io/v1\n',
    ],
    [
      'another type of content',
      review,
      { headers: { 'content-type': 'application/yaml' } },
      400,
      'contentType=application/yaml, expected application/json\n',
    ],
    ['another path', review, { path: '/convert' }, 404, 'not found: reviews go to /mutate and /validate\n'],
    ['another method', '', { method: 'GET' }, 405, 'only POST\n'],
    ['the largest body', padded(mebibytes4 - 1), {}, 200, answer({ uid: 'a', allowed: true })],
    [
      'a body of 4 MiB',
      padded(mebibytes4),
      {},
      413,
      `the request body is too large: it must be smaller than ${mebibytes4} bytes\n`,
    ],
    [
      'a body of 9 MiB',
      padded(3 * mebibytes4),
      {},
      413,
      `the request body is too large: it must be smaller than ${mebibytes4} bytes\n`,
    ],
    [
      'a large body of unknown length',
      padded(mebibytes4),
      { headers: { 'transfer-encoding': 'chunked' } },
      413,
      `the request body is too large: it must be smaller than ${mebibytes4} bytes\n`,
    ],
  ];
  test('each kind of request', async (t) => {
    const server = await serve();
    for (const [name, body, options, status, text] of cases) {
      await t.test(name, async () => {
        const said = await send(server, body, options);
        assert.deepEqual({ status: said.status, body: said.body }, { status, body: text });
      });
    }
  });

  test('connections that cannot be accepted end nothing', async () => {
    const told: Server[] = [];
    const listen = (message: unknown): void => void told.push((message as { readonly server: Server }).server);
    const server = await serve();
    subscribe('http.server.request.start', listen);
    await send(server, review);
    unsubscribe('http.server.request.start', listen);
    for (let i = 0; i < 3; i++) told[0]?.emit('error', new Error('accept ENOBUFS'));
    assert.equal(told.length, 1);
    assert.equal((await send(server, review)).status, 200);
  });

  test('a handler that fails is a 500 and nothing more', async () => {
    const server = await serve({ validate: () => Promise.reject(new Error('secret')) });
    assert.deepEqual((await send(server, review)).body, 'internal error\n');
    assert.equal((await send(server, review)).status, 500);
    assert.equal((await send(server, review, { path: '/mutate' })).status, 200);
  });

  test('an answer that throws at once, or cannot be written, is a 500, too', async () => {
    const server = await serve({
      validate: () => {
        throw new Error('at once');
      },
      mutate: async ({ uid }) => ({ uid, allowed: true, size: 1n }),
    });
    assert.equal((await send(server, review)).status, 500);
    assert.equal((await send(server, review, { path: '/mutate' })).status, 500);
  });

  test('who takes too long is given up on: after our own time, or that of the API server where it is shorter', async () => {
    const never = () => new Promise<never>(() => undefined);
    const own = await serve({ validate: never, limits: { answerMs: 50 } });
    assert.deepEqual((await send(own, review)).status, 504);
    const theirs = await serve({ validate: never });
    assert.deepEqual((await send(theirs, review, { path: '/validate?timeout=50ms' })).status, 504);
  });

  test('every answer is told, under a path that nobody can make up', async () => {
    const told: (readonly [string, number])[] = [];
    const server = await serve({ onRequest: (path, status) => told.push([path, status]) });
    for (const path of ['/validate', '/mutate?timeout=1s', '/x']) await send(server, review, { path });
    assert.deepEqual(told, [
      ['/validate', 200],
      ['/mutate', 200],
      ['other', 404],
    ]);
  });

  test('connections are kept', async () => {
    const server = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert });
    for (let i = 0; i < 3; i++) assert.equal((await send(server, review, { agent })).connection, 'keep-alive');
    assert.equal(Object.values(agent.freeSockets).flat().length, 1);
    agent.destroy();
  });
});

describe('TLS', () => {
  test('handshakes fail until there is a certificate, and go on with the last one', async () => {
    const server = await serve({}, 'none');
    await assert.rejects(send(server, review));
    server.setTls(serving);
    assert.equal((await send(server, review)).status, 200);
  });

  test('a new certificate is for new handshakes: connections that stand go on', async () => {
    const server = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert });
    const old = await open(server);
    assert.equal((await send(server, review, { agent })).status, 200);
    const renewed = await authority.issue({ commonName: 'webhook', names: localhost });
    server.setTls(renewed);
    const now = await open(server);
    assert.equal(now.getPeerX509Certificate()?.fingerprint256, new X509Certificate(renewed.cert).fingerprint256);
    assert.equal((await send(server, review, { agent })).status, 200);
    const said = heard(old);
    old.write(
      `POST /validate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${review.length}\r\n\r\n${review}`,
    );
    assert.match(await said, /^HTTP\/1\.1 200 OK/);
    agent.destroy();
  });

  test('a pair that does not fit changes nothing', async () => {
    const server = await serve();
    const other = await authority.issue({ commonName: 'other', names: localhost });
    assert.throws(() => server.setTls({ cert: other.cert, key: serving.key }));
    assert.equal((await send(server, review)).status, 200);
  });

  test('versions and ciphers are those that were asked for, also after a new certificate', async () => {
    const server = await serve({ tls: { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' } });
    server.setTls(serving);
    const socket = await open(server);
    assert.equal(`${socket.getProtocol()} ${socket.getCipher().standardName}`, 'TLSv1.3 TLS_AES_256_GCM_SHA384');
    await assert.rejects(open(server, { maxVersion: 'TLSv1.2' }));
  });
});

describe('client verification', () => {
  let stranger: KeyPair;
  const clients: Record<string, KeyPair> = {};
  before(async () => {
    stranger = await (await createAuthority()).issue({ commonName: 'apiserver' });
    clients['apiserver'] = await authority.issue({ commonName: 'apiserver' });
    clients['other'] = await authority.issue({ commonName: 'other' });
  });
  const says = async (server: AdmissionServer, pair: KeyPair | undefined) => {
    try {
      return (await send(server, review, pair === undefined ? {} : { cert: pair.cert, key: pair.key })).status;
    } catch {
      return 'refused';
    }
  };
  const answers = async (server: AdmissionServer) => ({
    apiserver: await says(server, clients['apiserver']),
    other: await says(server, clients['other']),
    stranger: await says(server, stranger),
    nobody: await says(server, undefined),
  });

  test('without names every client of the CA may come', async () => {
    const server = await serve({ clientVerification: { caPem: authority.cert, subjectNames: [] } });
    assert.deepEqual(await answers(server), { apiserver: 200, other: 200, stranger: 'refused', nobody: 'refused' });
  });

  test('with names only those, also after a new certificate and when a session is resumed', async () => {
    const server = await serve({ clientVerification: { caPem: authority.cert, subjectNames: ['apiserver'] } });
    const expected = { apiserver: 200, other: 'refused', stranger: 'refused', nobody: 'refused' };
    assert.deepEqual(await answers(server), expected);
    server.setTls(serving);
    assert.deepEqual(await answers(server), expected);
    const first = await open(server, clients['apiserver']);
    first.write('x');
    assert.equal(first.isSessionReused(), false);
    const again = await open(server, { ...clients['apiserver'], session: first.getSession() });
    assert.equal(again.isSessionReused(), false);
  });

  test('a DNS name counts as well, to the letter', async () => {
    const ca = aRoot('clients');
    const key = aKey('p256', 'client');
    const usages = ['client auth' as const];
    const csr = aCsr({ commonName: 'x', dnsNames: ['kube.example', '*.example'], usages }, key);
    const { certificatePem } = signRequest(csr, aSigner(ca), options({ now: new Date(), usages }));
    const pair = { cert: certificatePem, key: encodePrivateKey(key, 'PKCS8') };
    const cases = [
      ['kube.example', 200],
      ['other.example', 'refused'],
      ['x', 200],
    ] as const;
    for (const [name, expected] of cases) {
      const server = await serve({ clientVerification: { caPem: ca.pem, subjectNames: [name] } });
      assert.equal(await says(server, pair), expected, name);
    }
  });

  test('a client CA without certificates is an error', async () => {
    const caPem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    await assert.rejects(serve({ clientVerification: { caPem, subjectNames: [] } }), { name: 'DecodeError' });
  });
});

describe('clients that are slow or greedy', () => {
  const head = (length: number) =>
    `POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  test('who says nothing, half a head or half a body is cut off in time', async () => {
    const server = await serve({ limits: { handshakeMs: 1_000, headersMs: 1_000, requestMs: 1_500 } });
    const silent = connectTcp(server.port, '127.0.0.1');
    sockets.push(silent);
    silent.on('error', () => undefined);
    const afterHandshake = heard(await open(server));
    const inHead = await open(server);
    const halfHead = heard(inHead);
    inHead.write('POST /validate HTTP/1.1\r\nhost: x\r\n');
    const inBody = await open(server);
    const halfBody = heard(inBody);
    inBody.write(`${head(100)}{`);
    await isClosed(silent);
    for (const said of [await afterHandshake, await halfHead, await halfBody]) assert.match(said, /^HTTP\/1\.1 408|^$/);
  });

  test('a head that is too large is refused', async () => {
    const socket = await open(await serve());
    const said = heard(socket);
    socket.write(`POST /validate HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(20_000)}\r\n\r\n`);
    assert.match(await said, /^HTTP\/1\.1 431/);
  });

  test('a good client is answered while 300 others send one byte at a time, and while it is answered nobody cuts it off', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isAsked = false;
    const server = await serve({
      limits: { connections: 100 },
      mutate: async ({ uid }) => {
        isAsked = true;
        await held;
        return { uid, allowed: true };
      },
    });
    const waiting = send(server, review, { path: '/mutate' });
    await until('it is being answered', () => isAsked);
    const slow = Array.from({ length: 300 }, () =>
      connectTls({ host: '127.0.0.1', port: server.port, ca: authority.cert }),
    );
    sockets.push(...slow);
    for (const socket of slow) {
      socket.on('error', () => undefined);
      socket.on('secureConnect', () => socket.write(head(1000).slice(0, 40)));
    }
    for (let i = 0; i < 20; i++) {
      assert.equal((await send(server, review)).status, 200);
      for (const socket of slow) if (!socket.destroyed && socket.writable) socket.write('x');
    }
    await until('most of the slow ones are gone', () => slow.filter((socket) => !socket.destroyed).length <= 100);
    release?.();
    assert.equal((await waiting).status, 200);
  });

  test('who sends a body byte by byte, as fast as it can, is cut off', async () => {
    const socket = await open(await serve());
    const said = heard(socket);
    socket.write(
      'POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    socket.write('1\r\n \r\n'.repeat(2_000));
    assert.equal(await said, '');
  });

  test('a body in a few hundred pieces is a body', async () => {
    const server = await serve();
    const socket = await open(server);
    const said = heard(socket);
    socket.write(
      `POST /validate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    socket.write(`${[...review].map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`);
    assert.match(await said, /^HTTP\/1\.1 200 OK/);
  });

  test('bodies that never end do not fill the memory: the oldest of them go', async () => {
    const mebibyte = 1024 * 1024;
    const server = await serve({ limits: { allBodyBytes: 4 * mebibyte } });
    const greedy: TLSSocket[] = [];
    for (let i = 0; i < 8; i++) {
      const socket = await open(server);
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(head(3 * mebibyte - 1));
      socket.write(Buffer.alloc(mebibyte, 32));
      greedy.push(socket);
    }
    await until('four at most are left', () => greedy.filter((socket) => !socket.destroyed).length <= 4);
    const good = await send(server, review.padEnd(2 * mebibyte, ' '));
    assert.equal(good.status, 200);
    assert.ok(greedy[0]?.destroyed && greedy[1]?.destroyed);
    await until('the last one is there still', () => greedy.at(-1)?.destroyed === false);
  });
});

describe('closing', () => {
  test('requests under way are answered, then nobody is let in', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isAsked = false;
    const server = await serve({
      validate: async ({ uid }) => {
        isAsked = true;
        await held;
        return { uid, allowed: true };
      },
    });
    const idle = await open(server);
    const agent = new Agent({ keepAlive: true, ca: authority.cert });
    const underWay = send(server, review, { agent });
    await until('it is under way', () => isAsked);
    const closing = server.close();
    await assert.rejects(
      until('it is closed', async () => {
        await send(server, review, { path: '/mutate' });
        return false;
      }),
    );
    release?.();
    assert.equal((await underWay).status, 200);
    await closing;
    await isClosed(idle);
    agent.destroy();
  });

  test('while it lingers it answers, and says that it is leaving', async () => {
    const server = await serve({ limits: { lingerMs: 1_500 } });
    const closing = server.close();
    const said = await send(server, review, { agent: new Agent({ keepAlive: true }) });
    assert.deepEqual([said.status, said.connection], [200, 'close']);
    await closing;
    await assert.rejects(send(server, review));
  });

  test('a client that is slow cannot keep it open', async () => {
    const server = await serve();
    const slow = await open(server);
    slow.removeAllListeners('error');
    slow.on('error', () => undefined);
    slow.write('POST /validate HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n1');
    const silent = connectTcp(server.port, '127.0.0.1');
    silent.on('error', () => undefined);
    sockets.push(silent);
    await server.close();
    await isClosed(slow);
  });
});
