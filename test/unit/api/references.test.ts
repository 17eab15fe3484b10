import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IssuerReference, issuerReferenceOf, sameIssuer } from '../../../src/api/references.ts';

const rows: readonly [IssuerReference, ReturnType<typeof issuerReferenceOf>][] = [
  [{ name: 'ca' }, { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }],
  [
    { name: 'ca', kind: '', group: '' },
    { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
  ],
  [
    { name: 'ca', kind: 'ClusterIssuer' },
    { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' },
  ],
  [
    { name: 'x', kind: 'AWSPCAIssuer', group: 'awspca.cert-manager.io' },
    { name: 'x', kind: 'AWSPCAIssuer', group: 'awspca.cert-manager.io' },
  ],
];

for (const [given, expected] of rows) {
  test(`issuer reference ${JSON.stringify(given)}`, () => assert.deepEqual(issuerReferenceOf(given), expected));
}

test('references are compared with their defaults', () => {
  assert.equal(sameIssuer({ name: 'ca' }, { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }), true);
  assert.equal(sameIssuer({ name: 'ca' }, { name: 'ca', kind: 'ClusterIssuer' }), false);
  assert.equal(sameIssuer({ name: 'ca' }, { name: 'cb' }), false);
  assert.equal(sameIssuer({ name: 'ca' }, { name: 'ca', group: 'example.com' }), false);
});
