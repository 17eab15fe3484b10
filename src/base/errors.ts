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
