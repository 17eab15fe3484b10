// A fake of Cloudflare's API, version 4, made from its public description (https://developers.cloudflare.com/api/): zones and DNS records with
// their credentials, pages, conflicts and error answers. It is not Cloudflare; what it does not know, it refuses.
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from './fake-server.ts';

export interface FakeCloudflare {
  readonly server: FakeServer;
  readonly apiToken: string;
  readonly apiKey: string;
  readonly email: string;
  /** Answers the id. `status` as in the API: `active`, `pending`, `moved`. */
  addZone(name: string, status?: string): string;
  /** Of all zones with that name. */
  records(name: string): readonly FakeRecord[];
  /** Past the API. */
  addRecord(zoneId: string, record: Omit<FakeRecord, 'id'>): void;
}

export interface FakeRecord {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  /** As it is answered. */
  readonly content: string;
  readonly ttl: number;
}

interface Zone {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly records: FakeRecord[];
}

const origin = 'https://api.cloudflare.com';
const prefix = '/client/v4';
/** Less than clients ask for, so that they must turn pages. The real one takes up to 5,000,000. */
const largestPage = 3;
const mostTxtOfName = 8192;

/** What requests are refused with; thrown. */
function refusal(status: number, code: number, message: string, chain?: readonly object[]): FakeAnswer {
  const error = { code, message, ...(chain === undefined ? {} : { error_chain: chain }) };
  return { status, json: { success: false, errors: [error], messages: [], result: null } };
}

export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const credentials = {
    apiToken: 'v1-fake-token-with-the-permission-dns-write',
    apiKey: '0123456789abcdef0123456789abcdef01234',
    email: 'dns@example.com',
  };
  const zones: Zone[] = [];
  let ids = 0;
  const nextId = () => {
    ids += 1;
    return ids.toString(16).padStart(32, 'f');
  };
  const server = await startFakeServer((request) => {
    authenticate(request, credentials);
    return route(request, zones, nextId);
  });
  return {
    server,
    ...credentials,
    addZone: (name, status = 'active') => {
      const zone = { id: nextId(), name, status, records: [] };
      zones.push(zone);
      return zone.id;
    },
    records: (name) => zones.flatMap(({ records }) => records.filter((record) => record.name === name)),
    addRecord: (zoneId, record) => {
      zones.find(({ id }) => id === zoneId)?.records.push({ id: nextId(), ...record });
    },
  };
}

function authenticate({ headers }: FakeRequest, known: Pick<FakeCloudflare, 'apiToken' | 'apiKey' | 'email'>): void {
  const authorization = headers['authorization'];
  if (authorization !== undefined) {
    const [, token] = /^Bearer ([A-Za-z0-9_-]{40,80})$/.exec(authorization) ?? [];
    if (token === undefined) {
      const chain = [{ code: 6111, message: 'Invalid format for Authorization header' }];
      throw refusal(400, 6003, 'Invalid request headers', chain);
    }
    if (token !== known.apiToken) throw refusal(403, 9109, 'Invalid access token');
    return;
  }
  const [email, key] = [headers['x-auth-email'], headers['x-auth-key']];
  if (email === undefined || key === undefined)
    throw refusal(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers');
  if (email !== known.email || key !== known.apiKey) throw refusal(403, 9103, 'Unknown X-Auth-Key or X-Auth-Email');
}

function route(request: FakeRequest, zones: readonly Zone[], nextId: () => string): FakeAnswer {
  const { method, url } = request;
  const [path, query] = [decodeURIComponent(url.pathname), url.searchParams];
  if (url.origin !== origin) throw refusal(404, 7000, 'No route for that URI');
  if (path === `${prefix}/zones` && method === 'GET') {
    const name = query.get('name');
    return page(
      zones.filter((zone) => name === null || zone.name === name).map(({ records: _, ...zone }) => zone),
      query,
    );
  }
  const [, zoneId, recordId] = /^\/client\/v4\/zones\/([^/]+)\/dns_records(?:\/([^/]+))?$/.exec(path) ?? [];
  if (zoneId === undefined) throw refusal(404, 7000, 'No route for that URI');
  const zone = zones.find(({ id }) => id === zoneId);
  if (zone === undefined)
    throw refusal(
      404,
      7003,
      `Could not route to ${path.slice(prefix.length)}, perhaps your object identifier is invalid?`,
    );
  if (recordId === undefined && method === 'GET') return page(matching(zone.records, query), query);
  if (recordId === undefined && method === 'POST') return created(request.body, zone, nextId);
  if (recordId !== undefined && method === 'DELETE') return removed(recordId, zone);
  throw refusal(405, 10405, 'Method not allowed for this authentication scheme');
}

function matching(records: readonly FakeRecord[], query: URLSearchParams): readonly FakeRecord[] {
  const wanted = { type: query.get('type'), name: query.get('name.exact') ?? query.get('name') };
  return records.filter(
    ({ type, name }) => (wanted.type ?? type) === type && (wanted.name ?? name).toLowerCase() === name.toLowerCase(),
  );
}

function page(all: readonly object[], query: URLSearchParams): FakeAnswer {
  const [number, asked] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 20)];
  if (!(number >= 1) || !(asked >= 1)) throw refusal(400, 1004, 'DNS Validation Error');
  const size = Math.min(asked, largestPage);
  const result = all.slice((number - 1) * size, number * size);
  const info = { page: number, per_page: size, count: result.length, total_count: all.length };
  return succeeded(result, { result_info: { ...info, total_pages: Math.ceil(all.length / size) } });
}

const succeeded = (result: unknown, more: object = {}): FakeAnswer => ({
  status: 200,
  json: { success: true, errors: [], messages: [], result, ...more },
});

function created(body: string, zone: Zone, nextId: () => string): FakeAnswer {
  const { type, name, content, ttl } = JSON.parse(body) as Partial<Record<string, unknown>>;
  if (type !== 'TXT' || typeof name !== 'string' || typeof content !== 'string' || content === '') {
    throw refusal(400, 9000, 'DNS name is invalid.');
  }
  if (typeof ttl !== 'number' || (ttl !== 1 && (ttl < 60 || ttl > 86_400))) {
    throw refusal(400, 9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.');
  }
  const isWithin = name === zone.name || name.endsWith(`.${zone.name}`);
  if (!isWithin || name.endsWith('.')) throw refusal(400, 9000, 'DNS name is invalid.');
  const siblings = zone.records.filter((record) => record.type === type && record.name === name);
  if (siblings.some((record) => unquoted(record.content) === unquoted(content))) {
    throw refusal(400, 81058, 'An identical record already exists.');
  }
  if ([...siblings, { content }].reduce((sum, each) => sum + each.content.length, 0) > mostTxtOfName) {
    throw refusal(400, 81089, 'The combined content of the TXT records with this name is too long.');
  }
  // Values that do not fit one string come back as several.
  const record = { id: nextId(), type, name, content: content.length > 255 ? quoted(content) : content, ttl };
  zone.records.push(record);
  return succeeded(record);
}

function removed(recordId: string, zone: Zone): FakeAnswer {
  const index = zone.records.findIndex(({ id }) => id === recordId);
  if (index < 0) throw refusal(404, 81044, 'Record does not exist.');
  zone.records.splice(index, 1);
  return succeeded({ id: recordId });
}

const quoted = (content: string) => (content.match(/.{1,255}/gs) ?? []).map((part) => `"${part}"`).join(' ');

/** The value of a record, whole. */
export const unquoted = (content: string) =>
  content.startsWith('"') ? content.slice(1, -1).replaceAll(/"\s+"/g, '') : content;
