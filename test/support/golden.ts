// Compares what users see with a text file under test/golden. `UPDATE_GOLDEN=1` in the environment of the test run writes the files anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function matchesGolden(name: string, text: string): void {
  const path = fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  assert.equal(
    text,
    readFileSync(path, 'utf8'),
    `test/golden/${name} differs; if that is meant, run the test with UPDATE_GOLDEN=1`,
  );
}
