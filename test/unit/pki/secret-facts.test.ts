import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCertificates } from '../../../src/pki/certificate.ts';
import { encodePrivateKey, keyFactsOf } from '../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { noNames } from '../../../src/pki/names.ts';
import { decodePem } from '../../../src/pki/pem.ts';
import { tlsFactsOf } from '../../../src/pki/secret-facts.ts';
import { aKey, aRoot } from '../../support/pki-builders.ts';

const key = aKey('rsa2048');
const ca = aRoot('root', key);
const keyPem = Buffer.from(encodePrivateKey(key, 'PKCS1'));
const certificatePem = Buffer.from(ca.pem);
const keyDer = decodePem(keyPem, 1e6)[0]!.der;
const pair = { 'tls.key': keyPem, 'tls.crt': certificatePem };
const nothing = new Uint8Array();

test('a key pair', () => {
  const [certificate] = decodeCertificates(ca.pem, 1e6);
  assert.deepEqual(tlsFactsOf({ ...pair, 'ca.crt': nothing, other: Buffer.from('x') }), {
    keys: ['tls.key', 'tls.crt', 'other'],
    key: { kind: 'ok', value: keyFactsOf(key) },
    leaf: {
      kind: 'ok',
      value: {
        names: { ...noNames, commonName: 'root' },
        notBefore: new Date('2026-11-22T19:06:29Z'),
        notAfter: new Date('2026-11-23T19:06:29Z'),
        isCA: true,
        publicKey: keyFactsOf(key).publicKey,
        serial: certificate!.serial,
      },
    },
    der: 'absent',
    combined: 'absent',
  });
});

const decoded: [string, Record<string, Uint8Array>, unknown, unknown][] = [
  ['nothing', {}, { kind: 'absent' }, { kind: 'absent' }],
  ['empty values', { 'tls.key': nothing, 'tls.crt': nothing }, { kind: 'absent' }, { kind: 'absent' }],
  [
    'garbage',
    { 'tls.key': Buffer.from('x'), 'tls.crt': Buffer.from('y') },
    { kind: 'bad', error: 'error decoding private key PEM block' },
    { kind: 'bad', error: 'error decoding certificate PEM block' },
  ],
  [
    'too much',
    { 'tls.key': new Uint8Array(13_001), 'tls.crt': new Uint8Array(95_001) },
    { kind: 'bad', error: 'provided PEM data was larger than the maximum 13000B' },
    { kind: 'bad', error: 'provided PEM data was larger than the maximum 95000B' },
  ],
];
for (const [name, data, expectedKey, expectedLeaf] of decoded) {
  test(`facts of ${name}`, () => {
    const facts = tlsFactsOf(data);
    assert.deepEqual([facts.key, facts.leaf], [expectedKey, expectedLeaf]);
  });
}

test('the leaf is bad where any block is', () => {
  const { leaf } = tlsFactsOf({ ...pair, 'tls.crt': Buffer.concat([certificatePem, keyPem]) });
  assert.equal(leaf.kind, 'bad');
});

const combined = Buffer.concat([keyPem, Buffer.from('\n'), certificatePem]);
const formats: [string, Record<string, Uint8Array>, string, string][] = [
  ['right', { ...pair, 'key.der': keyDer, 'tls-combined.pem': combined }, 'right', 'right'],
  ['empty', { ...pair, 'key.der': nothing, 'tls-combined.pem': nothing }, 'absent', 'absent'],
  [
    'wrong',
    { ...pair, 'key.der': Buffer.from('x'), 'tls-combined.pem': Buffer.concat([keyPem, certificatePem]) },
    'wrong',
    'wrong',
  ],
  ['without the rest', { 'key.der': keyDer, 'tls-combined.pem': combined }, 'wrong', 'wrong'],
  [
    'beside a key that is too large',
    { ...pair, 'tls.key': new Uint8Array(13_001), 'key.der': keyDer },
    'wrong',
    'absent',
  ],
];
for (const [name, data, der, both] of formats) {
  test(`additional formats: ${name}`, () => {
    const facts = tlsFactsOf(data, defaultPemLimits);
    assert.deepEqual([facts.der, facts.combined], [der, both]);
  });
}

test('any data gives facts', () => {
  const names = fc.constantFrom('tls.key', 'tls.crt', 'key.der', 'tls-combined.pem', '__proto__', 'constructor', 'x');
  const values = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(keyPem, certificatePem, keyDer, combined));
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values)), (entries) => {
      const facts = tlsFactsOf(Object.fromEntries(entries) as Record<string, Uint8Array>);
      assert.equal(facts.key.kind === 'absent', !facts.keys.includes('tls.key'));
      assert.equal(facts.leaf.kind === 'absent', !facts.keys.includes('tls.crt'));
    }),
  );
});
