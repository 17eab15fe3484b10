// A fake of Google Cloud DNS (https://cloud.google.com/dns/docs/reference/rest/v1): managed zones, record sets with pages, and changes that are all
// or nothing and must name what is there. It enforces what is published; it is no proof that Google does just the same.
import { randomBytes } from 'node:crypto';
import { type FakeAnswer, type FakeRequest, type FakeServer, quotedStrings, startFakeServer } from './fake-server.ts';
import { GoogleTokens } from './google-tokens.ts';

export interface ManagedZone {
  readonly name: string;
  /** With a final dot. */
  readonly dnsName: string;
  readonly visibility: 'public' | 'private';
}

interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly rrdatas?: readonly string[];
}

export interface FakeCloudDns {
  readonly server: FakeServer;
  readonly tokens: GoogleTokens;
  readonly project: string;
  /** Changed at will by tests. */
  readonly zones: ManagedZone[];
  /** Puts a record set into a zone past the API. */
  put(zone: string, set: RecordSet): void;
  /** All of a zone. */
  records(zone: string): readonly RecordSet[];
  /** The whole values of the TXT records with this name in all zones. */
  values(fqdn: string): readonly string[];
  stop(): Promise<void>;
}

/** Google gives more at once; so few, so that lists have pages. */
const pageSize = 2;

export async function startFakeCloudDns(zones: ManagedZone[]): Promise<FakeCloudDns> {
  const tokens = new GoogleTokens();
  const world = new World(zones);
  const server = await startFakeServer((request) => tokens.answer(request) ?? answer(request, tokens, world));
  return {
    server,
    tokens,
    project: 'project-1',
    zones,
    put: (zone, set) => world.setsOf(zone).set(keyOf(set), set),
    records: (zone) => [...world.setsOf(zone).values()],
    values: (fqdn) => world.values(fqdn),
    stop: () => server.stop(),
  };
}

const keyOf = ({ name, type }: { name: string; type: string }) => `${name} ${type}`;

class World {
  readonly zones: readonly ManagedZone[];
  readonly #sets = new Map<string, Map<string, RecordSet>>();

  constructor(zones: readonly ManagedZone[]) {
    this.zones = zones;
  }

  setsOf(zone: string): Map<string, RecordSet> {
    const sets = this.#sets.get(zone) ?? new Map<string, RecordSet>();
    this.#sets.set(zone, sets);
    return sets;
  }

  values(fqdn: string): readonly string[] {
    const found = [...this.#sets.values()].flatMap((sets) => sets.get(`${fqdn} TXT`)?.rrdatas ?? []);
    return found.map((text) => quotedStrings(text)?.join('') ?? text);
  }
}

function answer(request: FakeRequest, tokens: GoogleTokens, world: World): FakeAnswer {
  if (request.url.origin !== 'https://dns.googleapis.com') return { status: 404 };
  if (!tokens.mayEditDns(request)) throw refusal(401, 'authError', 'Invalid Credentials');
  const [, project, path] = /^\/dns\/v1\/projects\/([^/]+)\/(.+)$/.exec(request.url.pathname) ?? [];
  if (project !== 'project-1') throw refusal(403, 'forbidden', 'Forbidden');
  if (path === 'managedZones') return managedZones(request, world);
  const [, name, what] = /^managedZones\/([^/]+)\/(rrsets|changes)$/.exec(path ?? '') ?? [];
  const zone = world.zones.find((each) => each.name === name);
  if (zone === undefined)
    throw refusal(404, 'notFound', `The 'parameters.managedZone' resource named '${name}' does not exist.`);
  if (what === 'rrsets') return recordSets(request, world.setsOf(zone.name));
  return changed(request, zone, world.setsOf(zone.name));
}

function managedZones({ url }: FakeRequest, { zones }: World): FakeAnswer {
  const dnsName = url.searchParams.get('dnsName');
  const found = zones.filter((zone) => dnsName === null || zone.dnsName === dnsName);
  return page(
    url,
    'managedZones',
    found.map((zone) => ({ kind: 'dns#managedZone', ...zone })),
  );
}

function recordSets({ url }: FakeRequest, sets: Map<string, RecordSet>): FakeAnswer {
  const [name, type] = [url.searchParams.get('name'), url.searchParams.get('type')];
  if (type !== null && name === null) throw refusal(400, 'invalid', "Invalid value for 'parameters.type'");
  const found = [...sets.values()].filter(
    (set) => (name === null || set.name === name) && (type === null || set.type === type),
  );
  return page(
    url,
    'rrsets',
    found.map((set) => ({ kind: 'dns#resourceRecordSet', signatureRrdatas: [], ...set })),
  );
}

function page(url: URL, member: string, all: readonly object[]): FakeAnswer {
  const start = Number(url.searchParams.get('pageToken') ?? 0);
  const next = start + pageSize < all.length ? { nextPageToken: `${start + pageSize}` } : {};
  return { status: 200, json: { [member]: all.slice(start, start + pageSize), ...next } };
}

interface Change {
  readonly additions?: readonly RecordSet[];
  readonly deletions?: readonly RecordSet[];
}

function changed(request: FakeRequest, { dnsName }: ManagedZone, sets: Map<string, RecordSet>): FakeAnswer {
  if (request.method !== 'POST') return { status: 405 };
  const { additions = [], deletions = [] } = JSON.parse(request.body) as Change;
  if (additions.length + deletions.length === 0) throw refusal(400, 'required', 'The change must have something');
  for (const [index, set] of deletions.entries()) {
    const found = sets.get(keyOf(set));
    const where = `entity.change.deletions[${index}]`;
    if (found === undefined)
      throw refusal(404, 'notFound', `The '${where}' resource named '${keyOf(set)}' does not exist.`);
    if (!isSame(set, found)) throw refusal(412, 'conditionNotMet', `Precondition not met for '${where}'`);
  }
  for (const [index, set] of additions.entries()) {
    const where = `entity.change.additions[${index}]`;
    if (!isValid(set, dnsName)) throw refusal(400, 'invalid', `Invalid value for '${where}'`);
    const isReplaced = deletions.some((each) => keyOf(each) === keyOf(set));
    if (sets.has(keyOf(set)) && !isReplaced) {
      throw refusal(409, 'alreadyExists', `The resource '${where}' named '${keyOf(set)}' already exists`);
    }
  }
  for (const set of deletions) sets.delete(keyOf(set));
  for (const { name, type, ttl, rrdatas = [] } of additions) sets.set(`${name} ${type}`, { name, type, ttl, rrdatas });
  const id = randomBytes(4).toString('hex');
  return { status: 200, json: { kind: 'dns#change', id, status: 'pending', additions, deletions } };
}

/** Google compares the data as a set. */
function isSame(given: RecordSet, found: RecordSet): boolean {
  const sorted = ({ rrdatas = [] }: RecordSet) => rrdatas.toSorted().join('\n');
  return given.ttl === found.ttl && sorted(given) === sorted(found);
}

function isValid({ name, type, ttl, rrdatas = [] }: RecordSet, dnsName: string): boolean {
  const isInZone = name === dnsName || name.endsWith(`.${dnsName}`);
  const isData = rrdatas.length > 0 && rrdatas.every((text) => quotedStrings(text) !== undefined);
  return isInZone && type === 'TXT' && ttl >= 0 && isData && new Set(rrdatas).size === rrdatas.length;
}

function refusal(code: number, reason: string, message: string): FakeAnswer {
  return { status: code, json: { error: { code, message, errors: [{ message, domain: 'global', reason }] } } };
}
