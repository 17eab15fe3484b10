// Cloudflare: one record for each value. https://developers.cloudflare.com/api/resources/dns/subresources/records/
// The zone is looked up at Cloudflare, from the name upwards, as upstream does.
import type { CloudflareProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { memberOf } from '../json-api.ts';
import { txtValue } from '../txt-text.ts';
import { type Call, openClient } from './client.ts';
import { credentialsFor } from './credentials.ts';

const ttlSeconds = 120;
const pageSize = 100;
/** Far more than there can be under one name. */
const mostPages = 50;
/** Somebody else, or we before a crash, wrote the same record a moment ago. */
const existsCodes: readonly string[] = ['81057', '81058'];
const absentCode = '81044';

export const cloudflare: Dns01Provider<CloudflareProvider> = {
  type: 'cloudflare',
  needsZone: () => false,
  config: (solver) => solver.cloudflare,
  credentials: ({ apiKeySecretRef, apiTokenSecretRef }) =>
    [apiKeySecretRef, apiTokenSecretRef].flatMap((ref) =>
      ref === undefined ? [] : [{ name: ref.name, key: ref.key ?? '' }],
    ),
  open,
};

async function open(config: CloudflareProvider, io: Dns01Io): Promise<Dns01Solver> {
  io.signal.throwIfAborted();
  const credentials = await credentialsFor(config, io);
  return {
    async add(record, signal) {
      const call = await openClient(credentials, io, AbortSignal.any([io.signal, signal]));
      const zone = await zoneFor(record, call);
      if (zone === undefined) {
        const message = `Found no Zones for domain ${record.fqdn} (neither in the sub-domain nor in the SLD): does the credential have the permission Zone.Read for it?`;
        throw new ProviderError('cloudflare', 'ZoneNotFound', message);
      }
      if ((await recordIds(record, zone, call)).length === 0) await create(record, zone, call);
    },
    async remove(record, signal) {
      const call = await openClient(credentials, io, AbortSignal.any([io.signal, signal]));
      const zone = await zoneFor(record, call);
      if (zone === undefined) return;
      for (const id of await recordIds(record, zone, call)) await remove(id, zone, call);
    },
  };
}

/** The id of the zone with the longest name that holds the record. One that is active goes before others of that name. */
async function zoneFor({ fqdn }: TxtRecord, call: Call): Promise<string | undefined> {
  const labels = plain(fqdn).split('.');
  // No zone is a top level domain.
  for (let first = 0; first < labels.length - 1; first += 1) {
    const name = labels.slice(first).join('.');
    const found = await call('GET "/zones"', async (api) => itemsOf((await api.zones.list({ name })).result));
    const zones = found.filter((zone) => plain(zone.name) === name);
    const zone = zones.find(({ status }) => status === 'active') ?? zones[0];
    if (zone !== undefined) return zone.id;
  }
  return undefined;
}

/** The ids of all records with this name and value: there is one at most, unless Cloudflare took the same one twice. */
async function recordIds({ fqdn, value }: TxtRecord, zone: string, call: Call): Promise<readonly string[]> {
  const name = plain(fqdn);
  const ids: string[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const query = { zone_id: zone, type: 'TXT' as const, name: { exact: name }, per_page: pageSize, page };
    const { items, pages } = await call(`GET "/zones/${zone}/dns_records"`, async (api) => {
      const { result, result_info: info } = await api.dns.records.list(query);
      return { items: itemsOf(result), pages: memberOf(info, 'total_pages') };
    });
    const same = items.filter((each) => plain(each.name) === name && isValue(each.content, value));
    ids.push(...same.map(({ id }) => id));
    if (typeof pages === 'number' ? page >= pages : items.length < pageSize) break;
  }
  return ids;
}

async function create({ fqdn, value }: TxtRecord, zone: string, call: Call): Promise<void> {
  const record = { zone_id: zone, type: 'TXT' as const, name: plain(fqdn), content: value, ttl: ttlSeconds };
  await unless(
    existsCodes,
    call(`POST "/zones/${zone}/dns_records"`, (api) => api.dns.records.create(record)),
  );
}

async function remove(id: string, zone: string, call: Call): Promise<void> {
  const what = `DELETE "/zones/${zone}/dns_records"`;
  await unless(
    [absentCode],
    call(what, (api) => api.dns.records.delete(id, { zone_id: zone })),
  );
}

async function unless(codes: readonly string[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ProviderError) || !codes.includes(error.code)) throw error;
  }
}

interface Item {
  readonly id: string;
  readonly name: string;
  /** Of a zone. */
  readonly status: unknown;
  /** Of a record. */
  readonly content: unknown;
}

/** What is not as documented is left out; throws where it is no list at all. */
function itemsOf(result: unknown): readonly Item[] {
  if (!Array.isArray(result)) throw new TypeError('not a list');
  return result.flatMap((item: unknown) => {
    const [id, name, status, content] = ['id', 'name', 'status', 'content'].map((member) => memberOf(item, member));
    const isItem = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && typeof name === 'string';
    return isItem ? [{ id, name, status, content }] : [];
  });
}

/** Cloudflare answers values as they were written or quoted, as in a zone file. */
const isValue = (content: unknown, value: string) =>
  content === value || (typeof content === 'string' && txtValue(content) === value);

const plain = (name: string) => name.replace(/\.$/, '').toLowerCase();
