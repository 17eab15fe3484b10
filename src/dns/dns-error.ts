// What a lookup can come to besides an answer.

/** A lookup that came to nothing. The message is stable and fit for a status. */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  readonly code:
    | 'NXDOMAIN'
    | 'SERVFAIL'
    | 'TIMEOUT'
    | 'LOOP'
    | 'NO_ZONE'
    | 'BAD_ANSWER'
    | 'REFUSED'
    | 'BAD_NAME'
    /** No server could be reached: refused, no route, no such host. */
    | 'UNREACHABLE';

  constructor(code: DnsError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
