// Whether clients that know one CA, the one before it, or both, verify what is served: with Node's verifier, in a handshake in memory.
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type AuthoritySecret, readAuthority } from '../../../../src/controllers/serving-authority/authority.ts';
import { bridged, leafFor, newAuthority } from '../../../../src/controllers/serving-authority/certificates.ts';
import { secretFor } from '../../../../src/controllers/serving-authority/manifest.ts';
import { decodeCertificates } from '../../../../src/pki/certificate.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';
import { aRoot, issuanceTime } from '../../../support/pki-builders.ts';

const day = 24 * 3600 * 1000;
const now = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const p384 = () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const wish = { names: ['webhook.svc', '10.0.0.1'], lifetimeMs: 7 * day };

const first = newAuthority(p384(), now);
const second = bridged(newAuthority(p384(), later(240 * day)), first, later(240 * day));
const third = bridged(newAuthority(p384(), later(250 * day)), second, later(250 * day));

test('a leaf has its names, no subject, and no more life than its CA', () => {
  const leaf = leafFor(p384(), first, wish, now);
  const certificate = new X509Certificate(leaf.chain);
  assert.equal(certificate.subject, undefined);
  assert.equal(certificate.subjectAltName, 'DNS:webhook.svc, IP Address:10.0.0.1');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(leaf.notAfter.getTime(), later(7 * day).getTime());
  assert.equal(certificate.validFromDate.getTime(), later(-300_000).getTime());
  const last = leafFor(p384(), first, wish, later(362 * day));
  assert.equal(last.notAfter.getTime(), first.certificate.notAfter.getTime());
});

test('a bridge says what the CA says, but for who vouches for it', () => {
  const [bridge] = second.bridges;
  assert.ok(bridge !== undefined);
  assert.equal(bridge.publicKey, second.certificate.publicKey);
  assert.deepEqual(bridge.ski, second.certificate.ski);
  assert.deepEqual(bridge.aki, first.certificate.ski);
  assert.equal(bridge.notAfter.getTime(), first.certificate.notAfter.getTime());
  assert.ok(new X509Certificate(bridge.pem).verify(new X509Certificate(first.certificate.pem).publicKey));
});

const lengths: [string, typeof first, Date, number][] = [
  ['without a former CA', first, now, 1],
  ['after one rotation', second, later(241 * day), 2],
  ['after two', third, later(251 * day), 3],
  ['once the first CA has expired', third, later(366 * day), 2],
];
for (const [name, authority, at, expected] of lengths) {
  test(`the chain that is served: ${name}`, () => {
    const { chain } = leafFor(p384(), authority, wish, at);
    assert.equal(decodeCertificates(chain, 100_000).length, expected);
  });
}

test('there are never more than three bridges', () => {
  let authority = first;
  for (let i = 1; i < 8; i++) authority = bridged(newAuthority(p384(), later(i * day)), authority, later(i * day));
  assert.equal(authority.bridges.length, 3);
});

const brought = ((): typeof first => {
  const { pem, key } = aRoot('corporate root');
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const data = { 'tls.crt': encode(pem), 'ca.crt': encode(pem), 'tls.key': encode(encodePrivateKey(key, 'PKCS8')) };
  const reading = readAuthority({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data } as never);
  assert.ok(reading.kind === 'usable');
  return reading.authority;
})();

test('a CA that somebody put there is vouched for, and vouches for nobody', () => {
  const at = issuanceTime;
  const own = newAuthority(p384(), at);
  assert.equal(bridged(brought, own, at).bridges.length, 1);
  assert.deepEqual(bridged(own, brought, at).bridges, []);
});

const none: [string, () => unknown][] = [
  ['from nobody', () => bridged(first, undefined, now)],
  ['from itself', () => bridged(first, first, now)],
  ['from one that has expired', () => bridged(newAuthority(p384(), later(366 * day)), first, later(366 * day))],
];
for (const [name, make] of none) {
  test(`no bridge leads ${name}`, () => assert.deepEqual((make() as typeof first).bridges, []));
}

test('bridges survive the Secret; those that do not fit are passed over', () => {
  const read = (secret: AuthoritySecret) => {
    const reading = readAuthority(secret);
    return reading.kind === 'usable' ? reading.authority.bridges.map(({ pem }) => pem) : reading.reason;
  };
  const secret = secretFor({ name: 'a' }, third, 'x') as unknown as AuthoritySecret;
  const pems = third.bridges.map(({ pem }) => pem);
  assert.equal(pems.length, 2);
  assert.deepEqual(read(secret), pems);
  const having = (text: string): AuthoritySecret => ({
    ...secret,
    data: { ...secret.data, 'bridges.crt': Buffer.from(text).toString('base64') },
  });
  assert.deepEqual(read(having(pems[0] ?? '')), pems.slice(0, 1));
  assert.deepEqual(read(having([...pems].reverse().join(''))), []);
  assert.deepEqual(read(having(first.certificate.pem)), []);
  assert.deepEqual(read(having('nothing')), []);
  assert.deepEqual(bridged(third, second, later(251 * day)).bridges, third.bridges);
});
