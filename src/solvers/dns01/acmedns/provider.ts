// acme-dns (https://github.com/joohoi/acme-dns): a server that keeps the two newest values of a subdomain, to which a CNAME record leads.
// Each name has an account, with which its values are set. There is no way to remove a value, nor to ask which there are: so adding one again
// pushes out the older of the two.
import type { AcmeDNSProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver } from '../../dns01.ts';
import { type ApiPeer, callApi, memberOf, textOf } from '../json-api.ts';
import { secretKeyOf, secretText } from '../secret-text.ts';

const type = 'acmeDNS';

export const acmeDns: Dns01Provider<AcmeDNSProvider> = {
  type,
  needsZone: () => false,
  config: (solver) => solver.acmeDNS,
  credentials: ({ accountSecretRef }) => [secretKeyOf(accountSecretRef)],
  open: async (config, io) => {
    const ref = secretKeyOf(config.accountSecretRef);
    const accounts = parseAccounts(await secretText(io, type, 'acmedns accounts secret', ref));
    if (accounts !== undefined) return solverFor(updateUrl(config.host), accounts, io);
    throw new ProviderError(
      type,
      'NotConfigured',
      `acmeDNS: secret ${goQuote(ref.name)} has no JSON object of accounts at ${goQuote(ref.key)}`,
    );
  },
};

function parseAccounts(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

/** `host` is an address, as acme-dns's clients want it, or just a name. */
function updateUrl(host: string): string {
  const address = host.includes('://') ? host : `https://${host}`;
  return `${address.trim().replace(/\/+$/, '')}/update`;
}

function solverFor(url: string, accounts: object, io: Dns01Io): Dns01Solver {
  const peer: ApiPeer = { provider: type, http: io.http.open(), now: io.now, codeOf };
  return {
    add: async ({ dnsName, value }, signal) => {
      signal.throwIfAborted();
      const account = memberOf(accounts, dnsName);
      const [subdomain, user, key] = ['subdomain', 'username', 'password'].map((name) => textOf(account, name));
      if (subdomain === undefined || user === undefined || key === undefined) {
        throw new ProviderError(type, 'NotConfigured', `account credentials not found for domain ${dnsName}`);
      }
      const headers = { 'x-api-user': user, 'x-api-key': key };
      const json = { subdomain, txt: value };
      await callApi(peer, { purpose: 'set the TXT record', method: 'POST', url, headers, json }, signal);
    },
    remove: async () => {},
  };
}

/** What acme-dns says of itself. Users choose the host: nothing else that it answers is fit for a message. */
const codes: readonly unknown[] = [
  'bad_subdomain',
  'bad_txt',
  'db_error',
  'forbidden',
  'invalid_uuid',
  'malformed_json_payload',
];

function codeOf(json: unknown): unknown {
  const code = memberOf(json, 'error');
  return codes.includes(code) ? code : undefined;
}
