// The error classes that code may tell apart. Nothing ever matches on message text; everything else that is thrown is a bug or transient.

/** An answer of a Kubernetes API server other than success. `reason` is the Status object's reason, e.g. `NotFound`, `Conflict`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  /** From Retry-After, where the server sent one. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Bytes or text that are not what they should be. The message is short and stable (no offsets that depend on time, no secrets): it may go
 * into a condition. `what` says which kind of thing was decoded, e.g. `certificate`, `private key`, `chain`.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly what: string;

  constructor(what: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.what = what;
  }
}

/** One sub-problem of an ACME problem (RFC 8555 section 6.7.1). */
export interface AcmeSubproblem {
  readonly type: string;
  readonly detail: string;
  readonly identifier?: { readonly type: string; readonly value: string };
}

/** An ACME server's answer other than success (RFC 8555 section 6.7, RFC 7807). The message is short and stable: it may go into a status. */
export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem';
  /** The HTTP status. */
  readonly status: number;
  /** Without its namespace `urn:ietf:params:acme:error:`, e.g. `rateLimited`; a type outside it is kept whole; empty where the answer was no problem document. */
  readonly type: string;
  readonly detail: string;
  readonly subproblems: readonly AcmeSubproblem[];
  /** From Retry-After, in either form. */
  readonly retryAfter: Date | undefined;
  /** For people, where the server names one (`userActionRequired`: Link rel="terms-of-service" or `instance`). */
  readonly instance: string | undefined;

  constructor(
    problem: {
      readonly status: number;
      readonly type: string;
      readonly detail: string;
      readonly subproblems?: readonly AcmeSubproblem[];
      readonly retryAfter?: Date | undefined;
      readonly instance?: string | undefined;
    },
    options: { readonly cause?: unknown } = {},
  ) {
    super(acmeMessage(problem), options.cause === undefined ? undefined : { cause: options.cause });
    this.status = problem.status;
    this.type = problem.type;
    this.detail = problem.detail;
    this.subproblems = problem.subproblems ?? [];
    this.retryAfter = problem.retryAfter;
    this.instance = problem.instance;
  }
}

const acmeNamespace = 'urn:ietf:params:acme:error:';

/** Of the hundred that there may be. */
const mostSubproblemsTold = 10;

/** In the form of upstream's client: `403 urn:ietf:params:acme:error:unauthorized: detail`, then the sub-problems, which say which name it is about. */
function acmeMessage(problem: {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  readonly subproblems?: readonly AcmeSubproblem[];
}): string {
  const { status, type, detail, subproblems = [] } = problem;
  const told = subproblems.slice(0, mostSubproblemsTold).map((each) => `\n\t${subproblemText(each)}`);
  const more = subproblems.length > told.length ? `\n\tand ${subproblems.length - told.length} more` : '';
  const list = told.length === 0 ? '' : `; subproblems:${told.join('')}${more}`;
  return `${status}${type === '' ? '' : ` ${urnOf(type)}`}${detail === '' ? '' : `: ${detail}`}${list}`;
}

function subproblemText({ type, detail, identifier }: AcmeSubproblem): string {
  const about = identifier === undefined ? '' : `[${identifier.type}: ${identifier.value}] `;
  return `${type === '' ? '' : `${urnOf(type)}: `}${about}${detail}`;
}

const urnOf = (type: string): string => (type.includes(':') ? type : acmeNamespace + type);

/** A DNS provider that refused, or could not be asked. The message is short and stable: no request ids, times or ports; the rest is the `cause`. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly provider: string;
  /** The provider's own code, or ours: `NotConfigured`, `Unauthorized`, `ZoneNotFound`, `RateLimited`, `Unreachable`, `Conflict`, `TooLarge`. */
  readonly code: string;
  /** Where the provider said when to come back. */
  readonly retryAfterMs: number | undefined;

  constructor(
    provider: string,
    code: string,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.provider = provider;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
