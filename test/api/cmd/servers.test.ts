// The small HTTP servers on real sockets: limits, TLS from files that change, profiles. They need no control plane.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { silentLog } from '../../../src/base/log.ts';
import { createProfiler } from '../../../src/cmd/http/profiling.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../../src/cmd/http/server.ts';
import { secureContextOptions } from '../../../src/cmd/http/tls-settings.ts';
import { fromFiles, readTlsFiles } from '../../../src/cmd/serving/files.ts';
import { until } from '../../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'servers-'));
const running: RunningServer[] = [];
after(async () => {
  await Promise.all(running.map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

async function serve(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({
    address: '127.0.0.1:0',
    answer: (path) => ({ status: 200, body: path }),
    ...options,
  });
  running.push(server);
  return server;
}

function fetchText(
  server: RunningServer,
  path: string,
  method = 'GET',
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port: server.port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    request.on('error', reject);
  });
}

/** Everything that the server says to raw bytes, until it closes. */
function raw(server: RunningServer, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('error', () => resolve(said));
    socket.on('close', () => resolve(said));
  });
}

test('GET and HEAD are answered, nothing else is', async () => {
  const server = await serve();
  assert.deepEqual(await fetchText(server, '/a?b=c'), { status: 200, body: '/a' });
  assert.deepEqual(await fetchText(server, '/a', 'HEAD'), { status: 200, body: '' });
  assert.equal((await fetchText(server, '/a', 'POST')).status, 405);
});

test('an answer that fails is a 500', async () => {
  const server = await serve({ answer: () => Promise.reject(new Error('no figures')) });
  assert.deepEqual(await fetchText(server, '/'), { status: 500, body: 'no figures\n' });
});

test('headers of more than 16 KiB are refused', async () => {
  assert.match(
    await raw(await serve(), `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
});

test('a client that does not finish its headers is cut off', async () => {
  const began = performance.now();
  assert.match(await raw(await serve(), 'GET / HTTP/1.1\r\nHost: x\r\nA:'), /^HTTP\/1.1 408 /);
  assert.ok(performance.now() - began < 15_000);
});

test('connections that cannot be accepted end nothing', async () => {
  const told: Server[] = [];
  const listen = (message: unknown): void => void told.push((message as { readonly server: Server }).server);
  subscribe('http.server.request.start', listen);
  const server = await serve();
  await fetchText(server, '/');
  unsubscribe('http.server.request.start', listen);
  for (let i = 0; i < 3; i++) told[0]?.emit('error', new Error('accept ENOBUFS'));
  assert.equal(told.length, 1);
  assert.equal((await fetchText(server, '/')).status, 200);
});

test('an address that is taken is an error with the address', async () => {
  const server = await serve();
  await assert.rejects(
    startServer({ address: `127.0.0.1:${server.port}`, answer: () => ({ status: 200, body: '' }) }),
    (error: Error) => error.message.startsWith(`cannot listen on 127.0.0.1:${server.port}: `),
  );
});

const certFile = join(folder, 'tls.crt');
const keyFile = join(folder, 'tls.key');

function newPair(commonName: string): void {
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...options, '-subj', `/CN=${commonName}`, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
}

function handshake(
  server: RunningServer,
  options: Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'> = {},
): Promise<{ name: string; cipher: string; protocol: string | null }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { port: server.port, host: '127.0.0.1', rejectUnauthorized: false, ...options },
      () => {
        const name = new X509Certificate(socket.getPeerCertificate().raw).subject;
        resolve({ name, cipher: socket.getCipher().name, protocol: socket.getProtocol() });
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

const plain = secureContextOptions({ minVersion: '', cipherSuites: [] });

test('a TLS pair that changes is used without a restart, a bad one is not', async () => {
  newPair('one');
  const end = new AbortController();
  const source = fromFiles({ certFile, keyFile }, { log: silentLog, signal: end.signal, everyMs: 20 });
  const server = await serve({ tls: { ...plain, ...source.current() } });
  source.onChange((next) => server.setTls({ ...plain, ...next }));
  assert.equal((await handshake(server)).name, 'CN=one');
  rmSync(keyFile);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal((await handshake(server)).name, 'CN=one');
  assert.equal(source.problem(), undefined);
  const changed = new Promise<void>((resolve) => source.onChange(() => resolve()));
  newPair('two');
  await changed;
  assert.equal((await handshake(server)).name, 'CN=two');
  end.abort();
});

test('files that come late are waited for, with failing handshakes; files that never come end it', async () => {
  rmSync(certFile, { force: true });
  const end = new AbortController();
  const source = fromFiles({ certFile, keyFile }, { log: silentLog, signal: end.signal, everyMs: 200 });
  const server = await serve({ tls: plain });
  source.onChange((next) => server.setTls({ ...plain, ...next }));
  await assert.rejects(handshake(server));
  assert.match(source.problem() ?? '', /^the serving certificate cannot be read: /);
  newPair('late');
  await until('the pair is served', () => source.current() !== undefined);
  assert.equal((await handshake(server)).name, 'CN=late');
  assert.equal(source.problem(), undefined);
  end.abort();
  const missing = { certFile: join(folder, 'no.crt'), keyFile };
  const ending = new AbortController();
  const never = fromFiles(missing, { log: silentLog, signal: ending.signal, everyMs: 1 });
  await assert.rejects(never.failed, /^Error: no serving certificate: ENOENT/);
  ending.abort();
});

test('TLS versions and cipher suites are those that were asked for', async () => {
  newPair('strict');
  const pair = readTlsFiles({ certFile, keyFile });
  const settings = { minVersion: 'VersionTLS12', cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] };
  const chosen = await serve({ tls: { ...secureContextOptions(settings), ...pair } });
  const old = await handshake(chosen, { maxVersion: 'TLSv1.2' });
  assert.deepEqual([old.protocol, old.cipher], ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384']);
  assert.equal((await handshake(chosen)).protocol, 'TLSv1.3');
  const newest = await serve({
    tls: { ...secureContextOptions({ minVersion: 'VersionTLS13', cipherSuites: [] }), ...pair },
  });
  await assert.rejects(handshake(newest, { maxVersion: 'TLSv1.2' }));
});

test('a version that OpenSSL finds too old by itself is spoken where it was asked for, and nowhere else', async () => {
  newPair('old');
  const pair = readTlsFiles({ certFile, keyFile });
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  for (const cipherSuites of [[], ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA']]) {
    const server = await serve({
      tls: { ...secureContextOptions({ minVersion: 'VersionTLS10', cipherSuites }), ...pair },
    });
    assert.equal((await handshake(server, old)).protocol, 'TLSv1.1');
  }
  await assert.rejects(handshake(await serve({ tls: { ...plain, ...pair } }), old));
});

test('a pair that TLS does not take is never in use', async () => {
  newPair('good');
  const end = new AbortController();
  const source = fromFiles({ certFile, keyFile }, { log: silentLog, signal: end.signal, everyMs: 20 });
  const good = source.current();
  const weak = ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-days', '1', '-subj', '/CN=weak'];
  execFileSync('openssl', [...weak, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  assert.throws(() => readTlsFiles({ certFile, keyFile }), /ee key too small/);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(source.current(), good);
  end.abort();
});

test('a pair whose halves do not belong together is refused', () => {
  newPair('three');
  const other = join(folder, 'other.key');
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', other]);
  assert.throws(() => readTlsFiles({ certFile, keyFile: other }), /does not belong to the certificate/);
});

test('profiles can be taken', async () => {
  const server = await serve({ answer: createProfiler(['certwright', 'controller']) });
  assert.match((await fetchText(server, '/debug/pprof/')).body, /profile\?seconds=30/);
  const profile = JSON.parse((await fetchText(server, '/debug/pprof/profile?seconds=0.2')).body);
  assert.ok(profile.nodes.length > 0);
  assert.equal((await fetchText(server, '/debug/pprof/profile?seconds=1000')).status, 400);
  assert.equal((await fetchText(server, '/debug/pprof/nope')).status, 404);
  assert.equal((await fetchText(server, '/debug/pprof/cmdline')).body, 'certwright\u0000controller');
});
