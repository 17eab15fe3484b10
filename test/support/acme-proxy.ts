// A proxy in front of an ACME server that misbehaves as it is told: refuses, is slow, loses answers, is not there. Nothing that is signed is changed:
// the server is asked under the proxy's own name, and so names URLs that lead through the proxy.
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './control-plane/authority.ts';
import type { Pebble } from './pebble.ts';

/** Pebble's paths. */
const endpoints = {
  dir: 'directory',
  'nonce-plz': 'newNonce',
  'sign-me-up': 'newAccount',
  'my-account': 'account',
  'order-plz': 'newOrder',
  'my-order': 'order',
  authZ: 'authorization',
  chalZ: 'challenge',
  'finalize-order': 'finalize',
  certZ: 'certificate',
} as const;

export type Endpoint = (typeof endpoints)[keyof typeof endpoints] | 'other';

export interface Asked {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Milliseconds. */
  readonly at: number;
  /** The identifiers that a new order is for. */
  readonly names: readonly string[];
}

/** What is done with a request instead of passing it on, and its answer back. */
export type AcmeFault =
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly retryAfter?: string;
      /** Of the problem document, without its prefix; with `page` there is none. */
      readonly type?: string;
      /** An answer in HTML. */
      readonly page?: string;
    }
  /** An answer that never ends. */
  | { readonly kind: 'flood' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The server acts, and whoever asked never hears of it: the connection is reset, or stays open for ever. */
  | { readonly kind: 'lose' }
  | { readonly kind: 'swallow' }
  /** The server is not even asked: the connection is reset, or stays open for ever. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' };

export interface AcmeProxy {
  readonly directoryUrl: string;
  /** spec.acme of an issuer that goes through this proxy. */
  readonly spec: { readonly server: string; readonly caBundle: string };
  /** Every request so far. */
  readonly asked: readonly Asked[];
  /** Asked for every request. */
  fault: (asked: Asked) => AcmeFault | undefined | Promise<AcmeFault | undefined>;
  stop(): Promise<void>;
}

export async function startAcmeProxy(pebble: Pick<Pebble, 'directoryUrl' | 'apiCaPem'>): Promise<AcmeProxy> {
  const authority = await createAuthority();
  const pair = await authority.issue({ commonName: 'acme', names: [{ type: 'ip', value: '127.0.0.1' }] });
  const agent = new https.Agent({ keepAlive: true, ca: pebble.apiCaPem });
  const target = new URL(pebble.directoryUrl);
  const asked: Asked[] = [];
  const state: { fault: AcmeProxy['fault'] } = { fault: () => undefined };
  const server = https.createServer({ cert: pair.cert, key: pair.key }, async (incoming, outgoing) => {
    outgoing.on('error', () => {});
    const body = await bodyOf(incoming).catch(() => undefined);
    if (body === undefined) return;
    const { method = '', url = '' } = incoming;
    const request = { endpoint: endpointOf(url), method, path: url, at: Date.now(), names: namesOf(body) };
    asked.push(request);
    const fault = await state.fault(request);
    if (fault?.kind === 'refuse') refuse(outgoing, fault);
    else if (fault?.kind === 'flood') flood(outgoing);
    else if (fault?.kind === 'cut') reset(outgoing);
    else if (fault?.kind === 'delay') setTimeout(() => pass(incoming, outgoing, body, undefined), fault.ms);
    else if (fault?.kind !== 'hang') pass(incoming, outgoing, body, fault);
  });
  const pass = (
    { method = '', url = '', headers }: IncomingMessage,
    outgoing: ServerResponse,
    body: Buffer,
    fault: AcmeFault | undefined,
  ): void => {
    const { connection: _, ...kept } = headers;
    const to = { host: target.hostname, port: target.port, path: url, method, headers: kept, agent };
    const onward = https.request(to, async (answer) => {
      const content = await bodyOf(answer).catch(() => undefined);
      if (fault?.kind === 'lose' || content === undefined) reset(outgoing);
      else if (fault?.kind !== 'swallow') outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(content);
    });
    onward.on('error', () => reset(outgoing));
    onward.end(body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const directoryUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`;
  return Object.assign(state, {
    directoryUrl,
    spec: { server: directoryUrl, caBundle: Buffer.from(authority.cert).toString('base64') },
    asked,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function endpointOf(path: string): Endpoint {
  const first = path.split(/[/?]/)[1] ?? '';
  return Object.hasOwn(endpoints, first) ? endpoints[first as keyof typeof endpoints] : 'other';
}

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** JWS payloads are readable to everybody. */
function namesOf(body: Buffer): readonly string[] {
  try {
    const { payload } = JSON.parse(body.toString()) as { payload: string };
    const document = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { identifiers?: { value: string }[] };
    return (document.identifiers ?? []).map(({ value }) => value);
  } catch {
    return [];
  }
}

function refuse(
  outgoing: ServerResponse,
  { status, retryAfter, type = 'rateLimited', page }: Extract<AcmeFault, { kind: 'refuse' }>,
): void {
  outgoing.writeHead(status, {
    'content-type': page === undefined ? 'application/problem+json' : 'text/html',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  });
  outgoing.end(page ?? JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: 'slow down', status }));
}

function flood(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  const some = Buffer.alloc(64 * 1024, 'flood ');
  const pour = (): void => {
    while (!outgoing.destroyed && outgoing.write(some));
    if (!outgoing.destroyed) outgoing.once('drain', pour);
  };
  pour();
}

function reset(outgoing: ServerResponse): void {
  // A connection over TLS cannot be reset: it ends without a farewell.
  outgoing.socket?.destroy();
}
