import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Derivation, derive, purposes, utf16BigEndian } from '../../../../src/pki/keystores/key-derivation.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const sha1 = (password: string, salt: string, iterations: number, purpose: Derivation['purpose'], length: number) =>
  ({ hash: 'sha1', password, salt: Buffer.from(salt, 'hex'), iterations, purpose, length }) as const;

// The vectors that PKCS#12 implementations share; RFC 7292 has none.
const vectors: readonly [name: string, given: Derivation, expected: string][] = [
  ['key', sha1('smeg', '0a58cf64530d823f', 1, purposes.key, 24), '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3'],
  ['iv', sha1('smeg', '0a58cf64530d823f', 1, purposes.iv, 8), '79993dfe048d3b76'],
  ['mac', sha1('smeg', '3d83c0e4546ac140', 1, purposes.mac, 20), '8d967d88f6caa9d714800ab3d48051d63f73a312'],
  [
    'key, 1000 iterations',
    sha1('queeg', '05dec959acff72f7', 1000, purposes.key, 24),
    'ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4',
  ],
  ['iv, 1000 iterations', sha1('queeg', '05dec959acff72f7', 1000, purposes.iv, 8), '11dedad7758d4860'],
  [
    'mac, 1000 iterations',
    sha1('queeg', '263216fcc2fab31c', 1000, purposes.mac, 20),
    '5ec4c7a80df652294c3925b6489a7ab857c83476',
  ],
];

for (const [name, given, expected] of vectors) {
  test(`derives ${name}`, async () => {
    assert.equal(hex(await derive(given)), expected);
  });
}

test('derives nothing from an empty salt but the password', async () => {
  assert.equal((await derive(sha1('', '', 1, purposes.key, 50))).length, 50);
});

const passwords: readonly [name: string, given: string, expected: string][] = [
  ['nothing', '', ''],
  ['ASCII', 'ab', '00610062'],
  ['Latin-1', 'é', '00e9'],
  ['beyond the BMP, as a surrogate pair', '😀', 'd83dde00'],
];

for (const [name, given, expected] of passwords) {
  test(`writes ${name} as UTF-16`, () => {
    assert.equal(hex(utf16BigEndian(given)), expected);
  });
}
