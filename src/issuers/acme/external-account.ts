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

export async function bindingKey(config: ACMEIssuerSpec, io: BackendIo): Promise<BindingKey> {
  const { externalAccountBinding: binding } = config;
  if (binding === undefined) return { kind: 'none' };
  const { name, key: keyName = '' } = binding.keySecretRef;
  let encoded: string | undefined;
  try {
    // Read for each registration and not kept: it is needed once in the life of an account.
    const read = await io.secret(name, (data: SecretData) => ({
      value: Object.hasOwn(data, keyName) ? Buffer.from(data[keyName] ?? []).toString('latin1') : undefined,
    }));
    if (read === undefined) return { kind: 'missing', error: secretNotFound(name) };
    encoded = read.value;
  } catch (error) {
    io.signal.throwIfAborted();
    return {
      kind: 'failed',
      error: `failed to get External Account Binding key from secret: ${errorText(error)}`,
      cause: error,
    };
  }
  if (encoded === undefined) {
    const error = `failed to find external account binding key data in Secret "${name}" at index "${keyName}"`;
    return { kind: 'missing', error };
  }
  if (!/^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/.test(encoded) || encoded === '') {
    const error = 'failed to decode external account binding key data: it is not base64url without padding';
    return { kind: 'missing', error };
  }
  return { kind: 'key', key: Buffer.from(encoded, 'base64url') };
}
