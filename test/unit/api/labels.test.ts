import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations, annotationTable, finalizerTable, labels, labelTable } from '../../../src/api/labels.ts';

const tables = { labels: labelTable, annotations: annotationTable, finalizers: finalizerTable };

for (const [name, table] of Object.entries(tables)) {
  test(`${name}: every key is valid, named once and explained`, () => {
    const keys = Object.values(table).map((entry) => entry.key);
    assert.deepEqual(keys, [...new Set(keys)]);
    for (const { key, meaning } of Object.values(table)) {
      assert.match(key, /^([a-z0-9][a-z0-9.-]*\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
      assert.match(meaning, /^([A-Z]|spec\.).*\.$/);
    }
  });
}

test('constants carry the keys that existing clusters know', () => {
  assert.equal(labels.fao, 'controller.cert-manager.io/fao');
  assert.equal(labels.nextPrivateKey, 'cert-manager.io/next-private-key');
  assert.equal(annotations.certificateName, 'cert-manager.io/certificate-name');
  assert.equal(annotations.certificateRevision, 'cert-manager.io/certificate-revision');
  assert.equal(annotations.privateKeySecretName, 'cert-manager.io/private-key-secret-name');
});
