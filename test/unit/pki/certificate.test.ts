import assert from 'node:assert/strict';
import { createPublicKey, hash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CertificateSpec } from '../../../src/api/certificate.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  type CertificateTemplate,
  certificateTemplateFor,
  decodeCertificate,
  decodeCertificates,
  type IssuanceOptions,
  signCertificate,
} from '../../../src/pki/certificate.ts';
import { csrOf, decodeCsr, verifyCsr } from '../../../src/pki/csr.ts';
import {
  bitString,
  boolean,
  context,
  encode,
  explicit,
  integer,
  nullValue,
  oid,
  sequence,
  tags,
  time,
} from '../../../src/pki/der.ts';
import { encodeName, formatName, parseLiteralSubject } from '../../../src/pki/distinguished-name.ts';
import { type Extension, encodeExtensions, extKeyUsageExtension } from '../../../src/pki/extensions.ts';
import { decodePrivateKey, keyFactsOf, spkiOf } from '../../../src/pki/keys.ts';
import { decodePem, encodePem } from '../../../src/pki/pem.ts';
import { algorithmIdentifier, signed } from '../../../src/pki/signature.ts';
import { adoptedCertificates, adoptedRequestOf, adoptedSecretOf } from '../../support/adopted-cluster.ts';
import { aCsr, aKey, craftCsr, hour, issuanceTime, type KeyKind, options } from '../../support/pki-builders.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const caName = encodeName(parseLiteralSubject('CN=ca'));
const keyId = Buffer.from('aabb', 'hex');

/** Another key than the requests'. */
const caKey = (kind: KeyKind) => aKey(kind, kind === 'p256' ? 'ca' : '');

function identityOf(kind: KeyKind = 'p256', subjectDer = caName, ski: Uint8Array | undefined = keyId) {
  const key = caKey(kind);
  return { key, facts: keyFactsOf(key), subjectDer, ski };
}

function issue(
  spec: Partial<CertificateSpec>,
  more: Partial<CertificateTemplate> = {},
  given: Partial<IssuanceOptions> = {},
) {
  const merged = options({ isCA: spec.isCA ?? false, usages: spec.usages, ...given });
  const template = certificateTemplateFor(aCsr(spec), merged);
  return decodeCertificates(signCertificate({ ...template, ...more }, identityOf()), 1e6)[0]!;
}

test('a leaf: everything, in the order of upstream', () => {
  const leaf = issue(
    { commonName: 'a', dnsNames: ['a'], ipAddresses: ['10.0.0.1'], usages: ['server auth', 'digital signature'] },
    {
      ocspServers: ['http://o'],
      issuingCertificateURLs: ['http://i'],
      crlDistributionPoints: ['http://c', 'http://d'],
    },
  );
  assert.deepEqual(
    leaf.extensions.map(({ oid: type, critical, value }) => `${type}${critical ? ' critical' : ''} ${hex(value)}`),
    [
      '2.5.29.15 critical 03020780',
      '2.5.29.37 300a06082b06010505070301',
      '2.5.29.19 critical 3000',
      '2.5.29.35 30048002aabb',
      `1.3.6.1.5.5.7.1.1 302c301406082b060105050730018608${hexText('http://o')}301406082b060105050730028608${hexText('http://i')}`,
      `2.5.29.31 3020${crlPoint('http://c')}${crlPoint('http://d')}`,
      '2.5.29.17 300982016187040a000001',
    ],
  );
  assert.deepEqual([leaf.version, leaf.isCA, leaf.keyUsage, leaf.ski], [3, false, 1, undefined]);
  assert.deepEqual(leaf.extKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(hex(leaf.aki), 'aabb');
  assert.equal(formatName(leaf.issuer), 'CN=ca');
  assert.equal(hex(leaf.issuerDer), hex(caName));
});

function crlPoint(url: string): string {
  return `300ea00ca00a8608${hexText(url)}`;
}

function hexText(text: string): string {
  return Buffer.from(text).toString('hex');
}

test('validity: from now without fractions, for the whole duration', () => {
  const { notBefore, notAfter } = issue({ commonName: 'a' }, {}, { durationMs: 24 * hour });
  assert.equal(notBefore.toISOString(), '2026-11-22T19:06:29.000Z');
  assert.equal(notAfter.toISOString(), '2026-11-23T19:06:29.000Z');
  const far = issue({ commonName: 'a' }, {}, { durationMs: 100 * 365 * 24 * hour });
  assert.equal(far.notAfter.toISOString(), '2126-10-29T19:06:29.000Z');
  assert.throws(() => issue({ commonName: 'a' }, {}, { durationMs: 9000 * 365 * 24 * hour }), DecodeError);
});

test('a CA: cert sign, its key identifier by RFC 7093, name constraints', () => {
  const ca = issue({
    commonName: 'sub',
    isCA: true,
    nameConstraints: { critical: true, permitted: { dnsDomains: ['d'] } },
  });
  assert.deepEqual(
    ca.extensions.map(({ oid: type, critical }) => [type, critical]),
    [
      ['2.5.29.15', true],
      ['2.5.29.19', true],
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ['2.5.29.30', true],
    ],
  );
  assert.deepEqual([ca.isCA, ca.keyUsage, ca.basicConstraints], [true, 0b100101, { isCA: true }]);
  // The octets of the BIT STRING: 65 at the end of a P-256 SubjectPublicKeyInfo.
  const digest = new X509Certificate(ca.pem).publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  assert.equal(ca.ski?.length, 20);
  assert.equal(hex(ca.ski), hash('sha256', digest).slice(0, 40));
});

test('no key identifier of the issuer where it has none, or where the issuer is the subject', () => {
  const template = certificateTemplateFor(aCsr({ commonName: 'ca' }), options());
  for (const signer of [identityOf('p256', template.subjectDer), identityOf('p256', caName, new Uint8Array())]) {
    const [certificate] = decodeCertificates(
      signCertificate({ ...template, subjectDer: signer.subjectDer }, signer),
      1e6,
    );
    assert.equal(certificate?.aki, undefined);
  }
});

test('serial numbers: positive, 159 bits at most, never twice', () => {
  const template = certificateTemplateFor(aCsr({ commonName: 'a' }), options());
  const serials = Array.from(
    { length: 200 },
    () => decodeCertificates(signCertificate(template, identityOf()), 1e6)[0]!.serial,
  );
  assert.equal(new Set(serials).size, 200);
  for (const serial of serials) assert.ok(BigInt(`0x${serial}`) < 1n << 159n && serial.length > 30);
});

const algorithms: [KeyKind, string][] = [
  ['rsa2048', '1.2.840.113549.1.1.11'],
  ['rsa3072', '1.2.840.113549.1.1.12'],
  ['p256', '1.2.840.10045.4.3.2'],
  ['p384', '1.2.840.10045.4.3.3'],
  ['p521', '1.2.840.10045.4.3.4'],
  ['ed25519', '1.3.101.112'],
];
for (const [kind, algorithm] of algorithms) {
  test(`a ${kind} CA signs with ${algorithm}, as Node agrees`, () => {
    const template = certificateTemplateFor(aCsr({ commonName: 'a', dnsNames: ['a.example.com'] }), options());
    const pem = signCertificate(template, identityOf(kind));
    const [certificate] = decodeCertificates(pem, 1e6);
    assert.ok(hex(certificate!.signatureAlgorithm)?.includes(hex(oid(algorithm))!));
    const theirs = new X509Certificate(pem);
    assert.equal(theirs.verify(new X509Certificate(pem).publicKey), false);
    assert.equal(theirs.verify(createPublicKey(caKey(kind))), true);
    assert.equal(theirs.checkHost('a.example.com'), 'a.example.com');
    assert.equal(theirs.serialNumber.toLowerCase().replace(/^0+/, ''), certificate!.serial);
    assert.equal(certificate!.pem, pem);
  });
}

test('an RSA key below 2048 bits signs nothing', () => {
  const template = certificateTemplateFor(aCsr({ commonName: 'a' }), options());
  assert.throws(() => signCertificate(template, identityOf('rsa1024')), DecodeError);
});

const craftedSan = (...names: Uint8Array[]): Extension => ({
  oid: '2.5.29.17',
  critical: true,
  value: sequence(...names),
});
const dns = (name: string) => encode(context(2), Buffer.from(name));

test('names are signed as the CSR has them, critical only where the subject is empty', () => {
  const names = [
    encode(context(8), Uint8Array.of(0x2a)),
    dns('a'),
    explicit(4, encodeName(parseLiteralSubject('CN=x'))),
  ];
  for (const subject of ['', 'CN=a']) {
    const csr = decodeCsr(
      craftCsr({ subjectDer: encodeName(parseLiteralSubject(subject)), extensions: [craftedSan(...names)] }),
    );
    const template = certificateTemplateFor(csr, options());
    assert.deepEqual(plainly(template.subjectAltName!), ['2.5.29.17', subject === '', hex(sequence(...names))]);
  }
});

test('no names at all, and extensions that are not ours to sign, are dropped', () => {
  const csr = decodeCsr(
    craftCsr({ extensions: [craftedSan(), { oid: '1.2.3.4', critical: true, value: nullValue() }] }),
  );
  const [certificate] = decodeCertificates(signCertificate(certificateTemplateFor(csr, options()), identityOf()), 1e6);
  assert.deepEqual(
    certificate!.extensions.map(({ oid: type }) => type),
    ['2.5.29.15', '2.5.29.19', '2.5.29.35'],
  );
});

test('extended usages without a name are kept, behind the others', () => {
  const csr = decodeCsr(craftCsr({ extensions: [extKeyUsageExtension(['1.2.3.4', '1.3.6.1.5.5.7.3.1'])] }));
  const { extKeyUsage } = certificateTemplateFor(csr, options({ usages: ['server auth'] }));
  assert.deepEqual(extKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.2.3.4']);
});

test('a path length is dropped', () => {
  const basic = { oid: '2.5.29.19', critical: true, value: sequence(boolean(true), integer(3)) };
  const template = certificateTemplateFor(decodeCsr(craftCsr({ extensions: [basic] })), options({ isCA: true }));
  const [certificate] = decodeCertificates(signCertificate(template, identityOf()), 1e6);
  assert.deepEqual(certificate!.basicConstraints, { isCA: true });
});

const contradictions: [string, Partial<CertificateSpec>, Partial<IssuanceOptions>, string][] = [
  [
    'CA asked, none expected',
    { isCA: true },
    { isCA: false, usages: ['cert sign'] },
    'encoded CSR error: IsCA true does not match expected value false',
  ],
  ['CA expected, none asked', {}, { isCA: true }, 'encoded CSR error: IsCA false does not match expected value true'],
  [
    'other usages',
    {},
    { usages: ['cert sign', 'signing'] },
    "encoded CSR error: the KeyUsages [ 'digital signature', 'key encipherment' ] do not match the expected KeyUsages [ 'digital signature', 'cert sign' ]",
  ],
  [
    'no usages expected',
    {},
    { usages: ['server auth'] },
    "encoded CSR error: the KeyUsages [ 'digital signature', 'key encipherment' ] do not match the expected KeyUsages []",
  ],
  [
    'extended usages in another order',
    { usages: ['server auth', 'client auth'] },
    { usages: ['client auth', 'server auth'] },
    "encoded CSR error: the ExtKeyUsages [ 'server auth', 'client auth' ] do not match the expected ExtKeyUsages [ 'client auth', 'server auth' ]",
  ],
  [
    'extended usages missing',
    { usages: ['signing'] },
    { usages: ['signing', 'any'] },
    "encoded CSR error: the ExtKeyUsages [] do not match the expected ExtKeyUsages [ 'any' ]",
  ],
  ['unknown usages', {}, { usages: ['x'] }, 'unknown key usages: [x]'],
];
for (const [name, spec, given, message] of contradictions) {
  test(`certificateTemplateFor refuses ${name}`, () => {
    const csr = aCsr({ commonName: 'a', ...spec });
    assert.throws(
      () => certificateTemplateFor(csr, options(given)),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

test('a CSR without usages agrees with any', () => {
  const csr = aCsr({ commonName: 'a', encodeUsagesInRequest: false });
  assert.deepEqual(certificateTemplateFor(csr, options({ usages: ['server auth'] })).extKeyUsage, [
    '1.3.6.1.5.5.7.3.1',
  ]);
});

test('a CSR that its key did not sign is refused', () => {
  const csr = decodeCsr(craftCsr({ spki: spkiOf(aKey('p256', 'other')) }));
  assert.throws(() => certificateTemplateFor(csr, options()), DecodeError);
});

interface Crafted {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly tail?: Uint8Array;
}

/** A certificate with whatever is inside. */
function craft({
  version = explicit(0, integer(2)),
  serial = integer(1),
  algorithm,
  tail = explicit(3, encodeExtensions([])),
}: Crafted): Uint8Array {
  const key = aKey();
  const identifier = algorithm ?? algorithmIdentifier('ECDSAWithSHA256');
  const validity = sequence(time(issuanceTime), time(issuanceTime));
  return signed(
    sequence(version, serial, identifier, caName, validity, caName, spkiOf(key), tail),
    'ECDSAWithSHA256',
    key,
  );
}

const none = new Uint8Array();
const plain: Extension = { oid: '1.2.3', critical: false, value: nullValue() };
const refused: [string, Uint8Array, string][] = [
  ['a negative serial', craft({ serial: integer(-1) }), 'negative serial number'],
  ['a padded serial', craft({ serial: encode(tags.integer, Uint8Array.of(0, 1)) }), 'integer is not minimal'],
  [
    'two algorithms',
    craft({ algorithm: algorithmIdentifier('ECDSAWithSHA384') }),
    "inner and outer signature algorithm identifiers don't match",
  ],
  ['version 4', craft({ version: explicit(0, integer(3)) }), 'invalid version'],
  ['extensions in version 1', craft({ version: none }), 'extensions need version 3'],
  [
    'a duplicate extension',
    craft({ tail: explicit(3, encodeExtensions([plain, plain])) }),
    'duplicate extension 1.2.3',
  ],
  [
    'something behind the extensions',
    craft({ tail: Buffer.concat([explicit(3, encodeExtensions([])), nullValue()]) }),
    'trailing bytes',
  ],
  ['nothing', none, 'truncated value'],
];
for (const [name, der, message] of refused) {
  test(`decodeCertificate refuses ${name}`, () => {
    const refusal = new DecodeError('certificate', `error parsing TLS certificate: ${message}`);
    assert.throws(
      () => decodeCertificate(der),
      (error) => error instanceof DecodeError && error.message === refusal.message,
    );
  });
}

test('long serials, version 1 and unique identifiers are read', () => {
  assert.equal(decodeCertificate(craft({ serial: integer(1n << 250n) })).serial, (1n << 250n).toString(16));
  assert.equal(decodeCertificate(craft({ serial: integer(0) })).serial, '0');
  assert.equal(decodeCertificate(craft({ version: none, tail: none })).version, 1);
  const identifier = encode(context(1), bitString(none).subarray(2));
  assert.equal(decodeCertificate(craft({ tail: identifier })).version, 3);
});

test('decodeCertificates: all blocks, whatever stands around them; every one must be a certificate', () => {
  const pem = encodePem('CERTIFICATE', craft({}));
  assert.equal(decodeCertificates(`text\n${pem}text\n${pem}`, 1e6).length, 2);
  const failing: [string, string][] = [
    ['', 'error decoding certificate PEM block'],
    ['text', 'error decoding certificate PEM block'],
    [pem + encodePem('PRIVATE KEY', nullValue()), 'error parsing TLS certificate: unexpected tag 0x5, want 0x30'],
  ];
  for (const [given, message] of failing) {
    assert.throws(
      () => decodeCertificates(given, 1e6),
      (error) => error instanceof DecodeError && error.message === message,
    );
  }
  assert.throws(
    () => decodeCertificates(pem, 10),
    new DecodeError('PEM', 'provided PEM data was larger than the maximum 10B'),
  );
});

test('any single changed byte gives a certificate or a DecodeError', () => {
  const { der } = issue({
    commonName: 'x',
    dnsNames: ['a.example.com'],
    isCA: true,
    nameConstraints: { permitted: { ipRanges: ['10.0.0.0/8'] } },
  });
  fc.assert(
    fc.property(fc.nat({ max: der.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(der);
      changed[at]! ^= mask;
      try {
        decodeCertificate(changed);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

const names = fc.uniqueArray(fc.domain(), { maxLength: 5 });
const text = fc.string({ minLength: 1, maxLength: 20 });
test('what was signed is what the model of the request said', () => {
  fc.assert(
    fc.property(
      names,
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 3 }),
      text,
      fc.array(text, { maxLength: 3 }),
      (dnsNames, ipAddresses, commonName, organizations) => {
        const csr = aCsr({ dnsNames, ipAddresses, commonName, subject: { organizations } });
        const [certificate] = decodeCertificates(
          signCertificate(certificateTemplateFor(csr, options()), identityOf()),
          1e6,
        );
        assert.deepEqual(certificate!.names, csr.names);
        assert.deepEqual(certificate!.subject, csr.subject);
        assert.deepEqual(certificate!.generalNames, csr.generalNames);
        assert.equal(certificate!.publicKey, csr.publicKey);
        const allowed = ['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.35'];
        assert.ok(certificate!.extensions.every(({ oid: type }) => allowed.includes(type)));
      },
    ),
    { numRuns: 60 },
  );
});

for (const adopted of adoptedCertificates()) {
  const secret = adoptedSecretOf(adopted);
  const request = adoptedRequestOf(adopted);
  if (secret === undefined || request === undefined || adopted.spec.issuerRef.name === 'acme') continue;
  test(`cert-manager's certificate for ${adopted.metadata.name} is what we would have signed, extension by extension`, () => {
    const theirs = decodeCertificates(secret['tls.crt']!, 1e6)[0]!;
    const csr = csrOf(request);
    assert.ok(csr.kind === 'ok' && verifyCsr(csr.value));
    const durationMs = theirs.notAfter.getTime() - theirs.notBefore.getTime();
    const { isCA = false, usages } = adopted.spec;
    const template = certificateTemplateFor(csr.value, { now: theirs.notBefore, durationMs, isCA, usages });
    const key = decodePrivateKey(secret['tls.key']!);
    const signer = { key, facts: keyFactsOf(key), subjectDer: theirs.issuerDer, ski: theirs.aki };
    const ours = decodeCertificates(
      signCertificate({ ...template, crlDistributionPoints: crlUrlsOf(theirs.extensions) }, signer),
      1e6,
    )[0]!;
    assert.deepEqual(ours.extensions.map(plainly), theirs.extensions.map(plainly));
    assert.deepEqual(
      [hex(ours.subjectDer), hex(ours.issuerDer), hex(ours.spki)],
      [hex(theirs.subjectDer), hex(theirs.issuerDer), hex(theirs.spki)],
    );
    assert.deepEqual([ours.notBefore, ours.notAfter], [theirs.notBefore, theirs.notAfter]);
  });
}

const plainly = ({ oid: type, critical, value }: Extension) => [type, critical, hex(value)];

/** The seeds use one URL. */
function crlUrlsOf(extensions: readonly Extension[]): string[] {
  const value = extensions.find(({ oid: type }) => type === '2.5.29.31')?.value;
  return value === undefined
    ? []
    : [
        Buffer.from(value)
          .toString('latin1')
          .replace(/^.*?(?=[a-z]+:\/\/)/s, ''),
      ];
}

test('the bytes between the markers are the bytes that were read', () => {
  const der = craft({});
  assert.equal(hex(decodePem(decodeCertificate(der).pem, 1e6)[0]!.der), hex(der));
});
