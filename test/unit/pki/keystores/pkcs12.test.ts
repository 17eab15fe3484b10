import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  children,
  type DerValue,
  explicit,
  integer,
  oid,
  only,
  readDer,
  readOid,
  sequence,
  set,
  utf8,
} from '../../../../src/pki/der.ts';
import { encodePkcs12, encodePkcs12Truststore } from '../../../../src/pki/keystores/pkcs12.ts';
import type { Pkcs12Profile } from '../../../../src/pki/keystores/protection.ts';

const profiles: readonly Pkcs12Profile[] = ['LegacyRC2', 'LegacyDES', 'Modern2023', 'Modern2026'];
const { privateKey } = generateKeyPairSync('ed25519');
const leaf = Buffer.from('leaf');

/** Salts that tell which call they came from. */
function numberedSalts() {
  const calls: number[] = [];
  const random = (length: number) => {
    calls.push(length);
    return new Uint8Array(length).fill(calls.length);
  };
  return { calls, random };
}

/** Shape of a value: object identifiers as text, small integers, lengths of strings, lists for what contains others. */
type Shape = string | number | null | Shape[];

function shapeOf(value: DerValue): Shape {
  if ((value.tag & 0x20) !== 0) return children(value).map(shapeOf);
  if (value.tag === 0x06) return readOid(value);
  if (value.tag === 0x02) return Number.parseInt(Buffer.from(value.content).toString('hex'), 16);
  return value.tag === 0x05 ? null : value.content.length;
}

function parts(pfx: Uint8Array) {
  const [version, authSafe, macData] = children(readDer(pfx)) as [DerValue, DerValue, DerValue];
  const safe = readDer(only(children(authSafe)[1]!).content);
  return { version, macData, contents: children(safe) };
}

const pbes2: Shape = [
  '1.2.840.113549.1.5.13',
  [
    ['1.2.840.113549.1.5.12', [16, 2048, ['1.2.840.113549.2.9', null]]],
    ['2.16.840.1.101.3.4.1.42', 16],
  ],
];
const tripleDes: Shape = ['1.2.840.113549.1.12.1.3', [8, 2048]];
const expectedAlgorithms: Readonly<
  Record<Pkcs12Profile, { certificates: Shape; key: Shape; mac: Shape; random: number[] }>
> = {
  LegacyRC2: {
    certificates: ['1.2.840.113549.1.12.1.6', [8, 2048]],
    key: tripleDes,
    mac: [[['1.3.14.3.2.26', null], 20], 8],
    random: [8, 8, 8],
  },
  LegacyDES: { certificates: tripleDes, key: tripleDes, mac: [[['1.3.14.3.2.26', null], 20], 8], random: [8, 8, 8] },
  Modern2023: {
    certificates: pbes2,
    key: pbes2,
    mac: [[['2.16.840.1.101.3.4.2.1', null], 32], 16, 2048],
    random: [16, 16, 16, 16, 16],
  },
  Modern2026: {
    certificates: pbes2,
    key: pbes2,
    mac: [
      [
        [
          '1.2.840.113549.1.5.14',
          [
            ['1.2.840.113549.1.5.12', [16, 2048, 32, ['1.2.840.113549.2.9', null]]],
            ['1.2.840.113549.2.9', null],
          ],
        ],
        32,
      ],
      8,
    ],
    random: [16, 16, 16, 16, 16],
  },
};

for (const profile of profiles) {
  test(`${profile} keystore has the algorithms, sizes and counts of its profile`, async () => {
    const { calls, random } = numberedSalts();
    const pfx = await encodePkcs12({ privateKey, chain: [leaf], cas: [], password: 'p', profile }, random);
    const { version, contents, macData } = parts(pfx);
    const expected = expectedAlgorithms[profile];
    assert.equal(shapeOf(version), 3);
    assert.equal(contents.length, 2);
    const encrypted = children(only(children(contents[0]!)[1]!))[1]!;
    assert.deepEqual(shapeOf(children(encrypted)[1]!), expected.certificates);
    assert.deepEqual(shapeOf(shroudedKeyOf(contents[1]!).algorithm), expected.key);
    assert.deepEqual(shapeOf(macData), expected.mac);
    assert.deepEqual(calls, expected.random);
  });

  test(`${profile} keystore gives its key back for the password, and only for it`, async () => {
    const pfx = await encodePkcs12({ privateKey, chain: [leaf], cas: [], password: 'pässword', profile });
    const { pkcs8 } = shroudedKeyOf(parts(pfx).contents[1]!);
    const read = (passphrase: string) =>
      createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8', passphrase });
    assert.ok(read('pässword').equals(privateKey));
    assert.throws(() => read('password'));
  });

  test(`${profile} keystore is the same for the same salts, and another for others`, async () => {
    const content = { privateKey, chain: [leaf], cas: [], password: 'p', profile };
    const encoded = () => encodePkcs12(content, numberedSalts().random);
    assert.deepEqual(await encoded(), await encoded());
    assert.notDeepEqual(await encodePkcs12(content), await encodePkcs12(content));
  });
}

function shroudedKeyOf(contents: DerValue) {
  const keyBag = only(readDer(only(children(contents)[1]!).content));
  const [kind, value, attributes] = children(keyBag) as [DerValue, DerValue, DerValue];
  assert.equal(readOid(kind), '1.2.840.113549.1.12.10.1.2');
  const pkcs8 = only(value);
  return { pkcs8: pkcs8.bytes, algorithm: children(pkcs8)[0]!, attributes };
}

test('the key names its certificate by the SHA-1 of it', async () => {
  const pfx = await encodePkcs12({ privateKey, chain: [leaf], cas: [], password: 'p', profile: 'Modern2023' });
  const [id, values] = children(only(shroudedKeyOf(parts(pfx).contents[1]!).attributes)) as [DerValue, DerValue];
  assert.equal(readOid(id), '1.2.840.113549.1.9.21');
  assert.deepEqual(Buffer.from(only(values).content), createHash('sha1').update(leaf).digest());
});

test('a keystore without a certificate is a mistake of the caller', async () => {
  const content = { privateKey, chain: [], cas: [], password: 'p', profile: 'LegacyRC2' } as const;
  await assert.rejects(encodePkcs12(content), RangeError);
});

for (const profile of profiles) {
  test(`${profile} truststore is one encrypted part`, async () => {
    const subject = sequence(set(sequence(oid('2.5.4.3'), utf8('ca'))));
    const ca = sequence(sequence(explicit(0, integer(2)), integer(1), sequence(), sequence(), sequence(), subject));
    const { contents, macData } = parts(await encodePkcs12Truststore({ cas: [ca], password: 'p', profile }));
    assert.equal(contents.length, 1);
    assert.equal(readOid(children(contents[0]!)[0]!), '1.2.840.113549.1.7.6');
    assert.deepEqual(shapeOf(macData), expectedAlgorithms[profile].mac);
  });
}
