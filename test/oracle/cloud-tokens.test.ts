// Google's and Azure's own libraries sign in at our fakes, as our code does: so the fakes ask for no more, and no other, than the libraries send.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ClientSecretCredential } from '@azure/identity';
import type { HttpAccess } from '../../src/net/http.ts';
import { type FakeAzureDns, startFakeAzureDns } from '../support/dns01-fakes/azuredns.ts';
import { type FakeCloudDns, startFakeCloudDns } from '../support/dns01-fakes/clouddns.ts';

const signal = new AbortController().signal;
const scope = 'https://www.googleapis.com/auth/ndev.clouddns.readwrite';

/** `fetch` through the HTTP that leads to a fake. */
const fetchThrough =
  (access: HttpAccess): typeof fetch =>
  async (input, init = {}) => {
    const request = new Request(input, init);
    const body = await request.text();
    const headers = Object.fromEntries(request.headers);
    const sent = { method: request.method, url: request.url, headers, ...(body === '' ? {} : { body }) };
    const answer = await access.open()(sent, signal);
    return new Response(new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
  };

describe("Google's library", () => {
  let fake: FakeCloudDns;
  before(async () => {
    fake = await startFakeCloudDns([{ name: 'example-com', dnsName: 'example.com.', visibility: 'public' }]);
  });
  after(() => fake.stop());

  it('gets tokens with each kind of credentials, and reads records with them', async () => {
    const { Impersonated, JWT, UserRefreshClient } = await import('google-auth-library');
    const { tokens, server } = fake;
    const options = { transporterOptions: { fetchImplementation: fetchThrough(server.http) } };
    const key = JSON.parse(tokens.serviceAccount());
    const user = JSON.parse(tokens.authorizedUser());
    const asUser = { clientId: user.client_id, clientSecret: user.client_secret, refreshToken: user.refresh_token };
    const sourceClient = new UserRefreshClient({ ...asUser, ...options });
    const targetPrincipal = /serviceAccounts\/(.+):/.exec(tokens.impersonationUrl)?.[1] ?? '';
    const clients = [
      new JWT({ email: key.client_email, key: key.private_key, keyId: key.private_key_id, scopes: scope, ...options }),
      sourceClient,
      new Impersonated({ sourceClient, targetPrincipal, targetScopes: [scope], ...options }),
    ];
    for (const client of clients) {
      const url = 'https://dns.googleapis.com/dns/v1/projects/project-1/managedZones';
      const { data } = await client.request<{ managedZones: unknown[] }>({ url });
      assert.equal(data.managedZones.length, 1);
    }
  });
});

describe("Azure's library", () => {
  let fake: FakeAzureDns;
  before(async () => {
    fake = await startFakeAzureDns('public', ['example.com']);
  });
  after(() => fake.stop());

  it('gets tokens with a secret and with a token of the workload, and reads zones with them', async () => {
    const { ClientAssertionCredential, ClientSecretCredential } = await import('@azure/identity');
    const { tenantID, clientID, clientSecret, federatedToken, subscriptionID, resourceGroupName } = fake.account;
    const authority = `https://login.microsoftonline.com/${tenantID}`;
    // The library asks where the endpoints are before it asks for anything else.
    fake.server.intercept = ({ url }) =>
      url.pathname.endsWith('/.well-known/openid-configuration')
        ? {
            status: 200,
            json: {
              issuer: `${authority}/v2.0`,
              authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
              token_endpoint: `${authority}/oauth2/v2.0/token`,
            },
          }
        : undefined;
    const options = { disableInstanceDiscovery: true, httpClient: clientThrough(fake.server.http) };
    const credentials = [
      new ClientSecretCredential(tenantID, clientID, clientSecret, options),
      new ClientAssertionCredential(tenantID, clientID, async () => federatedToken, options),
    ];
    const group = `subscriptions/${subscriptionID}/resourceGroups/${resourceGroupName}`;
    const zone = `${group}/providers/Microsoft.Network/dnsZones/example.com`;
    for (const credential of credentials) {
      const { token } = await credential.getToken('https://management.core.windows.net//.default');
      const url = `https://management.azure.com/${zone}?api-version=2018-05-01`;
      const answer = await fetchThrough(fake.server.http)(url, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 200);
    }
  });
});

type AzureHttpClient = NonNullable<NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>['httpClient']>;

/** The HTTP client of Azure's libraries, through the HTTP that leads to a fake. */
function clientThrough(access: HttpAccess): AzureHttpClient {
  return {
    sendRequest: async (request) => {
      const { method, url } = request;
      const body = typeof request.body === 'string' ? { body: request.body } : {};
      const answer = await access.open()({ method, url, headers: request.headers.toJSON(), ...body }, signal);
      const headers = request.headers;
      return { request, status: answer.status, headers, bodyAsText: answer.body.toString('utf8') };
    },
  };
}
