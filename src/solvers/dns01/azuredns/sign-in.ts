// Access tokens for Azure's Resource Manager: a client secret, a workload's own token (federation), or the managed identity of the node.
// Azure's own library does the same, but reads the process's environment and files itself and takes 40 MB; see docs/adr.
import type { AzureDNSProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import type { Dns01Io } from '../../dns01.ts';
import { type ApiPeer, type ApiRequest, callApi, failureOf, memberOf, oauthCodeOf, textOf } from '../json-api.ts';
import { secretKeyOf, secretText } from '../secret-text.ts';
import type { AzureCloud } from './clouds.ts';

const type = 'azureDNS';
const purpose = 'sign in to Azure';
const failed = failureOf(type, purpose);
/** Known without DNS, and never reached through a proxy. */
const identityEndpoint = 'http://169.254.169.254';
const identityTimeoutMs = 5_000;

type Form = Readonly<Record<string, string>>;

/** How to sign in, with all that it needs; no request has been made yet. */
export type Credentials =
  | { readonly kind: 'client'; readonly tenant: string; readonly clientId: string; readonly proof: Form }
  | { readonly kind: 'managedIdentity'; readonly endpoint: string; readonly identity: Form };

/** Rejects with ProviderError. */
export async function credentialsFor(config: AzureDNSProvider, io: Dns01Io): Promise<Credentials> {
  const { clientID: clientId, clientSecretSecretRef, tenantID: tenant } = config;
  if (clientId) {
    if (clientSecretSecretRef === undefined || !tenant) {
      throw failed('NotConfigured', 'clientID needs tenantID and clientSecretSecretRef');
    }
    const client_secret = await secretText(io, type, 'azuredns client secret', secretKeyOf(clientSecretSecretRef));
    return { kind: 'client', tenant, clientId, proof: { client_secret } };
  }
  if (!io.ambient) {
    throw new ProviderError(
      type,
      'NotConfigured',
      'ClientID was omitted without providing one of `--cluster-issuer-ambient-credentials` or `--issuer-ambient-credentials`. These are necessary to enable Azure Managed Identities',
    );
  }
  return ambientCredentials(config, io);
}

async function ambientCredentials({ managedIdentity }: AzureDNSProvider, io: Dns01Io): Promise<Credentials> {
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_TENANT_ID, AZURE_CLIENT_ID } = io.environment;
  if (!file) {
    const { clientID: client_id, resourceID: msi_res_id } = managedIdentity ?? {};
    const endpoint = io.environment['AZURE_POD_IDENTITY_AUTHORITY_HOST'] || identityEndpoint;
    const identity = { ...(client_id ? { client_id } : {}), ...(msi_res_id ? { msi_res_id } : {}) };
    return { kind: 'managedIdentity', endpoint: endpoint.replace(/\/+$/, ''), identity };
  }
  const tenant = managedIdentity?.tenantID || AZURE_TENANT_ID;
  const clientId = managedIdentity?.clientID || AZURE_CLIENT_ID;
  if (!tenant || !clientId)
    throw failed('NotConfigured', 'workload identity needs AZURE_TENANT_ID and AZURE_CLIENT_ID');
  const proof = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await federatedToken(file, io),
  };
  return { kind: 'client', tenant, clientId, proof };
}

async function federatedToken(path: string, io: Dns01Io): Promise<string> {
  try {
    return (await io.readFile(path)).trim();
  } catch (cause) {
    throw failed('NotConfigured', 'the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read', { cause });
  }
}

/** Rejects with ProviderError, or with the signal's reason. */
export async function signIn(
  credentials: Credentials,
  cloud: AzureCloud,
  io: Dns01Io,
  signal: AbortSignal,
): Promise<string> {
  const [request, proxied] =
    credentials.kind === 'client'
      ? [clientRequest(credentials, cloud), true]
      : [identityRequest(credentials, cloud), false];
  const http = io.http.open(proxied ? {} : { proxied });
  const peer: ApiPeer = { provider: type, http, now: io.now, codeOf: entraCodeOf };
  const { json } = await callApi(peer, { purpose, ...request }, signal);
  const token = textOf(json, 'access_token');
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw failed('BadAnswer', 'the answer has no token');
  return token;
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
function clientRequest(
  { tenant, clientId, proof }: Credentials & { kind: 'client' },
  { authority, audience }: AzureCloud,
): Omit<ApiRequest, 'purpose'> {
  const form = { grant_type: 'client_credentials', client_id: clientId, scope: `${audience}/.default`, ...proof };
  return { method: 'POST', url: `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, form };
}

/** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
function identityRequest(
  { endpoint, identity }: Credentials & { kind: 'managedIdentity' },
  { audience }: AzureCloud,
): Omit<ApiRequest, 'purpose'> {
  const query = new URLSearchParams({ 'api-version': '2018-02-01', resource: audience, ...identity });
  const url = `${endpoint}/metadata/identity/oauth2/token?${query}`;
  return { method: 'GET', url, headers: { metadata: 'true' }, timeoutMs: identityTimeoutMs };
}

/** Entra's own numbers say more than OAuth's codes, and do not change from one request to the next. */
function entraCodeOf(json: unknown): unknown {
  const numbers = memberOf(json, 'error_codes');
  const first: unknown = Array.isArray(numbers) ? numbers[0] : undefined;
  return Number.isSafeInteger(first) ? `AADSTS${first}` : oauthCodeOf(json);
}
