// Opens our keystores with the programs that users open them with. Asks openssl, keytool and Node's own OpenSSL.
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { encodeJks, encodeJksTruststore } from '../../src/pki/keystores/jks.ts';
import { encodePkcs12, encodePkcs12Truststore } from '../../src/pki/keystores/pkcs12.ts';
import type { Pkcs12Profile } from '../../src/pki/keystores/protection.ts';
import { asks, attempt, isOpensslAtLeast, run, workFolder } from './programs.ts';

const profiles: readonly Pkcs12Profile[] = ['LegacyRC2', 'LegacyDES', 'Modern2023', 'Modern2026'];
const keys: readonly (readonly [name: string, key: KeyObject])[] = [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['ECDSA', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
];
const password = 'chängeit';
const folder = workFolder();

/** Two CAs that share a subject, and by name of its key a leaf that the first of them signed. */
const authorities: Uint8Array[] = [];
const leaves = new Map<string, Uint8Array>();

before(() => {
  if (asks('openssl').skip) return;
  for (const [name, key] of keys) writeFileSync(folder.at(`${name}.key`), pemOf(key));
  for (const name of ['RSA', 'ECDSA']) authorities.push(issued('/CN=CA', folder.at(`${name}.key`)));
  writeFileSync(folder.at('ca.pem'), new X509Certificate(authorities[0]!).toString());
  const signer = ['-CA', folder.at('ca.pem'), '-CAkey', folder.at('RSA.key')];
  for (const [name] of keys) {
    leaves.set(name, issued(`/C=DE/O=Ämter, GmbH/CN=${name}`, folder.at(`${name}.key`), signer));
  }
});
after(() => folder.remove());

function pemOf(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

function issued(subject: string, keyFile: string, signer: readonly string[] = []): Uint8Array {
  const args = ['req', '-x509', '-utf8', '-key', keyFile, '-subj', subject, '-days', '30', ...signer];
  return new X509Certificate(run('openssl', args)).raw;
}

function contentOf(name: string, privateKey: KeyObject) {
  return { privateKey, chain: [leaves.get(name)!, authorities[0]!], cas: authorities, password };
}

function saved(name: string, bytes: Uint8Array): string {
  writeFileSync(folder.at(name), bytes);
  return folder.at(name);
}

function openedByOpenssl(file: string, given: string) {
  return attempt('openssl', ['pkcs12', '-legacy', '-in', file, '-passin', `pass:${given}`, '-nodes']);
}

function certificatesIn(pem: string): Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).raw);
}

/** In no order: Java keeps its own. */
function assertSameCertificates(actual: readonly Uint8Array[], expected: readonly Uint8Array[]) {
  const texts = (list: readonly Uint8Array[]) => list.map((one) => Buffer.from(one).toString('hex')).toSorted();
  assert.deepEqual(texts(actual), texts(expected));
}

for (const profile of profiles) {
  const readable = profile !== 'Modern2026' || isOpensslAtLeast(3, 4);
  const opensslOptions = readable ? asks('openssl') : { skip: 'openssl before 3.4 cannot read PBMAC1' };

  for (const [name, key] of keys) {
    test(`openssl opens the ${profile} keystore of an ${name} key`, opensslOptions, async () => {
      const content = contentOf(name, key);
      const file = saved('keystore.p12', await encodePkcs12({ ...content, profile }));
      const { succeeded, output } = openedByOpenssl(file, password);
      assert.ok(succeeded, output);
      assert.ok(createPrivateKey(output).equals(key), 'the same key');
      assert.deepEqual(certificatesIn(output).map(String), [...content.chain, ...content.cas].map(String));
      assert.match(openedByOpenssl(file, 'changeit').output, /invalid password/);
    });

    // Node's own OpenSSL; it has no RC2.
    const nodeOptions = profile === 'LegacyRC2' ? { skip: 'Node has no RC2' } : asks('openssl');
    test(`Node opens the ${profile} keystore of an ${name} key`, nodeOptions, async () => {
      const pfx = Buffer.from(await encodePkcs12({ ...contentOf(name, key), profile }));
      createSecureContext({ pfx, passphrase: password });
      assert.throws(() => createSecureContext({ pfx, passphrase: 'changeit' }), /mac verify failure/);
    });
  }
}

// Java's command line cannot be trusted with an umlaut, whatever the locale of the test run.
const asciiPassword = 'changeit';
const keytool = (command: string, file: string, ...more: string[]) =>
  attempt('keytool', [`-${command}`, '-keystore', file, '-storepass', asciiPassword, ...more]);
const asksKeytool = { skip: asks('openssl').skip || asks('keytool').skip };

for (const profile of profiles.filter((one) => one !== 'Modern2026')) {
  test(`keytool opens the ${profile} keystore and truststore`, asksKeytool, async () => {
    const [name, key] = keys[1]!;
    const content = { ...contentOf(name, key), password: asciiPassword, profile };
    const keystore = keytool('list', saved('keystore.p12', await encodePkcs12(content)));
    assert.match(keystore.output, /contains 1 entry.*PrivateKeyEntry/s);

    const truststore = keytool('list', saved('truststore.p12', await encodePkcs12Truststore(content)), '-rfc');
    assert.match(truststore.output, /contains 2 entries/);
    assert.match(truststore.output, /Alias name: cn=ca\n.*Alias name: cn=ca-1\n/s);
    assert.equal(truststore.output.match(/Entry type: trustedCertEntry/g)?.length, 2);
    assertSameCertificates(certificatesIn(truststore.output), authorities);
  });
}

for (const [name, key] of keys) {
  test(`keytool opens the JKS keystore of an ${name} key and recovers the key`, asksKeytool, () => {
    const content = { ...contentOf(name, key), password: asciiPassword };
    const file = saved('keystore.jks', encodeJks({ ...content, alias: 'My-Key' }));
    const target = folder.at(`${name}.p12`);
    const copied = attempt('keytool', [
      ...['-importkeystore', '-srckeystore', file, '-srcstoretype', 'JKS', '-srcstorepass', asciiPassword],
      ...['-destkeystore', target, '-deststoretype', 'PKCS12', '-deststorepass', asciiPassword],
    ]);
    assert.match(copied.output, /3 entries successfully imported, 0 entries failed/);
    const { output } = openedByOpenssl(target, asciiPassword);
    assert.ok(createPrivateKey(output).equals(key), 'the same key');
    assert.match(output, /friendlyName: my-key/);
    assertSameCertificates(certificatesIn(output), [...content.chain, ...content.cas]);
  });
}

test('keytool refuses a JKS for another password', asksKeytool, () => {
  const content = { ...contentOf('RSA', keys[0]![1]), alias: 'certificate' };
  const { succeeded, output } = keytool('list', saved('other.jks', encodeJks({ ...content, password: 'another' })));
  assert.ok(!succeeded);
  assert.match(output, /password was incorrect/);
});

test('keytool lists and exports the entries of a JKS truststore', asksKeytool, () => {
  const file = saved('truststore.jks', encodeJksTruststore({ cas: authorities, password: asciiPassword }));
  const { output } = keytool('list', file, '-rfc');
  assert.match(output, /Keystore type: JKS/);
  assertSameCertificates(certificatesIn(output), authorities);
  assert.deepEqual(certificatesIn(keytool('exportcert', file, '-alias', 'ca-1', '-rfc').output), [
    Buffer.from(authorities[1]!),
  ]);
});
