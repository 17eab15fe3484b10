// From the JSON of an ACME server to the resources of resources.ts. What is not as RFC 8555 says is a DecodeError that names the member; members
// nobody knows are passed over.
import { DecodeError } from '../base/errors.ts';
import { parseTime } from '../base/rfc3339.ts';
import type { HttpAnswer } from '../net/http.ts';
import { faultOf } from './problem.ts';
import type {
  Account,
  Authorization,
  AuthorizationStatus,
  Challenge,
  ChallengeStatus,
  Directory,
  Identifier,
  Order,
  OrderStatus,
  RenewalInfo,
} from './resources.ts';
import { retryAfterOf } from './retry-after.ts';

type Members = Readonly<Record<string, unknown>>;

const orderStatuses: readonly OrderStatus[] = ['pending', 'ready', 'processing', 'valid', 'invalid'];
const authorizationStatuses: readonly AuthorizationStatus[] = [
  'pending',
  'valid',
  'invalid',
  'deactivated',
  'expired',
  'revoked',
];
const challengeStatuses: readonly ChallengeStatus[] = ['pending', 'processing', 'valid', 'invalid'];
const accountStatuses: readonly Account['status'][] = ['valid', 'deactivated', 'revoked'];
/** More than any server's; an answer is at most 1 MiB anyway. */
const mostEntries = 10_000;

/** The body as an object. */
export function documentOf(answer: HttpAnswer, what: string): Members {
  const type = answer.headers['content-type'] ?? '';
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) throw new DecodeError(what, `the ${what} is no JSON`);
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw new DecodeError(what, `the ${what} is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DecodeError(what, `the ${what} is no object`);
  return value as Members;
}

/** Every URL must be one that the base URL's scheme allows: an HTTPS server must not lead to plain HTTP. */
function url(members: Members, name: string, what: string, base: string): string {
  const found = optionalUrl(members, name, what, base);
  if (found === undefined) throw new DecodeError(what, `the ${what} has no ${name}`);
  return found;
}

function optionalUrl(members: Members, name: string, what: string, base: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new DecodeError(what, `the ${name} of the ${what} is no URL`);
  return checkedUrl(value, `${name} of the ${what}`, base);
}

/** Resolved against `base`. Throws DecodeError for what is no URL, or leads from HTTPS to something else. */
export function checkedUrl(value: string, what: string, base: string): string {
  const parsed = URL.parse(value, base);
  const secure = URL.parse(base)?.protocol === 'https:';
  if (parsed === null || (parsed.protocol !== 'https:' && (secure || parsed.protocol !== 'http:'))) {
    throw new DecodeError('URL', `the ${what} is no ${secure ? 'https' : 'http'} URL`);
  }
  return parsed.href;
}

function oneOf<T extends string>(members: Members, allowed: readonly T[], what: string): T {
  const found = allowed.find((each) => each === members['status']);
  if (found === undefined) throw new DecodeError(what, `the status of the ${what} is none of RFC 8555`);
  return found;
}

function list(members: Members, name: string, what: string): readonly unknown[] {
  const value = members[name];
  if (!Array.isArray(value) || value.length > mostEntries) throw new DecodeError(what, `the ${what} has no ${name}`);
  return value;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const time = (value: unknown): Date | undefined => (typeof value === 'string' ? parseTime(value) : undefined);

/** The members that are there. */
function present<T extends object>(members: { readonly [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

export function directoryOf(answer: HttpAnswer, base: string): Directory {
  const what = 'directory';
  const members = documentOf(answer, what);
  const meta = (typeof members['meta'] === 'object' && members['meta'] !== null ? members['meta'] : {}) as Members;
  const profiles = meta['profiles'];
  const identities = Array.isArray(meta['caaIdentities']) ? meta['caaIdentities'] : [];
  return {
    newNonce: url(members, 'newNonce', what, base),
    newAccount: url(members, 'newAccount', what, base),
    newOrder: url(members, 'newOrder', what, base),
    ...present({
      revokeCert: optionalUrl(members, 'revokeCert', what, base),
      keyChange: optionalUrl(members, 'keyChange', what, base),
      renewalInfo: optionalUrl(members, 'renewalInfo', what, base),
      termsOfService: text(meta['termsOfService']),
      website: text(meta['website']),
      profiles:
        typeof profiles === 'object' && profiles !== null
          ? Object.fromEntries(Object.entries(profiles).map(([name, value]) => [name, text(value) ?? '']))
          : undefined,
    }),
    caaIdentities: identities.filter((each): each is string => typeof each === 'string'),
    externalAccountRequired: meta['externalAccountRequired'] === true,
  };
}

export function accountOf(answer: HttpAnswer, accountUrl: string): Account {
  const members = documentOf(answer, 'account');
  const contact = Array.isArray(members['contact']) ? members['contact'] : [];
  return {
    url: accountUrl,
    status: oneOf(members, accountStatuses, 'account'),
    contact: contact.filter((each): each is string => typeof each === 'string'),
  };
}

export function orderOf(answer: HttpAnswer, orderUrl: string, now: Date): Order {
  const what = 'order';
  const members = documentOf(answer, what);
  const authorizations = list(members, 'authorizations', what).map((each) => {
    if (typeof each !== 'string') throw new DecodeError(what, `an authorization of the ${what} is no URL`);
    return checkedUrl(each, `authorization of the ${what}`, orderUrl);
  });
  return {
    url: orderUrl,
    status: oneOf(members, orderStatuses, what),
    identifiers: list(members, 'identifiers', what).flatMap(identifierOf),
    authorizations,
    finalize: url(members, 'finalize', what, orderUrl),
    ...present({
      expires: time(members['expires']),
      certificate: optionalUrl(members, 'certificate', what, orderUrl),
      profile: text(members['profile']),
      replaces: text(members['replaces']),
      error: faultOf(members['error']),
      retryAfter: retryAfterOf(answer.headers['retry-after'], now),
    }),
  };
}

export function authorizationOf(answer: HttpAnswer, authorizationUrl: string, now: Date): Authorization {
  const what = 'authorization';
  const members = documentOf(answer, what);
  const [identifier] = identifierOf(members['identifier']);
  if (identifier === undefined) throw new DecodeError(what, `the ${what} has no identifier that we know`);
  const challenges = list(members, 'challenges', what).flatMap((each) => {
    if (typeof each !== 'object' || each === null) return [];
    return [challengeFrom(each as Members, authorizationUrl)];
  });
  return {
    url: authorizationUrl,
    status: oneOf(members, authorizationStatuses, what),
    identifier,
    wildcard: members['wildcard'] === true,
    challenges,
    ...present({
      expires: time(members['expires']),
      retryAfter: retryAfterOf(answer.headers['retry-after'], now),
    }),
  };
}

export function challengeOf(answer: HttpAnswer, challengeUrl: string, now: Date): Challenge {
  const challenge = challengeFrom({ url: challengeUrl, ...documentOf(answer, 'challenge') }, challengeUrl);
  const retryAfter = retryAfterOf(answer.headers['retry-after'], now);
  return retryAfter === undefined ? challenge : { ...challenge, retryAfter };
}

function challengeFrom(members: Members, base: string): Challenge {
  const what = 'challenge';
  const type = text(members['type']);
  if (type === undefined) throw new DecodeError(what, `a ${what} has no type`);
  return {
    url: url(members, 'url', what, base),
    type,
    status: oneOf(members, challengeStatuses, what),
    ...present({ token: tokenOf(members['token']), error: faultOf(members['error']) }),
  };
}

/** RFC 8555 section 8.1: base64url characters only. It becomes part of a path and of labels. */
function tokenOf(value: unknown): string | undefined {
  const token = text(value);
  if (token === undefined) return undefined;
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(token))
    throw new DecodeError('challenge', 'the token of a challenge is not base64url');
  return token;
}

function identifierOf(value: unknown): readonly Identifier[] {
  if (typeof value !== 'object' || value === null) return [];
  const { type, value: name } = value as Members;
  return (type === 'dns' || type === 'ip') && typeof name === 'string' && name !== '' ? [{ type, value: name }] : [];
}

/** RFC 9773 section 4.2. */
export function renewalInfoOf(answer: HttpAnswer, now: Date): RenewalInfo {
  const what = 'renewal information';
  const members = documentOf(answer, what);
  const window = (members['suggestedWindow'] ?? {}) as Members;
  const [start, end] = [time(window['start']), time(window['end'])];
  if (start === undefined || end === undefined || end < start) throw new DecodeError(what, `the ${what} has no window`);
  return {
    start,
    end,
    ...present({
      explanationUrl: text(members['explanationURL']),
      retryAfter: retryAfterOf(answer.headers['retry-after'], now),
    }),
  };
}
