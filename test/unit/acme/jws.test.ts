import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { test } from 'node:test';
import { externalBinding, jwkOf, signedMessage, thumbprintOf } from '../../../src/acme/jws.ts';

// RFC 7638 section 3.1.
const rfcKey = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
  },
});

test('the thumbprint of the example of RFC 7638', () => {
  assert.equal(thumbprintOf(rfcKey), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());

const kinds: readonly (readonly [string, KeyObject, string])[] = [
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256'],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'sha256'],
  ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'sha384'],
  ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, 'sha512'],
];

for (const [alg, key, hash] of kinds) {
  test(`a message signed by ${alg} verifies, and says what was signed`, () => {
    const header = { kid: 'https://acme.example/account/1', nonce: 'n', url: 'https://acme.example/order' };
    const message = signedMessage(key, header, { a: 1 });
    assert.deepEqual(decoded(message.protected), { alg, ...header });
    assert.deepEqual(decoded(message.payload), { a: 1 });
    const publicKey = createPublicKey({ format: 'jwk', key: jwkOf(key) });
    const signed = Buffer.from(`${message.protected}.${message.payload}`);
    const signature = Buffer.from(message.signature, 'base64url');
    assert.ok(verify(hash, signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature));
  });
}

test('no private member of a key goes into a message', () => {
  for (const [, key] of kinds) {
    const { protected: head } = signedMessage(key, { jwk: jwkOf(key), url: 'https://acme.example' }, {});
    const { jwk } = decoded(head) as { jwk: object };
    assert.deepEqual(
      Object.keys(jwk).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(member)),
      [],
    );
  }
});

test('POST-as-GET has an empty payload, not an empty object', () => {
  const [, key] = kinds[1]!;
  assert.equal(signedMessage(key, { kid: 'a', url: 'b' }, undefined).payload, '');
  assert.equal(signedMessage(key, { kid: 'a', url: 'b' }, {}).payload, Buffer.from('{}').toString('base64url'));
});

test('an external account is bound by HS256 over the public key, without a nonce', () => {
  const [, key] = kinds[0]!;
  const mac = Buffer.from('the key that the authority gave');
  const binding = externalBinding(key, { keyId: 'kid-1', key: mac }, 'https://acme.example/new-account');
  assert.deepEqual(decoded(binding.protected), { alg: 'HS256', kid: 'kid-1', url: 'https://acme.example/new-account' });
  assert.deepEqual(decoded(binding.payload), jwkOf(key));
  const expected = createHmac('sha256', mac).update(`${binding.protected}.${binding.payload}`).digest('base64url');
  assert.equal(binding.signature, expected);
});

for (const kind of ['ed25519', 'x25519'] as const) {
  test(`a key of kind ${kind} is refused`, () => {
    const { privateKey } = generateKeyPairSync(kind as 'ed25519');
    assert.throws(() => jwkOf(privateKey), TypeError);
  });
}
