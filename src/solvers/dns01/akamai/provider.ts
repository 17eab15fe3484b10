// Akamai Edge DNS (https://techdocs.akamai.com/edge-dns/reference). Its API has no versions of record sets to compare with: it refuses writes to
// a zone that overlap (409), and the last of those that do not wins. So this process writes to one zone after the other's turn, and a refused
// write begins anew with reading.
import { randomUUID } from 'node:crypto';
import type { AkamaiProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { type ApiAnswer, type ApiPeer, callApi, failureOf, textOf } from '../json-api.ts';
import { editUntilKept } from '../retried-edit.ts';
import { secretKeyOf, secretText } from '../secret-text.ts';
import { type EdgeGridCredentials, edgeGridHeader } from './edgegrid.ts';
import { type RecordSet, recordSetIn, type SetEdit, withoutValue, withValue } from './record-set.ts';
import { Turns } from './turns.ts';

const type = 'akamai';
const reading = 'read the TXT records';
const editing = 'change the TXT records';

/** One for a process: `turns` are its writers'. */
export function createAkamai(turns: Turns = new Turns()): Dns01Provider<AkamaiProvider> {
  return {
    type,
    needsZone: () => true,
    config: (solver) => solver.akamai,
    credentials: (config) =>
      [config.clientTokenSecretRef, config.clientSecretSecretRef, config.accessTokenSecretRef].map(secretKeyOf),
    open: async (config, io) => solverFor(await openSession(config, io), turns),
  };
}

type Call = (
  request: { readonly purpose: string; readonly method: string; readonly path: string; readonly set?: RecordSet },
  accepts: readonly number[],
  signal: AbortSignal,
) => Promise<ApiAnswer>;

interface Session {
  readonly host: string;
  readonly call: Call;
}

async function openSession(config: AkamaiProvider, io: Dns01Io): Promise<Session> {
  const credentials: EdgeGridCredentials = {
    clientToken: await secretText(io, type, 'akamai client token', secretKeyOf(config.clientTokenSecretRef)),
    clientSecret: await secretText(io, type, 'akamai client secret', secretKeyOf(config.clientSecretSecretRef)),
    accessToken: await secretText(io, type, 'akamai access token', secretKeyOf(config.accessTokenSecretRef)),
  };
  const host = config.serviceConsumerDomain
    .trim()
    .replace(/^https:\/\//, '')
    .replace(/\/+$/, '');
  if (!/^[A-Za-z0-9.-]+(:\d+)?$/.test(host)) {
    throw failureOf(type, 'sign requests')('NotConfigured', 'serviceConsumerDomain is not a host name');
  }
  const peer: ApiPeer = { provider: type, http: io.http.open(), now: io.now, codeOf };
  const call: Call = ({ purpose, method, path, set }, accepts, signal) => {
    const url = `https://${host}/config-dns/v2/${path}`;
    const body = set === undefined ? {} : { body: JSON.stringify(set) };
    const authorization = edgeGridHeader(credentials, { method, url, ...body }, { now: io.now(), nonce: randomUUID() });
    return callApi(peer, { purpose, method, url, headers: { authorization }, json: set, accepts }, signal);
  };
  return { host, call };
}

function solverFor(session: Session, turns: Turns): Dns01Solver {
  const inTurn = (record: TxtRecord, edit: (found: RecordSet | undefined) => SetEdit, signal: AbortSignal) =>
    turns.take(`${session.host} ${record.zone}`, () => edited(record, edit, session, signal), signal);
  return {
    add: async (record, signal) => {
      const edit = (found: RecordSet | undefined) => withValue(found, nameOf(record), record.value);
      if (await inTurn(record, edit, signal)) return;
      throw new ProviderError(type, 'ZoneNotFound', `akamai: there is no zone ${goQuote(bare(record.zone))}`);
    },
    remove: async (record, signal) => {
      // A zone that is gone has no record any more.
      await inTurn(record, (found) => withoutValue(found, record.value), signal);
    },
  };
}

const bare = (name: string) => name.replace(/\.$/, '');

function nameOf({ fqdn, zone }: TxtRecord): string {
  const [name, parent] = [bare(fqdn), bare(zone)];
  if (name.toLowerCase() === parent.toLowerCase() || name.toLowerCase().endsWith(`.${parent.toLowerCase()}`))
    return name;
  throw new ProviderError(type, 'ZoneNotFound', `akamai: ${fqdn} is not in zone ${goQuote(parent)}`);
}

/** False where the zone is not there. */
async function edited(
  record: TxtRecord,
  edit: (found: RecordSet | undefined) => SetEdit,
  { call }: Session,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `zones/${encodeURIComponent(bare(record.zone))}/names/${encodeURIComponent(nameOf(record))}/types/TXT`;
  let isThere = true;
  const attempt = async () => {
    const { status, json } = await call({ purpose: reading, method: 'GET', path }, [404], signal);
    const found = status === 404 ? undefined : recordSetIn(json);
    if (status !== 404 && found === undefined) {
      throw failureOf(type, reading)('BadAnswer', 'the answer is no record set');
    }
    const wanted = edit(found);
    if (wanted === undefined) return true;
    const answer = await write(path, wanted, call, signal);
    if (answer.status === 404 && wanted.kind === 'create') isThere = false;
    return answer.status < 300 || !isThere;
  };
  const givenUp = () => failureOf(type, editing)('Conflict', 'somebody else keeps changing the zone');
  await editUntilKept(attempt, givenUp, signal);
  return isThere;
}

/** 404: what is to be changed is gone, or the zone is; 409: what is to be made is there, or somebody else writes to the zone just now. */
function write(path: string, wanted: NonNullable<SetEdit>, call: Call, signal: AbortSignal): Promise<ApiAnswer> {
  const method = { create: 'POST', replace: 'PUT', delete: 'DELETE' }[wanted.kind];
  const set = wanted.kind === 'delete' ? {} : { set: wanted.set };
  return call({ purpose: editing, method, path, ...set }, [404, 409], signal);
}

const problems = 'https://problems.luna.akamaiapis.net/';

/** The last part of the problem's type: `recordSetNotFound`. */
function codeOf(json: unknown): unknown {
  const problem = textOf(json, 'type');
  return problem?.startsWith(problems) === true ? problem.split('/').at(-1) : undefined;
}
