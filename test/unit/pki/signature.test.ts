import assert from 'node:assert/strict';
import { constants, createPublicKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { DecodeError } from '../../../src/base/errors.ts';
import { defaultSignatureAlgorithm, isSignatureAlgorithm, isSignedBy } from '../../../src/pki/signature.ts';
import { aKey } from '../../support/pki-builders.ts';

const data = Buffer.from('data');
const bytes = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const pss = (hash: string, salt: string) =>
  bytes(
    `3041 06092a864886f70d01010a 3034 a00f300d0609608648016503040${hash}0500` +
      ` a11c301a06092a864886f70d010108300d0609608648016503040${hash}0500 a2030201${salt}`,
  );
const pssPadding = constants.RSA_PKCS1_PSS_PADDING;
const rsa = aKey('rsa2048');

const verified: [string, Uint8Array, Uint8Array, boolean, boolean][] = [
  [
    'RSASSA-PSS SHA-256',
    pss('201', '20'),
    sign('sha256', data, { key: rsa, padding: pssPadding, saltLength: 32 }),
    false,
    true,
  ],
  [
    'RSASSA-PSS SHA-512',
    pss('203', '40'),
    sign('sha512', data, { key: rsa, padding: pssPadding, saltLength: 64 }),
    false,
    true,
  ],
  [
    'RSASSA-PSS with another salt',
    pss('201', '20'),
    sign('sha256', data, { key: rsa, padding: pssPadding, saltLength: 20 }),
    false,
    false,
  ],
  [
    'RSASSA-PSS that says another salt',
    pss('201', '14'),
    sign('sha256', data, { key: rsa, padding: pssPadding, saltLength: 20 }),
    false,
    false,
  ],
  ['PKCS#1 under PSS', pss('201', '20'), sign('sha256', data, rsa), false, false],
  ['SHA-1 where it counts', bytes('300d06092a864886f70d0101050500'), sign('sha1', data, rsa), true, true],
  ['SHA-1 where it does not', bytes('300d06092a864886f70d0101050500'), sign('sha1', data, rsa), false, false],
  ['MD5', bytes('300d06092a864886f70d0101040500'), sign('md5', data, rsa), true, false],
  ['SHA-256', bytes('300d06092a864886f70d01010b0500'), sign('sha256', data, rsa), false, true],
  ['SHA-256 without parameters', bytes('300b06092a864886f70d01010b'), sign('sha256', data, rsa), false, false],
  ['ECDSA by an RSA key', bytes('300a06082a8648ce3d040302'), sign('sha256', data, rsa), false, false],
];
for (const [name, algorithm, signature, allowSha1, expected] of verified) {
  test(`isSignedBy: ${name}`, () => {
    const given = { signed: data, algorithm, signature };
    assert.equal(isSignedBy(given, createPublicKey(rsa), { algorithm: 'RSA' }, allowSha1), expected);
  });
}

const defaults: ['RSA' | 'ECDSA' | 'Ed25519', number, string][] = [
  ['RSA', 2048, 'SHA256WithRSA'],
  ['RSA', 3071, 'SHA256WithRSA'],
  ['RSA', 3072, 'SHA384WithRSA'],
  ['RSA', 4095, 'SHA384WithRSA'],
  ['RSA', 4096, 'SHA512WithRSA'],
  ['RSA', 8192, 'SHA512WithRSA'],
  ['ECDSA', 256, 'ECDSAWithSHA256'],
  ['ECDSA', 384, 'ECDSAWithSHA384'],
  ['ECDSA', 521, 'ECDSAWithSHA512'],
  ['Ed25519', 256, 'PureEd25519'],
];
for (const [algorithm, size, expected] of defaults) {
  test(`${algorithm} ${size} signs with ${expected}`, () => {
    assert.equal(defaultSignatureAlgorithm({ algorithm, size }), expected);
  });
}

test('an RSA key below 2048 bits has no algorithm, neither has a curve that does not exist', () => {
  assert.throws(() => defaultSignatureAlgorithm({ algorithm: 'ECDSA', size: 2048 }), DecodeError);
  assert.throws(() => defaultSignatureAlgorithm({ algorithm: 'RSA', size: 2047 }), DecodeError);
});

test('names of algorithms', () => {
  assert.deepEqual(['PureEd25519', 'SHA1WithRSA', 'toString'].map(isSignatureAlgorithm), [true, false, false]);
});
