// A proxy in front of an API server that misbehaves as it is told. Two kinds: one that passes bytes on and cuts connections, and one that
// understands HTTP and answers some requests itself.
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Access } from './api-client.ts';

export interface CuttingProxy {
  readonly server: string;
  /** Connections now open. */
  readonly open: number;
  /** Resets every connection. */
  cut(): void;
  /** Nothing more comes from the server, connections stay open. */
  freeze(): void;
  thaw(): void;
  /** Refuses or takes new connections. */
  refuse(yes: boolean): void;
  stop(): Promise<void>;
}

/** Passes TLS on unread; certificates must be valid for 127.0.0.1. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let refusing = false;
  const proxy = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(Number(port), hostname);
    const pair = { client, server };
    pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const { client, server } of [...pairs]) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  return {
    server: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get open() {
      return pairs.size;
    },
    cut,
    freeze: () => {
      for (const { client, server } of pairs) server.unpipe(client).pause();
    },
    thaw: () => {
      for (const { client, server } of pairs) server.pipe(client);
    },
    refuse: (yes) => {
      refusing = yes;
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

/** What to do with a request instead of passing it on. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: object;
    }
  /** Passes the answer on up to so many bytes, then resets the connection. */
  | { readonly kind: 'cutAfter'; readonly bytes: number }
  /** Passes the request on, and never answers. */
  | { readonly kind: 'swallow' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface AnsweringProxy {
  /** Plain HTTP: it speaks TLS to the API server itself, as the given user. */
  readonly server: string;
  /** `METHOD path` of all requests so far. */
  readonly seen: readonly string[];
  /** Asked for every request. */
  fault: (method: string, path: string) => Fault | undefined;
  stop(): Promise<void>;
}

export async function startAnsweringProxy(access: Access): Promise<AnsweringProxy> {
  const agent = new https.Agent({ keepAlive: true, ca: access.ca, cert: access.cert, key: access.key });
  const seen: string[] = [];
  const state: AnsweringProxy = { server: '', seen, fault: () => undefined, stop: async () => undefined };
  const proxy = http.createServer((incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    seen.push(`${method} ${url}`);
    const fault = state.fault(method, url);
    if (fault?.kind === 'answer') {
      incoming.resume();
      outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      outgoing.end(JSON.stringify(fault.body ?? statusBody(fault.status)));
    } else if (fault?.kind === 'delay') setTimeout(() => pass(incoming, outgoing, access, agent), fault.ms);
    else pass(incoming, outgoing, access, agent, fault);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    server: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: async () => {
      agent.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  });
}

const statusBody = (code: number) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: `fault ${code}`,
  code,
});

function pass(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  access: Access,
  agent: https.Agent,
  fault?: Fault,
): void {
  const { host: _, connection: __, ...headers } = incoming.headers;
  const onward = https.request(
    new URL(incoming.url ?? '/', access.server),
    { method: incoming.method ?? 'GET', headers, agent },
    (answer) => {
      if (fault?.kind === 'swallow') {
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      outgoing.flushHeaders();
      let left = fault?.kind === 'cutAfter' ? fault.bytes : Number.POSITIVE_INFINITY;
      answer.on('data', (chunk: Buffer) => {
        if (outgoing.destroyed) return;
        outgoing.write(chunk.length > left ? chunk.subarray(0, left) : chunk);
        left -= chunk.length;
        // The bytes must be on their way before the reset.
        if (left <= 0) setTimeout(() => (outgoing.socket as Socket | null)?.resetAndDestroy(), 50);
      });
      answer.on('end', () => left > 0 && outgoing.end());
      answer.on('error', () => outgoing.destroy());
    },
  );
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
