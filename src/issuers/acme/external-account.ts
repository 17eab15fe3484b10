// The MAC key of an external account binding (RFC 8555 section 7.3.4), from its Secret: as authorities hand it out, base64url without padding.
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import type { BackendIo, SecretData } from '../backend.ts';
import { errorText, secretNotFound } from '../signing.ts';

export type BindingKey =
  /** The issuer has no external account. */
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: Uint8Array }
  /** Nothing but another Secret helps. */
  | { readonly kind: 'missing'; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: unknown };

/** By the Secret's keys, as far as they can be read; those that cannot are undefined. All of them at once: what is kept must not depend on the issuer. */
function macKeysOf(data: SecretData): ReadonlyMap<string, Uint8Array | undefined> {
  return new Map(Object.entries(data).map(([name, bytes]) => [name, macKey(bytes)]));
}

function macKey(bytes: Uint8Array): Uint8Array | undefined {
  // Line breaks are passed over (upstream): a file that an editor has ended with one is the usual case.
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\r\n]/g, '');
  return /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64url') : undefined;
}

export async function bindingKey(config: ACMEIssuerSpec, io: BackendIo): Promise<BindingKey> {
  const { externalAccountBinding: binding } = config;
  if (binding === undefined) return { kind: 'none' };
  const { name, key: keyName = '' } = binding.keySecretRef;
  let keys: ReadonlyMap<string, Uint8Array | undefined> | undefined;
  try {
    keys = await io.secret(name, macKeysOf);
  } catch (error) {
    io.signal.throwIfAborted();
    const text = `failed to get External Account Binding key from secret: ${errorText(error)}`;
    return { kind: 'failed', error: text, cause: error };
  }
  if (keys === undefined) return { kind: 'missing', error: secretNotFound(name) };
  if (!keys.has(keyName)) {
    const error = `failed to find external account binding key data in Secret "${name}" at index "${keyName}"`;
    return { kind: 'missing', error };
  }
  const key = keys.get(keyName);
  if (key !== undefined) return { kind: 'key', key };
  const error = 'failed to decode external account binding key data: it is not base64url without padding';
  return { kind: 'missing', error };
}
