import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCause } from '../../../../src/controllers/certificate/cause.ts';

const table: readonly (readonly [string, string, string | undefined, string])[] = [
  ['no cause', 'Secret does not exist', undefined, 'Secret does not exist'],
  [
    'a cause',
    'Secret does not exist',
    'Issuer "ca" not found',
    'Secret does not exist. Waiting: Issuer "ca" not found',
  ],
  ['a message with a full stop of its own', 'Two want it.', 'Secret is taken', 'Two want it. Waiting: Secret is taken'],
  ['its full stop stays where no cause follows', 'Two want it.', undefined, 'Two want it.'],
];

for (const [name, message, cause, expected] of table) {
  test(`withCause: ${name}`, () => {
    assert.equal(withCause(message, cause), expected);
  });
}
