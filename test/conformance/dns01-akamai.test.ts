// Edge DNS keeps the contract of DNS01 providers, before a fake that enforces its API.
import { createAkamai } from '../../src/solvers/dns01/akamai/provider.ts';
import { startFakeAkamai } from '../support/dns01-fakes/akamai.ts';
import { secretsOf } from '../support/dns01-io.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const keys = { 'client-token': 'client token', 'client-secret': 'client secret', 'access-token': 'access token' };
const reading = 'akamai: cannot read the TXT records';

function missing(key: string, why: string) {
  const what = keys[key as keyof typeof keys];
  return { code: 'NotConfigured', message: `error getting akamai ${what}: ${why}` };
}

async function start(): Promise<Dns01Peer> {
  const fake = await startFakeAkamai(['example.com']);
  const { clientToken, clientSecret, accessToken } = fake.credentials;
  const ref = (key: keyof typeof keys) => ({ name: 'akamai', key });
  const texts = { 'client-token': clientToken, 'client-secret': clientSecret, 'access-token': `${accessToken}\n` };
  return {
    solver: {
      akamai: {
        serviceConsumerDomain: fake.host,
        clientTokenSecretRef: ref('client-token'),
        clientSecretSecretRef: ref('client-secret'),
        accessTokenSecretRef: ref('access-token'),
      },
    },
    secrets: secretsOf({ akamai: texts }),
    io: { http: fake.server.http },
    zone: 'example.com.',
    values: async (fqdn) => fake.values(fqdn),
    wrongCredentials: {
      secrets: secretsOf({ akamai: { ...texts, 'client-secret': 'another-secret' } }),
      code: 'Unauthorized',
      message: `${reading}: 401 deny`,
    },
    // All three are in one Secret: the first that is asked for is missing.
    missingSecret: ({ name }) => missing('client-token', `secret "${name}" not found`),
    missingKey: ({ name, key }) => missing(key, `no data at key "${key}" of secret "${name}"`),
    goneZone: { zone: 'gone.example.', code: 'ZoneNotFound', message: 'akamai: there is no zone "gone.example"' },
    silent: silentHttp,
    unreachable: { ...unreachableHttp, code: 'Unreachable', message: `${reading}: ECONNREFUSED` },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${reading}: 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${reading}: the answer is not JSON` },
    stop: () => fake.stop(),
  };
}

dns01ProviderConformance('akamai', { provider: createAkamai(), start });
