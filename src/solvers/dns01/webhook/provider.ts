// Solvers outside of the controller, served as an extension API: one POST of a ChallengePayload for each change, its answer's word taken.
// What the solver does is its own business; the contract is upstream's (webhook.acme.cert-manager.io/v1alpha1).
import type { WebhookProvider } from '../../../api/dns01.ts';
import { ApiError, ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import type { Dns01Io, Dns01Provider, TxtRecord } from '../../dns01.ts';

const type = 'webhook';
const version = 'v1alpha1';
const apiVersion = 'webhook.acme.cert-manager.io/v1alpha1';
/** Of what a solver says, no more than a status should hold. */
const longestMessage = 1_000;

export const webhook: Dns01Provider<WebhookProvider> = {
  type,
  needsZone: () => true,
  config: (solver) => solver.webhook,
  credentials: () => [],
  async open(config, io) {
    const path = pathOf(config);
    return {
      add: (record, signal) => call(path, payload('Present', record, config, io), io, signal),
      remove: (record, signal) => call(path, payload('CleanUp', record, config, io), io, signal),
    };
  },
};

/** Names only, so that an issuer cannot lead us anywhere else at the API server. */
function pathOf({ groupName, solverName }: WebhookProvider): string {
  for (const [field, text] of Object.entries({ groupName, solverName })) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text) || text.length > 253) {
      throw new ProviderError(type, 'NotConfigured', `webhook ${field} ${goQuote(text.slice(0, 253))} is not a name`);
    }
  }
  return `/apis/${groupName}/${version}/${solverName}`;
}

function payload(action: 'Present' | 'CleanUp', record: TxtRecord, config: WebhookProvider, io: Dns01Io): object {
  const request = {
    uid: record.challengeUid,
    action,
    type: 'dns-01',
    dnsName: record.dnsName,
    key: record.value,
    resourceNamespace: record.resourceNamespace,
    resolvedFQDN: record.fqdn,
    resolvedZone: record.zone,
    allowAmbientCredentials: io.ambient,
    ...(config.config === undefined ? {} : { config: config.config }),
  };
  return { kind: 'ChallengePayload', apiVersion, request };
}

/** The part of the answer that counts; none of it is trusted to be there. */
interface Answer {
  readonly response?: { readonly success?: unknown; readonly status?: { readonly message?: unknown } } | null;
}

async function call(path: string, body: object, io: Dns01Io, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const answer = await abortable(io.postToCluster(path, body), signal).catch((error: unknown) => {
    throw error instanceof ApiError ? notCalled(error) : error;
  });
  const response = isObject(answer) ? (answer as Answer).response : undefined;
  if (isObject(response) && response.success === true) return;
  const status = isObject(response) && isObject(response.status) ? response.status : undefined;
  if (status === undefined) {
    throw new ProviderError(type, 'BadAnswer', 'invalid payload response, did not succeed but no result provided');
  }
  const message = typeof status.message === 'string' && status.message !== '' ? status.message : 'no reason given';
  throw new ProviderError(type, 'Refused', oneLine(message));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The call itself ends with `io.signal`. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function notCalled(error: ApiError): ProviderError {
  const { status, retryAfterMs, message } = error;
  const options = { cause: error, retryAfterMs };
  if (status === 404) {
    const text = 'the server could not find the requested resource: is the webhook installed?';
    return new ProviderError(type, 'NotConfigured', text, options);
  }
  // Whoever could not reach it names addresses and ports that change.
  if (unreachable.includes(status)) {
    return new ProviderError(type, 'Unreachable', `the webhook cannot be reached: ${error.reason}`, options);
  }
  return new ProviderError(type, codes[status] ?? `HTTP${status}`, oneLine(message), options);
}

const unreachable: readonly number[] = [0, 502, 503, 504];
const codes: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Unauthorized', 429: 'RateLimited' };

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longestMessage);
}
