import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { accountKeyReaders, newAccountSecret } from '../../../../src/issuers/acme/account-key.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { secretData, testKey } from '../../../support/signing-builders.ts';

const readerOf = accountKeyReaders(defaultPemLimits);
const rsa = testKey('RSA 2048', 'account');

describe('the key of an account', () => {
  const rows: [string, Record<string, string>, string][] = [
    ['RSA, PKCS#1', { 'tls.key': encodePrivateKey(rsa, 'PKCS1') }, 'ok'],
    ['RSA, PKCS#8', { 'tls.key': encodePrivateKey(rsa, 'PKCS8') }, 'ok'],
    ['ECDSA', { 'tls.key': encodePrivateKey(testKey(), 'PKCS8') }, 'notRsa'],
    ['Ed25519', { 'tls.key': encodePrivateKey(testKey('Ed25519'), 'PKCS8') }, 'notRsa'],
    ['rubbish', { 'tls.key': 'x' }, 'bad'],
    ['nothing', { 'tls.key': '' }, 'bad'],
    ['another name', { 'other.key': encodePrivateKey(rsa, 'PKCS1') }, 'absent'],
  ];
  for (const [name, data, kind] of rows) {
    it(name, () => assert.equal(readerOf('tls.key')(secretData(data)).kind, kind));
  }

  it('is remembered by the hash of its PKCS#1 bytes, whatever it was written as', () => {
    const read = (format: 'PKCS1' | 'PKCS8') => readerOf('k')(secretData({ k: encodePrivateKey(rsa, format) }));
    const der = rsa.export({ type: 'pkcs1', format: 'der' });
    const hash = createHash('sha256').update(der).digest('base64');
    for (const format of ['PKCS1', 'PKCS8'] as const) {
      const found = read(format);
      assert.ok(found.kind === 'ok');
      assert.equal(found.hash, hash);
    }
  });

  it('is read by one function for each name', () => {
    assert.equal(readerOf('a'), readerOf('a'));
    assert.notEqual(readerOf('a'), readerOf('b'));
  });

  it('is made as upstream makes it: RSA 2048, PKCS#1, in an Opaque Secret with a label and no owner', async () => {
    const { data, ...rest } = await newAccountSecret('ns', 'account', 'my.key');
    assert.deepEqual(rest, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'account', namespace: 'ns', labels: { 'app.kubernetes.io/managed-by': 'cert-manager' } },
      type: 'Opaque',
    });
    assert.deepEqual(Object.keys(data as object), ['my.key']);
    const pem = Buffer.from((data as Record<string, string>)['my.key'] ?? '', 'base64').toString();
    assert.match(pem, /^-----BEGIN RSA PRIVATE KEY-----\n/);
    assert.equal(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength, 2048);
  });
});
