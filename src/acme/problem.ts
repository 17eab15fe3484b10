// What an ACME server answers where it does not do what it was asked (RFC 8555 section 6.7, RFC 7807), as values.
import { AcmeProblem } from '../base/errors.ts';
import type { HttpAnswer } from '../net/http.ts';
import type { Fault, Identifier } from './resources.ts';
import { retryAfterOf } from './retry-after.ts';

const namespace = 'urn:ietf:params:acme:error:';
/** Enough for any message meant for people; statuses have to stay small. */
const longestDetail = 1024;
const mostSubproblems = 100;

/** The problem that an answer other than success states; one without a problem document has its status only, nothing of its body. */
export function problemOf(answer: HttpAnswer, now: Date): AcmeProblem {
  const { status, headers } = answer;
  const retryAfter = retryAfterOf(headers['retry-after'], now);
  const document = isProblem(headers['content-type']) ? jsonObject(answer.body) : undefined;
  const fault = faultOf(document, status);
  const instance = document?.['instance'];
  return new AcmeProblem({
    status,
    type: fault?.type ?? '',
    // Servers quote the nonce, another one at each attempt: a message that goes into a status has to stay the same.
    detail: fault === undefined || fault.type === 'badNonce' ? '' : fault.detail,
    subproblems: fault?.subproblems ?? [],
    retryAfter,
    instance: typeof instance === 'string' ? cut(instance) : undefined,
  });
}

/** The `error` member of an order or a challenge; undefined where there is none. */
export function faultOf(value: unknown, status = 0): Fault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const document = value as Record<string, unknown>;
  const own = Number.isInteger(document['status']) ? (document['status'] as number) : status;
  const list = Array.isArray(document['subproblems']) ? document['subproblems'].slice(0, mostSubproblems) : [];
  return {
    type: typeOf(document['type']),
    status: own,
    detail: textOf(document['detail']),
    subproblems: list.flatMap(subproblemOf),
  };
}

function subproblemOf(value: unknown): Fault['subproblems'] {
  if (typeof value !== 'object' || value === null) return [];
  const { type, detail, identifier } = value as Record<string, unknown>;
  const named = identifierOf(identifier);
  return [{ type: typeOf(type), detail: textOf(detail), ...(named === undefined ? {} : { identifier: named }) }];
}

function identifierOf(value: unknown): Identifier | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, value: name } = value as Record<string, unknown>;
  return (type === 'dns' || type === 'ip') && typeof name === 'string' ? { type, value: cut(name) } : undefined;
}

function typeOf(value: unknown): string {
  const text = textOf(value);
  return text.startsWith(namespace) ? text.slice(namespace.length) : text;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? cut(value) : '');
const cut = (text: string): string => (text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text);

const isProblem = (type = ''): boolean => /^application\/(problem\+)?json\b/i.test(type);

function jsonObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
