import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { decodeCertificates } from '../../../src/pki/certificate.ts';
import { formatName } from '../../../src/pki/distinguished-name.ts';
import { keyFactsOf } from '../../../src/pki/keys.ts';
import { noNames } from '../../../src/pki/names.ts';
import { temporaryCertificate } from '../../../src/pki/throwaway.ts';
import { aKey, aSpec, issuanceTime } from '../../support/pki-builders.ts';

test('a temporary certificate says what the spec says', () => {
  const key = aKey();
  const spec = aSpec({
    commonName: 'a',
    subject: { organizations: ['o'] },
    dnsNames: ['a.example.com'],
    otherNames: [{ oid: '1.2.3', utf8Value: 'x' }],
    usages: ['server auth'],
    duration: '48h',
  });
  const pem = temporaryCertificate(spec, key, issuanceTime);
  const [certificate, ...more] = decodeCertificates(pem, 1e6);
  assert.deepEqual(more, []);
  assert.deepEqual(certificate!.names, {
    ...noNames,
    commonName: 'a',
    organizations: ['o'],
    dnsNames: ['a.example.com'],
  });
  assert.equal(formatName(certificate!.issuer), 'CN=cert-manager.local');
  assert.equal(certificate!.publicKey, keyFactsOf(key).publicKey);
  assert.equal(certificate!.notAfter.toISOString(), '2026-11-24T19:06:29.000Z');
  assert.deepEqual(certificate!.extKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(Buffer.from(certificate!.signatureAlgorithm).toString('hex'), '300a06082a8648ce3d040304');
  assert.equal(certificate!.aki?.length, 20);
  assert.equal(new X509Certificate(pem).checkPrivateKey(key), true);
});

test('ninety days without a duration, names critical without a subject, literal subjects left out', () => {
  const spec = aSpec({
    literalSubject: 'CN=x',
    dnsNames: ['a'],
    isCA: true,
    nameConstraints: { permitted: { dnsDomains: ['d'] } },
  });
  const [certificate] = decodeCertificates(temporaryCertificate(spec, aKey('rsa2048'), issuanceTime), 1e6);
  assert.deepEqual(certificate!.subject, []);
  assert.equal(certificate!.isCA, true);
  assert.equal(certificate!.notAfter.toISOString(), '2027-02-20T19:06:29.000Z');
  assert.deepEqual(
    certificate!.extensions.map(({ oid, critical }) => `${oid}${critical ? ' critical' : ''}`),
    ['2.5.29.15 critical', '2.5.29.19 critical', '2.5.29.14', '2.5.29.35', '2.5.29.17 critical'],
  );
});
