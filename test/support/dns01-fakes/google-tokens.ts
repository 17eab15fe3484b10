// A fake of what gives tokens for Google's APIs: OAuth2 (signed assertions and refresh tokens), the token service, impersonation, and the metadata
// server. It checks what the published protocols demand; it is no proof that Google does just the same.
import { createVerify, generateKeyPairSync, randomBytes } from 'node:crypto';
import { bearerOf, type FakeAnswer, type FakeRequest, formOf } from './fake-server.ts';

const tokenUrl = 'https://oauth2.googleapis.com/token';
const email = 'dns01@project-1.iam.gserviceaccount.com';
const impersonatedEmail = 'dns-editor@project-1.iam.gserviceaccount.com';
const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool-1/providers/provider-1';
const impersonationPath = `/v1/projects/-/serviceAccounts/${impersonatedEmail}:generateAccessToken`;
const impersonationUrl = `https://iamcredentials.googleapis.com${impersonationPath}`;

export class GoogleTokens {
  /** Token → its scope. */
  readonly #tokens = new Map<string, string>();
  readonly #publicKey: string;
  readonly #privateKey: string;
  readonly refreshToken = `refresh-${randomBytes(12).toString('hex')}`;
  /** What the cluster, or whoever is trusted, signed. */
  readonly subjectToken = `subject-${randomBytes(12).toString('hex')}`;

  constructor() {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    this.#publicKey = pair.publicKey;
    this.#privateKey = pair.privateKey;
  }

  /** The files that Google's tools write, by kind; `change` overwrites members. */
  serviceAccount(change: object = {}): string {
    return JSON.stringify({
      type: 'service_account',
      project_id: 'project-1',
      private_key_id: 'key-1',
      private_key: this.#privateKey,
      client_email: email,
      client_id: '1',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: tokenUrl,
      universe_domain: 'googleapis.com',
      ...change,
    });
  }

  authorizedUser(): string {
    const secrets = { client_id: 'user-client', client_secret: 'user-secret', refresh_token: this.refreshToken };
    return JSON.stringify({ type: 'authorized_user', ...secrets });
  }

  externalAccount(change: object = {}): string {
    return JSON.stringify({
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: { file: '/var/run/token' },
      ...change,
    });
  }

  impersonated(): string {
    const source_credentials = JSON.parse(this.authorizedUser());
    const service_account_impersonation_url = impersonationUrl;
    return JSON.stringify({
      type: 'impersonated_service_account',
      source_credentials,
      service_account_impersonation_url,
    });
  }

  readonly impersonationUrl = impersonationUrl;

  /** Whether the request has a token that may change DNS records. */
  mayEditDns(request: FakeRequest): boolean {
    return (
      this.#scopeOf(request)?.split(' ').includes('https://www.googleapis.com/auth/ndev.clouddns.readwrite') === true
    );
  }

  /** Undefined where the request is for somebody else. */
  answer(request: FakeRequest): FakeAnswer | undefined {
    switch (request.url.origin + request.url.pathname) {
      case tokenUrl:
        return this.#oauth(request);
      case 'https://sts.googleapis.com/v1/token':
        return this.#exchange(request);
      case impersonationUrl:
        return this.#impersonate(request);
      case 'http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token':
        return this.#metadata(request);
      default:
        return undefined;
    }
  }

  #scopeOf(request: FakeRequest): string | undefined {
    return this.#tokens.get(bearerOf(request));
  }

  #grant(scope: string): string {
    const token = `ya29.${randomBytes(16).toString('base64url')}`;
    this.#tokens.set(token, scope);
    return token;
  }

  #granted(scope: string): FakeAnswer {
    return { status: 200, json: { access_token: this.#grant(scope), expires_in: 3599, token_type: 'Bearer' } };
  }

  #oauth(request: FakeRequest): FakeAnswer {
    const form = formOf(request);
    if (request.method !== 'POST') return { status: 405 };
    if (form['grant_type'] === 'refresh_token') {
      const isKnown = form['client_id'] === 'user-client' && form['client_secret'] === 'user-secret';
      if (!isKnown || form['refresh_token'] !== this.refreshToken) return refused('invalid_grant');
      return this.#granted(
        'https://www.googleapis.com/auth/ndev.clouddns.readwrite https://www.googleapis.com/auth/cloud-platform',
      );
    }
    if (form['grant_type'] !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return refused('unsupported_grant_type');
    const scope = this.#scopeOfAssertion(form['assertion'] ?? '');
    return scope === undefined ? refused('invalid_grant') : this.#granted(scope);
  }

  #scopeOfAssertion(assertion: string): string | undefined {
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const { alg, kid } = decoded(header);
    if (alg !== 'RS256' || (kid !== undefined && kid !== 'key-1')) return undefined;
    const verify = createVerify('RSA-SHA256').update(`${header}.${claims}`);
    if (!verify.verify(this.#publicKey, Buffer.from(signature, 'base64url'))) return undefined;
    const { iss, aud, scope, iat, exp } = decoded(claims);
    const now = Date.now() / 1_000;
    const isFresh = Number(iat) <= now + 60 && Number(exp) > now && Number(exp) - Number(iat) <= 3_600;
    return isFresh && iss === email && aud === tokenUrl && typeof scope === 'string' ? scope : undefined;
  }

  #exchange(request: FakeRequest): FakeAnswer {
    const form = formOf(request);
    const wanted = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience,
    };
    if (Object.entries(wanted).some(([name, value]) => form[name] !== value)) return refused('invalid_request');
    return form['subject_token'] === this.subjectToken ? this.#granted(form['scope'] ?? '') : refused('invalid_grant');
  }

  #impersonate(request: FakeRequest): FakeAnswer {
    if (this.#scopeOf(request)?.includes('https://www.googleapis.com/auth/cloud-platform') !== true)
      return { status: 401 };
    const { scope, lifetime } = JSON.parse(request.body) as { scope: string[]; lifetime: string };
    if (lifetime !== '3600s') return { status: 400 };
    return { status: 200, json: { accessToken: this.#grant(scope.join(' ')), expireTime: '2030-01-01T00:00:00Z' } };
  }

  #metadata(request: FakeRequest): FakeAnswer {
    if (request.headers['metadata-flavor'] !== 'Google') return { status: 403 };
    return this.#granted(request.url.searchParams.get('scopes')?.replaceAll(',', ' ') ?? '');
  }
}

const refused = (error: string): FakeAnswer => ({
  status: 400,
  json: { error, error_description: `request ${randomBytes(4).toString('hex')} was refused` },
});

function decoded(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
