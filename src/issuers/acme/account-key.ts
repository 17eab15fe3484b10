// The private key of an ACME account: read from its Secret, or made. Kept as what signs, never as text.
import { createHash, type KeyObject } from 'node:crypto';
import { DecodeError } from '../../base/errors.ts';
import { decodePrivateKey, encodePrivateKey, generateKey } from '../../pki/keys.ts';
import type { PemLimits } from '../../pki/limits.ts';
import type { NewObject, SecretData } from '../backend.ts';
import { decodeErrorText } from '../signing.ts';

export type AccountKey =
  /** `hash`: SHA-256 of the PKCS#1 bytes, base64: what the status remembers (upstream). */
  | { readonly kind: 'ok'; readonly key: KeyObject; readonly hash: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly error: string }
  | { readonly kind: 'notRsa' };

export const defaultKeyName = 'tls.key';

/** A reader for each name of a key within the Secret's data: one function each, as `BackendIo.secret` asks for. */
export function accountKeyReaders(limits: PemLimits): (keyName: string) => (data: SecretData) => AccountKey {
  const readers = new Map<string, (data: SecretData) => AccountKey>();
  return (keyName) => {
    const known = readers.get(keyName) ?? ((data: SecretData) => accountKeyIn(data, keyName, limits));
    readers.set(keyName, known);
    return known;
  };
}

function accountKeyIn(data: SecretData, keyName: string, limits: PemLimits): AccountKey {
  const pem = Object.hasOwn(data, keyName) ? data[keyName] : undefined;
  if (pem === undefined) return { kind: 'absent' };
  try {
    const key = decodePrivateKey(pem, limits);
    if (key.asymmetricKeyType !== 'rsa') return { kind: 'notRsa' };
    return { kind: 'ok', key, hash: createHash('sha256').update(pkcs1(key)).digest('base64') };
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'bad', error: decodeErrorText(error) };
    throw error;
  }
}

const pkcs1 = (key: KeyObject): Buffer => key.export({ type: 'pkcs1', format: 'der' });

/** RSA 2048, as upstream. */
export async function newAccountSecret(namespace: string, name: string, keyName: string): Promise<NewObject> {
  const key = await generateKey({ algorithm: 'RSA', size: 2048 });
  const pem = encodePrivateKey(key, 'PKCS1');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'cert-manager' } },
    type: 'Opaque',
    data: { [keyName]: Buffer.from(pem).toString('base64') },
  };
}
