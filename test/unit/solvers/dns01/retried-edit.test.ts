import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { editUntilKept } from '../../../../src/solvers/dns01/retried-edit.ts';

const signal = new AbortController().signal;
const lost = new Error('lost');

/** Counts its calls; is kept at the call with this number. */
function attempts(keptAt: number) {
  const counted = { calls: 0, attempt: async () => ++counted.calls >= keptAt };
  return counted;
}

describe('an edit that others may overtake', () => {
  test('ends when it is kept', async () => {
    const edit = attempts(3);
    await editUntilKept(edit.attempt, () => lost, signal);
    assert.equal(edit.calls, 3);
  });

  test('is given up after a dozen attempts', async () => {
    const edit = attempts(100);
    await assert.rejects(
      editUntilKept(edit.attempt, () => lost, signal),
      (error) => error === lost,
    );
    assert.equal(edit.calls, 12);
  });

  test('fails as the attempt does', async () => {
    const bug = new Error('bug');
    await assert.rejects(
      editUntilKept(
        () => Promise.reject(bug),
        () => lost,
        signal,
      ),
      (error) => error === bug,
    );
  });

  test("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const attempt = async () => {
      controller.abort(reason);
      return false;
    };
    await assert.rejects(
      editUntilKept(attempt, () => lost, controller.signal),
      (error) => error === reason,
    );
  });
});
