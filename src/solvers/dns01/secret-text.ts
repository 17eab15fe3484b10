// What providers read from Secrets: one key, as text without white space around it, and what is said where it is missing.
import { ProviderError } from '../../base/errors.ts';
import { goQuote } from '../../base/go-text.ts';
import type { Dns01Io, SecretData } from '../dns01.ts';

/** `key` is empty where the reference does not say one: then it is missing, as any other. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** A reference as it stands in the API, where the key may be absent. */
export function secretKeyOf(ref: { readonly name: string; readonly key?: string | undefined }): SecretKey {
  return { name: ref.name, key: ref.key ?? '' };
}

/**
 * `what` names it in messages, in upstream's words: `clouddns service account`. A final newline, which most editors and `echo` leave behind, is no part of a credential.
 * Rejects with ProviderError `NotConfigured` where the Secret or the key is missing, or empty.
 */
export async function secretText(io: Dns01Io, provider: string, what: string, ref: SecretKey): Promise<string> {
  const text = await io.secret(ref.name, (data: SecretData) => {
    const bytes = Object.hasOwn(data, ref.key) ? data[ref.key] : undefined;
    return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8').trim();
  });
  if (text !== undefined && text !== '') return text;
  const why =
    text === undefined
      ? `secret ${goQuote(ref.name)} not found`
      : `no data at key ${goQuote(ref.key)} of secret ${goQuote(ref.name)}`;
  throw new ProviderError(provider, 'NotConfigured', `error getting ${what}: ${why}`);
}
