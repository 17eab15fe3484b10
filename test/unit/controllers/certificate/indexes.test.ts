import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeystoresSpec } from '../../../../src/api/keystores.ts';
import type { IssuerReference } from '../../../../src/api/references.ts';
import { certificateIndexes, issuerIndexValue } from '../../../../src/controllers/certificate/indexes.ts';
import { aCertificate } from '../../../support/certificate-builders.ts';

const rows: readonly (readonly [string, IssuerReference, readonly string[]])[] = [
  ['an Issuer of the namespace', { name: 'ca' }, ['Issuer/app/ca']],
  ['its defaults written out', { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }, ['Issuer/app/ca']],
  ['empty ones', { name: 'ca', kind: '', group: '' }, ['Issuer/app/ca']],
  ['a ClusterIssuer', { name: 'ca', kind: 'ClusterIssuer' }, ['ClusterIssuer/ca']],
  ['an external issuer', { name: 'ca', kind: 'StepIssuer', group: 'certmanager.step.sm' }, []],
];

for (const [name, issuerRef, expected] of rows) {
  test(name, () => {
    assert.deepEqual(certificateIndexes.issuer(aCertificate({ issuerRef })), expected);
  });
}

test('by the Secret', () => {
  assert.deepEqual(certificateIndexes.secretName(aCertificate({ secretName: 'x' })), ['app/x']);
});

test('by the name of the next request', () => {
  const names = [undefined, { revision: 4 }].map((status) => certificateIndexes.requestName(aCertificate({}, status)));
  assert.deepEqual(names, [['app/web-1'], ['app/web-5']]);
});

test('what an issuer is looked up by', () => {
  assert.deepEqual(
    [issuerIndexValue('Issuer', 'app', 'ca'), issuerIndexValue('ClusterIssuer', undefined, 'ca')],
    ['Issuer/app/ca', 'ClusterIssuer/ca'],
  );
});

const reference = (name: string) => ({ create: true, passwordSecretRef: { name, key: 'k' } });
const passwords: readonly (readonly [string, KeystoresSpec | undefined, readonly string[]])[] = [
  ['no keystores', undefined, []],
  ['literal passwords', { jks: { create: true, password: 'p' }, pkcs12: { create: true, password: 'p' } }, []],
  ['one Secret for both', { jks: reference('x'), pkcs12: reference('x') }, ['app/x']],
  ['two', { jks: reference('x'), pkcs12: reference('y') }, ['app/x', 'app/y']],
  ['switched off', { jks: { ...reference('x'), create: false } }, []],
];

for (const [name, keystores, expected] of passwords) {
  test(`password Secrets: ${name}`, () => {
    const certificate = aCertificate(keystores === undefined ? {} : { keystores });
    assert.deepEqual(certificateIndexes.passwordSecret(certificate), expected);
  });
}
