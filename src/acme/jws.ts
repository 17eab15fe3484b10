// JSON Web Signatures as ACME has them (RFC 8555 section 6.2, RFC 7515, RFC 7518): flattened, one signature. Knows no HTTP.
import { createHash, createHmac, type KeyObject, sign } from 'node:crypto';
import type { ExternalAccount } from './resources.ts';

export interface SignedMessage {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

export interface Jwk {
  readonly kty: 'RSA' | 'EC';
  readonly [member: string]: string;
}

/** Who signs: by the URL of the account, or by the key itself where there is no account yet. */
export type Signatory = { readonly kid: string } | { readonly jwk: Jwk };

const algorithms: Readonly<Record<string, { readonly alg: string; readonly hash: string; readonly crv: string }>> = {
  prime256v1: { alg: 'ES256', hash: 'sha256', crv: 'P-256' },
  secp384r1: { alg: 'ES384', hash: 'sha384', crv: 'P-384' },
  secp521r1: { alg: 'ES512', hash: 'sha512', crv: 'P-521' },
};

export const base64url = (data: string | Uint8Array): string => Buffer.from(data).toString('base64url');

/** The public half of a private or public key. Throws TypeError for kinds of keys that ACME does not sign with. */
export function jwkOf(key: KeyObject): Jwk {
  algorithmOf(key);
  const { kty, n, e, crv, x, y } = key.export({ format: 'jwk' }) as Record<string, string | undefined>;
  if (kty === 'RSA' && n !== undefined && e !== undefined) return { kty, n, e };
  if (kty === 'EC' && crv !== undefined && x !== undefined && y !== undefined) return { kty, crv, x, y };
  throw new TypeError('a key of this kind cannot sign for ACME');
}

/** RFC 7638: SHA-256 over the required members in the order of the alphabet, base64url. */
export function thumbprintOf(key: KeyObject): string {
  const jwk = jwkOf(key);
  const members = Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** `payload` undefined: the empty string of POST-as-GET (RFC 8555 section 6.3). */
export function signedMessage(
  key: KeyObject,
  header: Signatory & { readonly url: string; readonly nonce?: string },
  payload: object | undefined,
): SignedMessage {
  const { alg, hash } = algorithmOf(key);
  const head = base64url(JSON.stringify({ alg, ...header }));
  const body = payload === undefined ? '' : base64url(JSON.stringify(payload));
  const signature = sign(hash, Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
  return { protected: head, payload: body, signature: base64url(signature) };
}

/** RFC 8555 section 7.3.4: the account's key, signed with the MAC key that another account of the authority's was given. Always HS256. */
export function externalBinding(key: KeyObject, { keyId, key: mac }: ExternalAccount, url: string): SignedMessage {
  const head = base64url(JSON.stringify({ alg: 'HS256', kid: keyId, url }));
  const body = base64url(JSON.stringify(jwkOf(key)));
  const signature = createHmac('sha256', mac).update(`${head}.${body}`).digest('base64url');
  return { protected: head, payload: body, signature };
}

function algorithmOf(key: KeyObject): { readonly alg: string; readonly hash: string } {
  if (key.asymmetricKeyType === 'rsa') return { alg: 'RS256', hash: 'sha256' };
  const known = key.asymmetricKeyType === 'ec' ? algorithms[key.asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  if (known === undefined) throw new TypeError('a key of this kind cannot sign for ACME');
  return known;
}
