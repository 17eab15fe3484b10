import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { DecodeError } from '../../../../src/base/errors.ts';
import { children, type DerValue, readDer, readOid } from '../../../../src/pki/der.ts';
import { encodeJks, encodeJksTruststore } from '../../../../src/pki/keystores/jks.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const now = new Date('2026-01-02T03:04:05.678Z');
const der = (text: string) => Buffer.from(text);
const sha1 = (...parts: Uint8Array[]) => createHash('sha1').update(Buffer.concat(parts)).digest();
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16();

type Entry =
  | { kind: 'key'; alias: string; created: number; key: Buffer; chain: string[] }
  | { kind: 'trusted'; alias: string; created: number; certificate: string };

/** Reads a store back; throws unless every byte is accounted for and the digest is right. */
function readJks(bytes: Uint8Array, password: string): Entry[] {
  const store = Buffer.from(bytes);
  let at = 0;
  const take = (length: number) => {
    at += length;
    return store.subarray(at - length, at);
  };
  const uint32 = () => take(4).readUInt32BE();
  const text = () => take(take(2).readUInt16BE()).toString('utf8');
  const certificate = () => {
    assert.equal(text(), 'X509');
    return take(uint32()).toString();
  };
  assert.equal(uint32(), 0xfeedfeed);
  assert.equal(uint32(), 2);
  const entries = Array.from({ length: uint32() }, (): Entry => {
    const kind = uint32();
    const alias = text();
    const created = Number(take(8).readBigInt64BE());
    if (kind === 2) return { kind: 'trusted', alias, created, certificate: certificate() };
    assert.equal(kind, 1);
    const key = Buffer.from(take(uint32()));
    return { kind: 'key', alias, created, key, chain: Array.from({ length: uint32() }, certificate) };
  });
  const body = store.subarray(0, at);
  assert.deepEqual(take(20), sha1(utf16(password), der('Mighty Aphrodite'), body), 'store digest');
  assert.equal(at, store.length);
  return entries;
}

/** Undoes Sun's key protection; throws where the password is not the right one. */
function recovered(key: Uint8Array, password: string) {
  const [algorithm, content] = children(readDer(key)) as [DerValue, DerValue];
  assert.equal(readOid(children(algorithm)[0]!), '1.3.6.1.4.1.42.2.17.1.1');
  const salt = content.content.subarray(0, 20);
  const secret = Buffer.from(content.content.subarray(20, -20));
  for (let start = 0, pad: Uint8Array = salt; start < secret.length; start += 20) {
    pad = sha1(utf16(password), pad);
    for (let index = start; index < Math.min(start + 20, secret.length); index++) secret[index]! ^= pad[index - start]!;
  }
  assert.deepEqual(Buffer.from(content.content.subarray(-20)), sha1(utf16(password), secret), 'key digest');
  return createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
}

const given = { alias: 'certificate', privateKey, chain: [der('leaf'), der('issuer')], cas: [], password: 'pässword' };

test('a keystore holds key and chain', () => {
  const [entry, ...others] = readJks(encodeJks(given, { now }), 'pässword');
  assert.deepEqual(others, []);
  assert.ok(entry?.kind === 'key');
  const { key, ...rest } = entry;
  assert.deepEqual(rest, { kind: 'key', alias: 'certificate', created: now.getTime(), chain: ['leaf', 'issuer'] });
  assert.ok(recovered(key, 'pässword').equals(privateKey));
  assert.throws(() => recovered(key, 'password'), /key digest/);
});

const aliases: readonly [name: string, alias: string, cas: number, expected: string[]][] = [
  ['no CA', 'certificate', 0, ['certificate']],
  ['a CA', 'certificate', 1, ['certificate', 'ca']],
  ['several CAs', 'certificate', 3, ['certificate', 'ca', 'ca-1', 'ca-2']],
  ['an alias in upper case', 'My-Alias', 0, ['my-alias']],
  ['a key that has the name of a CA', 'CA', 2, ['ca', 'ca-1', 'ca-2']],
  ['a key that has the name of a second CA', 'ca-1', 2, ['ca-1', 'ca', 'ca-2']],
  ['an alias beyond ASCII', 'ключ', 0, ['ключ']],
];

for (const [name, alias, cas, expected] of aliases) {
  test(`aliases: ${name}`, () => {
    const list = Array.from({ length: cas }, (_, index) => der(`ca ${index}`));
    const entries = readJks(encodeJks({ ...given, alias, cas: list }), 'pässword');
    assert.deepEqual(
      entries.map((entry) => entry.alias),
      expected,
    );
    assert.deepEqual(
      entries.flatMap((entry) => (entry.kind === 'trusted' ? [entry.certificate] : [])),
      list.map(String),
    );
  });
}

test('a truststore holds the CAs', () => {
  assert.deepEqual(readJks(encodeJksTruststore({ cas: [der('a'), der('b')], password: 'p' }, { now }), 'p'), [
    { kind: 'trusted', alias: 'ca', created: now.getTime(), certificate: 'a' },
    { kind: 'trusted', alias: 'ca-1', created: now.getTime(), certificate: 'b' },
  ]);
});

test('NUL and characters beyond the BMP are written the way Java reads them', () => {
  const bytes = Buffer.from(encodeJks({ ...given, alias: '\0😀' }));
  assert.equal(bytes.subarray(16, 26).toString('hex'), '0008c080eda0bdedb880');
});

test('the same salt and time give the same bytes, another salt others', () => {
  const random = (length: number) => new Uint8Array(length);
  assert.deepEqual(encodeJks(given, { now, random }), encodeJks(given, { now, random }));
  assert.notDeepEqual(encodeJks(given, { now }), encodeJks(given, { now }));
});

test('an alias that the format cannot hold is refused', () => {
  assert.throws(() => encodeJks({ ...given, alias: 'a'.repeat(65536) }), DecodeError);
});
