import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { DecodeError } from '../../../src/base/errors.ts';
import { certificateTemplateFor, decodeCertificates, signCertificate } from '../../../src/pki/certificate.ts';
import { parseSingleCertificateChain } from '../../../src/pki/chain.ts';
import { decodeCsr } from '../../../src/pki/csr.ts';
import { encodePrivateKey, keyFactsOf, spkiOf } from '../../../src/pki/keys.ts';
import { parseSigner, selfSignRequest, signRequest } from '../../../src/pki/signer.ts';
import {
  aCsr,
  aKey,
  allGates,
  anIntermediate,
  aRoot,
  craftCsr,
  firstBlock,
  type KeyKind,
  options,
} from '../../support/pki-builders.ts';

const root = aRoot('root');
const middle = anIntermediate('middle', root);
const lower = anIntermediate('lower', middle);
const pkcs8 = (key: typeof root.key) => encodePrivateKey(key, 'PKCS8');
const csr = aCsr({ commonName: 'leaf', dnsNames: ['leaf.example.com'] });

const placements: [string, { certificatesPem: string; keyPem: string; caPem?: string }, string, string][] = [
  ['a root', { certificatesPem: root.pem, keyPem: pkcs8(root.key) }, '', root.pem],
  [
    'a root that is in ca.crt too',
    { certificatesPem: root.pem, keyPem: pkcs8(root.key), caPem: root.pem },
    '',
    root.pem,
  ],
  ['an intermediate alone', { certificatesPem: middle.pem, keyPem: pkcs8(middle.key) }, middle.pem, middle.pem],
  [
    'an intermediate with its root in ca.crt',
    { certificatesPem: middle.pem, keyPem: pkcs8(middle.key), caPem: root.pem },
    middle.pem,
    root.pem,
  ],
  [
    'an intermediate with its root in tls.crt',
    { certificatesPem: middle.pem + root.pem, keyPem: pkcs8(middle.key) },
    middle.pem,
    root.pem,
  ],
  [
    'two intermediates and more in ca.crt',
    { certificatesPem: lower.pem + middle.pem, keyPem: pkcs8(lower.key), caPem: root.pem + aRoot('x').pem },
    lower.pem + middle.pem,
    root.pem,
  ],
  [
    'two intermediates without root',
    { certificatesPem: lower.pem + middle.pem, keyPem: pkcs8(lower.key), caPem: '' },
    lower.pem + middle.pem,
    middle.pem,
  ],
];
for (const [name, input, above, caPem] of placements) {
  test(`signing with ${name}`, () => {
    const signer = parseSigner(input);
    assert.equal(signer.problem, undefined);
    const issued = signRequest(csr, signer, options());
    const leaf = firstBlock(issued.certificatePem);
    assert.deepEqual(issued, { certificatePem: leaf + above, caPem });
    assert.ok(new X509Certificate(leaf).verify(new X509Certificate(signer.certificate.pem).publicKey));
    // The chain that was settled beforehand is the one that all certificates together give.
    const extra = input.caPem ? decodeCertificates(input.caPem, 1e6).slice(0, 1) : [];
    const all = [...decodeCertificates(input.certificatesPem, 1e6), ...extra, ...decodeCertificates(leaf, 1e6)];
    assert.deepEqual(parseSingleCertificateChain(all), { chainPem: issued.certificatePem, caPem });
  });
}

const plainLeaf = (() => {
  const key = aKey('p256', 'no CA');
  return { pem: selfSignRequest(aCsr({ commonName: 'no CA' }, key), key, options()).certificatePem, key };
})();
const noCertSign = (() => {
  const key = aKey('p256', 'no cert sign');
  const template = { ...certificateTemplateFor(decodeCsr(craftCsr({ key })), options({ isCA: true })), keyUsage: 1 };
  const identity = { key, facts: keyFactsOf(key), subjectDer: template.subjectDer, ski: undefined };
  return { pem: signCertificate(template, identity), key };
})();

const problems: [string, { certificatesPem: string; keyPem: string; caPem?: string }, string][] = [
  ['a key of somebody else', { certificatesPem: root.pem, keyPem: pkcs8(middle.key) }, 'key pair'],
  ['a certificate that is no CA', { certificatesPem: plainLeaf.pem, keyPem: pkcs8(plainLeaf.key) }, 'chain'],
  ['a CA that may not sign certificates', { certificatesPem: noCertSign.pem, keyPem: pkcs8(noCertSign.key) }, 'chain'],
  ['certificates that do not fit', { certificatesPem: root.pem + aRoot('x').pem, keyPem: pkcs8(root.key) }, 'chain'],
  [
    'a ca.crt that does not fit',
    { certificatesPem: middle.pem, keyPem: pkcs8(middle.key), caPem: aRoot('x').pem },
    'chain',
  ],
  [
    'the CA not at the bottom of its chain',
    { certificatesPem: middle.pem + lower.pem, keyPem: pkcs8(middle.key) },
    'chain',
  ],
];
for (const [name, input, what] of problems) {
  test(`${name}: read, but signs nothing`, () => {
    const signer = parseSigner(input);
    assert.equal(signer.problem?.what, what);
    assert.throws(() => signRequest(csr, signer, options()), signer.problem);
  });
}

const unreadable: [string, { certificatesPem: string; keyPem: string; caPem?: string }][] = [
  ['key', { certificatesPem: root.pem, keyPem: 'x' }],
  ['certificate', { certificatesPem: 'x', keyPem: pkcs8(root.key) }],
  [
    'second certificate',
    { certificatesPem: root.pem + root.pem.replace(/^M.{20}/m, 'AAAAAAAAAAAAAAAAAAAAA'), keyPem: pkcs8(root.key) },
  ],
  ['ca.crt', { certificatesPem: root.pem, keyPem: pkcs8(root.key), caPem: 'x' }],
];
for (const [name, input] of unreadable) {
  test(`an unreadable ${name} is a DecodeError`, () => assert.throws(() => parseSigner(input), DecodeError));
}

test('URLs of the issuer are signed in', () => {
  const urls = { crlDistributionPoints: ['http://c'], ocspServers: ['http://o'], issuingCertificateURLs: ['http://i'] };
  const { certificatePem } = signRequest(csr, parseSigner({ certificatesPem: root.pem, keyPem: pkcs8(root.key) }), {
    ...options(),
    ...urls,
  });
  const info = new X509Certificate(certificatePem).infoAccess;
  assert.equal(info, 'OCSP - URI:http://o\nCA Issuers - URI:http://i');
  assert.ok(decodeCertificates(certificatePem, 1e6)[0]!.extensions.some(({ oid }) => oid === '2.5.29.31'));
});

test('errors of the request come before those of the CA', () => {
  const signer = parseSigner({ certificatesPem: root.pem, keyPem: pkcs8(middle.key) });
  const wrong = aCsr({ commonName: 'x', isCA: true });
  assert.throws(
    () => signRequest(wrong, signer, options()),
    (error) => error instanceof DecodeError && error.what === 'CSR',
  );
  assert.throws(
    () => signRequest(csr, signer, options({ usages: ['x'] })),
    (error) => error instanceof DecodeError && error.what === 'usages',
  );
});

for (const kind of ['p256', 'p384', 'p521', 'ed25519', 'rsa2048'] as KeyKind[]) {
  for (const isCA of [false, true]) {
    test(`self-signed by ${kind}${isCA ? ' as a CA' : ''}`, () => {
      const key = aKey(kind);
      const request = aCsr({ commonName: 'self', isCA }, key, allGates);
      const issued = selfSignRequest(request, key, options({ isCA }));
      assert.equal(issued.certificatePem, issued.caPem);
      const theirs = new X509Certificate(issued.caPem);
      assert.equal(theirs.verify(theirs.publicKey), true);
      assert.deepEqual([theirs.ca, theirs.subject, theirs.issuer], [isCA, 'CN=self', 'CN=self']);
      const [ours] = decodeCertificates(issued.caPem, 1e6);
      assert.deepEqual([ours!.aki, ours!.ski !== undefined], [undefined, isCA]);
    });
  }
}

test('self-signing needs the key of the request', () => {
  const refusal = (error: unknown) =>
    error instanceof DecodeError &&
    error.what === 'key pair' &&
    error.message === 'CSR not signed by referenced private key';
  assert.throws(() => selfSignRequest(csr, aKey('p256', 'other'), options()), refusal);
  const forged = decodeCsr(craftCsr({ spki: spkiOf(aKey('p256', 'other')) }));
  assert.throws(
    () => selfSignRequest(forged, aKey('p256', 'other'), options()),
    (error) => error instanceof DecodeError && error.what === 'CSR',
  );
});

test('self-signed with a CRL', () => {
  const issued = selfSignRequest(csr, aKey(), { ...options(), crlDistributionPoints: ['http://c'] });
  assert.ok(decodeCertificates(issued.caPem, 1e6)[0]!.extensions.some(({ oid }) => oid === '2.5.29.31'));
});
