import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { KeystoresSpec } from '../../../../src/api/keystores.ts';
import {
  buildKeystores,
  type KeystoreContent,
  type KeystoreIo,
} from '../../../../src/controllers/certificate/keystore-build.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';

const file = readFileSync(new URL('../../../golden/adopted/secrets.json', import.meta.url), 'utf8');
const secrets = (JSON.parse(file) as { items: { metadata: { name: string }; data: Record<string, string> }[] }).items;
const pem = (key: string) =>
  Buffer.from(secrets.find(({ metadata }) => metadata.name === 'ed25519-tls')!.data[key]!, 'base64').toString();

const io: KeystoreIo = {
  password: async (name) =>
    name === 'keystore' ? { password: Buffer.from('pässword'), empty: new Uint8Array() } : undefined,
  now: () => new Date('2026-11-22T19:06:29Z'),
  pemLimits: defaultPemLimits,
};
const content = (keystores: KeystoresSpec | undefined, caPem: string | undefined = pem('ca.crt')): KeystoreContent => ({
  keystores,
  tlsKeyPem: pem('tls.key'),
  tlsCrtPem: pem('tls.crt'),
  caPem,
});
const ref = (name: string, key?: string) => ({ name, ...(key === undefined ? {} : { key }) });

const all: KeystoresSpec = {
  pkcs12: { create: true, profile: 'Modern2023', passwordSecretRef: ref('keystore', 'password') },
  jks: { create: true, password: 'literal' },
};

const built: readonly (readonly [string, KeystoreContent, readonly string[]])[] = [
  ['none are asked for', content(undefined), []],
  ['an empty block', content({}), []],
  ['switched off', content({ pkcs12: { create: false }, jks: { create: false } }), []],
  ['both with a CA', content(all), ['keystore.jks', 'keystore.p12', 'truststore.jks', 'truststore.p12']],
  ['both without', { ...content(all), caPem: undefined }, ['keystore.jks', 'keystore.p12']],
  ['an empty CA is none', content(all, ''), ['keystore.jks', 'keystore.p12']],
  ['the default profile', content({ pkcs12: { create: true, password: 'p' } }), ['keystore.p12', 'truststore.p12']],
  [
    'a Secret counts more than a literal',
    content({ jks: { create: true, password: '', passwordSecretRef: ref('keystore', 'password') } }),
    ['keystore.jks', 'truststore.jks'],
  ],
  [
    'a reference without name does not count',
    content({ jks: { create: true, password: 'p', passwordSecretRef: ref('') } }),
    ['keystore.jks', 'truststore.jks'],
  ],
];

for (const [name, given, expected] of built) {
  test(`built: ${name}`, async () => {
    const outcome = await buildKeystores(given, io);
    assert.ok(outcome.kind === 'built');
    assert.deepEqual(Object.keys(outcome.files).sort(), expected);
    assert.ok(Object.values(outcome.files).every((bytes) => bytes.length > 100));
  });
}

const blocked = (reason: string | undefined, message: string) => ({ kind: 'blocked', reason, message });

const refused: readonly (readonly [string, KeystoreContent, object])[] = [
  [
    'the Secret of a PKCS12 password is missing',
    content({ pkcs12: { create: true, passwordSecretRef: ref('x', 'password') } }),
    blocked('KeystorePasswordSecretNotFound', 'PKCS12 keystore password Secret "x" not found'),
  ],
  [
    'the Secret of a JKS password is missing',
    content({ jks: { create: true, passwordSecretRef: ref('x', 'password') } }),
    blocked('KeystorePasswordSecretNotFound', 'JKS keystore password Secret "x" not found'),
  ],
  [
    'PKCS12 is looked at first',
    content({
      jks: { create: true, passwordSecretRef: ref('j', 'p') },
      pkcs12: { create: true, passwordSecretRef: ref('p', 'p') },
    }),
    blocked('KeystorePasswordSecretNotFound', 'PKCS12 keystore password Secret "p" not found'),
  ],
  [
    'no such key',
    content({ jks: { create: true, passwordSecretRef: ref('keystore', 'x') } }),
    blocked(undefined, 'JKS keystore password Secret "keystore" has nothing at key "x"'),
  ],
  [
    'there is no default key',
    content({ jks: { create: true, passwordSecretRef: ref('keystore') } }),
    blocked(undefined, 'JKS keystore password Secret "keystore" has nothing at key ""'),
  ],
  [
    'an empty password in the Secret',
    content({ pkcs12: { create: true, passwordSecretRef: ref('keystore', 'empty') } }),
    blocked(undefined, 'PKCS12 keystore password Secret "keystore" has nothing at key "empty"'),
  ],
  [
    'an empty literal',
    content({ pkcs12: { create: true, password: '' } }),
    blocked(undefined, 'PKCS12 keystore has no password'),
  ],
  ['neither', content({ jks: { create: true } }), blocked(undefined, 'JKS keystore has no password')],
];

for (const [name, given, expected] of refused) {
  test(`blocked: ${name}`, async () => {
    assert.deepEqual(await buildKeystores(given, io), expected);
  });
}

test('blocked: a CA that cannot be read', async () => {
  const outcome = await buildKeystores(content(all, 'no PEM'), io);
  assert.ok(outcome.kind === 'blocked');
  assert.equal(outcome.reason, undefined);
});

test('what reading a password throws is thrown on', async () => {
  const failing = { ...io, password: () => Promise.reject(new Error('connection refused')) };
  await assert.rejects(buildKeystores(content(all), failing), /connection refused/);
});
