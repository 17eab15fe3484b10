import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionTable } from '../../../src/api/condition-table.ts';
import {
  type Condition,
  conditionOf,
  conditionTypes,
  isTrue,
  type NewCondition,
  reasons,
  removeCondition,
  setCondition,
} from '../../../src/api/conditions.ts';

const now = new Date('2026-11-22T20:00:00.987Z');
const then = '2026-11-01T00:00:00Z';
const ready: Condition = { type: 'Ready', status: 'True', reason: 'Ready', lastTransitionTime: then };
const issuing: Condition = { type: 'Issuing', status: 'True', reason: 'Renewing', lastTransitionTime: then };

const settings: readonly [string, readonly Condition[] | undefined, NewCondition, readonly Condition[]][] = [
  [
    'the first condition of an object',
    undefined,
    { type: 'Ready', status: 'False', reason: 'DoesNotExist', message: 'm', observedGeneration: 2 },
    [
      {
        type: 'Ready',
        status: 'False',
        reason: 'DoesNotExist',
        message: 'm',
        observedGeneration: 2,
        lastTransitionTime: '2026-11-22T20:00:00Z',
      },
    ],
  ],
  [
    'a new type goes to the end',
    [ready],
    { type: 'Issuing', status: 'True' },
    [ready, { type: 'Issuing', status: 'True', lastTransitionTime: '2026-11-22T20:00:00Z' }],
  ],
  [
    'a new status moves the time and keeps the place',
    [ready, issuing],
    { type: 'Ready', status: 'False', reason: 'Expired' },
    [{ type: 'Ready', status: 'False', reason: 'Expired', lastTransitionTime: '2026-11-22T20:00:00Z' }, issuing],
  ],
  [
    'a new reason alone does not move the time',
    [issuing, ready],
    { type: 'Ready', status: 'True', reason: 'Other', message: 'x' },
    [issuing, { type: 'Ready', status: 'True', reason: 'Other', message: 'x', lastTransitionTime: then }],
  ],
  [
    'what the new condition leaves out goes away',
    [{ ...ready, message: 'old', observedGeneration: 1 }],
    { type: 'Ready', status: 'True' },
    [{ type: 'Ready', status: 'True', lastTransitionTime: then }],
  ],
  [
    'a time that was absent stays absent',
    [{ type: 'Ready', status: 'True' }],
    { type: 'Ready', status: 'True', reason: 'Ready' },
    [{ type: 'Ready', status: 'True', reason: 'Ready' }],
  ],
];

for (const [name, given, condition, expected] of settings) {
  test(`setCondition: ${name}`, () => {
    const before = structuredClone(given);
    assert.deepEqual(setCondition(given, condition, now), expected);
    assert.deepEqual(given, before);
  });
}

test('setting a condition again changes nothing', () => {
  const once = setCondition([issuing], ready, now);
  assert.deepEqual(setCondition(once, ready, new Date('2027-01-01T00:00:00Z')), once);
});

test('conditions are found by type', () => {
  assert.equal(conditionOf([issuing, ready], 'Ready'), ready);
  assert.equal(conditionOf([issuing], 'Ready'), undefined);
  assert.equal(conditionOf(undefined, 'Ready'), undefined);
  assert.equal(isTrue([issuing, ready], 'Ready'), true);
  assert.equal(isTrue([{ type: 'Ready', status: 'Unknown' }], 'Ready'), false);
  assert.equal(isTrue(undefined, 'Ready'), false);
  assert.deepEqual(removeCondition([issuing, ready], 'Issuing'), [ready]);
  assert.deepEqual(removeCondition(undefined, 'Issuing'), []);
});

test('every type and reason of the table is a constant of that name, explained once', () => {
  for (const { type, reason } of conditionTable) {
    assert.equal((conditionTypes as Readonly<Record<string, string>>)[type], type);
    assert.equal((reasons as Readonly<Record<string, string>>)[reason], reason);
  }
  const rows = conditionTable.map((entry) => `${entry.on} ${entry.type}=${entry.status} ${entry.reason}`);
  assert.deepEqual(rows, [...new Set(rows)]);
});
