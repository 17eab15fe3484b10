// DigitalOcean: one record for each value. https://docs.digitalocean.com/reference/api/reference/domain-records/
// Only our own value is removed; upstream removes every TXT record with the name.
import type { DigitalOceanProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Http } from '../../../net/http.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { type ApiAnswer, type ApiPeer, callApi, failureOf, memberOf } from '../json-api.ts';
import { txtValue } from '../txt-text.ts';

const type = 'digitalocean';
const endpoint = 'https://api.digitalocean.com/v2/domains';
const ttlSeconds = 60;
const pageSize = 200;
/** Far more than there can be under one name. */
const mostPages = 50;

export const digitalOcean: Dns01Provider<DigitalOceanProvider> = {
  type,
  needsZone: () => true,
  config: (solver) => solver.digitalocean,
  credentials: ({ tokenSecretRef: { name, key = '' } }) => [{ name, key }],
  open,
};

async function open(config: DigitalOceanProvider, io: Dns01Io): Promise<Dns01Solver> {
  io.signal.throwIfAborted();
  const authorization = `Bearer ${await tokenOf(config, io)}`;
  const peer: ApiPeer = {
    provider: type,
    http: toldWhen(io.http.open(), io.now),
    now: io.now,
    codeOf: (json) => memberOf(json, 'id'),
  };
  const session = (record: TxtRecord, signal: AbortSignal): Session => ({
    record,
    call: ({ path = '', ...request }) => {
      const url = `${endpoint}/${encodeURIComponent(plain(record.zone))}/records${path}`;
      // A domain that is gone, or a record.
      return callApi(peer, { ...request, url, headers: { authorization }, accepts: [404] }, signal);
    },
  });
  return {
    async add(record, signal) {
      const here = session(record, signal);
      const ids = await recordIds(here);
      if (ids === undefined || (ids.length === 0 && !(await isCreated(here)))) {
        const failed = failureOf(type, 'add the TXT record');
        throw failed('ZoneNotFound', `the account has no domain ${goQuote(plain(record.zone))}`);
      }
    },
    async remove(record, signal) {
      const here = session(record, signal);
      for (const id of (await recordIds(here)) ?? []) {
        await here.call({ purpose: 'remove the TXT record', method: 'DELETE', path: `/${id}` });
      }
    },
  };
}

/** The limit of an hour is told as a time (`ratelimit-reset`, in seconds since 1970), that of a minute as Retry-After. */
function toldWhen(http: Http, now: () => Date): Http {
  return async (request, signal) => {
    const answer = await http(request, signal);
    const { 'retry-after': told, 'ratelimit-reset': reset } = answer.headers;
    if (answer.status !== 429 || told !== undefined || !/^\d{1,12}$/.test(reset ?? '')) return answer;
    const seconds = Math.max(0, Math.ceil(Number(reset) - now().getTime() / 1000));
    return { ...answer, headers: { ...answer.headers, 'retry-after': `${seconds}` } };
  };
}

interface Session {
  readonly record: TxtRecord;
  /** Below the records of the domain. 404 is an answer. */
  readonly call: (request: {
    readonly purpose: string;
    readonly method: string;
    readonly path?: string;
    readonly json?: unknown;
  }) => Promise<ApiAnswer>;
}

async function tokenOf({ tokenSecretRef: { name, key = '' } }: DigitalOceanProvider, io: Dns01Io): Promise<string> {
  const token = await io.secret(name, (data) =>
    Object.hasOwn(data, key) ? Buffer.from(data[key]!).toString('utf8').trim() : '',
  );
  if (token === undefined) {
    const message = `error getting digitalocean token: secret ${goQuote(name)} not found`;
    throw new ProviderError(type, 'NotConfigured', message);
  }
  if (token !== '') return token;
  const message = 'error instantiating digitalocean challenge solver: DigitalOcean token missing';
  throw new ProviderError(type, 'NotConfigured', message);
}

/** The ids of all records with this name and value; undefined where there is no such domain. */
async function recordIds({ record, call }: Session): Promise<readonly number[] | undefined> {
  const ids: number[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const query = new URLSearchParams({
      type: 'TXT',
      name: plain(record.fqdn),
      per_page: `${pageSize}`,
      page: `${page}`,
    });
    const { status, json } = await call({ purpose: 'list the TXT records', method: 'GET', path: `?${query}` });
    if (status === 404) return undefined;
    const records = memberOf(json, 'domain_records');
    if (!Array.isArray(records))
      throw failureOf(type, 'list the TXT records')('BadAnswer', 'the answer has no records');
    ids.push(...records.flatMap((found: unknown) => idIfSame(found, record) ?? []));
    if (typeof memberOf(json, 'links', 'pages', 'next') !== 'string') break;
  }
  return ids;
}

function idIfSame(found: unknown, { fqdn, zone, value }: TxtRecord): number | undefined {
  const [id, kind, name, data] = ['id', 'type', 'name', 'data'].map((member) => memberOf(found, member));
  if (typeof id !== 'number' || kind !== 'TXT' || typeof name !== 'string' || typeof data !== 'string')
    return undefined;
  const isNamed = plain(name) === relative(fqdn, zone) || plain(name) === plain(fqdn);
  return isNamed && (data === value || txtValue(data) === value) ? id : undefined;
}

/** False where there is no such domain. */
async function isCreated({ record, call }: Session): Promise<boolean> {
  const { fqdn, zone, value } = record;
  const json = { type: 'TXT', name: relative(fqdn, zone), data: value, ttl: ttlSeconds };
  const { status } = await call({ purpose: 'add the TXT record', method: 'POST', json });
  return status !== 404;
}

/** As DigitalOcean names records: below their domain, `@` for the domain itself. */
function relative(fqdn: string, zone: string): string {
  const [name, apex] = [plain(fqdn), plain(zone)];
  if (name === apex) return '@';
  return name.endsWith(`.${apex}`) ? name.slice(0, -apex.length - 1) : name;
}

const plain = (name: string) => name.replace(/\.$/, '').toLowerCase();
