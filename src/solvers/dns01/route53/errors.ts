// What AWS and the way to it throw, as ProviderErrors: short, stable, without request ids, times and bodies.
import { ProviderError } from '../../../base/errors.ts';
import { HttpError } from '../../../net/http.ts';

/** Without a final `Exception`. AWS has no one code for "too fast"; PriorRequestNotComplete is Route 53's for a zone that another change still holds. */
const busyCodes: readonly string[] = [
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'Throttled',
  'Throttling',
  'TooManyRequests',
];
const refusalCodes: readonly string[] = [
  'ExpiredToken',
  'IDPRejectedClaim',
  'IncompleteSignature',
  'InvalidIdentityToken',
  'MissingAuthenticationToken',
];
const longestMessage = 300;
const longestWaitMs = 24 * 3_600_000;
/** The code of an answer that says none. */
const unnamed = 'BadAnswer';

/** What the SDK throws for an answer other than success, whether it could read it or not (@smithy/core). */
interface AnswerError {
  readonly $metadata: { readonly httpStatusCode: number };
  /** Only where the answer was an error that could be read. */
  readonly $fault?: string;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  // Texts, unless the answer was made to be something else.
  readonly name: unknown;
  readonly message: unknown;
  /** Of InvalidChangeBatch. */
  readonly messages?: unknown;
}

/** `what` opens the message. A ProviderError stays as it is. */
export function inWords(what: string, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const fail = (code: string, text: string, retryAfterMs?: number) =>
    new ProviderError('route53', code, `${what}: ${text}`, { cause: error, retryAfterMs });
  if (error instanceof HttpError) return fail(error.code === 'TOO_LARGE' ? 'TooLarge' : 'Unreachable', error.message);
  if (isUnsendable(error)) return fail('NotConfigured', 'a credential has characters that cannot be sent');
  if (!isAnswerError(error)) return fail('BadAnswer', 'the answer could not be understood');
  const status = error.$metadata.httpStatusCode;
  const code = codeOf(error);
  const said =
    code === unnamed ? `HTTP status ${status}` : [code, textOf(error)].filter((part) => part !== '').join(': ');
  const family = code.replace(/Exception$/, '');
  if (busyCodes.includes(family) || status === 429) return fail('RateLimited', said, retryAfterMs(error));
  if (status === 401 || status === 403 || refusalCodes.includes(family)) return fail('Unauthorized', said);
  if (code === 'NoSuchHostedZone') return fail('ZoneNotFound', said);
  if (code === unnamed && status >= 500) return fail('Unreachable', said, retryAfterMs(error));
  return fail(code, said, retryAfterMs(error));
}

export const isCode = (error: unknown, code: string): boolean => error instanceof ProviderError && error.code === code;

const isUnsendable = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_CHAR';

function isAnswerError(error: unknown): error is Error & AnswerError {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: unknown };
  return typeof httpStatusCode === 'number' && httpStatusCode >= 300;
}

/** The SDK's names for an error answer that names no code, a proxy's page for example, are no codes of AWS. */
function codeOf({ name, $fault }: AnswerError): string {
  if ($fault === undefined || typeof name !== 'string' || !/^[A-Za-z0-9.]{3,64}$/.test(name)) return unnamed;
  return /^(Unknown|UnknownError|Error)$/.test(name) ? unnamed : name;
}

function textOf({ message, messages }: AnswerError): string {
  const texts = [messages].flat().filter((each) => typeof each === 'string' && each !== '');
  return stableText(texts.join(' ') || (typeof message === 'string' ? message : ''));
}

function retryAfterMs({ $response }: AnswerError): number | undefined {
  const seconds = Number($response?.headers?.['retry-after'] ?? Number.NaN);
  return seconds >= 0 ? Math.min(seconds * 1000, longestWaitMs) : undefined;
}

/** The first line without what differs from request to request: ids of requests, and the times in messages on signatures. */
export function stableText(message: string): string {
  const [line = ''] = message.split(/[\r\n]/, 1);
  const stable = line
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '…')
    .replace(/\b\d{8}T\d{6}Z\b/g, '…')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '…')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\s*Encoded authorization failure message:.*$/i, '')
    .trim();
  return stable.length > longestMessage ? `${stable.slice(0, longestMessage)}…` : stable;
}
