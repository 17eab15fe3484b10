// With what Cloudflare is asked: an API token, or the e-mail address and the global key of an account. In upstream's words where it is missing.
import type { CloudflareProvider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io } from '../../dns01.ts';

export type CloudflareCredentials =
  | { readonly apiToken: string }
  | { readonly apiKey: string; readonly apiEmail: string };

const notConfigured = (message: string) => new ProviderError('cloudflare', 'NotConfigured', message);
const inconstructible = (why: string) => notConfigured(`error instantiating cloudflare challenge solver: ${why}`);
const none = 'no Cloudflare credential has been given (can be either an API key or an API token)';

/** Rejects with ProviderError. No message holds a credential: what cannot be sent is refused before libraries see it, which would quote it. */
export async function credentialsFor(config: CloudflareProvider, io: Dns01Io): Promise<CloudflareCredentials> {
  const { apiKeySecretRef, apiTokenSecretRef, email = '' } = config;
  if (apiKeySecretRef !== undefined && apiTokenSecretRef !== undefined) {
    throw notConfigured('API key and API token secret references are both present');
  }
  const ref = apiKeySecretRef ?? apiTokenSecretRef;
  if (ref === undefined) throw inconstructible(none);
  const text = await secretText(ref.name, ref.key ?? '', io);
  if (text === '' || (apiKeySecretRef !== undefined && email === '')) throw inconstructible(none);
  const what = apiKeySecretRef === undefined ? 'API token' : 'API key';
  if (!isHeaderValue(text)) {
    throw inconstructible(`the Cloudflare ${what} is invalid (does the ${what} contain a newline?)`);
  }
  if (apiKeySecretRef === undefined) return { apiToken: text };
  if (!isHeaderValue(email)) throw inconstructible('the Cloudflare email is invalid');
  return { apiKey: text, apiEmail: email };
}

async function secretText(name: string, key: string, io: Dns01Io): Promise<string> {
  const found = await io.secret(name, (data) => ({
    text: Object.hasOwn(data, key) ? Buffer.from(data[key]!).toString('utf8') : undefined,
  }));
  if (found === undefined) throw notConfigured(`error getting cloudflare secret: secret ${goQuote(name)} not found`);
  if (found.text === undefined)
    throw notConfigured(`specified key ${goQuote(key)} not found in secret ${goQuote(name)}`);
  return found.text;
}

/** Tabs and spaces are allowed, as upstream does; other control characters, and what HTTP cannot carry, are not. */
const isHeaderValue = (text: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
