// Our certificates, read and verified by others, and theirs read by us.
// Asks openssl, Go's crypto/x509, Node's X509Certificate, node-forge (RSA) and @peculiar/x509.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as peculiar from '@peculiar/x509';
import forge from 'node-forge';
import type { CertificateSpec } from '../../src/api/certificate.ts';
import { decodeCertificate, decodeCertificates, type ParsedCertificate } from '../../src/pki/certificate.ts';
import { parseSingleCertificateChain } from '../../src/pki/chain.ts';
import { csrTemplateOf, decodeCsr, signCsr } from '../../src/pki/csr.ts';
import { encodePrivateKey, generateKey, type KeySpec, keySpecOf } from '../../src/pki/keys.ts';
import { decodeNameConstraints, type NameSubtrees } from '../../src/pki/name-constraints.ts';
import { isSignedBy } from '../../src/pki/signature.ts';
import { parseSigner, type Signer, type SigningOptions, selfSignRequest, signRequest } from '../../src/pki/signer.ts';
import { compileGo, type Go, type GoView } from './go.ts';
import { asks, attempt, workFolder } from './programs.ts';
import { allGates, keySpecs, specs } from './specs.ts';

const folder = workFolder();
const now = new Date();
const hours = 3_600_000;
const urls = {
  crlDistributionPoints: ['http://example.com/crl', 'http://example.com/crl2'],
  ocspServers: ['http://example.com/ocsp'],
  issuingCertificateURLs: ['http://example.com/ca.crt'],
};
let go: Go;

/** A CA for each kind of key: a root, which is what signs. */
const roots = new Map<string, Signer>();
const nameOf = ({ algorithm, size }: KeySpec) => `${algorithm} ${size}`;

before(async () => {
  if (!asks('go').skip) go = compileGo(folder);
  for (const keySpec of keySpecs) {
    roots.set(nameOf(keySpec), await authority({ commonName: `${nameOf(keySpec)} root` }, keySpec));
  }
});
after(() => folder.remove());

function optionsOf(spec: CertificateSpec): SigningOptions {
  return { durationMs: 24 * hours, isCA: spec.isCA === true, usages: spec.usages, now, ...urls };
}

type PartialSpec = Omit<CertificateSpec, 'secretName' | 'issuerRef'>;

function wholeSpec(spec: PartialSpec, privateKey: KeySpec): CertificateSpec {
  return { secretName: 's', issuerRef: { name: 'ca' }, ...spec, privateKey };
}

/** A CA: self-signed, or signed by `parent`. */
async function authority(names: PartialSpec, keySpec: KeySpec, parent?: Signer): Promise<Signer> {
  const spec = wholeSpec({ isCA: true, ...names }, keySpec);
  const key = await generateKey(keySpec);
  const csr = decodeCsr(signCsr(csrTemplateOf(spec, allGates), key));
  const options = { durationMs: 48 * hours, isCA: true, usages: spec.usages, now };
  const { certificatePem, caPem } = parent ? signRequest(csr, parent, options) : selfSignRequest(csr, key, options);
  return parseSigner({ certificatesPem: certificatePem, caPem, keyPem: encodePrivateKey(key, 'PKCS8') });
}

async function issued(spec: CertificateSpec, signer: Signer): Promise<ParsedCertificate> {
  const key = await generateKey(keySpecOf(spec.privateKey));
  const csr = decodeCsr(signCsr(csrTemplateOf(spec, allGates), key));
  return decodeCertificates(signRequest(csr, signer, optionsOf(spec)).certificatePem, 100_000)[0]!;
}

const noSubtrees = { dnsDomains: [], ipRanges: [], emailAddresses: [], uriDomains: [] };

function subtreesOf(given: NameSubtrees | undefined) {
  if (given === undefined) return noSubtrees;
  const { dnsDomains, ipRanges, emailAddresses, uriDomains } = given;
  return { dnsDomains, ipRanges, emailAddresses, uriDomains };
}

/** Our reading of a certificate in the form of Go's. */
function asGoSees(certificate: ParsedCertificate, issuer: ParsedCertificate) {
  const { names, basicConstraints } = certificate;
  const constraints = certificate.extensions.find(({ oid }) => oid === '2.5.29.30');
  const decoded = constraints && decodeNameConstraints(constraints.value);
  const critical = constraints?.critical ?? false;
  const key = createPublicKey({ key: Buffer.from(issuer.spki), format: 'der', type: 'spki' });
  const { signed, signatureAlgorithm: algorithm, signature } = certificate;
  return {
    version: certificate.version,
    subject: certificate.subject.flat(),
    dnsNames: names.dnsNames,
    ipAddresses: names.ipAddresses,
    uris: names.uris,
    emailAddresses: names.emailAddresses,
    otherNames: names.otherNames,
    extensions: certificate.extensions.map(({ oid, critical }) => ({ oid, critical })),
    publicKey: certificate.publicKey,
    serial: certificate.serial,
    notBefore: seconds(certificate.notBefore),
    notAfter: seconds(certificate.notAfter),
    keyUsage: certificate.keyUsage ?? 0,
    extKeyUsage: new Set(certificate.extKeyUsage ?? []),
    hasBasicConstraints: basicConstraints !== undefined,
    isCA: certificate.isCA,
    // Go has 0 where the extension is missing, -1 where only the length is.
    pathLength: basicConstraints === undefined ? 0 : (basicConstraints.pathLength ?? -1),
    subjectKeyId: Buffer.from(certificate.ski ?? []).toString('hex'),
    authorityKeyId: Buffer.from(certificate.aki ?? []).toString('hex'),
    permitted: { critical, ...subtreesOf(decoded?.permitted) },
    excluded: { critical, ...subtreesOf(decoded?.excluded) },
    signature: isSignedBy({ signed, algorithm, signature }, key, issuer.keyFacts!) ? 'valid' : 'not valid',
  };
}

function seconds(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

function assertSame(certificate: ParsedCertificate, view: GoView, issuer = certificate): void {
  assert.equal(view.error, undefined);
  const ours = asGoSees(certificate, issuer);
  const { error: _, ...others } = view;
  // Only the fields that both have; Go puts unknown usages after known ones.
  const theirs = Object.fromEntries(
    Object.keys(ours).map((name) => [name, Reflect.get({ ...others, extKeyUsage: new Set(others.extKeyUsage) }, name)]),
  );
  assert.deepEqual(ours, theirs);
}

for (const { name, spec } of specs) {
  const keySpec = { algorithm: 'ECDSA', size: 256 } as const;
  test(`Go sees what our certificate with ${name} says`, asks('go'), async () => {
    const { certificate: root } = roots.get('RSA 2048')!;
    const certificate = await issued({ ...spec, privateKey: keySpec }, roots.get('RSA 2048')!);
    const [view] = go.look([{ kind: 'certificate', der: certificate.der, issuer: root.der, root: root.der }]);
    assertSame(certificate, view!, root);
    assert.deepEqual(
      [view!.crlDistributionPoints, view!.ocspServers, view!.issuingCertificateUrls],
      [urls.crlDistributionPoints, urls.ocspServers, urls.issuingCertificateURLs],
    );
    assert.ok(!view!.serial.startsWith('-') && view!.serial.length <= 40);
    // Go does not look into a critical name that it does not know, and refuses the path for it.
    const expected = name === 'otherNames' ? 'x509: unhandled critical extension' : 'valid';
    assert.equal(view!.path, expected);
  });

  test(`openssl and Node verify our certificate with ${name}`, asks('openssl'), async () => {
    const { certificate: root } = roots.get('Ed25519 256')!;
    const certificate = await issued({ ...spec, privateKey: keySpec }, roots.get('Ed25519 256')!);
    writeFileSync(folder.at('root.pem'), root.pem);
    const verified = attempt('openssl', ['verify', '-CAfile', folder.at('root.pem')], certificate.pem);
    assert.match(verified.output, /stdin: OK/);
    assert.ok(attempt('openssl', ['x509', '-noout', '-text'], certificate.pem).succeeded);
    const node = new X509Certificate(certificate.der);
    assert.ok(node.verify(new X509Certificate(root.der).publicKey));
    assert.ok(node.checkIssued(new X509Certificate(root.der)));
    assert.equal(node.ca, certificate.isCA);
    assert.equal(node.serialNumber.toLowerCase().replace(/^0+/, ''), certificate.serial);
    for (const ip of certificate.names.ipAddresses) assert.ok(node.checkIP(ip), ip);
    for (const dnsName of certificate.names.dnsNames) assert.ok(node.checkHost(dnsName.replace('*', 'a')), dnsName);
    for (const email of certificate.names.emailAddresses) assert.ok(node.checkEmail(email), email);
  });
}

for (const keySpec of keySpecs) {
  test(`a chain of ${nameOf(keySpec)} keys is verified by all`, async () => {
    const root = roots.get(nameOf(keySpec))!;
    const middle = await authority({ commonName: 'middle', subject: { organizations: ['Ä'] } }, keySpec, root);
    const spec = wholeSpec({ commonName: 'leaf', dnsNames: ['example.com'] }, keySpec);
    const leaf = await issued(spec, middle);
    const [leafDer, middleDer, rootDer] = [leaf.der, middle.certificate.der, root.certificate.der];

    await peculiarVerifies(leafDer, middleDer);
    await peculiarVerifies(middleDer, rootDer);
    if (keySpec.algorithm === 'RSA') forgeVerifies(leaf.pem, middle.certificate.pem, root.certificate.pem);
    if (!asks('go').skip) {
      const question = { kind: 'certificate', der: leafDer, issuer: middleDer, root: rootDer } as const;
      const views = go.look([
        { ...question, intermediates: [middleDer], host: 'example.com' },
        { ...question, intermediates: [middleDer], host: 'other.example.com' },
        question,
      ]);
      assert.deepEqual(
        views.map(({ path }) => path),
        [
          'valid',
          'x509: certificate is valid for example.com, not other.example.com',
          'x509: certificate signed by unknown authority',
        ],
      );
      assertSame(leaf, views[0]!, middle.certificate);
    }
    assert.equal(middle.intermediatesPem, middle.certificate.pem);
    assert.equal(middle.caPem, root.certificate.pem);
    const shuffled = [root.certificate, leaf, middle.certificate, leaf];
    assert.deepEqual(parseSingleCertificateChain(shuffled), {
      chainPem: leaf.pem + middle.certificate.pem,
      caPem: root.certificate.pem,
    });
  });
}

async function peculiarVerifies(der: Uint8Array, issuer: Uint8Array): Promise<void> {
  const [certificate, parent] = [der, issuer].map((one) => new peculiar.X509Certificate(Buffer.from(one)));
  assert.ok(await certificate!.verify({ publicKey: parent!, signatureOnly: true }));
}

function forgeVerifies(leaf: string, middle: string, root: string): void {
  const store = forge.pki.createCaStore([root]);
  assert.ok(
    forge.pki.verifyCertificateChain(
      store,
      [leaf, middle].map((pem) => forge.pki.certificateFromPem(pem)),
    ),
  );
}

const constrained: readonly (readonly [name: string, spec: PartialSpec, expected: RegExp])[] = [
  ['a permitted DNS name', { dnsNames: ['a.example.com'] }, /^valid$/],
  ['another DNS name', { dnsNames: ['example.net'] }, /not permitted/],
  ['an excluded DNS name', { dnsNames: ['bad.example.com'] }, /excluded/],
  ['a permitted address', { ipAddresses: ['10.2.3.4'] }, /^valid$/],
  ['an excluded address', { ipAddresses: ['10.1.3.4'] }, /excluded/],
  ['another address', { ipAddresses: ['192.0.2.1'] }, /not permitted/],
  ['a permitted IPv6 address', { ipAddresses: ['2001:db8::1'] }, /^valid$/],
  ['a permitted e-mail address', { emailAddresses: ['a@example.com'] }, /^valid$/],
  ['another e-mail address', { emailAddresses: ['a@example.net'] }, /not permitted/],
  ['an excluded URI', { uris: ['https://a.example.net/'] }, /not permitted|excluded/],
];

test('Go holds certificates to the name constraints of our CA', asks('go'), async (t) => {
  const keySpec = { algorithm: 'ECDSA', size: 256 } as const;
  const nameConstraints = {
    critical: true,
    permitted: {
      dnsDomains: ['example.com'],
      ipRanges: ['10.0.0.0/8', '2001:db8::/32'],
      emailAddresses: ['example.com'],
    },
    excluded: { dnsDomains: ['bad.example.com'], ipRanges: ['10.1.0.0/16'], uriDomains: ['.example.net'] },
  };
  const root = await authority({ commonName: 'constrained', nameConstraints }, keySpec);
  for (const [name, spec, expected] of constrained) {
    await t.test(name, async () => {
      const leaf = await issued(wholeSpec(spec, keySpec), root);
      const [view] = go.look([{ kind: 'certificate', der: leaf.der, root: root.certificate.der }]);
      assert.match(view!.path!, expected);
      writeFileSync(folder.at('root.pem'), root.certificate.pem);
      const { succeeded, output } = attempt('openssl', ['verify', '-CAfile', folder.at('root.pem')], leaf.pem);
      assert.equal(succeeded, view!.path === 'valid', output);
    });
  }
});

test('we see in the certificates of Go what Go sees', asks('go'), async (t) => {
  for (const { name, der } of go.make().filter(({ kind }) => kind === 'certificate')) {
    await t.test(name, () => assertSame(decodeCertificate(der), go.look([{ kind: 'certificate', der }])[0]!));
  }
});
