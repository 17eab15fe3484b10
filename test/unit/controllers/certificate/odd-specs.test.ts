// What a CRD admits and an issuance cannot serve: said in the status, never thrown, never tried over and over.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateSpec } from '../../../../src/api/certificate.ts';
import { conditionOf } from '../../../../src/api/conditions.ts';
import type { CertificateSettings } from '../../../../src/controllers/certificate/seen.ts';
import { CertificateWorld, settings } from '../../../support/certificate-world.ts';

const ready = (world: CertificateWorld) => conditionOf(world.certificate.status?.conditions, 'Ready')?.message ?? '';
const odd = (spec: object) => spec as Partial<CertificateSpec>;
const many = (count: number, size: number) =>
  Array.from({ length: count }, (_, index) => `${String(index).padStart(size, 'a')}.example.com`);

type Row = readonly [name: string, spec: Partial<CertificateSpec>, said: RegExp];

const refused: readonly Row[] = [
  ['an RSA key of 1024 bits', odd({ privateKey: { algorithm: 'RSA', size: 1024 } }), /rsa key size specified: 1024/],
  ['a negative key size', odd({ privateKey: { algorithm: 'RSA', size: -1 } }), /rsa key size specified: -1/],
  ['a curve that does not exist', odd({ privateKey: { algorithm: 'ECDSA', size: 257 } }), /ecdsa key size .*: 257/],
  ['a signature of another kind of key', odd({ signatureAlgorithm: 'SHA256WithRSA' }), /SHA256WithRSA needs another/],
  ['a line break in a DNS name', { dnsNames: ['a.example.com\nb.example.com'] }, /spec.dnsNames.*control character/],
  ['a NUL in the common name', { commonName: 'a\u0000b' }, /spec.commonName.*control character/],
  ['an escape in an e-mail address', { emailAddresses: ['\u001b[2J@x'] }, /spec.emailAddresses.*control character/],
  ['a DEL in a URI', { uris: ['spiffe://a\u007f'] }, /spec.uris.*control character/],
  ['a tab in an organization', { subject: { organizations: ['a\tb'] } }, /spec.subject.*control character/],
  ['2,000 names', { dnsNames: many(2_000, 20) }, /larger than the maximum 36500B/],
  ['300,000 names', { dnsNames: Array.from({ length: 300_000 }, () => 'a') }, /larger than the maximum 36500B/],
  ['300,000 usages', odd({ usages: Array.from({ length: 300_000 }, () => 'any') }), /larger than the maximum 36500B/],
  ['a half of a surrogate pair', { commonName: 'a\ud800' }, /spec.commonName/],
  ['an empty secretName', { secretName: '' }, /spec.secretName "" is not a name/],
  ['a secretName that names no Secret', { secretName: 'Web_TLS' }, /spec.secretName/],
  ['a secretName longer than names can be', { secretName: 'a'.repeat(254) }, /spec.secretName/],
  ['a label that is none', { secretTemplate: { labels: { team: 'a b' } } }, /spec.secretTemplate.labels/],
  [
    'the label of next private keys',
    { secretTemplate: { labels: { 'cert-manager.io/next-private-key': 'true' } } },
    /kept for next private keys/,
  ],
  ['a label key that is none', { secretTemplate: { labels: { 'a/b/c': 'x' } } }, /spec.secretTemplate.labels/],
  ['an annotation key that is none', { secretTemplate: { annotations: { 'a b': 'x' } } }, /spec.secretTemplate.anno/],
];

describe('a spec that cannot be served', () => {
  for (const [name, spec, said] of refused) {
    it(`is told: ${name}`, async () => {
      const world = new CertificateWorld(spec);
      await world.settle();
      assert.match(ready(world), said);
      assert.deepEqual(world.requests.size, 0);
      assert.deepEqual(await world.step(), []);
    });
  }

  it('goes on once it is mended', async () => {
    const world = new CertificateWorld(odd({ privateKey: { algorithm: 'ECDSA', size: 257 } }));
    await world.settle();
    world.edit({ privateKey: { algorithm: 'ECDSA' } });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
  });
});

describe('a spec that can be served', () => {
  const gate = (name: keyof CertificateSettings['gates']): CertificateSettings => ({
    ...settings,
    gates: { ...settings.gates, [name]: false },
  });
  const served: readonly (readonly [string, Partial<CertificateSpec>])[] = [
    ['no other names', { commonName: 'web', dnsNames: [], otherNames: [] }],
    ['names twice', { dnsNames: ['a.example.com', 'a.example.com'] }],
    ['an address in an unusual form', { ipAddresses: ['::ffff:10.0.0.1', '2001:DB8:0::1'] }],
    ['a scheme in capitals', { uris: ['SPIFFE://a/b'] }],
    ['a duration that is none', { duration: '90d' }],
    ['annotations that rival ours', { secretTemplate: { annotations: { 'cert-manager.io/common-name': 'x' } } }],
    ['a label that rivals ours', { secretTemplate: { labels: { 'controller.cert-manager.io/fao': 'no' } } }],
    [
      'the annotation that lets cainjector in',
      { secretTemplate: { annotations: { 'cert-manager.io/allow-direct-injection': 'true' } } },
    ],
    ['a label of ours', { secretTemplate: { labels: { 'cert-manager.io/team': 'x' } } }],
    ['a revision history of none', { revisionHistoryLimit: 0 }],
    ['a negative revision history', { revisionHistoryLimit: -5 }],
  ];
  for (const [name, spec] of served) {
    it(`comes to rest, Ready: ${name}`, async () => {
      const world = new CertificateWorld(spec);
      await world.issue();
      assert.match(ready(world), /up to date/);
      assert.deepEqual(await world.step(), []);
      assert.equal(world.requests.size, 1);
    });
  }

  for (const [name, spec, off] of [
    ['otherNames', { otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'a@b' }] }, 'OtherNames'],
    ['literalSubject', { literalSubject: 'CN=a,O=b' }, 'LiteralCertificateSubject'],
  ] as const) {
    it(`asks for no second request where the gate of ${name} is off`, async () => {
      const world = new CertificateWorld(spec, { settings: gate(off) });
      await world.settle();
      assert.match(ready(world), new RegExp(`spec.${name}`));
      assert.equal(world.requests.size, 0);
    });
  }
});

describe('a Secret that is not ours to take', () => {
  it('is the next private key of another Certificate', async () => {
    const world = new CertificateWorld({ secretName: 'api-xyz12' });
    world.secrets.set('api-xyz12', {
      metadata: {
        name: 'api-xyz12',
        namespace: 'app',
        uid: 'k',
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { 'cert-manager.io/next-private-key': 'true' },
        ownerReferences: [
          { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name: 'api', uid: 'other', controller: true },
        ],
      },
      data: { 'tls.key': 'eA==' },
    });
    await world.settle();
    assert.match(ready(world), /next private key of Certificate "api"/);
    assert.deepEqual([...world.secrets.keys()], ['api-xyz12']);
  });

  it('is its own next private key: another one is made', async () => {
    const world = new CertificateWorld({});
    await world.settle();
    world.edit({ secretName: 'web-rrrrr' });
    await world.settle();
    assert.notEqual(world.certificate.status?.nextPrivateKeySecretName, 'web-rrrrr');
    await world.issue();
    assert.deepEqual([...world.secrets.keys()], ['web-rrrrr']);
    assert.match(ready(world), /up to date/);
  });
});

describe('a request that somebody found invalid', () => {
  it('is made anew with the same key once the back-off is over', async () => {
    const world = new CertificateWorld({ privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' } });
    await world.issue();
    world.edit({ dnsNames: ['other.example.com'] });
    await world.settle();
    world.answer('web-2', {}, { type: 'InvalidRequest', status: 'True', reason: 'No', message: 'no' });
    await world.settle();
    world.advance(3600_000);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
  });
});
