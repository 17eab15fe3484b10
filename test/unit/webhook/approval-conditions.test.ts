import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Condition } from '../../../src/api/conditions.ts';
import {
  addsDecision,
  approvalChangeErrors,
  approvalShapeErrors,
  conditionsOf,
} from '../../../src/webhook/approval-conditions.ts';
import { formatFieldError } from '../../../src/webhook/findings.ts';
import { aCondition, aRequest } from '../../support/request-builders.ts';

const approved = aCondition('Approved', 'True', 'cert-manager.io', 'fine');
const denied = aCondition('Denied', 'True', 'Policy', 'no');
const ready = aCondition('Ready', 'False', 'Pending');
const both = "status.conditions: Forbidden: both 'Denied' and 'Approved' conditions cannot coexist";
const multiple = (type: string) => `status.conditions: Forbidden: multiple "${type}" conditions present`;
const onlyTrue = (type: string, status: string) =>
  `status.conditions.${type}: Invalid value: "${status}": "${type}" condition may only be set to True`;
const kept = (type: string) => `status.conditions: Forbidden: '${type}' condition may not be modified once set`;

describe('approvalShapeErrors', () => {
  const cases: readonly [string, readonly Condition[] | undefined, readonly string[]][] = [
    ['none', undefined, []],
    ['an empty list', [], []],
    ['approved', [ready, approved], []],
    ['denied', [denied], []],
    ['another condition that is False', [ready], []],
    ['Approved False', [{ ...approved, status: 'False' }], [onlyTrue('Approved', 'False')]],
    ['Denied Unknown', [{ ...denied, status: 'Unknown' }], [onlyTrue('Denied', 'Unknown')]],
    ['both', [denied, approved], [both]],
    [
      'both, and neither True',
      [
        { ...denied, status: 'False' },
        { ...approved, status: 'False' },
      ],
      [onlyTrue('Approved', 'False'), onlyTrue('Denied', 'False'), both],
    ],
    ['Approved twice', [approved, { ...approved, status: 'False' }], [multiple('Approved')]],
    ['everything twice', [approved, approved, denied, denied], [multiple('Approved'), multiple('Denied'), both]],
  ];
  for (const [name, conditions, expected] of cases)
    test(name, () => assert.deepEqual(approvalShapeErrors(conditions).map(formatFieldError), expected));
});

describe('approvalChangeErrors', () => {
  const cases: readonly [
    string,
    readonly Condition[] | undefined,
    readonly Condition[] | undefined,
    readonly string[],
  ][] = [
    ['approving', [ready], [ready, approved], []],
    ['nothing about it', [approved, ready], [{ ...ready, status: 'True' }, approved], []],
    ['another reason', [approved], [{ ...approved, reason: 'Other' }], [kept('Approved')]],
    ['another message', [denied], [{ ...denied, message: 'never' }], [kept('Denied')]],
    ['another time', [approved], [{ ...approved, lastTransitionTime: '2027-01-01T00:00:00Z' }], [kept('Approved')]],
    ['it is taken away', [approved, ready], [ready], [kept('Approved')]],
    ['the status is', [denied], undefined, [kept('Denied')]],
    ['a change of mind', [approved], [denied], [kept('Approved')]],
    ['a second opinion', [approved], [approved, denied], [both]],
    [
      'Approved becomes False',
      [approved],
      [{ ...approved, status: 'False' }],
      [kept('Approved'), onlyTrue('Approved', 'False')],
    ],
    ['what is stored is wrong already', [approved, denied], [approved, denied], [both]],
  ];
  for (const [name, before, after, expected] of cases)
    test(name, () => assert.deepEqual(approvalChangeErrors(before, after).map(formatFieldError), expected));
});

describe('addsDecision', () => {
  const cases: readonly [string, readonly Condition[] | undefined, readonly Condition[] | undefined, boolean][] = [
    ['nothing', undefined, [ready], false],
    ['Approved', undefined, [approved], true],
    ['Denied', [ready], [ready, denied], true],
    ['Denied to Approved', [approved], [approved, denied], true],
    ['a changed one', [approved], [{ ...approved, reason: 'Other' }], false],
    ['a removed one', [approved], [], false],
    ['one that is False', [], [{ ...approved, status: 'False' }], true],
  ];
  for (const [name, before, after, expected] of cases)
    test(name, () => assert.equal(addsDecision(before, after), expected));
});

test('conditionsOf passes over what is no condition', () => {
  const status = (value: unknown) => aRequest({ status: value as never });
  assert.deepEqual(conditionsOf(aRequest()), undefined);
  assert.deepEqual(conditionsOf(status(null)), undefined);
  assert.deepEqual(conditionsOf(status({ conditions: 'x' })), undefined);
  assert.deepEqual(conditionsOf(status({ conditions: [null, 1, ready] })), [ready]);
});
