import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CAIssuerSpec } from '../../../../src/api/ca-issuer.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import type { CheckOutcome, SecretData } from '../../../../src/issuers/backend.ts';
import { createCaBackend } from '../../../../src/issuers/ca/backend.ts';
import { decodeCertificates } from '../../../../src/pki/certificate.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import {
  aCa,
  anIssuer,
  aSigningRequest,
  secretData,
  signingTime,
  testIo,
  testKey,
} from '../../../support/signing-builders.ts';

const backend = createCaBackend({ limits: defaultPemLimits });
const config: CAIssuerSpec = { secretName: 'pair' };
const signal = new AbortController().signal;

const root = aCa('root');
const intermediate = aCa('intermediate', { parent: root });
const lower = aCa('lower', { parent: intermediate });
const other = aCa('other');
const leaf = aCa('leaf', { parent: root, isCA: false });
const digitalSignatureOnly = aCa('no cert sign', { keyUsage: 1 });
const pair = (ca: typeof root, more: Record<string, string> = {}) =>
  secretData({ 'tls.crt': ca.pem, 'tls.key': ca.keyPem, ...more });
const ioWith = (data?: SecretData, now = signingTime) =>
  testIo(data === undefined ? {} : { 'ns/pair': data }, () => now);
const open = (io: ReturnType<typeof testIo>) =>
  io.factory.open({ resourceNamespace: 'ns', requestNamespace: 'app', signal });

const ready: CheckOutcome = {
  kind: 'ready',
  reason: 'KeyPairVerified',
  message: 'Signing CA verified',
  announce: true,
};
const getKeyPair = (error: string): CheckOutcome => ({
  kind: 'notReady',
  reason: 'ErrGetKeyPair',
  message: `Error getting keypair for CA issuer: ${error}`,
  announce: true,
  initError: error,
});

describe('the set-up of a CA issuer', () => {
  const rows: [string, SecretData | undefined, CheckOutcome][] = [
    ['a root', pair(root), ready],
    ['an intermediate with its root', pair(intermediate, { 'ca.crt': root.pem }), ready],
    ['no Secret', undefined, getKeyPair('secrets "pair" not found')],
    ['no tls.crt', secretData({ 'tls.key': root.keyPem }), getKeyPair(`no data for "tls.crt" in secret 'ns/pair'`)],
    ['no tls.key', secretData({ 'tls.crt': root.pem }), getKeyPair(`no data for "tls.key" in secret 'ns/pair'`)],
    ['neither: the certificate first', secretData({}), getKeyPair(`no data for "tls.crt" in secret 'ns/pair'`)],
    [
      'a tls.crt that is none',
      secretData({ 'tls.crt': 'x', 'tls.key': 'x' }),
      getKeyPair('error decoding certificate PEM block'),
    ],
    [
      'a tls.key that is none',
      secretData({ 'tls.crt': root.pem, 'tls.key': 'x' }),
      getKeyPair('error decoding private key PEM block'),
    ],
    [
      'the certificate of no CA',
      pair(leaf),
      {
        kind: 'notReady',
        reason: 'ErrInvalidKeyPair',
        message: 'Error getting keypair for CA issuer: certificate is not a CA',
        announce: true,
      },
    ],
    [
      'the key of another CA: found out when signing',
      secretData({ 'tls.crt': root.pem, 'tls.key': other.keyPem }),
      ready,
    ],
    ['a CA that may not sign: found out when signing', pair(digitalSignatureOnly), ready],
    ['a ca.crt that is none: found out when signing', pair(root, { 'ca.crt': 'x' }), ready],
  ];
  for (const [name, data, expected] of rows) {
    it(name, async () => assert.deepEqual(await backend.check(config, open(ioWith(data)), anIssuer), expected));
  }

  it('an expired CA is still one', async () => {
    assert.deepEqual(
      await backend.check(config, open(ioWith(pair(root), new Date('2036-01-01T00:00:00Z'))), anIssuer),
      ready,
    );
  });

  it('a Secret that cannot be read: the error goes to the back-off', async () => {
    const io = ioWith(pair(root));
    const error = new ApiError(403, 'Forbidden', 'secrets "pair" is forbidden');
    io.failWith(error);
    const expected = { ...getKeyPair('secrets "pair" is forbidden'), error };
    assert.deepEqual(await backend.check(config, open(io), anIssuer), expected);
  });
});

describe('signing with a CA issuer', () => {
  const chains: [string, SecretData, readonly string[], string][] = [
    ['a root: the leaf alone, the root apart', pair(root), [], root.pem],
    ['an intermediate: it counts as the CA, too', pair(intermediate), [intermediate.pem], intermediate.pem],
    [
      'an intermediate with its root in ca.crt',
      pair(intermediate, { 'ca.crt': root.pem }),
      [intermediate.pem],
      root.pem,
    ],
    [
      'a whole chain in tls.crt, in any order behind the first',
      secretData({ 'tls.crt': lower.pem + root.pem + intermediate.pem, 'tls.key': lower.keyPem }),
      [lower.pem, intermediate.pem],
      root.pem,
    ],
    ['an empty ca.crt', pair(root, { 'ca.crt': '' }), [], root.pem],
  ];
  for (const [name, data, above, caPem] of chains) {
    it(name, async () => {
      const outcome = await backend.sign(aSigningRequest(), config, open(ioWith(data)), anIssuer);
      assert.ok(outcome.kind === 'issued', JSON.stringify(outcome));
      const [first, ...rest] = decodeCertificates(outcome.certificatePem, defaultPemLimits.chainBytes);
      assert.deepEqual(first?.names.dnsNames, ['web.example.com']);
      assert.deepEqual(
        rest.map((each) => each.pem),
        above,
      );
      assert.equal(outcome.caPem, caPem);
    });
  }

  it('states the addresses of the issuer’s spec, and the issuer’s key', async () => {
    const urls: CAIssuerSpec = {
      ...config,
      crlDistributionPoints: ['http://crl.example.com/ca.crl'],
      ocspServers: ['http://ocsp.example.com'],
      issuingCertificateURLs: ['http://ca.example.com/ca.crt'],
    };
    const outcome = await backend.sign(aSigningRequest(), urls, open(ioWith(pair(root))), anIssuer);
    assert.ok(outcome.kind === 'issued');
    const [issued] = decodeCertificates(outcome.certificatePem, defaultPemLimits.chainBytes);
    const text = (oid: string) =>
      Buffer.from(issued?.extensions.find((each) => each.oid === oid)?.value ?? []).toString('latin1');
    assert.match(text('2.5.29.31'), /http:\/\/crl\.example\.com\/ca\.crl/);
    assert.match(text('1.3.6.1.5.5.7.1.1'), /http:\/\/ocsp\.example\.com.*http:\/\/ca\.example\.com\/ca\.crt/s);
    assert.deepEqual(issued?.aki, root.certificate.ski);
  });

  it('an expired CA still signs, and longer than it lasts itself', async () => {
    const now = new Date('2036-01-01T00:00:00Z');
    const outcome = await backend.sign(aSigningRequest(), config, open(ioWith(pair(root), now)), anIssuer);
    assert.ok(outcome.kind === 'issued');
    const [issued] = decodeCertificates(outcome.certificatePem, defaultPemLimits.chainBytes);
    assert.deepEqual(issued?.notBefore, now);
  });

  const failures: [string, SecretData, string, string][] = [
    [
      'the key of another CA',
      secretData({ 'tls.crt': root.pem, 'tls.key': other.keyPem }),
      'SigningError',
      "Error signing certificate: error creating x509 certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
    ],
    [
      'a CA that may not sign',
      pair(digitalSignatureOnly),
      'SigningError',
      'Error signing certificate: certificate chain is malformed or broken',
    ],
    [
      'a ca.crt that does not fit',
      pair(intermediate, { 'ca.crt': other.pem }),
      'SigningError',
      'Error signing certificate: certificate chain is malformed or broken',
    ],
  ];
  for (const [name, data, reason, message] of failures) {
    it(`${name}: failed for good`, async () => {
      const outcome = await backend.sign(aSigningRequest(), config, open(ioWith(data)), anIssuer);
      assert.deepEqual(outcome, { kind: 'rejected', reason, message });
    });
  }

  it('a ca.crt that is none: waits', async () => {
    const outcome = await backend.sign(
      aSigningRequest(),
      config,
      open(ioWith(pair(root, { 'ca.crt': 'x' }))),
      anIssuer,
    );
    const message = 'Failed to parse signing CA keypair from secret ns/pair: error decoding certificate PEM block';
    assert.deepEqual(outcome, { kind: 'pending', reason: 'SecretInvalidData', message });
  });

  it('reads the Secret once, for set-up and any number of requests', async () => {
    const io = ioWith(pair(root));
    await backend.check(config, open(io), anIssuer);
    await Promise.all(Array.from({ length: 20 }, () => backend.sign(aSigningRequest(), config, open(io), anIssuer)));
    assert.deepEqual(io.fetched, ['ns/pair']);
    assert.ok(testKey('ECDSA P-256', 'root').equals(root.key));
  });
});
