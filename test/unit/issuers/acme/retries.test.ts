import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AcmeProblem, ApiError, DecodeError } from '../../../../src/base/errors.ts';
import { backoffMs, mayPass, problemText, restReason, retryAt } from '../../../../src/issuers/acme/retries.ts';
import { HttpError } from '../../../../src/net/http.ts';

const now = new Date('2026-11-22T20:00:00Z');
const at = (text: string) => new Date(`2026-11-${text}Z`);
const problem = (status: number, type: string, retryAfter?: Date, detail = 'd') =>
  new AcmeProblem({ status, type, detail, retryAfter });

describe('what may pass', () => {
  const rows: [string, unknown, boolean][] = [
    ['no answer', new HttpError('ECONNREFUSED', 'm'), true],
    ['an answer that is none', new DecodeError('directory', 'm'), true],
    ['a server in trouble', problem(500, 'serverInternal'), true],
    ['trouble of a kind that nobody knows', problem(502, ''), true],
    ['an answer that should not be', problem(302, ''), true],
    ['an account that the server has lost', problem(400, 'accountDoesNotExist'), true],
    ['nonces that were all bad', problem(400, 'badNonce'), true],
    ['a refusal', problem(403, 'rejectedIdentifier'), false],
    ['a mistake of ours', problem(400, 'malformed'), false],
  ];
  for (const [name, error, expected] of rows) it(name, () => assert.equal(mayPass(error), expected));

  it('what no server said is thrown on', () => {
    const error = new ApiError(500, 'InternalError', 'm');
    assert.throws(() => mayPass(error), error);
  });
});

describe('when it is tried again', () => {
  const rows: [string, unknown, number, Date][] = [
    ['at first after 5 seconds', problem(500, ''), 0, at('22T20:00:05')],
    ['then after 10', problem(500, ''), 1, at('22T20:00:10')],
    ['after half an hour at most', problem(500, ''), 1000, at('22T20:30:00')],
    ['when the server says', problem(500, '', at('22T21:00:00')), 0, at('22T21:00:00')],
    ['but not at once', problem(500, '', now), 0, at('22T20:00:05')],
    ['and within a day', problem(500, '', at('29T20:00:00')), 0, at('23T20:00:00')],
    ['no answer says when', new HttpError('TIMEOUT', 'm'), 2, at('22T20:00:20')],
  ];
  for (const [name, error, failures, expected] of rows)
    it(name, () => assert.deepEqual(retryAt(error, failures, now), expected));

  it('a number below zero is as none', () => assert.equal(backoffMs(-1), 5_000));
});

describe('in which words', () => {
  const until = at('22T21:00:00');
  const rows: [string, string, string][] = [
    ['rest', restReason(until), 'Rate limited by the ACME server until 2026-11-22T21:00:00Z'],
    [
      'rest with the words of the server',
      restReason(until, problem(429, '', undefined, 'too many')),
      'Rate limited by the ACME server until 2026-11-22T21:00:00Z: too many',
    ],
    ['long texts are cut', problemText(new Error('x'.repeat(501))), `${'x'.repeat(500)}…`],
    ['what was thrown that is no error', problemText('gone'), 'gone'],
  ];
  for (const [name, text, expected] of rows) it(name, () => assert.equal(text, expected));
});
