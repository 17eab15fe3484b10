// Cloud DNS keeps the contract of DNS01 providers, before a fake that enforces its API.
import { cloudDns } from '../../src/solvers/dns01/clouddns/provider.ts';
import { startFakeCloudDns } from '../support/dns01-fakes/clouddns.ts';
import { GoogleTokens } from '../support/dns01-fakes/google-tokens.ts';
import { secretsOf } from '../support/dns01-io.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const publicZone = { name: 'example-com', dnsName: 'example.com.', visibility: 'public' } as const;
const serviceAccountSecretRef = { name: 'google', key: 'key.json' };

async function start(config: { readonly hostedZoneName?: string; readonly ambient?: boolean }): Promise<Dns01Peer> {
  const { hostedZoneName, ambient = false } = config;
  const fake = await startFakeCloudDns([{ ...publicZone, name: 'inside', visibility: 'private' }, publicZone]);
  const zoneName = hostedZoneName === undefined ? {} : { hostedZoneName };
  const cloudDNS = { project: fake.project, ...(ambient ? {} : { serviceAccountSecretRef }), ...zoneName };
  const missing = (why: string) => ({
    code: 'NotConfigured',
    message: `error getting clouddns service account: ${why}`,
  });
  const signIn = 'cloudDNS: cannot sign in to Google Cloud';
  const noZone = { code: 'ZoneNotFound', zone: 'gone.example.' };
  return {
    solver: { cloudDNS },
    secrets: ambient ? {} : secretsOf({ google: { 'key.json': `${fake.tokens.serviceAccount()}\n` } }),
    io: { http: fake.server.http, ambient },
    zone: 'example.com.',
    values: async (fqdn) => fake.values(fqdn),
    wrongCredentials: ambient
      ? undefined
      : {
          secrets: secretsOf({ google: { 'key.json': new GoogleTokens().serviceAccount() } }),
          code: 'invalid_grant',
          message: `${signIn}: 400 invalid_grant`,
        },
    missingSecret: ambient ? undefined : ({ name }) => missing(`secret "${name}" not found`),
    missingKey: ambient ? undefined : ({ name, key }) => missing(`no data at key "${key}" of secret "${name}"`),
    goneZone:
      hostedZoneName === undefined
        ? { ...noZone, message: 'cloudDNS: No matching GoogleCloud domain found for domain gone.example.' }
        : {
            ...noZone,
            solver: { cloudDNS: { ...cloudDNS, hostedZoneName: 'gone' } },
            message: 'cloudDNS: there is no managed zone "gone" in project "project-1"',
          },
    silent: silentHttp,
    unreachable: { ...unreachableHttp, code: 'Unreachable', message: `${signIn}: ECONNREFUSED` },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${signIn}: 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${signIn}: the answer is not JSON` },
    stop: () => fake.stop(),
  };
}

const rows = [
  ['cloudDNS with a service account', {}],
  ['cloudDNS in a zone that is named, with ambient credentials', { hostedZoneName: 'example-com', ambient: true }],
] as const;

for (const [name, config] of rows) {
  dns01ProviderConformance(name, { provider: cloudDns, start: () => start(config) });
}
