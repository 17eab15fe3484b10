// The AWS SDK as this provider uses it: loaded only here, over io.http, with nothing from the process's own environment or files, and without
// the SDK's retries, which sleep as long as a server says.
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ChangeResourceRecordSetsCommandInput,
  ChangeResourceRecordSetsCommandOutput,
  ListHostedZonesByNameCommandInput,
  ListHostedZonesByNameCommandOutput,
} from '@aws-sdk/client-route-53';
import type { Http } from '../../../net/http.ts';
import type { Dns01Io } from '../../dns01.ts';
import { inWords, isCode } from './errors.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsAccess {
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** Rejects with ProviderError, its message opened by `what`, or with the signal's reason. */
export interface AwsClient {
  changeRecordSets(
    input: ChangeResourceRecordSetsCommandInput,
    what: string,
    signal: AbortSignal,
  ): Promise<ChangeResourceRecordSetsCommandOutput>;
  listHostedZonesByName(
    input: ListHostedZonesByNameCommandInput,
    what: string,
    signal: AbortSignal,
  ): Promise<ListHostedZonesByNameCommandOutput>;
}

const instantiating = 'error instantiating route53 challenge solver';
/** Upstream's, in AWS's audit trail. */
const sessionName = 'cert-manager';
/** Pauses before a request is made again that came while the zone was being changed, or a moment too early. */
const pausesMs = [500, 1_000, 2_000];

export async function openClient({ region, credentials }: AwsAccess, io: Dns01Io): Promise<AwsClient> {
  const sdk = await import('@aws-sdk/client-route-53');
  const client = new sdk.Route53Client({ ...clientSettings('ROUTE_53', region, io), credentials });
  return {
    changeRecordSets: (input, what, signal) =>
      unlessBusy(what, signal, (abortSignal) =>
        client.send(new sdk.ChangeResourceRecordSetsCommand(input), { abortSignal }),
      ),
    listHostedZonesByName: (input, what, signal) =>
      unlessBusy(what, signal, (abortSignal) =>
        client.send(new sdk.ListHostedZonesByNameCommand(input), { abortSignal }),
      ),
  };
}

/** STS AssumeRole. Rejects with ProviderError or the signal's reason. */
export async function assumeRole(
  role: string,
  { region, credentials }: AwsAccess,
  io: Dns01Io,
): Promise<AwsCredentials> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const provider = fromTemporaryCredentials({
    masterCredentials: credentials,
    params: { RoleArn: role, RoleSessionName: sessionName },
    clientConfig: { ...clientSettings('STS', region, io) },
  });
  return unlessBusy(`${instantiating}: unable to assume role`, io.signal, () => provider());
}

/** STS AssumeRoleWithWebIdentity. Rejects with ProviderError or the signal's reason. */
export async function assumeRoleWithToken(
  options: {
    readonly role: string;
    readonly token: string;
    readonly session?: string | undefined;
    readonly region: string;
  },
  io: Dns01Io,
): Promise<AwsCredentials> {
  const { fromWebToken } = await import('@aws-sdk/credential-providers');
  const provider = fromWebToken({
    webIdentityToken: options.token,
    roleArn: options.role,
    roleSessionName: options.session || sessionName,
    clientConfig: { ...clientSettings('STS', options.region, io) },
  });
  return unlessBusy(`${instantiating}: unable to assume role with web identity`, io.signal, () => provider());
}

/**
 * Everything is given that the SDK would else look for in the environment and in ~/.aws. The endpoint can be set for a service or for all, by
 * the SDKs' own variables.
 */
function clientSettings(service: 'ROUTE_53' | 'STS', region: string, io: Dns01Io) {
  const { environment } = io;
  const endpoint = environment[`AWS_ENDPOINT_URL_${service}`] || environment['AWS_ENDPOINT_URL'];
  return {
    region,
    ...(endpoint ? { endpoint } : {}),
    requestHandler: requestHandler(io.http.open(), io.signal),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useFipsEndpoint: environment['AWS_USE_FIPS_ENDPOINT'] === 'true',
    useDualstackEndpoint: environment['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    ignoreConfiguredEndpointUrls: true,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: async () => undefined,
  };
}

/** What the SDK hands to a request handler (HttpRequest of @smithy/types). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function requestHandler(http: Http, ioSignal: AbortSignal) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, options: { readonly abortSignal?: AbortSignal } = {}) {
      const { method, body } = request;
      // The process's own name; the SDK's is in x-amz-user-agent.
      const { 'user-agent': _sdk, ...headers } = request.headers;
      const signal = options.abortSignal === undefined ? ioSignal : AbortSignal.any([ioSignal, options.abortSignal]);
      const answer = await http(
        { method, url: urlOf(request), headers, ...(body === undefined ? {} : { body }) },
        signal,
      );
      return {
        response: { statusCode: answer.status, headers: { ...answer.headers }, body: new Uint8Array(answer.body) },
      };
    },
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values ?? ''].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  const origin = `${protocol.replace(/:?$/, ':')}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return `${origin}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

async function unlessBusy<T>(what: string, signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await send(signal);
    } catch (error) {
      signal.throwIfAborted();
      const said = inWords(what, error);
      const pauseMs = pausesMs[attempt];
      // Where the server says when to come back, that is the caller's business.
      if (pauseMs === undefined || said.retryAfterMs !== undefined || !isCode(said, 'RateLimited')) throw said;
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
