// Azure DNS keeps the contract of DNS01 providers, before a fake that enforces its API.
import type { AzureDNSProvider } from '../../src/api/dns01.ts';
import { azureDns } from '../../src/solvers/dns01/azuredns/provider.ts';
import { type FakeAzureDns, startFakeAzureDns } from '../support/dns01-fakes/azuredns.ts';
import { secretsOf } from '../support/dns01-io.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const clientSecretSecretRef = { name: 'azure', key: 'client-secret' };
const signIn = 'azureDNS: cannot sign in to Azure';

function faults(zoneName: string): Pick<Dns01Peer, 'silent' | 'unreachable' | 'rateLimited' | 'garbled' | 'goneZone'> {
  const message = `azureDNS: Zone ${zoneName} not found in AzureDNS for domain _acme-challenge.gone.example.`;
  return {
    silent: silentHttp,
    unreachable: { ...unreachableHttp, code: 'Unreachable', message: `${signIn}: ECONNREFUSED` },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${signIn}: 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${signIn}: the answer is not JSON` },
    goneZone: { zone: 'gone.example.', code: 'ZoneNotFound', message },
  };
}

function missing(why: string) {
  return { code: 'NotConfigured', message: `error getting azuredns client secret: ${why}` };
}

async function publicPeer(): Promise<Dns01Peer> {
  const fake = await startFakeAzureDns('public', ['example.com']);
  const { subscriptionID, resourceGroupName, tenantID, clientID, clientSecret } = fake.account;
  const azureDNS = { subscriptionID, resourceGroupName, tenantID, clientID, clientSecretSecretRef };
  return {
    ...peerOf(fake, azureDNS),
    secrets: secretsOf({ azure: { 'client-secret': `${clientSecret}\n` } }),
    io: { http: fake.server.http },
    wrongCredentials: {
      secrets: secretsOf({ azure: { 'client-secret': 'another-secret' } }),
      code: 'Unauthorized',
      message: `${signIn}: 401 AADSTS7000215`,
    },
    missingSecret: ({ name }) => missing(`secret "${name}" not found`),
    missingKey: ({ name, key }) => missing(`no data at key "${key}" of secret "${name}"`),
    ...faults('gone.example.'),
  };
}

/** With the identity of the workload, a zone that is named, and another cloud. */
async function privatePeer(): Promise<Dns01Peer> {
  const fake = await startFakeAzureDns('private', ['example.com']);
  const { subscriptionID, resourceGroupName, tenantID, clientID, federatedToken } = fake.account;
  const azureDNS: AzureDNSProvider = {
    subscriptionID,
    resourceGroupName,
    hostedZoneName: 'example.com',
    zoneType: 'AzurePrivateZone',
    environment: 'AzureUSGovernmentCloud',
  };
  const environment = {
    AZURE_FEDERATED_TOKEN_FILE: '/var/run/token',
    AZURE_TENANT_ID: tenantID,
    AZURE_CLIENT_ID: clientID,
  };
  const { goneZone, ...others } = faults('gone.example');
  return {
    ...peerOf(fake, azureDNS),
    secrets: {},
    io: { http: fake.server.http, ambient: true, environment, readFile: async () => `${federatedToken}\n` },
    wrongCredentials: {
      io: { readFile: async () => 'another-token' },
      code: 'Unauthorized',
      message: `${signIn}: 401 AADSTS7000215`,
    },
    missingSecret: undefined,
    missingKey: undefined,
    ...others,
    goneZone: goneZone && { ...goneZone, solver: { azureDNS: { ...azureDNS, hostedZoneName: 'gone.example' } } },
  };
}

function peerOf(fake: FakeAzureDns, azureDNS: AzureDNSProvider) {
  return {
    solver: { azureDNS },
    zone: 'example.com.',
    values: async (fqdn: string) => fake.values(fqdn),
    stop: () => fake.stop(),
  };
}

dns01ProviderConformance('azureDNS with a client secret', { provider: azureDns, start: publicPeer });
dns01ProviderConformance('azureDNS in a private zone that is named, with workload identity', {
  provider: azureDns,
  start: privatePeer,
});
