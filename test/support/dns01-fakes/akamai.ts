// A fake of Akamai Edge DNS (https://techdocs.akamai.com/edge-dns/reference) behind EdgeGrid signatures. Writes to a zone take a moment; those that
// overlap are refused, as users report of the real one. It enforces what is published; it is no proof that Akamai does just the same.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type FakeAnswer, type FakeRequest, type FakeServer, quotedStrings, startFakeServer } from './fake-server.ts';

export interface FakeAkamai {
  readonly server: FakeServer;
  readonly host: string;
  readonly credentials: Credentials;
  /** How many writes were refused because they overlapped with another. */
  readonly overlaps: number;
  /** Puts a set past the API. */
  put(name: string, rdata: readonly string[]): void;
  /** The data of a set, as a zone file writes it. Names without a final dot. */
  rdata(name: string): readonly string[] | undefined;
  /** The whole values of the TXT records with this name (final dot). */
  values(fqdn: string): readonly string[];
  stop(): Promise<void>;
}

interface Credentials {
  readonly clientToken: string;
  readonly clientSecret: string;
  readonly accessToken: string;
}

interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly rdata: readonly string[];
}

const host = 'akab-host-1.luna.akamaiapis.net';
const writeMs = 5;

interface World {
  readonly zones: readonly string[];
  readonly sets: Map<string, RecordSet>;
  readonly busy: Set<string>;
  readonly nonces: Set<string>;
  readonly credentials: Credentials;
  overlaps: number;
}

/** `zones` without a final dot. */
export async function startFakeAkamai(zones: readonly string[]): Promise<FakeAkamai> {
  const token = () => `akab-${randomBytes(12).toString('hex')}`;
  const credentials = { clientToken: token(), clientSecret: randomBytes(32).toString('base64'), accessToken: token() };
  const world: World = { zones, sets: new Map(), busy: new Set(), nonces: new Set(), credentials, overlaps: 0 };
  const server = await startFakeServer((request) => answer(request, world));
  return {
    server,
    host,
    credentials,
    get overlaps() {
      return world.overlaps;
    },
    put: (name, rdata) => void world.sets.set(name, { name, type: 'TXT', ttl: 300, rdata }),
    rdata: (name) => world.sets.get(name)?.rdata,
    values: (fqdn) =>
      (world.sets.get(fqdn.slice(0, -1))?.rdata ?? []).map((text) => quotedStrings(text)?.join('') ?? text),
    stop: () => server.stop(),
  };
}

async function answer(request: FakeRequest, world: World): Promise<FakeAnswer> {
  if (request.url.host !== host || request.url.protocol !== 'https:') return { status: 404 };
  if (!isSigned(request, world)) return problem(401, 'pep-authn', 'deny');
  const [, zone = '', name = ''] =
    /^\/config-dns\/v2\/zones\/([^/]+)\/names\/([^/]+)\/types\/TXT$/.exec(request.url.pathname) ?? [];
  if (!world.zones.includes(zone)) return problem(404, 'authoritative-dns', 'zoneNotFound');
  if (name !== zone && !name.endsWith(`.${zone}`)) return problem(400, 'authoritative-dns', 'invalidName');
  const found = world.sets.get(name);
  if (request.method === 'GET') {
    return found === undefined ? problem(404, 'authoritative-dns', 'recordSetNotFound') : { status: 200, json: found };
  }
  if (world.busy.has(zone)) {
    world.overlaps += 1;
    return problem(409, 'authoritative-dns', 'concurrentZoneModification');
  }
  world.busy.add(zone);
  await wait(writeMs);
  world.busy.delete(zone);
  return written(request, name, world.sets);
}

function written(request: FakeRequest, name: string, sets: Map<string, RecordSet>): FakeAnswer {
  const found = sets.get(name);
  if (request.method === 'DELETE') {
    return sets.delete(name) ? { status: 204 } : problem(404, 'authoritative-dns', 'recordSetNotFound');
  }
  const set = JSON.parse(request.body) as RecordSet;
  const strings = set.rdata.map(quotedStrings);
  const isValid = set.name === name && set.type === 'TXT' && set.ttl >= 0 && strings.length > 0;
  if (!isValid || strings.includes(undefined) || new Set(set.rdata).size < set.rdata.length) {
    return problem(400, 'authoritative-dns', 'invalidRdata');
  }
  if (request.method === 'POST' && found !== undefined)
    return problem(409, 'authoritative-dns', 'recordSetAlreadyExists');
  if (request.method === 'PUT' && found === undefined)
    return problem(400, 'authoritative-dns', 'recordSetDoesNotExist');
  sets.set(name, set);
  return { status: request.method === 'POST' ? 201 : 200, json: set };
}

/** Each request has an instance of its own. */
const problem = (status: number, service: string, name: string): FakeAnswer => ({
  status,
  json: {
    type: `https://problems.luna.akamaiapis.net/${service}/${name}`,
    title: name,
    status,
    instance: randomBytes(8).toString('hex'),
  },
});

/** The signature is computed from the parts of the header, as https://techdocs.akamai.com/developer/docs/edgegrid says. */
function isSigned({ method, url, headers, body }: FakeRequest, { credentials, nonces }: World): boolean {
  const header = headers['authorization'] ?? '';
  const [, unsigned, clientToken, accessToken, timestamp = '', nonce = '', signature] =
    /^(EG1-HMAC-SHA256 client_token=([^;]+);access_token=([^;]+);timestamp=([^;]+);nonce=([^;]+);)signature=(.+)$/.exec(
      header,
    ) ?? [];
  if (clientToken !== credentials.clientToken || accessToken !== credentials.accessToken) return false;
  const time = timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d:\d\d:\d\d)\+0000$/, '$1-$2-$3T$4Z');
  if (!(Math.abs(Date.parse(time) - Date.now()) < 30_000) || nonces.has(nonce)) return false;
  nonces.add(nonce);
  const hash = method === 'POST' ? createHash('sha256').update(body).digest('base64') : '';
  const parts = [method, 'https', url.host, url.pathname + url.search, '', hash, unsigned];
  const key = createHmac('sha256', credentials.clientSecret).update(timestamp).digest('base64');
  return createHmac('sha256', key).update(parts.join('\t')).digest('base64') === signature;
}
