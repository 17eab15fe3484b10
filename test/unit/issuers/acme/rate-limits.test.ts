import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AcmeProblem, ApiError } from '../../../../src/base/errors.ts';
import { restAfter } from '../../../../src/issuers/acme/rate-limits.ts';

const now = new Date('2026-11-22T20:00:00Z');
const at = (text: string) => new Date(`2026-11-${text}Z`);
const problem = (status: number, type: string, retryAfter?: Date) =>
  new AcmeProblem({ status, type, detail: 'd', retryAfter });
const both = (until: Date, accountUntil = until) => ({ until, accountUntil });

describe('what a wish for rest means', () => {
  const rows: [string, unknown, boolean, ReturnType<typeof restAfter>][] = [
    ['429 without a time: a minute', problem(429, 'rateLimited'), false, both(at('22T20:01:00'))],
    ['the type counts, whatever the status', problem(403, 'rateLimited'), false, both(at('22T20:01:00'))],
    ['the status counts, whatever the type', problem(429, ''), false, both(at('22T20:01:00'))],
    ['the whole Retry-After', problem(429, 'rateLimited', at('22T23:00:00')), false, both(at('22T23:00:00'))],
    ['a day at most', problem(429, 'rateLimited', at('29T00:00:00')), false, both(at('23T20:00:00'))],
    ['never at once', problem(429, 'rateLimited', now), false, both(at('22T20:00:05'))],
    [
      'a new order that is refused rests the whole time, its account a quarter of an hour',
      problem(429, 'rateLimited', at('23T10:00:00')),
      true,
      both(at('23T10:00:00'), at('22T20:15:00')),
    ],
    ['a shorter rest is the same for both', problem(429, '', at('22T20:02:00')), true, both(at('22T20:02:00'))],
    ['503 with a time', problem(503, '', at('22T20:10:00')), false, both(at('22T20:10:00'))],
    ['503 without one is a failure like any other', problem(503, 'serverInternal'), false, undefined],
    ['any other problem', problem(400, 'malformed', at('22T20:10:00')), false, undefined],
    ['any other error', new ApiError(429, 'TooManyRequests', 'm'), false, undefined],
    ['none', undefined, false, undefined],
  ];
  for (const [name, error, isNewOrder, expected] of rows) {
    it(name, () => assert.deepEqual(restAfter(error, now, isNewOrder), expected));
  }
});
