import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { ProviderError } from '../../../../../src/base/errors.ts';
import { HttpError } from '../../../../../src/net/http.ts';
import { inWords, stableText } from '../../../../../src/solvers/dns01/route53/errors.ts';

interface Said {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** As the SDK throws: with `$fault` where it could read the answer. */
const thrown = (status: number, members: object) =>
  Object.assign(new Error(''), { $metadata: { httpStatusCode: status, requestId: 'id-1' } }, members);
const service = (status: number, name: string, message: string, members: object = {}) =>
  thrown(status, { name, message, $fault: 'client', ...members });

/** [what, what is thrown, what is said]. */
const errors: readonly (readonly [string, unknown, Said])[] = [
  [
    'a refusal',
    service(403, 'AccessDenied', 'User: x is not authorized'),
    { code: 'Unauthorized', message: 'AccessDenied: User: x is not authorized' },
  ],
  [
    'a refusal that is no 403',
    service(400, 'ExpiredTokenException', 'Token expired'),
    { code: 'Unauthorized', message: 'ExpiredTokenException: Token expired' },
  ],
  [
    'too many requests',
    service(400, 'Throttling', 'Rate exceeded'),
    { code: 'RateLimited', message: 'Throttling: Rate exceeded' },
  ],
  [
    'with its whole name',
    service(400, 'ThrottlingException', 'Rate exceeded'),
    { code: 'RateLimited', message: 'ThrottlingException: Rate exceeded' },
  ],
  [
    'a zone that is being changed',
    service(400, 'PriorRequestNotComplete', 'The request was rejected'),
    { code: 'RateLimited', message: 'PriorRequestNotComplete: The request was rejected' },
  ],
  [
    'when to come back',
    service(503, 'SlowDown', 'x', { $response: { headers: { 'retry-after': '7' } } }),
    { code: 'RateLimited', message: 'SlowDown: x', retryAfterMs: 7000 },
  ],
  [
    'no such zone',
    service(404, 'NoSuchHostedZone', 'No hosted zone found with ID: Z1'),
    { code: 'ZoneNotFound', message: 'NoSuchHostedZone: No hosted zone found with ID: Z1' },
  ],
  [
    'the messages of a batch',
    service(400, 'InvalidChangeBatch', '', { messages: ['one', 'two'] }),
    { code: 'InvalidChangeBatch', message: 'InvalidChangeBatch: one two' },
  ],
  [
    "a proxy's page",
    thrown(503, { name: 'SyntaxError', message: '<html>s3cret' }),
    { code: 'Unreachable', message: 'HTTP status 503' },
  ],
  [
    "a proxy's page that is a refusal",
    thrown(407, { name: 'SyntaxError', message: '<html>s3cret' }),
    { code: 'BadAnswer', message: 'HTTP status 407' },
  ],
  [
    'an answer without a code',
    service(403, 'Unknown', 'UnknownError'),
    { code: 'Unauthorized', message: 'HTTP status 403' },
  ],
  [
    'a success that is none',
    thrown(200, { name: 'SyntaxError', message: '<html>s3cret' }),
    { code: 'BadAnswer', message: 'the answer could not be understood' },
  ],
  ['anything', new TypeError('s3cret'), { code: 'BadAnswer', message: 'the answer could not be understood' }],
  [
    'a key that HTTP cannot carry',
    Object.assign(new TypeError('Invalid character in header content'), { code: 'ERR_INVALID_CHAR' }),
    { code: 'NotConfigured', message: 'a credential has characters that cannot be sent' },
  ],
  [
    'no connection',
    new HttpError('ECONNREFUSED', 'cannot reach x: ECONNREFUSED'),
    { code: 'Unreachable', message: 'cannot reach x: ECONNREFUSED' },
  ],
  [
    'too much',
    new HttpError('TOO_LARGE', 'the answer is larger than 1 bytes'),
    { code: 'TooLarge', message: 'the answer is larger than 1 bytes' },
  ],
];

describe('what AWS throws, in words', () => {
  for (const [what, error, expected] of errors) {
    test(what, () => {
      const { provider, code, message, retryAfterMs, cause } = inWords('failed', error);
      assert.deepEqual(
        { provider, code, message, retryAfterMs, cause },
        {
          provider: 'route53',
          code: expected.code,
          message: `failed: ${expected.message}`,
          retryAfterMs: expected.retryAfterMs,
          cause: error,
        },
      );
    });
  }

  it('is left as it is where it is in words already', () => {
    const error = new ProviderError('route53', 'ZoneNotFound', 'no zone');
    assert.equal(inWords('failed', error), error);
  });
});

/** [what, message, what is kept of it]. */
const messages: readonly (readonly [string, string, string])[] = [
  ['a request id', 'failed, request id: 01234567-89ab-CDEF-0123-456789abcdef.', 'failed, request id: ….'],
  [
    'the times of a signature',
    'Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z',
    'Signature expired: … is now earlier than …',
  ],
  ['a time', 'valid until 2026-01-01T00:00:00.123Z', 'valid until …'],
  ['an encoded message', 'Denied. Encoded authorization failure message: 4JhPz-x', 'Denied.'],
  ['further lines', 'does not match.\n\nThe Canonical String is 20260101', 'does not match.'],
  ['what moves a terminal', 'a\u001b[31mb\u2028c', 'a [31mb c'],
  ['more than fits', 'a'.repeat(400), `${'a'.repeat(300)}…`],
];

describe('a message of AWS', () => {
  for (const [what, message, expected] of messages)
    test(`without ${what}`, () => assert.equal(stableText(message), expected));
});
