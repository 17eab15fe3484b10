import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../src/base/errors.ts';
import { interruption } from '../../../src/kube/watch.ts';

const table: readonly (readonly [string, unknown, RegExp])[] = [
  ['credentials that are not accepted', new ApiError(401, 'Unauthorized', 'x'), /credentials/],
  ['a right that is missing', new ApiError(403, 'Forbidden', 'x'), /role lacks list and watch/],
  ['a kind that is gone', new ApiError(404, 'NotFound', 'x'), /CustomResourceDefinition/],
  ['history that is gone', new ApiError(410, 'Expired', 'x'), /goes on/],
  ['a cut connection', new ApiError(0, 'Unreachable', 'x'), /goes on/],
  ['a line that is no JSON', new SyntaxError('x'), /goes on/],
];

for (const [name, error, expected] of table) {
  test(`what the log says of ${name}`, () => {
    assert.match(interruption(error), expected);
  });
}
