import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalQuantity } from '../../../src/base/quantity.ts';

// Whatever is not here is compared with Kubernetes' own code in test/oracle/orders.test.ts.
const rows: readonly (readonly [string, string])[] = [
  ['64Mi', '64Mi'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.1Ki', '102400m'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['100m', '100m'],
  ['0.1n', '1n'],
  ['1e3', '1e3'],
  ['0', '0'],
  ['0.0', '0'],
  ['-1.5Gi', '-1536Mi'],
  ['1.234k', '1.234k'],
  ['nonsense', 'nonsense'],
  ['', ''],
  ['1e', '1e'],
  ['1Mb', '1Mb'],
];

for (const [given, expected] of rows) {
  test(`the quantity "${given}"`, () => assert.equal(canonicalQuantity(given), expected));
}
