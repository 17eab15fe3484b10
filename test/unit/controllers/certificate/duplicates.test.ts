import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import { ownerOfSecret } from '../../../../src/controllers/certificate/duplicates.ts';
import type { SecretFacts } from '../../../../src/controllers/certificate/seen.ts';
import { aCertificate, aSecret, metadataOf } from '../../../support/certificate-builders.ts';

const named = (name: string, creationTimestamp = '2026-01-01T00:00:00Z'): Certificate =>
  aCertificate({}, undefined, { ...metadataOf(name), creationTimestamp });
const secretOf = (name: string): SecretFacts =>
  aSecret({}, { annotations: { 'cert-manager.io/certificate-name': name } });

const a = named('a', '2026-01-03T00:00:00Z');
const b = named('b', '2026-01-02T00:00:00Z');
const c = named('c', '2026-01-02T00:00:00Z');

const rows: readonly (readonly [string, readonly Certificate[], SecretFacts | undefined, string])[] = [
  ['alone', [a], undefined, 'a'],
  ['alone, before the index knows it', [], undefined, 'a'],
  ['alone, with a Secret issued for another', [a], secretOf('x'), 'a'],
  ['the one that the Secret names, however young', [a, b, c], secretOf('a'), 'a'],
  ['without Secret the oldest, of two the first by name', [c, a, b], undefined, 'b'],
  ['the Secret names none of them', [a, c], secretOf('x'), 'c'],
  ['the Secret names nobody', [a, c], aSecret({}, { annotations: {} }), 'c'],
];

for (const [name, sharing, secret, expected] of rows) {
  test(name, () => {
    assert.equal(ownerOfSecret({ certificate: a, secret, sharing }).metadata.name, expected);
  });
}
