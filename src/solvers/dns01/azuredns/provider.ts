// Azure DNS, public and private zones: one value of a TXT record set, written with the version that was read, so that nobody's change is lost.
// https://learn.microsoft.com/rest/api/dns/record-sets
import type { AzureDNSProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { type ApiAnswer, type ApiPeer, type ApiRequest, callApi, failureOf, memberOf, textOf } from '../json-api.ts';
import { editUntilKept } from '../retried-edit.ts';
import { secretKeyOf } from '../secret-text.ts';
import { type AzureCloud, cloudNamed, relativeName, serviceOf, urlOf } from './clouds.ts';
import { recordsIn, type SetEdit, withoutValue, withValue } from './record-set.ts';
import { type Credentials, credentialsFor, signIn } from './sign-in.ts';

const type = 'azureDNS';
const editing = failureOf(type, 'change the TXT records');

export const azureDns: Dns01Provider<AzureDNSProvider> = {
  type,
  needsZone: ({ hostedZoneName }) => !hostedZoneName,
  config: (solver) => solver.azureDNS,
  credentials: ({ clientSecretSecretRef: ref }) => (ref === undefined ? [] : [secretKeyOf(ref)]),
  open: async (config, io) => {
    const cloud = cloudNamed(config.environment);
    if (cloud === undefined) {
      const message = `unknown cloud configuration name: ${config.environment}`;
      throw new ProviderError(type, 'NotConfigured', `azureDNS: ${message}`);
    }
    return solverFor(config, cloud, io, await credentialsFor(config, io));
  },
};

interface Session {
  readonly config: AzureDNSProvider;
  readonly cloud: AzureCloud;
  readonly call: (request: ApiRequest) => Promise<ApiAnswer>;
}

function solverFor(config: AzureDNSProvider, cloud: AzureCloud, io: Dns01Io, credentials: Credentials): Dns01Solver {
  const session = async (signal: AbortSignal): Promise<Session> => {
    const authorization = `Bearer ${await signIn(credentials, cloud, io, signal)}`;
    const peer: ApiPeer = { provider: type, http: io.http.open(), now: io.now, codeOf };
    const call = (request: ApiRequest) =>
      callApi(peer, { ...request, headers: { ...request.headers, authorization } }, signal);
    return { config, cloud, call };
  };
  const service = serviceOf(config);
  return {
    add: async (record, signal) => {
      const here = await session(signal);
      const edit = (found: unknown) => withValue(found, record.value, service);
      if (!(await edited(record, edit, here, signal))) throw noZone(record, config);
    },
    remove: async (record, signal) => {
      const here = await session(signal);
      // A zone that is gone has no record any more.
      await edited(record, (found) => withoutValue(found, record.value, service), here, signal);
    },
  };
}

function noZone({ zone, fqdn }: TxtRecord, { hostedZoneName }: AzureDNSProvider): ProviderError {
  const name = hostedZoneName || zone;
  return new ProviderError(type, 'ZoneNotFound', `azureDNS: Zone ${name} not found in AzureDNS for domain ${fqdn}`);
}

/** False where the zone is not there. */
async function edited(
  record: TxtRecord,
  edit: (found: unknown) => SetEdit,
  { config, cloud, call }: Session,
  signal: AbortSignal,
): Promise<boolean> {
  const zone = (config.hostedZoneName || record.zone).replace(/\.$/, '');
  const name = relativeName(record.fqdn, zone);
  if (name === undefined) {
    throw new ProviderError(type, 'ZoneNotFound', `azureDNS: ${record.fqdn} is not in zone ${goQuote(zone)}`);
  }
  if (!config.hostedZoneName) {
    const purpose = `find zone ${goQuote(zone)}`;
    const { status } = await call({ purpose, method: 'GET', url: urlOf(config, cloud, zone), accepts: [404] });
    if (status === 404) return false;
  }
  const url = urlOf(config, cloud, zone, name);
  let isThere = true;
  const attempt = async () => {
    const { etag, properties } = await recordSet(url, config, call);
    const wanted = edit(properties);
    if (wanted === undefined) return true;
    const answer = await write(url, wanted, etag, call);
    if (answer.status === 404 && etag === undefined) isThere = false;
    return answer.status < 300 || !isThere;
  };
  await editUntilKept(attempt, () => editing('Conflict', 'somebody else keeps changing them'), signal);
  return isThere;
}

/** Both undefined where there is no such set. */
async function recordSet(
  url: string,
  config: AzureDNSProvider,
  call: Session['call'],
): Promise<{ etag: string | undefined; properties: unknown }> {
  const purpose = 'read the TXT records';
  const { status, json } = await call({ purpose, method: 'GET', url, accepts: [404] });
  if (status === 404) return { etag: undefined, properties: undefined };
  const [etag, properties] = [textOf(json, 'etag'), memberOf(json, 'properties')];
  if (etag === undefined || recordsIn(properties, serviceOf(config)) === undefined) {
    throw failureOf(type, purpose)('BadAnswer', 'the answer is no TXT record set');
  }
  return { etag, properties };
}

/** 404: the set, or the zone, is gone; 412: the set is not the one that was read. 409 is no such thing: a CNAME record has the name. */
function write(
  url: string,
  wanted: NonNullable<SetEdit>,
  etag: string | undefined,
  call: Session['call'],
): Promise<ApiAnswer> {
  const headers: Readonly<Record<string, string>> =
    etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag };
  const [method, json] = wanted.kind === 'put' ? ['PUT', { properties: wanted.properties }] : ['DELETE', undefined];
  return call({ purpose: 'change the TXT records', method, url, headers, json, accepts: [404, 412] });
}

/** Resource Manager wraps its errors, the DNS service does not. */
function codeOf(json: unknown): unknown {
  return memberOf(json, 'error', 'code') ?? memberOf(json, 'code');
}
