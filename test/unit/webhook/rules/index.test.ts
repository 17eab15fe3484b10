import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../../../src/api/kinds.ts';
import { rulesOf } from '../../../../src/webhook/rules/index.ts';

test('every kind has rules', () => {
  assert.deepEqual(
    kinds.filter(({ kind }) => rulesOf(kind) === undefined).map(({ kind }) => kind),
    [],
  );
});

test('kinds of others have none', () => {
  for (const kind of ['Secret', 'constructor', '']) assert.equal(rulesOf(kind), undefined);
});
