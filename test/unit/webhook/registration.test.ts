import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../../src/api/kinds.ts';
import { mutating, validating } from '../../../src/webhook/registration.ts';

test('the groups of all our kinds are validated', () => {
  const groups = new Set(kinds.map(({ group }) => group));
  assert.deepEqual(new Set(validating.rules.flatMap(({ apiGroups }) => apiGroups)), groups);
});

test('what clients rely on', () => {
  for (const { name, failurePolicy, sideEffects } of [mutating, validating])
    assert.deepEqual([name, failurePolicy, sideEffects], ['webhook.cert-manager.io', 'Fail', 'None']);
  assert.deepEqual([mutating.path, validating.path], ['/mutate', '/validate']);
});
