// Google Cloud DNS: one value of a TXT record set, added or removed by a change that fails where somebody else was faster.
// https://cloud.google.com/dns/docs/reference/rest/v1. It does not wait until a change is `done`: the self-check asks the servers themselves.
import type { CloudDNSProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { type ApiAnswer, type ApiPeer, callApi, failureOf, memberOf, textOf } from '../json-api.ts';
import { editUntilKept } from '../retried-edit.ts';
import { secretKeyOf, secretText } from '../secret-text.ts';
import { additionOf, type RecordSet, recordSetIn, removalOf, type ZoneChange, zoneAmong } from './change.ts';
import { type GoogleCredentials, parseCredentials, parseServiceAccountKey } from './credentials.ts';
import { fileText, signIn } from './sign-in.ts';

const type = 'cloudDNS';
const endpoint = 'https://dns.googleapis.com/dns/v1/projects';
/** Far more than there can be under one name. */
const mostPages = 50;

export const cloudDns: Dns01Provider<CloudDNSProvider> = {
  type,
  needsZone: ({ hostedZoneName }) => !hostedZoneName,
  config: (solver) => solver.cloudDNS,
  credentials: ({ serviceAccountSecretRef: ref }) => (ref === undefined ? [] : [secretKeyOf(ref)]),
  open: async (config, io) => solverFor(config, io, await credentialsFor(config, io)),
};

async function credentialsFor(config: CloudDNSProvider, io: Dns01Io): Promise<GoogleCredentials | 'metadata'> {
  const failed = failureOf(type, 'sign in to Google Cloud');
  if (config.serviceAccountSecretRef !== undefined) {
    const ref = secretKeyOf(config.serviceAccountSecretRef);
    const key = parseServiceAccountKey(await secretText(io, type, 'clouddns service account', ref));
    if (key !== undefined) return key;
    throw failed('NotConfigured', `secret ${goQuote(ref.name)} has no service account key at ${goQuote(ref.key)}`);
  }
  if (!io.ambient) {
    const why = 'empty credentials; perhaps you meant to enable ambient credentials?';
    throw new ProviderError(type, 'NotConfigured', `unable to construct clouddns provider: ${why}`);
  }
  const path = io.environment['GOOGLE_APPLICATION_CREDENTIALS'];
  if (!path) return 'metadata';
  const file = 'the file that GOOGLE_APPLICATION_CREDENTIALS names';
  const credentials = parseCredentials(await fileText(io, path, file));
  if (credentials !== undefined) return credentials;
  throw failed('NotConfigured', `${file} has no credentials of a known kind`);
}

interface Session {
  readonly config: CloudDNSProvider;
  readonly call: (purpose: string, path: string, options?: CallOptions) => Promise<ApiAnswer>;
}

interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly accepts?: readonly number[];
}

function solverFor(config: CloudDNSProvider, io: Dns01Io, credentials: GoogleCredentials | 'metadata'): Dns01Solver {
  const session = async (signal: AbortSignal): Promise<Session> => {
    const authorization = `Bearer ${await signIn(credentials, io, signal)}`;
    const peer: ApiPeer = { provider: type, http: io.http.open(), now: io.now, codeOf: reasonOf, rateLimitCodes };
    return {
      config,
      call: (purpose, path, { query, ...options } = {}) => {
        const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
        const url = `${endpoint}/${encodeURIComponent(config.project)}/${path}${search}`;
        const method = options.json === undefined ? 'GET' : 'POST';
        return callApi(peer, { purpose, method, url, headers: { authorization }, ...options }, signal);
      },
    };
  };
  return {
    add: async (record, signal) => {
      const here = await session(signal);
      const zone = await zoneFor(record, here);
      if (zone === undefined) throw noZone(`No matching GoogleCloud domain found for domain ${record.zone}`);
      const edit = (found: RecordSet | undefined) => additionOf(found, record.fqdn, record.value);
      const isDone = await edited(record, zone, edit, here, signal);
      if (!isDone) throw noZone(`there is no managed zone ${goQuote(zone)} in project ${goQuote(config.project)}`);
    },
    remove: async (record, signal) => {
      const here = await session(signal);
      const zone = await zoneFor(record, here);
      // A zone that is gone has no record any more.
      if (zone !== undefined) await edited(record, zone, (found) => removalOf(found, record.value), here, signal);
    },
  };
}

const noZone = (message: string) => new ProviderError(type, 'ZoneNotFound', `cloudDNS: ${message}`);

async function zoneFor(record: TxtRecord, { config, call }: Session): Promise<string | undefined> {
  if (config.hostedZoneName) return config.hostedZoneName;
  const purpose = `list the managed zones of project ${goQuote(config.project)}`;
  const query = { dnsName: record.zone };
  return zoneAmong((await allPages(purpose, 'managedZones', 'managedZones', query, call)) ?? []);
}

/** False where the zone is not there. */
async function edited(
  record: TxtRecord,
  zone: string,
  edit: (found: RecordSet | undefined) => ZoneChange | undefined,
  { call }: Session,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `managedZones/${encodeURIComponent(zone)}`;
  const query = { name: record.fqdn, type: 'TXT' };
  let isThere = true;
  const attempt = async () => {
    const rrsets = await allPages('read the TXT records', `${path}/rrsets`, 'rrsets', query, call);
    isThere = rrsets !== undefined;
    if (rrsets === undefined) return true;
    const found = recordSetIn(rrsets, record.fqdn);
    if (found === 'unusable') throw failureOf(type, 'change the TXT records')('Conflict', 'they have a routing policy');
    const change = edit(found);
    if (change === undefined) return true;
    // 404: what is to be deleted is gone; 409: what is to be added is there; 412: what is to be deleted has changed.
    const answer = await call('change the TXT records', `${path}/changes`, { json: change, accepts: [404, 409, 412] });
    return answer.status < 300;
  };
  const givenUp = () => failureOf(type, 'change the TXT records')('Conflict', 'somebody else keeps changing them');
  await editUntilKept(attempt, givenUp, signal);
  return isThere;
}

/** All of a list; undefined where its parent is not there. */
async function allPages(
  purpose: string,
  path: string,
  member: string,
  query: Readonly<Record<string, string>>,
  call: Session['call'],
): Promise<readonly unknown[] | undefined> {
  const all: unknown[] = [];
  let page: Readonly<Record<string, string>> = {};
  for (let number = 0; number < mostPages; number += 1) {
    const { status, json } = await call(purpose, path, { query: { ...query, ...page }, accepts: [404] });
    if (status === 404) return undefined;
    const items = memberOf(json, member) ?? [];
    if (typeof json !== 'object' || json === null || !Array.isArray(items)) {
      throw failureOf(type, purpose)('BadAnswer', 'the answer is no list');
    }
    all.push(...items);
    const pageToken = textOf(json, 'nextPageToken');
    if (!pageToken) return all;
    page = { pageToken };
  }
  throw failureOf(type, purpose)('TooLarge', 'the list has too many pages');
}

const rateLimitCodes = ['rateLimitExceeded', 'userRateLimitExceeded', 'dailyLimitExceeded'];

/** The first `reason` of an error, which says more than its status: `forbidden`, `accessNotConfigured`, `rateLimitExceeded`. */
function reasonOf(json: unknown): unknown {
  const errors = memberOf(json, 'error', 'errors');
  return (Array.isArray(errors) ? textOf(errors[0], 'reason') : undefined) ?? textOf(json, 'error', 'status');
}
