// A fake of Azure DNS, public and private (https://learn.microsoft.com/rest/api/dns), with what gives tokens for it: Entra ID and the identity
// endpoint of a node. It enforces versions, paths and bodies as published; it is no proof that Azure does just the same.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  bearerOf,
  type FakeAnswer,
  type FakeRequest,
  type FakeServer,
  formOf,
  startFakeServer,
} from './fake-server.ts';

export interface FakeAzureDns {
  readonly server: FakeServer;
  readonly account: typeof account;
  /** Puts a set into a zone past the API; `properties` as the API writes them. */
  put(zone: string, name: string, properties: object): void;
  /** The properties of a set; undefined where there is none. */
  properties(zone: string, name: string): unknown;
  /** The whole values of the TXT records with this name (final dot). */
  values(fqdn: string): readonly string[];
  stop(): Promise<void>;
}

const account = {
  subscriptionID: '22222222-0000-0000-0000-000000000001',
  resourceGroupName: 'dns-group',
  tenantID: '33333333-0000-0000-0000-000000000001',
  clientID: '44444444-0000-0000-0000-000000000001',
  clientSecret: `azure~${randomBytes(12).toString('hex')}`,
  /** What the cluster signed for the workload. */
  federatedToken: `eyJ.${randomBytes(12).toString('hex')}.x`,
  managedIdentityID: '55555555-0000-0000-0000-000000000001',
  managedIdentityResource:
    '/subscriptions/1/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/dns',
};

/** Resource Manager → its authority and the audience of its tokens. */
const clouds: Readonly<Record<string, readonly [authority: string, audience: string]>> = {
  'https://management.azure.com': ['https://login.microsoftonline.com', 'https://management.core.windows.net/'],
  'https://management.usgovcloudapi.net': [
    'https://login.microsoftonline.us',
    'https://management.core.usgovcloudapi.net/',
  ],
  'https://management.chinacloudapi.cn': [
    'https://login.chinacloudapi.cn',
    'https://management.core.chinacloudapi.cn/',
  ],
};

interface RecordSet {
  readonly etag: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Zone without a final dot → its record sets, by name. */
type Zones = Map<string, Map<string, RecordSet>>;

/** `zones` without a final dot. They are of one kind. */
export async function startFakeAzureDns(kind: 'public' | 'private', zones: readonly string[]): Promise<FakeAzureDns> {
  const world: Zones = new Map(zones.map((zone) => [zone, new Map()]));
  const service = services[kind];
  /** Token → its audience. */
  const tokens = new Map<string, string>();
  const server = await startFakeServer(
    (request) => signedIn(request, tokens) ?? answer(request, tokens, world, service),
  );
  const setsOf = (zone: string) => world.get(zone) ?? new Map<string, RecordSet>();
  return {
    server,
    account,
    put: (zone, name, properties) => void setsOf(zone).set(name, { etag: randomUUID(), properties: { ...properties } }),
    properties: (zone, name) => setsOf(zone).get(name)?.properties,
    values: (fqdn) =>
      [...world].flatMap(([zone, sets]) => {
        const found = sets.get(fqdn.slice(0, -zone.length - 2));
        return found === undefined ? [] : (stringsIn(found.properties, service) ?? []).map((each) => each.join(''));
      }),
    stop: () => server.stop(),
  };
}

interface Service {
  readonly zones: string;
  readonly apiVersion: string;
  readonly ttl: string;
  readonly records: string;
}

const services: Readonly<Record<'public' | 'private', Service>> = {
  public: { zones: 'dnsZones', apiVersion: '2018-05-01', ttl: 'TTL', records: 'TXTRecords' },
  private: { zones: 'privateDnsZones', apiVersion: '2024-06-01', ttl: 'ttl', records: 'txtRecords' },
};

function signedIn(request: FakeRequest, tokens: Map<string, string>): FakeAnswer | undefined {
  const { origin, pathname } = request.url;
  const grant = (audience: string): FakeAnswer => {
    const access_token = `eyJ0.${randomBytes(16).toString('base64url')}`;
    tokens.set(access_token, audience);
    return { status: 200, json: { token_type: 'Bearer', expires_in: 3599, access_token } };
  };
  if (origin === 'http://169.254.169.254') return nodeIdentity(request, grant);
  if (pathname !== `/${account.tenantID}/oauth2/v2.0/token`) return undefined;
  const form = formOf(request);
  const cloud = Object.values(clouds).find(([authority]) => authority === origin);
  const isFederated = form['client_assertion_type'] === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const [proof, expected] = isFederated
    ? [form['client_assertion'], account.federatedToken]
    : [form['client_secret'], account.clientSecret];
  if (form['grant_type'] !== 'client_credentials') return entraRefusal('unsupported_grant_type', 70003);
  if (form['client_id'] !== account.clientID) return entraRefusal('unauthorized_client', 700016);
  if (proof !== expected) return entraRefusal('invalid_client', 7000215);
  if (cloud === undefined || form['scope'] !== `${cloud[1]}/.default`) return entraRefusal('invalid_scope', 70011);
  return grant(cloud[1]);
}

function nodeIdentity({ method, url, headers }: FakeRequest, grant: (audience: string) => FakeAnswer): FakeAnswer {
  if (method !== 'GET' || url.pathname !== '/metadata/identity/oauth2/token') return { status: 404 };
  const [clientId, resourceId] = [url.searchParams.get('client_id'), url.searchParams.get('msi_res_id')];
  const isKnown =
    (clientId === null || clientId === account.managedIdentityID) &&
    (resourceId === null || resourceId === account.managedIdentityResource);
  if (headers['metadata'] !== 'true' || url.searchParams.get('api-version') !== '2018-02-01' || !isKnown) {
    return { status: 400, json: { error: 'invalid_request', error_description: 'Identity not found' } };
  }
  return grant(url.searchParams.get('resource') ?? '');
}

/** As Entra says it: with a trace, a correlation and a time that differ each time. */
function entraRefusal(error: string, code: number): FakeAnswer {
  const ids = { trace_id: randomUUID(), correlation_id: randomUUID(), timestamp: new Date().toISOString() };
  const error_description = `AADSTS${code}: refused. Trace ID: ${ids.trace_id} Correlation ID: ${ids.correlation_id}`;
  return { status: code === 70011 ? 400 : 401, json: { error, error_description, error_codes: [code], ...ids } };
}

function answer(request: FakeRequest, tokens: Map<string, string>, zones: Zones, service: Service): FakeAnswer {
  const { origin, pathname, searchParams } = request.url;
  const cloud = clouds[origin];
  if (cloud === undefined) return { status: 404 };
  const audience = tokens.get(bearerOf(request));
  if (audience === undefined || audience !== cloud[1]) return wrapped(401, 'InvalidAuthenticationToken');
  const [, subscription, group, kind, zone = '', name] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/(\w+)\/([^/]+)(?:\/TXT\/([^/]+))?$/.exec(
      pathname,
    ) ?? [];
  if (subscription !== account.subscriptionID) return wrapped(403, 'AuthorizationFailed');
  if (group !== account.resourceGroupName) return wrapped(404, 'ResourceGroupNotFound');
  if (kind !== service.zones || searchParams.get('api-version') !== service.apiVersion)
    return wrapped(400, 'InvalidResourceType');
  const sets = zones.get(zone);
  if (name === undefined)
    return sets === undefined ? wrapped(404, 'ResourceNotFound') : { status: 200, json: { name: zone } };
  if (sets === undefined) return wrapped(404, 'ParentResourceNotFound');
  return onSet(request, decodeURIComponent(name), sets, service);
}

function onSet(request: FakeRequest, name: string, sets: Map<string, RecordSet>, service: Service): FakeAnswer {
  const found = sets.get(name);
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const fails = (ifMatch !== undefined && ifMatch !== found?.etag) || (ifNoneMatch === '*' && found !== undefined);
  switch (request.method) {
    case 'GET':
      return found === undefined ? bare(404, 'NotFound') : { status: 200, json: { name, ...found } };
    case 'DELETE':
      if (found === undefined) return { status: 204 };
      if (fails) return bare(412, 'PreconditionFailed');
      sets.delete(name);
      return { status: 200 };
    case 'PUT': {
      if (fails) return bare(412, 'PreconditionFailed');
      const { properties } = JSON.parse(request.body) as { properties: Readonly<Record<string, unknown>> };
      const records = stringsIn(properties, service);
      if (records === undefined || records.length === 0) return bare(400, 'BadRequest');
      const isData = records.every((strings) => strings.length > 0 && strings.every((each) => each.length <= 255));
      const values = new Set(records.map((strings) => strings.join('')));
      if (!isData || values.size < records.length || typeof properties[service.ttl] !== 'number')
        return bare(400, 'BadRequest');
      sets.set(name, {
        etag: randomUUID(),
        properties: { fqdn: `${name}.`, provisioningState: 'Succeeded', ...properties },
      });
      return { status: found === undefined ? 201 : 200, json: { name, ...sets.get(name) } };
    }
    default:
      return { status: 405 };
  }
}

function stringsIn(properties: Readonly<Record<string, unknown>>, { records }: Service): string[][] | undefined {
  const list = properties[records] as { value: string[] }[] | undefined;
  return Array.isArray(list) ? list.map(({ value }) => value) : undefined;
}

/** Resource Manager's errors have an envelope, those of the DNS services have none. */
const wrapped = (status: number, code: string): FakeAnswer => ({ status, json: { error: bareError(code) } });
const bare = (status: number, code: string): FakeAnswer => ({ status, json: bareError(code) });
const bareError = (code: string) => ({ code, message: `The request ${randomUUID()} failed: ${code}.` });
