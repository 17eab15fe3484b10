// Akamai's request signatures, EG1-HMAC-SHA256 (https://techdocs.akamai.com/developer/docs/edgegrid). No headers are signed, which Edge DNS does
// not ask for either. Knows nothing of DNS.
import { createHash, createHmac } from 'node:crypto';

export interface EdgeGridCredentials {
  readonly clientToken: string;
  readonly clientSecret: string;
  readonly accessToken: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

/** Of a longer body, only as much is signed. */
const longestSignedBody = 131_072;

/** The Authorization header. `nonce` must be new for each request; `now` may be off by no more than 30 seconds. */
export function edgeGridHeader(
  { clientToken, clientSecret, accessToken }: EdgeGridCredentials,
  { method, url, body = '' }: SignedRequest,
  { now, nonce }: { readonly now: Date; readonly nonce: string },
): string {
  const { protocol, host, pathname, search } = new URL(url);
  const timestamp = edgeGridTime(now);
  const unsigned = `EG1-HMAC-SHA256 client_token=${clientToken};access_token=${accessToken};timestamp=${timestamp};nonce=${nonce};`;
  const hash = method === 'POST' && body !== '' ? bodyHash(body) : '';
  const text = [method, protocol.slice(0, -1), host, pathname + search, '', hash, unsigned].join('\t');
  return `${unsigned}signature=${hmac(text, hmac(timestamp, clientSecret))}`;
}

/** `20140321T19:34:21+0000` */
function edgeGridTime(now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  return `${day.replaceAll('-', '')}T${time.slice(0, 8)}+0000`;
}

const bodyHash = (body: string) =>
  createHash('sha256').update(Buffer.from(body).subarray(0, longestSignedBody)).digest('base64');

const hmac = (text: string, key: string) => createHmac('sha256', key).update(text).digest('base64');
