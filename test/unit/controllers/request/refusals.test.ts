import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateRequests } from '../../../../src/api/kinds.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { Refusals } from '../../../../src/controllers/request/refusals.ts';
import type { Action } from '../../../../src/kube/reconcile.ts';
import { aRequest } from '../../../support/request-builders.ts';
import { approvedBefore } from './rules.ts';

const start = Date.parse('2026-11-22T19:00:00Z');
const request = aRequest();
const approval: Action = {
  kind: 'status',
  by: 'cert-manager-certificaterequests-approver',
  resource: certificateRequests,
  object: request,
  status: { conditions: [approvedBefore] },
};
const forbidden = new ApiError(403, 'Forbidden', 'not allowed');

describe('Refusals', () => {
  it('remembers a refused approval and waits ever longer; success forgets it', async () => {
    const refusals = new Refusals(() => new Date(start));
    const refusing = refusals.guard(() => Promise.reject(forbidden));
    const seconds = async () => {
      await assert.rejects(refusing([approval]), forbidden);
      return ((refusals.of(request)?.retryAt.getTime() ?? 0) - start) / 1_000;
    };
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) waits.push(await seconds());
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 600]);
    assert.equal(refusals.of(request)?.message, 'not allowed');
    await refusals.guard(() => Promise.resolve())([approval]);
    assert.equal(refusals.of(request), undefined);
  });

  const others: [string, Action, unknown][] = [
    ['another error', approval, new ApiError(409, 'Conflict', 'stale')],
    ['an error that is no answer', approval, new Error('connection lost')],
    ['a write that adds no approval', { ...approval, object: aRequest({ conditions: [approvedBefore] }) }, forbidden],
    ['a status without an approval', { ...approval, status: {} }, forbidden],
  ];
  for (const [name, action, error] of others) {
    it(`does not count ${name}`, async () => {
      const refusals = new Refusals(() => new Date(start));
      await assert.rejects(refusals.guard(() => Promise.reject(error))([action]));
      assert.equal(refusals.of(request), undefined);
    });
  }
});
