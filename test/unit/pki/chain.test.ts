import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  certificateTemplateFor,
  decodeCertificate,
  decodeCertificates,
  type ParsedCertificate,
  signCertificate,
} from '../../../src/pki/certificate.ts';
import {
  canSign,
  isSelfSigned,
  maximumChainLength,
  orderChain,
  parseSingleCertificateChain,
} from '../../../src/pki/chain.ts';
import { decodeCsr } from '../../../src/pki/csr.ts';
import { explicit, integer, sequence, time, utf8 } from '../../../src/pki/der.ts';
import { encodeName, parseLiteralSubject } from '../../../src/pki/distinguished-name.ts';
import { encodeExtensions } from '../../../src/pki/extensions.ts';
import { keyFactsOf, spkiOf } from '../../../src/pki/keys.ts';
import { algorithmIdentifier, signed } from '../../../src/pki/signature.ts';
import { signRequest } from '../../../src/pki/signer.ts';
import {
  aCsr,
  aKey,
  anIntermediate,
  aRoot,
  aSigner,
  craftCsr,
  firstBlock,
  issuanceTime,
  options,
} from '../../support/pki-builders.ts';

const certificatesOf = (...pems: string[]) => decodeCertificates(pems.join(''), 1e9);
const chainOf = (...pems: string[]) => parseSingleCertificateChain(certificatesOf(...pems));

const root = aRoot('root');
const top = anIntermediate('top', root);
const middle = anIntermediate('middle', top);
const issue = (ca: typeof root, commonName = 'leaf') =>
  firstBlock(signRequest(aCsr({ commonName }), aSigner(ca), options()).certificatePem);
const leaf = issue(middle);
const other = aRoot('other');
const selfSignedLeaf = (() => {
  const key = aKey();
  const template = certificateTemplateFor(aCsr({ commonName: 'self' }), options());
  return signCertificate(template, { key, facts: keyFactsOf(key), subjectDer: template.subjectDer, ski: undefined });
})();

const chains: [string, string[], { chainPem: string; caPem: string }][] = [
  ['root alone', [root.pem], { chainPem: root.pem, caPem: root.pem }],
  ['leaf alone', [leaf], { chainPem: leaf, caPem: '' }],
  ['intermediate alone', [top.pem], { chainPem: top.pem, caPem: '' }],
  ['self-signed leaf alone, which is no root', [selfSignedLeaf], { chainPem: selfSignedLeaf, caPem: '' }],
  ['leaf under a root', [issue(root), root.pem], { chainPem: issue(root), caPem: root.pem }],
  ['leaf under an intermediate', [leaf, middle.pem], { chainPem: leaf + middle.pem, caPem: middle.pem }],
  ['everything', [leaf, middle.pem, top.pem, root.pem], { chainPem: leaf + middle.pem + top.pem, caPem: root.pem }],
  [
    'everything in another order',
    [root.pem, leaf, top.pem, middle.pem],
    { chainPem: leaf + middle.pem + top.pem, caPem: root.pem },
  ],
  [
    'everything twice',
    [root.pem, leaf, top.pem, middle.pem, middle.pem, root.pem],
    { chainPem: leaf + middle.pem + top.pem, caPem: root.pem },
  ],
  ['no leaf', [top.pem, root.pem], { chainPem: top.pem, caPem: root.pem }],
];
// Two issuances differ by their serial: the table must name the same one twice.
chains[4] = (() => {
  const under = issue(root);
  return ['leaf under a root', [under, root.pem], { chainPem: under, caPem: root.pem }];
})();
for (const [name, given, expected] of chains)
  test(`chain: ${name}`, () => assert.deepEqual(chainOf(...given), expected));

const broken: [string, string[]][] = [
  ['a gap', [leaf, top.pem]],
  ['a stranger', [leaf, middle.pem, other.pem]],
  ['two leaves', [leaf, issue(middle), middle.pem]],
  ['two roots', [root.pem, other.pem]],
  ['a leaf under a leaf', [leaf, selfSignedLeaf]],
];
for (const [name, given] of broken) {
  test(`chain with ${name} is refused`, () => {
    assert.throws(() => chainOf(...given), new DecodeError('chain', 'certificate chain is malformed or broken'));
  });
}

test('no certificates are no chain', () => assert.throws(() => parseSingleCertificateChain([]), DecodeError));

test('any order of a chain gives the same', () => {
  const all = certificatesOf(leaf, middle.pem, top.pem, root.pem);
  const expected = parseSingleCertificateChain(all);
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 0, 1, 1, 2, 2, 3, 3], { minLength: 8 }), (order) => {
      assert.deepEqual(parseSingleCertificateChain(order.map((index) => all[index]!)), expected);
    }),
    { numRuns: 30 },
  );
});

/** A certificate of any issuer, with any right to sign. */
function certify(
  subject: string,
  issuer: string,
  signer = aKey('p256', issuer),
  isCA = true,
  usages = ['cert sign'],
): ParsedCertificate {
  const key = aKey('p256', subject);
  const csr = decodeCsr(craftCsr({ key, subjectDer: encodeName(parseLiteralSubject(`CN=${subject}`)) }));
  const template = certificateTemplateFor(csr, options({ isCA, usages }));
  const issuerDer = encodeName(parseLiteralSubject(`CN=${issuer}`));
  return decodeCertificates(
    signCertificate(template, { key: signer, facts: keyFactsOf(signer), subjectDer: issuerDer, ski: undefined }),
    1e6,
  )[0]!;
}

test('a parent must be a CA that may sign, and must have signed', () => {
  const child = certify('child', 'parent');
  const good = certify('parent', 'above');
  assert.deepEqual(orderChain([good, child]), [child, good]);
  const bad: ParsedCertificate[] = [
    certify('parent', 'above', undefined, false, ['signing']),
    { ...good, der: Buffer.from('a'), keyUsage: 1 },
    { ...good, der: Buffer.from('b'), basicConstraints: undefined },
    { ...good, der: Buffer.from('c'), spki: spkiOf(aKey('p256', 'someone')) },
  ];
  for (const parent of bad) assert.throws(() => orderChain([child, parent]), DecodeError);
});

test('canSign: version 1 says nothing, an absent or empty key usage neither', () => {
  const ca = certify('a', 'b');
  const variants: [Partial<ParsedCertificate>, boolean][] = [
    [{}, true],
    [{ keyUsage: undefined }, true],
    [{ keyUsage: 0 }, true],
    [{ keyUsage: 1 }, false],
    [{ version: 1, basicConstraints: undefined, keyUsage: undefined }, true],
    [{ basicConstraints: undefined }, false],
    [{ basicConstraints: { isCA: false } }, false],
  ];
  for (const [change, expected] of variants) assert.equal(canSign({ ...ca, ...change }), expected);
});

test('isSelfSigned: by signature, not only by name', () => {
  assert.equal(isSelfSigned(certify('x', 'x')), true);
  assert.equal(isSelfSigned(certify('x', 'x', aKey('p256', 'y'))), false);
  assert.equal(isSelfSigned(certify('x', 'y')), false);
});

test('a cross-signed root does not break the chain', () => {
  const key = aKey('p256', 'new-root');
  const [self, cross, old] = [
    certify('new-root', 'new-root'),
    certify('new-root', 'old-root'),
    certify('old-root', 'old-root'),
  ];
  const below = certify('below', 'new-root', key);
  for (const given of [
    [below, cross, old],
    [old, below, cross],
  ])
    assert.deepEqual(orderChain(given), [below, cross, old]);
  assert.deepEqual(orderChain([below, self, cross, old]), [below, self, cross, old]);
});

test('certificates that sign each other in a ring are no chain', () => {
  assert.throws(() => orderChain([certify('a', 'b'), certify('b', 'a')]), DecodeError);
  assert.throws(() => orderChain([certify('a', 'b'), certify('b', 'a'), certify('c', 'a')]), DecodeError);
});

test('SHA-1 is no signature, a certificate without usable key no parent', () => {
  const key = aKey();
  const name = encodeName(parseLiteralSubject('CN=v1'));
  const body = sequence(
    integer(1),
    algorithmIdentifier('ECDSAWithSHA256'),
    name,
    sequence(time(issuanceTime), time(issuanceTime)),
    name,
    spkiOf(key),
  );
  const v1 = decodeCertificate(signed(body, 'ECDSAWithSHA256', key));
  assert.equal(isSelfSigned(v1), true);
  assert.equal(isSelfSigned({ ...v1, signatureAlgorithm: Buffer.from('300906072a8648ce3d0401', 'hex') }), false);
  assert.equal(isSelfSigned({ ...v1, keyFacts: undefined }), false);
  assert.equal(isSelfSigned({ ...v1, spki: sequence(utf8('x')) }), false);
});

/** Certificates that cost next to nothing: what they say of each other is true by name only. */
function fakes(count: number, same: boolean): ParsedCertificate[] {
  const base = certify('fake', 'fake');
  const name = (index: number) => encodeName(parseLiteralSubject(`CN=${same ? 0 : index}`));
  return Array.from({ length: count }, (_, index) => ({
    ...base,
    der: sequence(explicit(0, integer(index)), encodeExtensions([])),
    subjectDer: name(index),
    issuerDer: name(index + 1),
  }));
}

test('at most a thousand certificates, and a bounded number of signature checks', () => {
  assert.throws(() => orderChain(fakes(maximumChainLength + 1, false)), /must be less than 1000 certificates/);
  assert.equal(orderChain(fakes(maximumChainLength, false)).length, maximumChainLength);
  let checks = 0;
  const adversarial = fakes(200, true).map((certificate) =>
    Object.defineProperty({ ...certificate }, 'signature', {
      get: () => {
        checks++;
        return certificate.signature;
      },
    }),
  );
  assert.throws(() => orderChain(adversarial), /malformed or broken/);
  assert.ok(checks <= 5 * 200, `${checks} checks`);
});
