// acme-dns keeps the contract of DNS01 providers as far as its API lets it, before a fake that enforces it.
import { acmeDns } from '../../src/solvers/dns01/acmedns/provider.ts';
import { type FakeAcmeDns, startFakeAcmeDns } from '../support/dns01-fakes/acmedns.ts';
import { secretsOf } from '../support/dns01-io.ts';
import {
  type Dns01Peer,
  dns01ProviderConformance,
  garbledHttp,
  rateLimitedHttp,
  silentHttp,
  unreachableHttp,
} from './dns01-provider.ts';

const updating = 'acmeDNS: cannot set the TXT record';

function missing(why: string) {
  return { code: 'NotConfigured', message: `error getting acmedns accounts secret: ${why}` };
}

/** An account for each name that a case may use. */
function accountsOf(fake: FakeAcmeDns) {
  const names = Array.from({ length: 99 }, (_, index) => `n${index + 1}.example.com`);
  return Object.fromEntries(names.map((name) => [name, fake.register()]));
}

async function start(scheme: string): Promise<Dns01Peer> {
  const fake = await startFakeAcmeDns();
  const accounts = accountsOf(fake);
  const secretOf = (map: object) => secretsOf({ 'acme-dns': { 'accounts.json': JSON.stringify(map) } });
  const wrong = Object.entries(accounts).map(([name, account]) => [name, { ...account, password: 'x'.repeat(40) }]);
  return {
    solver: { acmeDNS: { host: scheme + fake.host, accountSecretRef: { name: 'acme-dns', key: 'accounts.json' } } },
    secrets: secretOf(accounts),
    io: { http: fake.server.http },
    zone: 'example.com.',
    values: async (fqdn) => {
      const account = accounts[fqdn.slice('_acme-challenge.'.length, -1)];
      return account === undefined ? [] : fake.values(account.subdomain);
    },
    wrongCredentials: {
      secrets: secretOf(Object.fromEntries(wrong)),
      code: 'Unauthorized',
      message: `${updating}: 401 forbidden`,
    },
    missingSecret: ({ name }) => missing(`secret "${name}" not found`),
    missingKey: ({ name, key }) => missing(`no data at key "${key}" of secret "${name}"`),
    goneZone: undefined,
    silent: silentHttp,
    unreachable: { ...unreachableHttp, code: 'Unreachable', message: `${updating}: ECONNREFUSED` },
    rateLimited: { ...rateLimitedHttp, code: 'RateLimited', message: `${updating}: 429` },
    garbled: { ...garbledHttp, code: 'BadAnswer', message: `${updating}: the answer is not JSON` },
    mostValues: 2,
    longValues: false,
    removes: false,
    stop: () => fake.stop(),
  };
}

dns01ProviderConformance('acmeDNS', { provider: acmeDns, start: () => start('https://') });
dns01ProviderConformance('acmeDNS with a host without a scheme', { provider: acmeDns, start: () => start('') });
