import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { SecretData, SignOutcome } from '../../../../src/issuers/backend.ts';
import { createSelfSignedBackend } from '../../../../src/issuers/selfsigned/backend.ts';
import { decodeCertificates } from '../../../../src/pki/certificate.ts';
import { encodePrivateKey } from '../../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { aRequest } from '../../../support/request-builders.ts';
import { aCsr, anIssuer, aSigningRequest, secretData, testIo, testKey } from '../../../support/signing-builders.ts';

const backend = createSelfSignedBackend({ limits: defaultPemLimits });
const annotation = 'cert-manager.io/private-key-secret-name';
const annotations = { [annotation]: 'key' };
const signal = new AbortController().signal;
const right = secretData({ 'tls.key': encodePrivateKey(testKey(), 'PKCS1') });
const note = {
  reason: 'BadConfig',
  message:
    'Certificate will be issued with an empty Issuer DN, which contravenes RFC 5280 and could break some strict clients',
};

function open(data?: SecretData) {
  const io = testIo(data === undefined ? {} : { 'app/key': data });
  return io.factory.open({ resourceNamespace: 'kube-system', requestNamespace: 'app', signal });
}

describe('a SelfSigned issuer', () => {
  it('is always ready, without a message', async () => {
    assert.deepEqual(await backend.check({}, open(), anIssuer), { kind: 'ready', reason: 'IsReady', message: '' });
  });

  it('refers to the Secret that a request names, in its namespace', () => {
    assert.deepEqual(backend.references({}), []);
    assert.deepEqual(backend.requestReferences?.(aRequest({ annotations })), [{ kind: 'Secret', name: 'key' }]);
    assert.deepEqual(backend.requestReferences?.(aRequest()), [{ kind: 'Secret', name: '' }]);
  });

  it('signs with the key of the request: issuer is subject, certificate is CA, no key identifier of an issuer', async () => {
    const config = { crlDistributionPoints: ['http://crl.example.com/ca.crl'] };
    const outcome = await backend.sign(aSigningRequest({ annotations }), config, open(right), anIssuer);
    assert.ok(outcome.kind === 'issued');
    assert.equal(outcome.caPem, outcome.certificatePem);
    assert.deepEqual(outcome.notes, []);
    const [issued] = decodeCertificates(outcome.certificatePem, defaultPemLimits.certificateBytes);
    assert.deepEqual(issued?.issuerDer, issued?.subjectDer);
    assert.deepEqual([issued?.aki, issued?.ski, issued?.isCA], [undefined, undefined, false]);
    const node = new X509Certificate(outcome.certificatePem);
    assert.ok(node.verify(node.publicKey));
    const crl = issued?.extensions.find((each) => each.oid === '2.5.29.31');
    assert.match(Buffer.from(crl?.value ?? []).toString('latin1'), /http:\/\/crl\.example\.com\/ca\.crl/);
  });

  it('warns of an empty issuer, and signs', async () => {
    const csrPem = aCsr({ commonName: '' });
    const outcome = await backend.sign(aSigningRequest({ annotations, csrPem }), {}, open(right), anIssuer);
    assert.ok(outcome.kind === 'issued');
    assert.deepEqual(outcome.notes, [note]);
  });

  const otherKey = secretData({ 'tls.key': encodePrivateKey(testKey('Ed25519', 'other'), 'PKCS8') });
  const parsing = `Failed to get key "key" referenced in annotation "${annotation}": `;
  const missing = `Annotation "${annotation}" missing or reference empty: secret name missing`;
  const rows: [string, Parameters<typeof aSigningRequest>[0], SecretData | undefined, SignOutcome][] = [
    ['no annotation', {}, right, { kind: 'rejected', reason: 'MissingAnnotation', message: missing, notes: [] }],
    [
      'an empty annotation',
      { annotations: { [annotation]: '' } },
      right,
      { kind: 'rejected', reason: 'MissingAnnotation', message: missing, notes: [] },
    ],
    [
      'no Secret',
      { annotations },
      undefined,
      {
        kind: 'pending',
        reason: 'MissingSecret',
        message: 'Referenced secret app/key not found: secrets "key" not found',
      },
    ],
    [
      'no tls.key',
      { annotations },
      secretData({ other: 'x' }),
      { kind: 'pending', reason: 'ErrorParsingKey', message: `${parsing}no data for "tls.key" in secret 'app/key'` },
    ],
    [
      'a tls.key that is none',
      { annotations },
      secretData({ 'tls.key': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
      { kind: 'pending', reason: 'ErrorParsingKey', message: `${parsing}unknown private key type: CERTIFICATE` },
    ],
    [
      'a CSR made with another key',
      { annotations },
      otherKey,
      {
        kind: 'rejected',
        reason: 'ErrorKeyMatch',
        message: 'Error generating certificate template: CSR not signed by referenced private key',
        notes: [],
      },
    ],
    [
      'a CSR made with another key, and an empty subject',
      { annotations, csrPem: aCsr({ commonName: '' }) },
      otherKey,
      {
        kind: 'rejected',
        reason: 'ErrorKeyMatch',
        message: 'Error generating certificate template: CSR not signed by referenced private key',
        notes: [note],
      },
    ],
  ];
  for (const [name, change, data, expected] of rows) {
    it(name, async () =>
      assert.deepEqual(await backend.sign(aSigningRequest(change), {}, open(data), anIssuer), expected),
    );
  }
});
