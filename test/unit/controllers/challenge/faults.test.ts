import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcmeProblem, DecodeError } from '../../../../src/base/errors.ts';
import { type Verdict, verdictOn } from '../../../../src/controllers/challenge/faults.ts';
import { HttpError } from '../../../../src/net/http.ts';

const now = new Date('2026-11-22T19:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const problem = (status: number, type: string, detail = 'no', retryAfter?: Date) =>
  new AcmeProblem({ status, type, detail, retryAfter });
const urn = 'urn:ietf:params:acme:error:';

const rows: readonly [name: string, error: unknown, failures: number, expected: Verdict][] = [
  [
    'rateLimited rests a minute',
    problem(429, 'rateLimited', 'slow down'),
    0,
    { kind: 'rest', until: after(60), reason: 'Rate limited by the ACME server until 2026-11-22T19:01:00Z: slow down' },
  ],
  [
    'Retry-After is kept whole',
    problem(429, '', '', after(7200)),
    0,
    { kind: 'rest', until: after(7200), reason: 'Rate limited by the ACME server until 2026-11-22T21:00:00Z' },
  ],
  [
    'but a day is the most',
    problem(400, 'rateLimited', '', after(900_000)),
    0,
    { kind: 'rest', until: after(86_400), reason: 'Rate limited by the ACME server until 2026-11-23T19:00:00Z' },
  ],
  [
    'a server that is down for a known time',
    problem(503, '', '', after(30)),
    0,
    { kind: 'rest', until: after(30), reason: 'Rate limited by the ACME server until 2026-11-22T19:00:30Z' },
  ],
  ['503 without a time', problem(503, '', ''), 0, { kind: 'later', at: after(5), message: '503' }],
  [
    '500, the third time',
    problem(500, 'serverInternal'),
    2,
    { kind: 'later', at: after(20), message: `500 ${urn}serverInternal: no` },
  ],
  ['never longer than 30 minutes', problem(500, ''), 99, { kind: 'later', at: after(1800), message: '500: no' }],
  ['a bad nonce', problem(400, 'badNonce'), 0, { kind: 'later', at: after(5), message: `400 ${urn}badNonce: no` }],
  [
    'no such account: it is registered again',
    problem(400, 'accountDoesNotExist'),
    0,
    { kind: 'later', at: after(5), message: `400 ${urn}accountDoesNotExist: no` },
  ],
  [
    'no answer',
    new HttpError('ECONNREFUSED', 'cannot reach x'),
    0,
    { kind: 'later', at: after(5), message: 'cannot reach x' },
  ],
  ['nonsense', new DecodeError('authorization', 'no JSON'), 0, { kind: 'later', at: after(5), message: 'no JSON' }],
  ['malformed', problem(400, 'malformed'), 0, { kind: 'end', state: 'expired', message: `400 ${urn}malformed: no` }],
  [
    'unauthorized',
    problem(403, 'unauthorized'),
    0,
    { kind: 'end', state: 'errored', message: `403 ${urn}unauthorized: no` },
  ],
  ['not found', problem(404, ''), 0, { kind: 'end', state: 'errored', message: '404: no' }],
];

for (const [name, error, failures, expected] of rows)
  test(name, () => assert.deepEqual(verdictOn(error, failures, now), expected));

test('what is no answer of a server is thrown on', () => {
  const bug = new TypeError('a bug');
  assert.throws(() => verdictOn(bug, 0, now), bug);
});

test('the text of a server is cut', () => {
  const verdict = verdictOn(problem(403, 'unauthorized', 'x'.repeat(10_000)), 0, now);
  assert.ok(verdict.kind === 'end' && verdict.message.length === 501);
});
