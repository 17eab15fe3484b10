import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  bitString,
  children,
  encode,
  explicit,
  integer,
  octetString,
  oid,
  readDer,
  readInteger,
  readOctetString,
  sequence,
  tags,
} from '../../../src/pki/der.ts';
import {
  decodePrivateKey,
  encodePrivateKey,
  generateKey,
  type KeySpec,
  keyFactsOf,
  keySpecOf,
  keyViolations,
  spkiOf,
} from '../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { decodePem, encodePem } from '../../../src/pki/pem.ts';
import { decodePublicKey, publicKeyHash } from '../../../src/pki/public-key.ts';
import { aKey, type KeyKind } from '../../support/pki-builders.ts';

const specs: [string, Parameters<typeof keySpecOf>[0], KeySpec][] = [
  ['nothing', undefined, { algorithm: 'RSA', size: 2048 }],
  ['an empty spec', {}, { algorithm: 'RSA', size: 2048 }],
  ['a size alone', { size: 4096 }, { algorithm: 'RSA', size: 4096 }],
  ['ECDSA', { algorithm: 'ECDSA' }, { algorithm: 'ECDSA', size: 256 }],
  ['ECDSA with a size', { algorithm: 'ECDSA', size: 521 }, { algorithm: 'ECDSA', size: 521 }],
  ['Ed25519 with a size', { algorithm: 'Ed25519', size: 4096 }, { algorithm: 'Ed25519', size: 256 }],
];
for (const [name, given, expected] of specs)
  test(`keySpecOf ${name}`, () => assert.deepEqual(keySpecOf(given), expected));

const generated: KeySpec[] = [
  { algorithm: 'RSA', size: 2048 },
  { algorithm: 'ECDSA', size: 256 },
  { algorithm: 'ECDSA', size: 384 },
  { algorithm: 'ECDSA', size: 521 },
  { algorithm: 'Ed25519', size: 256 },
];
for (const spec of generated) {
  test(`generates ${spec.algorithm} ${spec.size}`, async () => {
    const { algorithm, size } = keyFactsOf(await generateKey(spec));
    assert.deepEqual({ algorithm, size }, spec);
  });
}

const impossible: KeySpec[] = [
  { algorithm: 'RSA', size: 1024 },
  { algorithm: 'RSA', size: 8193 },
  { algorithm: 'RSA', size: 2048.5 },
  { algorithm: 'ECDSA', size: 255 },
];
for (const spec of impossible) {
  test(`does not generate ${spec.algorithm} ${spec.size}`, () => assert.rejects(generateKey(spec), DecodeError));
}

const labels: [KeyKind, 'PKCS1' | 'PKCS8', string][] = [
  ['rsa2048', 'PKCS1', 'RSA PRIVATE KEY'],
  ['rsa2048', 'PKCS8', 'PRIVATE KEY'],
  ['p256', 'PKCS1', 'EC PRIVATE KEY'],
  ['p384', 'PKCS1', 'EC PRIVATE KEY'],
  ['p521', 'PKCS8', 'PRIVATE KEY'],
  ['ed25519', 'PKCS1', 'PRIVATE KEY'],
  ['ed25519', 'PKCS8', 'PRIVATE KEY'],
];
for (const [kind, encoding, label] of labels) {
  test(`${kind} in ${encoding} is a ${label} and comes back`, () => {
    const key = aKey(kind);
    const pem = encodePrivateKey(key, encoding);
    assert.ok(pem.startsWith(`-----BEGIN ${label}-----\n`) && pem.endsWith(`-----END ${label}-----\n`));
    const back = decodePrivateKey(Buffer.from(`text before\n${pem}`));
    assert.ok(back.equals(key));
    assert.deepEqual(keyFactsOf(back), keyFactsOf(key));
    assert.equal(encodePrivateKey(back, encoding), pem);
  });
}

test('facts are the same from either half of a key', () => {
  const key = aKey('rsa2048');
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  assert.deepEqual(keyFactsOf(createPublicKey(key)), { algorithm: 'RSA', size: 2048, publicKey: publicKeyHash(spki) });
  assert.deepEqual(keyFactsOf(key), decodePublicKey(spkiOf(key)).facts);
});

const derOf = (key: KeyObject) => decodePem(encodePrivateKey(key, 'PKCS1'), 1e6)[0]!.der;

/** A PKCS#1 key whose numbers were put in anew. */
function rsaWith(change: (numbers: bigint[]) => void): string {
  const numbers = children(readDer(derOf(aKey('rsa2048')))).map(readInteger);
  change(numbers);
  return encodePem('RSA PRIVATE KEY', sequence(...numbers.map((number) => integer(number))));
}

interface Sec1Parts {
  readonly secret?: Uint8Array;
  readonly curve?: Uint8Array;
  readonly point?: Uint8Array;
}

/** A SEC1 key of P-256, its parts exchanged. */
function sec1With(parts: Sec1Parts): string {
  const {
    secret = secretOf(aKey()),
    curve = explicit(0, oid('1.2.840.10045.3.1.7')),
    point = new Uint8Array(),
  } = parts;
  return encodePem('EC PRIVATE KEY', sequence(integer(1), octetString(secret), curve, point));
}

function secretOf(key: KeyObject): Uint8Array {
  return readOctetString(children(readDer(derOf(key)))[1]!);
}

const otherPoint = explicit(1, bitString(decodePublicKey(spkiOf(aKey('p256', 'other'))).bits));
const compressed = decodePublicKey(spkiOf(aKey()))
  .bits.subarray(0, 33)
  .map((byte, index) => (index === 0 ? 2 : byte));
const points: [string, string][] = [
  ['absent', sec1With({})],
  ['of another key', sec1With({ point: otherPoint })],
  ['compressed', sec1With({ point: explicit(1, bitString(compressed)) })],
  [
    'absent, the number longer than its curve',
    sec1With({ secret: Buffer.concat([new Uint8Array(5), secretOf(aKey())]) }),
  ],
];
for (const [name, pem] of points) {
  test(`the public point of an EC key is calculated where it is ${name}`, () => {
    const key = decodePrivateKey(pem);
    assert.deepEqual(keyFactsOf(key), keyFactsOf(aKey()));
    assert.equal(encodePrivateKey(key, 'PKCS1'), encodePrivateKey(aKey(), 'PKCS1'));
  });
}

const foreign = (type: 'x25519' | 'ed448') =>
  type === 'x25519' ? generateKeyPairSync('x25519').privateKey : generateKeyPairSync('ed448').privateKey;
const withSuffix = (key: KeyObject) => Buffer.concat([derOf(key), Buffer.from([5, 0])]);
const p224 = generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).privateKey;

const refused: [string, string, string][] = [
  ['nothing', '', 'error decoding private key PEM block'],
  ['text', 'hello', 'error decoding private key PEM block'],
  ['a certificate label', encodePem('CERTIFICATE', Uint8Array.of(5, 0)), 'unknown private key type: CERTIFICATE'],
  ['a label that every object has', encodePem('toString', Uint8Array.of(5, 0)), 'unknown private key type: toString'],
  [
    'an encrypted key',
    encodePem('ENCRYPTED PRIVATE KEY', Uint8Array.of(5, 0)),
    'unknown private key type: ENCRYPTED PRIVATE KEY',
  ],
  ['an empty PKCS#1 block', encodePem('RSA PRIVATE KEY', new Uint8Array()), 'error parsing rsa private key'],
  ['an empty SEC1 block', encodePem('EC PRIVATE KEY', new Uint8Array()), 'error parsing ecdsa private key'],
  ['an empty PKCS#8 block', encodePem('PRIVATE KEY', new Uint8Array()), 'error parsing pkcs#8 private key'],
  [
    'PKCS#8 under an RSA label',
    encodePem('RSA PRIVATE KEY', decodePem(encodePrivateKey(aKey('rsa2048'), 'PKCS8'), 1e6)[0]!.der),
    'error parsing rsa private key',
  ],
  ['PKCS#1 under a PKCS#8 label', encodePem('PRIVATE KEY', derOf(aKey('rsa2048'))), 'error parsing pkcs#8 private key'],
  [
    'bytes behind an RSA key',
    encodePem('RSA PRIVATE KEY', withSuffix(aKey('rsa2048'))),
    'error parsing rsa private key',
  ],
  ['bytes behind an EC key', encodePem('EC PRIVATE KEY', withSuffix(aKey('p256'))), 'error parsing ecdsa private key'],
  [
    'bytes behind an Ed25519 key',
    encodePem('PRIVATE KEY', withSuffix(aKey('ed25519'))),
    'error parsing pkcs#8 private key',
  ],
  [
    'primes that do not make the modulus',
    rsaWith((numbers) => void numbers.splice(1, 1, numbers[1]! + 2n)),
    'rsa private key failed validation',
  ],
  [
    'a wrong private exponent',
    rsaWith((numbers) => void numbers.splice(3, 1, numbers[3]! + 2n)),
    'rsa private key failed validation',
  ],
  [
    'negative numbers',
    rsaWith((numbers) => void numbers.splice(0, 9, ...numbers.map((number) => -number))),
    'rsa private key failed validation',
  ],
  ['zero primes', rsaWith((numbers) => void numbers.fill(0n, 4, 6)), 'rsa private key failed validation'],
  [
    'a wrong CRT coefficient',
    rsaWith((numbers) => void numbers.splice(8, 1, numbers[8]! + 1n)),
    'rsa private key failed validation',
  ],
  ['an EC key of zero', sec1With({ secret: new Uint8Array(32) }), 'error parsing ecdsa private key'],
  ['an EC key beyond its order', sec1With({ secret: new Uint8Array(32).fill(255) }), 'error parsing ecdsa private key'],
  ['an EC key that is too long', sec1With({ secret: new Uint8Array(33).fill(1) }), 'error parsing ecdsa private key'],
  ['an EC key without curve', sec1With({ curve: new Uint8Array() }), 'unknown elliptic curve'],
  ['multi-prime RSA', rsaWith((numbers) => void numbers.splice(0, 1, 1n)), 'rsa private key failed validation'],
  ['X25519', encodePrivateKey(foreign('x25519'), 'PKCS8'), 'unknown private key type: x25519'],
  ['Ed448', encodePrivateKey(foreign('ed448'), 'PKCS8'), 'unknown private key type: ed448'],
  ['P-224', encodePrivateKey(p224, 'PKCS1'), 'unknown elliptic curve'],
];
for (const [name, given, message] of refused) {
  test(`decodePrivateKey refuses ${name}`, () => {
    assert.throws(
      () => decodePrivateKey(given),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

test('a key is refused for its size before anything else', () => {
  const limits = { ...defaultPemLimits, privateKeyBytes: 100 };
  const refusal = new DecodeError('PEM', 'provided PEM data was larger than the maximum 100B');
  assert.throws(() => decodePrivateKey(encodePrivateKey(aKey('rsa2048'), 'PKCS1'), limits), refusal);
});

const violations: [string, KeySpec, Parameters<typeof keySpecOf>[0], string[]][] = [
  ['as asked', { algorithm: 'RSA', size: 2048 }, undefined, []],
  ['another algorithm', { algorithm: 'ECDSA', size: 256 }, undefined, ['spec.privateKey.algorithm']],
  ['another size', { algorithm: 'RSA', size: 4096 }, {}, ['spec.privateKey.size']],
  ['another curve', { algorithm: 'ECDSA', size: 384 }, { algorithm: 'ECDSA' }, ['spec.privateKey.size']],
  ['Ed25519, whatever the size', { algorithm: 'Ed25519', size: 256 }, { algorithm: 'Ed25519', size: 1 }, []],
];
for (const [name, facts, privateKey, expected] of violations) {
  test(`keyViolations: ${name}`, () => {
    assert.deepEqual(
      keyViolations({ ...facts, publicKey: '' }, privateKey === undefined ? {} : { privateKey }),
      expected,
    );
  });
}

const spkiRefused: [string, Uint8Array][] = [
  ['RSA without parameters', sequence(sequence(oid('1.2.840.113549.1.1.1')), encode(tags.bitString, Uint8Array.of(0)))],
  ['Ed25519 of 31 bytes', sequence(sequence(oid('1.3.101.112')), encode(tags.bitString, new Uint8Array(32)))],
  [
    'a compressed point',
    sequence(
      sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
      encode(tags.bitString, Uint8Array.of(0, 2), new Uint8Array(32)),
    ),
  ],
];
for (const [name, spki] of spkiRefused) {
  test(`decodePublicKey refuses ${name}`, () => assert.throws(() => decodePublicKey(spki), DecodeError));
}

test('decodePublicKey has no facts of keys that are not supported', () => {
  assert.equal(decodePublicKey(spkiOf(foreign('x25519'))).facts, undefined);
  assert.equal(decodePublicKey(spkiOf(p224)).facts, undefined);
});
