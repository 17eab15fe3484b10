// A fake of DigitalOcean's API, version 2, made from its public description (https://docs.digitalocean.com/reference/api/): the records of
// domains with their credentials, pages and error answers. It is not DigitalOcean; what it does not know, it refuses.
import { bearerOf, type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from './fake-server.ts';

export interface FakeDigitalOcean {
  readonly server: FakeServer;
  readonly token: string;
  addDomain(name: string): void;
  records(domain: string): readonly FakeRecord[];
  /** Past the API. */
  addRecord(domain: string, record: Omit<FakeRecord, 'id'>): void;
}

export interface FakeRecord {
  readonly id: number;
  readonly type: string;
  /** Below the domain; `@` is the domain itself. */
  readonly name: string;
  readonly data: string;
  readonly ttl: number;
}

const origin = 'https://api.digitalocean.com';
/** Less than clients ask for, so that they must turn pages. The real one takes up to 200. */
const largestPage = 3;

const refused = (status: number, id: string, message: string): FakeAnswer => ({ status, json: { id, message } });
const notFound = refused(404, 'not_found', 'The resource you were accessing could not be found.');

export async function startFakeDigitalOcean(): Promise<FakeDigitalOcean> {
  const token = 'dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
  const domains = new Map<string, FakeRecord[]>();
  let ids = 28_448_428;
  const nextId = () => {
    ids += 1;
    return ids;
  };
  const server = await startFakeServer((request) =>
    bearerOf(request) === token
      ? route(request, domains, nextId)
      : refused(401, 'unauthorized', 'Unable to authenticate you.'),
  );
  return {
    server,
    token,
    addDomain: (name) => void domains.set(name, []),
    records: (domain) => domains.get(domain) ?? [],
    addRecord: (domain, record) => void domains.get(domain)?.push({ id: nextId(), ...record }),
  };
}

function route(request: FakeRequest, domains: ReadonlyMap<string, FakeRecord[]>, nextId: () => number): FakeAnswer {
  const { method, url } = request;
  const [, domain = '', id] =
    /^\/v2\/domains\/([^/]+)\/records(?:\/(\d+))?$/.exec(decodeURIComponent(url.pathname)) ?? [];
  const records = domains.get(domain);
  if (url.origin !== origin || records === undefined) return notFound;
  if (id === undefined && method === 'GET') return listed(request, domain, records);
  if (id === undefined && method === 'POST') return created(request.body, domain, records, nextId);
  if (id !== undefined && method === 'DELETE') return removed(Number(id), records);
  return refused(405, 'method_not_allowed', 'Method not allowed.');
}

function listed({ url }: FakeRequest, domain: string, records: readonly FakeRecord[]): FakeAnswer {
  const query = url.searchParams;
  const [type, name] = [query.get('type'), query.get('name')];
  const full = (record: FakeRecord) => (record.name === '@' ? domain : `${record.name}.${domain}`);
  const all = records.filter((each) => (type === null || each.type === type) && (name === null || full(each) === name));
  const [number, size] = [Number(query.get('page') ?? 1), Math.min(Number(query.get('per_page') ?? 20), largestPage)];
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (page: number) => `${origin}${url.pathname}?${new URLSearchParams([...query, ['page', String(page)]])}`;
  const pages = number < last ? { last: link(last), next: link(number + 1) } : { first: link(1) };
  return {
    status: 200,
    json: {
      domain_records: all.slice((number - 1) * size, number * size),
      links: last === 1 ? {} : { pages },
      meta: { total: all.length },
    },
  };
}

function created(body: string, domain: string, records: FakeRecord[], nextId: () => number): FakeAnswer {
  const { type, name, data, ttl } = JSON.parse(body) as Partial<Record<string, unknown>>;
  if (type !== 'TXT' || typeof name !== 'string' || name === '' || typeof data !== 'string' || data === '') {
    return refused(422, 'unprocessable_entity', "Name and data can't be blank.");
  }
  if (typeof ttl !== 'number' || ttl < 30) return refused(422, 'unprocessable_entity', 'TTL must be at least 30.');
  const isAbsolute = name.endsWith('.');
  if (isAbsolute && !name.endsWith(`${domain}.`)) return refused(422, 'unprocessable_entity', 'Name is invalid.');
  const relative = isAbsolute ? name.slice(0, -domain.length - 2) || '@' : name;
  // Nothing keeps a client from writing the same record twice.
  const record = { id: nextId(), type, name: relative, data, ttl };
  records.push(record);
  const more = { priority: null, port: null, weight: null, flags: null, tag: null };
  return { status: 201, json: { domain_record: { ...record, ...more } } };
}

function removed(id: number, records: FakeRecord[]): FakeAnswer {
  const index = records.findIndex((record) => record.id === id);
  if (index < 0) return notFound;
  records.splice(index, 1);
  return { status: 204 };
}
