// A fake of acme-dns (https://github.com/joohoi/acme-dns#api): accounts, each with the two newest values of its subdomain. Its checks and errors are
// those that the project documents; it serves no DNS.
import { randomBytes, randomUUID } from 'node:crypto';
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from './fake-server.ts';

export interface AcmeDnsAccount {
  readonly username: string;
  readonly password: string;
  readonly fulldomain: string;
  readonly subdomain: string;
  readonly allowfrom: readonly string[];
}

export interface FakeAcmeDns {
  readonly server: FakeServer;
  readonly host: string;
  /** A new account, as `POST /register` answers it. */
  register(): AcmeDnsAccount;
  /** What a query for the subdomain's TXT records would answer. */
  values(subdomain: string): readonly string[];
  stop(): Promise<void>;
}

const host = 'auth.acme-dns.example';

interface Kept {
  readonly account: AcmeDnsAccount;
  /** The newest last; never more than two. */
  values: readonly string[];
}

export async function startFakeAcmeDns(): Promise<FakeAcmeDns> {
  const kept = new Map<string, Kept>();
  const server = await startFakeServer((request) => answer(request, kept));
  return {
    server,
    host,
    register: () => {
      const subdomain = randomUUID();
      const names = { username: randomUUID(), fulldomain: `${subdomain}.${host}`, subdomain };
      const account = { ...names, password: randomBytes(30).toString('base64url'), allowfrom: [] };
      kept.set(subdomain, { account, values: [] });
      return account;
    },
    values: (subdomain) => [...new Set(kept.get(subdomain)?.values)],
    stop: () => server.stop(),
  };
}

function answer(request: FakeRequest, all: ReadonlyMap<string, Kept>): FakeAnswer {
  if (request.url.host !== host || request.url.pathname !== '/update' || request.method !== 'POST')
    return { status: 404 };
  const { 'x-api-user': user, 'x-api-key': key } = request.headers;
  const body = jsonIn(request.body);
  if (body === undefined) return { status: 400, json: { error: 'malformed_json_payload' } };
  const kept = all.get(String(body['subdomain']));
  if (kept === undefined || kept.account.username !== user || kept.account.password !== key) {
    return { status: 401, json: { error: 'forbidden' } };
  }
  const { txt } = body;
  if (typeof txt !== 'string' || !/^[\w-]{43}$/.test(txt)) return { status: 400, json: { error: 'bad_txt' } };
  kept.values = [...kept.values, txt].slice(-2);
  return { status: 200, json: { txt } };
}

function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
