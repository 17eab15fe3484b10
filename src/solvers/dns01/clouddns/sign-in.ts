// Access tokens for Google's APIs: a service account's signature (RFC 7523), a refresh token, an exchanged token (RFC 8693), or the metadata server.
// Google's own library does the same, but reads the process's environment and files itself and speaks past our HTTP; see docs/adr.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Dns01Io } from '../../dns01.ts';
import { type ApiPeer, type ApiRequest, callApi, failureOf, oauthCodeOf, textOf } from '../json-api.ts';
import type { ExternalAccount, GoogleCredentials, ServiceAccountKey, SubjectTokenSource } from './credentials.ts';

const dnsScope = 'https://www.googleapis.com/auth/ndev.clouddns.readwrite';
/** For tokens that are used for nothing but to impersonate. */
const platformScope = 'https://www.googleapis.com/auth/cloud-platform';
const purpose = 'sign in to Google Cloud';
const failed = failureOf('cloudDNS', purpose);
/** Known without DNS, and never reached through a proxy. */
const metadataHost = '169.254.169.254';
const metadataTimeoutMs = 5_000;

type Ask = (request: Omit<ApiRequest, 'purpose'>, proxied?: boolean) => Promise<unknown>;

/** A token that may change DNS records. Rejects with ProviderError, or with the signal's reason. */
export function signIn(credentials: GoogleCredentials | 'metadata', io: Dns01Io, signal: AbortSignal): Promise<string> {
  const ask: Ask = async (request, proxied = true) => {
    const http = io.http.open(proxied ? {} : { proxied });
    const peer: ApiPeer = { provider: 'cloudDNS', http, now: io.now, codeOf: oauthCodeOf };
    return (await callApi(peer, { purpose, ...request }, signal)).json;
  };
  return credentials === 'metadata' ? fromMetadata(io, ask) : tokenFor(credentials, dnsScope, io, ask);
}

async function fromMetadata(io: Dns01Io, ask: Ask): Promise<string> {
  const host = io.environment['GCE_METADATA_HOST'] || metadataHost;
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(dnsScope)}`;
  const headers = { 'metadata-flavor': 'Google' };
  return tokenIn(await ask({ method: 'GET', url, headers, timeoutMs: metadataTimeoutMs }, false), 'access_token');
}

async function tokenFor(credentials: GoogleCredentials, scope: string, io: Dns01Io, ask: Ask): Promise<string> {
  switch (credentials.kind) {
    case 'serviceAccount': {
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertionOf(credentials, scope, io.now()),
      };
      return tokenIn(await ask({ method: 'POST', url: credentials.tokenUrl, form }), 'access_token');
    }
    case 'authorizedUser': {
      const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = credentials;
      const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
      return tokenIn(await ask({ method: 'POST', url: 'https://oauth2.googleapis.com/token', form }), 'access_token');
    }
    case 'externalAccount': {
      const { impersonationUrl: url } = credentials;
      const token = await exchanged(credentials, url === undefined ? scope : platformScope, io, ask);
      return url === undefined ? token : impersonated({ token, url, delegates: [], scope }, ask);
    }
    case 'impersonation': {
      const token = await tokenFor(credentials.source, platformScope, io, ask);
      return impersonated({ token, url: credentials.url, delegates: credentials.delegates, scope }, ask);
    }
  }
}

/** A little back in time, for clocks that go slow. */
const skewSeconds = 10;
const lifetimeSeconds = 3_600;

function assertionOf(account: ServiceAccountKey, scope: string, now: Date): string {
  const { email: iss, keyId: kid, tokenUrl: aud } = account;
  const iat = Math.floor(now.getTime() / 1_000) - skewSeconds;
  const header = { alg: 'RS256', typ: 'JWT', ...(kid === '' ? {} : { kid }) };
  const claims = { iss, scope, aud, iat, exp: iat + lifetimeSeconds };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), rsaKey(account.privateKeyPem)).toString('base64url')}`;
}

function rsaKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // What OpenSSL says of it is of no use to anybody.
  }
  throw failed('NotConfigured', 'the private key of the service account cannot be read');
}

async function exchanged(account: ExternalAccount, scope: string, io: Dns01Io, ask: Ask): Promise<string> {
  const { audience, subjectTokenType: subject_token_type, tokenUrl: url, userProject } = account;
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience,
    scope,
    subject_token: await subjectToken(account.source, io, ask),
    subject_token_type,
    ...(userProject === undefined ? {} : { options: JSON.stringify({ userProject }) }),
  };
  return tokenIn(await ask({ method: 'POST', url, form }), 'access_token');
}

async function subjectToken(from: SubjectTokenSource, io: Dns01Io, ask: Ask): Promise<string> {
  if ('url' in from) {
    return tokenIn(await ask({ method: 'GET', url: from.url, headers: from.headers }, false), from.jsonMember);
  }
  const text = await fileText(io, from.file, 'the file of the external token');
  if (from.jsonMember === undefined) return text.trim();
  try {
    return tokenIn(JSON.parse(text), from.jsonMember);
  } catch {
    throw failed('NotConfigured', 'the file of the external token has no token');
  }
}

/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function impersonated(
  wish: { readonly token: string; readonly url: string; readonly delegates: readonly string[]; readonly scope: string },
  ask: Ask,
): Promise<string> {
  const { token, url, delegates, scope } = wish;
  const json = { scope: [scope], lifetime: `${lifetimeSeconds}s`, ...(delegates.length === 0 ? {} : { delegates }) };
  return tokenIn(
    await ask({ method: 'POST', url, headers: { authorization: `Bearer ${token}` }, json }),
    'accessToken',
  );
}

function tokenIn(json: unknown, ...path: readonly string[]): string {
  const token = textOf(json, ...path);
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw failed('BadAnswer', 'the answer has no token');
  return token;
}

/** `what` it is, for messages: a path is no business of those who read a status. */
export async function fileText(io: Dns01Io, path: string, what: string): Promise<string> {
  try {
    return await io.readFile(path);
  } catch (cause) {
    throw failed('NotConfigured', `${what} cannot be read`, { cause });
  }
}
