// With which keys and in which region Route 53 is asked: those of the issuer, a role of theirs, or the process's own where that is allowed.
import type { Route53Provider } from '../../../api/dns01.ts';
import { ApiError, ProviderError } from '../../../base/errors.ts';
import type { Dns01Io, SecretData } from '../../dns01.ts';
import { ambientCredentials } from './ambient.ts';
import { type AwsAccess, type AwsCredentials, assumeRole, assumeRoleWithToken } from './sdk.ts';

const tokenSeconds = 600;
const defaultAudience = 'sts.amazonaws.com';
/** Route 53 is global; a region says which AWS (commercial, China, GovCloud) and which STS. */
const defaultRegion = 'us-east-1';

const notConfigured = (message: string) => new ProviderError('route53', 'NotConfigured', message);
const inconstructible = (why: string) =>
  notConfigured(`error instantiating route53 challenge solver: unable to construct route53 provider: ${why}`);

/** Rejects with ProviderError, in upstream's words where credentials are missing or by halves. */
export async function resolveAccess(config: Route53Provider, io: Dns01Io): Promise<AwsAccess> {
  const accessKeyId = await accessKeyIdOf(config, io);
  const secretAccessKey = await secretAccessKeyOf(config, io);
  const token = await webIdentityTokenOf(config, io);
  const role = config.role ?? '';
  if (role === '' && token !== undefined) throw inconstructible('role must be set when web identity token is set');
  if (accessKeyId === '' && secretAccessKey === '') {
    if (!io.ambient && token === undefined) {
      throw inconstructible('empty credentials; perhaps you meant to enable ambient credentials?');
    }
  } else if (accessKeyId === '' || secretAccessKey === '') {
    throw inconstructible('only one of access and secret key was provided');
  }
  const usesAmbient = accessKeyId === '' && token === undefined;
  const region = regionOf(config, usesAmbient, io.environment);
  return { region, credentials: await credentialsOf({ accessKeyId, secretAccessKey, token, role, region }, io) };
}

/** An issuer's region does not count where the credentials are the process's and the environment names its region (upstream). */
export function regionOf(
  { region }: Pick<Route53Provider, 'region'>,
  usesAmbient: boolean,
  environment: Dns01Io['environment'],
): string {
  const own = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || '';
  if (region === undefined || region === '' || (usesAmbient && own !== '')) return own || defaultRegion;
  return region;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string | undefined;
  readonly role: string;
  readonly region: string;
}

async function credentialsOf(
  { accessKeyId, secretAccessKey, token, role, region }: Keys,
  io: Dns01Io,
): Promise<AwsCredentials> {
  if (token !== undefined) return assumeRoleWithToken({ role, token, region }, io);
  const credentials = accessKeyId === '' ? await ambientCredentials(region, io) : { accessKeyId, secretAccessKey };
  return role === '' ? credentials : assumeRole(role, { region, credentials }, io);
}

async function accessKeyIdOf(
  { accessKeyID, accessKeyIDSecretRef: ref }: Route53Provider,
  io: Dns01Io,
): Promise<string> {
  const literal = (accessKeyID ?? '').trim();
  if (ref === undefined) return literal;
  if (literal !== '') throw notConfigured('route53 accessKeyID and accessKeyIDSecretRef cannot both be specified');
  const { name, key = '' } = ref;
  if (key === '') throw notConfigured('route53 accessKeyIDSecretRef requires a key field to be specified');
  if (name === '') throw notConfigured('route53 accessKeyIDSecretRef requires a name field to be specified');
  const value = await io.secret(name, textAt(key));
  if (value === undefined)
    throw notConfigured(`error getting route53 secret access key id: secret "${name}" not found`);
  if (value.text === undefined) throw notConfigured(`no data found in Secret "${name}" at Key "${key}"`);
  return value.text;
}

async function secretAccessKeyOf({ secretAccessKeySecretRef: ref }: Route53Provider, io: Dns01Io): Promise<string> {
  if (ref === undefined || ref.name === '') return '';
  const { name, key = '' } = ref;
  const value = await io.secret(name, textAt(key));
  if (value === undefined) throw notConfigured(`error getting route53 secret access key: secret "${name}" not found`);
  if (value.text === undefined) {
    throw notConfigured(`error getting route53 secret access key: key '${key}' not found in secret`);
  }
  return value.text;
}

const textAt = (key: string) => (data: SecretData) => ({
  text: Object.hasOwn(data, key) ? Buffer.from(data[key]!).toString('utf8').trim() : undefined,
});

async function webIdentityTokenOf({ auth }: Route53Provider, io: Dns01Io): Promise<string | undefined> {
  const ref = auth?.kubernetes.serviceAccountRef;
  if (ref === undefined) return undefined;
  if (ref.name === '') throw notConfigured('service account name is required for Kubernetes auth');
  const audiences = ref.audiences === undefined || ref.audiences.length === 0 ? [defaultAudience] : ref.audiences;
  try {
    return await io.serviceAccountToken(ref.name, { audiences, expirationSeconds: tokenSeconds });
  } catch (error) {
    io.signal.throwIfAborted();
    const why = error instanceof ApiError ? `: ${error.message}` : '';
    const message = `error getting service account token: failed to request token for ${ref.name}${why}`;
    throw new ProviderError('route53', 'NotConfigured', message, { cause: error });
  }
}
