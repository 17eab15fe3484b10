import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../../src/issuers/acme/renewal-info.ts';

const at = (ms: number) => new Date(1_000_000 + ms);

test('of many questions at once one a second is let through, each of them in its turn', () => {
  const pace = new Pace();
  const turns = Array.from({ length: 5 }, (_, index) => pace.turn('a', `c${index}`, at(0)).getTime() - at(0).getTime());
  assert.deepEqual(turns, [0, 1_000, 2_000, 3_000, 4_000]);
  // Whoever asks too early again keeps the turn.
  assert.deepEqual(pace.turn('a', 'c3', at(500)), at(3_000));
  assert.deepEqual(pace.turn('a', 'c3', at(3_000)), at(3_000));
  // The turn is used up; the next question has another one, behind those that wait.
  assert.deepEqual(pace.turn('a', 'c3', at(3_100)), at(5_000));
});

test('servers do not wait for each other', () => {
  const pace = new Pace();
  assert.deepEqual([pace.turn('a', 'x', at(0)), pace.turn('b', 'y', at(0))], [at(0), at(0)]);
});
