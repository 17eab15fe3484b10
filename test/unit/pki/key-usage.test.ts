import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyUsages } from '../../../src/api/usages.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import { extKeyUsageNames, isKnownExtKeyUsage, keyUsageNames, usagesOf } from '../../../src/pki/key-usage.ts';

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const tables: [string, readonly string[] | undefined, boolean, { bits: number; oids: string[] }][] = [
  ['absent', undefined, false, { bits: 0b101, oids: [] }],
  ['empty', [], false, { bits: 0b101, oids: [] }],
  ['empty for a CA', [], true, { bits: 0b100101, oids: [] }],
  ['only extended', ['client auth', 'server auth'], false, { bits: 0, oids: [clientAuth, serverAuth] }],
  ['only extended for a CA', ['server auth'], true, { bits: 0b100000, oids: [serverAuth] }],
  [
    'two names of one',
    ['signing', 'digital signature', 's/mime', 'email protection'],
    false,
    {
      bits: 1,
      oids: ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.4'],
    },
  ],
  ['the last bit', ['decipher only'], false, { bits: 256, oids: [] }],
];
for (const [name, usages, isCA, expected] of tables) {
  test(`usages: ${name}`, () => assert.deepEqual(usagesOf(usages, isCA), expected));
}

test('every usage of the API means something', () => {
  for (const usage of keyUsages) {
    const { bits, oids } = usagesOf([usage], false);
    assert.ok((bits !== 0) !== (oids.length === 1), usage);
    assert.ok(oids.every(isKnownExtKeyUsage));
  }
});

test('names that are not in the API are refused, those of every object included', () => {
  const refusal = new DecodeError('usages', 'unknown key usages: [x toString]');
  assert.throws(() => usagesOf(['x', 'server auth', 'toString'], false), refusal);
});

test('names of bits and identifiers', () => {
  assert.deepEqual(keyUsageNames(0b111111111), [
    'digital signature',
    'content commitment',
    'key encipherment',
    'data encipherment',
    'key agreement',
    'cert sign',
    'crl sign',
    'encipher only',
    'decipher only',
  ]);
  assert.deepEqual(extKeyUsageNames([clientAuth, '1.3.6.1.5.5.7.3.4', '1.2.3']), [
    'client auth',
    'email protection',
    '1.2.3',
  ]);
  assert.equal(isKnownExtKeyUsage('1.2.3'), false);
  assert.equal(isKnownExtKeyUsage('1.3.6.1.4.1.311.2.1.22'), true);
});
