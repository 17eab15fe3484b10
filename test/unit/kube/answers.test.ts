import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFrom, errorOfEvent, parseRetryAfter } from '../../../src/kube/answers.ts';

const now = new Date('2026-01-01T00:00:00Z');
const status = (more: object): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...more });

describe('an answer that is an error', () => {
  const table: readonly [string, [number, string, string | undefined], [number, string, string, number | undefined]][] =
    [
      [
        'a Status',
        [409, status({ reason: 'AlreadyExists', message: 'm' }), undefined],
        [409, 'AlreadyExists', 'm', undefined],
      ],
      [
        'what its own time limit makes of it',
        [
          504,
          JSON.stringify({ metadata: {}, status: 'Failure', message: 'm', reason: 'Timeout', code: 504 }),
          undefined,
        ],
        [504, 'Timeout', 'm', undefined],
      ],
      ['a Status without reason', [404, status({ message: 'm' }), undefined], [404, 'NotFound', 'm', undefined]],
      [
        'text of something in between',
        [502, '<html>bad gateway</html>', undefined],
        [502, 'Unknown', '<html>bad gateway</html>', undefined],
      ],
      ['nothing', [503, '', '7'], [503, 'ServiceUnavailable', 'the server answered 503', 7000]],
      ['broken JSON', [500, '{"kind":', undefined], [500, 'InternalError', '{"kind":', undefined]],
      [
        'a wait in the details',
        [429, status({ details: { retryAfterSeconds: 3 } }), undefined],
        [429, 'TooManyRequests', status({ details: { retryAfterSeconds: 3 } }), 3000],
      ],
      [
        'the header counts before the details',
        [429, status({ message: 'm', details: { retryAfterSeconds: 3 } }), '1'],
        [429, 'TooManyRequests', 'm', 1000],
      ],
    ];
  for (const [name, [code, body, header], expected] of table) {
    it(name, () => {
      const error = errorFrom(code, body, header, now);
      assert.deepEqual([error.status, error.reason, error.message, error.retryAfterMs], expected);
    });
  }

  it('inside a watch', () => {
    const error = errorOfEvent({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });
    assert.deepEqual([error.status, error.reason, error.message], [410, 'Expired', 'too old']);
    assert.equal(errorOfEvent(undefined).status, 500);
  });
});

describe('Retry-After', () => {
  const table: readonly [string, string | undefined, number | undefined][] = [
    ['absent', undefined, undefined],
    ['seconds', '120', 120_000],
    ['zero', '0', 0],
    ['a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['a date in the past', 'Wed, 31 Dec 2025 00:00:30 GMT', 0],
    ['nonsense', 'soon', undefined],
  ];
  for (const [name, given, expected] of table) it(name, () => assert.equal(parseRetryAfter(given, now), expected));
});
