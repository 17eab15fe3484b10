import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { keyErrors, signatureErrors } from '../../../../src/webhook/rules/certificate-key.ts';

const rsaRange = 'must be between 2048 and 8192 for rsa keyAlgorithm';

const keys: readonly (readonly [string, Record<string, unknown> | undefined, readonly string[]])[] = [
  ['none', undefined, []],
  ['nothing said', {}, []],
  ['RSA, smallest', { size: 2048 }, []],
  ['RSA of a size between', { algorithm: 'RSA', size: 2049 }, []],
  ['RSA, largest', { algorithm: 'RSA', size: 8192 }, []],
  ['RSA, no size', { algorithm: 'RSA', size: 0 }, []],
  ['RSA, negative', { algorithm: 'RSA', size: -1 }, []],
  ['RSA too small', { size: 2047 }, [`spec.privateKey.size: Invalid value: 2047: ${rsaRange}`]],
  ['RSA too large', { algorithm: 'RSA', size: 8193 }, [`spec.privateKey.size: Invalid value: 8193: ${rsaRange}`]],
  ['ECDSA 256', { algorithm: 'ECDSA', size: 256 }, []],
  ['ECDSA 384', { algorithm: 'ECDSA', size: 384 }, []],
  ['ECDSA 521', { algorithm: 'ECDSA', size: 521 }, []],
  ['ECDSA, no size', { algorithm: 'ECDSA' }, []],
  [
    'ECDSA of another size',
    { algorithm: 'ECDSA', size: 512 },
    ['spec.privateKey.size: Unsupported value: 512: supported values: "256", "384", "521"'],
  ],
  ['Ed25519 of any size', { algorithm: 'Ed25519', size: 1 }, []],
  [
    'an unknown algorithm',
    { algorithm: 'rsa', size: 1 },
    ['spec.privateKey.algorithm: Invalid value: "rsa": must be either empty or one of rsa, ecdsa or ed25519'],
  ],
];

for (const [name, key, expected] of keys) {
  test(`key: ${name}`, () => {
    assert.deepEqual(keyErrors(key).map(formatFieldError), expected);
  });
}

const forFamily = (signature: string, family: string, allowed: string) =>
  `spec.signatureAlgorithm: Invalid value: "${signature}": for key algorithm ${family} the allowed signature algorithms are [${allowed}]`;

const signatures: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['none', {}, []],
  ['RSA is what no algorithm means', { signatureAlgorithm: 'SHA512WithRSA' }, []],
  ['of the family', { signatureAlgorithm: 'ECDSAWithSHA256', privateKey: { algorithm: 'ECDSA' } }, []],
  ['Ed25519', { signatureAlgorithm: 'PureEd25519', privateKey: { algorithm: 'Ed25519' } }, []],
  ['of a key that nobody knows', { signatureAlgorithm: 'x', privateKey: { algorithm: 'DSA' } }, []],
  [
    'ECDSA for RSA',
    { signatureAlgorithm: 'ECDSAWithSHA256', privateKey: {} },
    [forFamily('ECDSAWithSHA256', 'RSA', 'SHA256WithRSA SHA384WithRSA SHA512WithRSA')],
  ],
  [
    'RSA for ECDSA',
    { signatureAlgorithm: 'SHA256WithRSA', privateKey: { algorithm: 'ECDSA' } },
    [forFamily('SHA256WithRSA', 'ECDSA', 'ECDSAWithSHA256 ECDSAWithSHA384 ECDSAWithSHA512')],
  ],
  [
    'RSA for Ed25519',
    { signatureAlgorithm: 'SHA256WithRSA', privateKey: { algorithm: 'Ed25519' } },
    [forFamily('SHA256WithRSA', 'Ed25519', 'PureEd25519')],
  ],
];

for (const [name, spec, expected] of signatures) {
  test(`signature: ${name}`, () => {
    assert.deepEqual(signatureErrors(spec).map(formatFieldError), expected);
  });
}
