// A proxy as companies have them, for a controller in a process of its own: it speaks TLS in the name of some hosts and hands what they are asked to a
// fake of their API. All other hosts are refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../control-plane/authority.ts';
import type { FakeServer } from './fake-server.ts';

export interface FakeProxy {
  /** The variables that lead a process here, and make it believe the certificates. */
  readonly env: Readonly<Record<'HTTPS_PROXY' | 'NODE_EXTRA_CA_CERTS', string>>;
  stop(): Promise<void>;
}

export async function startProxyTo(fake: FakeServer, hosts: readonly string[]): Promise<FakeProxy> {
  const authority = await createAuthority();
  const folder = mkdtempSync(join(tmpdir(), 'certwright-proxy-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.cert);
  const names = hosts.map((value) => ({ type: 'dns' as const, value }));
  const site = createTlsServer(await authority.issue({ commonName: 'proxy', names }), (request, response) => {
    forward(request, response, fake).catch(() => response.writeHead(502).end());
  });
  const sitePort = await listening(site);
  const sockets = new Set<Socket>();
  const proxy = createHttpServer((_request, response) => response.writeHead(403).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    const [host = ''] = (request.url ?? '').split(':');
    if (!hosts.includes(host)) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const inner = connect(sitePort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(inner).pipe(client);
    });
    for (const socket of [client, inner]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  const port = await listening(proxy);
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: caFile },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      site.closeAllConnections();
      proxy.closeAllConnections();
      await Promise.all([site, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function forward(request: IncomingMessage, response: ServerResponse, fake: FakeServer): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host = '', connection: _, ...headers } = request.headers;
  const http = fake.http.open({});
  const body = Buffer.concat(chunks);
  const answer = await http(
    {
      method: request.method ?? 'GET',
      url: `https://${host}${request.url}`,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(body.length === 0 ? {} : { body }),
    },
    AbortSignal.timeout(10_000),
  );
  const { connection: __, 'transfer-encoding': ___, ...kept } = answer.headers;
  response.writeHead(answer.status, kept).end(answer.body);
}
