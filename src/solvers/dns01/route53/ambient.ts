// The AWS credentials of the process itself, in the order of the AWS SDKs: variables, a token file with a role (IRSA), a credentials file, the
// container's endpoint (ECS, EKS Pod Identity), the instance's metadata. All through io; link-local addresses never through a proxy.
import { ProviderError } from '../../../base/errors.ts';
import { type HttpAnswer, HttpError, type HttpRequest } from '../../../net/http.ts';
import type { Dns01Io } from '../../dns01.ts';
import { type AwsCredentials, assumeRoleWithToken } from './sdk.ts';

const containerHost = 'http://169.254.170.2';
const instanceHost = 'http://169.254.169.254';
const instancePath = '/latest/meta-data/iam/security-credentials/';
const metadataTimeoutMs = 5_000;
const mostBytes = 64 * 1024;
/** Credentials in plain text come from this machine or the addresses of ECS and EKS only, as the SDKs have it. */
const plainHosts = ['localhost', '127.0.0.1', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]'];

/** Rejects with ProviderError, or with the signal's reason. */
export async function ambientCredentials(region: string, io: Dns01Io): Promise<AwsCredentials> {
  const { environment } = io;
  const read = (name: string) => environment[name] ?? '';
  const accessKeyId = read('AWS_ACCESS_KEY_ID');
  const secretAccessKey = read('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId !== '' && secretAccessKey !== '') {
    return withToken({ accessKeyId, secretAccessKey }, read('AWS_SESSION_TOKEN'));
  }
  const tokenFile = read('AWS_WEB_IDENTITY_TOKEN_FILE');
  if (tokenFile !== '') return ofTokenFile(tokenFile, region, io);
  const credentialsFile = read('AWS_SHARED_CREDENTIALS_FILE');
  if (credentialsFile !== '') return ofCredentialsFile(credentialsFile, io);
  const containerPath = read('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const containerUri =
    containerPath === '' ? read('AWS_CONTAINER_CREDENTIALS_FULL_URI') : containerHost + containerPath;
  if (containerUri !== '') return ofContainer(containerUri, io);
  if (read('AWS_EC2_METADATA_DISABLED').toLowerCase() === 'true') throw failure('the environment names none');
  return ofInstance(read('AWS_EC2_METADATA_SERVICE_ENDPOINT') || instanceHost, io);
}

function failure(why: string, options: { readonly code?: string; readonly cause?: unknown } = {}): ProviderError {
  const message = `error instantiating route53 challenge solver: no ambient AWS credentials: ${why}`;
  return new ProviderError('route53', options.code ?? 'NotConfigured', message, { cause: options.cause });
}

const withToken = (keys: AwsCredentials, sessionToken: string | undefined): AwsCredentials =>
  sessionToken === undefined || sessionToken === '' ? keys : { ...keys, sessionToken };

async function ofTokenFile(path: string, region: string, io: Dns01Io): Promise<AwsCredentials> {
  const role = io.environment['AWS_ROLE_ARN'] ?? '';
  if (role === '') throw failure('AWS_WEB_IDENTITY_TOKEN_FILE needs AWS_ROLE_ARN');
  const token = (await readFile(path, 'the web identity token', io)).trim();
  return assumeRoleWithToken({ role, token, session: io.environment['AWS_ROLE_SESSION_NAME'], region }, io);
}

async function ofCredentialsFile(path: string, io: Dns01Io): Promise<AwsCredentials> {
  const profile = io.environment['AWS_PROFILE'] || 'default';
  const keys = profileOf(await readFile(path, 'the credentials file', io), profile);
  const [accessKeyId = '', secretAccessKey = ''] = [keys['aws_access_key_id'], keys['aws_secret_access_key']];
  if (accessKeyId === '' || secretAccessKey === '')
    throw failure(`no keys in profile ${profile} of the credentials file`);
  return withToken({ accessKeyId, secretAccessKey }, keys['aws_session_token']);
}

/** The settings of one section of an INI file, names in lower case. */
export function profileOf(text: string, profile: string): Record<string, string> {
  const settings: Record<string, string> = {};
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const [, name] = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const [, key, value] = /^\s*([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === profile && key !== undefined && value !== undefined) settings[key.toLowerCase()] = value;
  }
  return settings;
}

async function readFile(path: string, what: string, io: Dns01Io): Promise<string> {
  try {
    return await io.readFile(path);
  } catch (error) {
    io.signal.throwIfAborted();
    throw failure(`${what} cannot be read`, { cause: error });
  }
}

async function ofContainer(uri: string, io: Dns01Io): Promise<AwsCredentials> {
  const url = URL.parse(uri);
  if (url === null || (url.protocol !== 'https:' && !plainHosts.includes(url.hostname))) {
    throw failure('the address of the container credentials is not one that can be trusted');
  }
  const tokenFile = io.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const token =
    tokenFile === ''
      ? (io.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '')
      : (await readFile(tokenFile, 'the container authorization token', io)).trim();
  const headers = token === '' ? {} : { authorization: token };
  return keysOf(
    await asked({ method: 'GET', url: uri, headers }, 'the container endpoint', io),
    'the container endpoint',
  );
}

/** IMDSv2; version 1 only where the endpoint knows no tokens (kube2iam and the like), as the SDKs do. */
async function ofInstance(endpoint: string, io: Dns01Io): Promise<AwsCredentials> {
  const what = 'the instance metadata';
  const base = endpoint.replace(/\/+$/, '');
  const request = {
    method: 'PUT',
    url: `${base}/latest/api/token`,
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  };
  const token = await asked(request, what, io, [403, 404, 405]);
  const headers = token.status === 200 ? { 'x-aws-ec2-metadata-token': token.body.toString('utf8').trim() } : {};
  const roles = await asked({ method: 'GET', url: base + instancePath, headers }, what, io);
  const [role = ''] = roles.body.toString('utf8').trim().split('\n', 1);
  if (!/^[\w+=,.@-]{1,128}$/.test(role)) throw failure(`${what} names no role`);
  return keysOf(await asked({ method: 'GET', url: base + instancePath + role, headers }, what, io), what);
}

async function asked(
  request: HttpRequest,
  what: string,
  io: Dns01Io,
  alsoStatus: readonly number[] = [],
): Promise<HttpAnswer> {
  const http = io.http.open({ proxied: false });
  const answer = await http({ ...request, timeoutMs: metadataTimeoutMs, maxBytes: mostBytes }, io.signal).catch(
    (error: unknown) => {
      io.signal.throwIfAborted();
      const why = error instanceof HttpError ? error.code : 'FAILED';
      throw failure(`${what} cannot be reached: ${why}`, { code: 'Unreachable', cause: error });
    },
  );
  if (answer.status === 200 || alsoStatus.includes(answer.status)) return answer;
  throw failure(`${what} answers with HTTP status ${answer.status}`);
}

function keysOf({ body }: HttpAnswer, what: string): AwsCredentials {
  const keys = parsed(body);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: token } = keys;
  if (!isText(accessKeyId) || !isText(secretAccessKey)) throw failure(`${what} answers without keys`);
  return withToken({ accessKeyId, secretAccessKey }, isText(token) ? token : undefined);
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
