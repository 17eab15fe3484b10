import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CertificateSpec } from '../../../src/api/certificate.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import { csrOf, csrTemplateOf, decodeCsr, signCsr, verifyCsr } from '../../../src/pki/csr.ts';
import {
  boolean,
  context,
  encode,
  explicit,
  ia5,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  utf8,
} from '../../../src/pki/der.ts';
import { encodeName, parseLiteralSubject } from '../../../src/pki/distinguished-name.ts';
import { type Extension, encodeExtensions } from '../../../src/pki/extensions.ts';
import { decodePrivateKey, keyFactsOf, spkiOf } from '../../../src/pki/keys.ts';
import { noNames } from '../../../src/pki/names.ts';
import { decodePem, encodePem } from '../../../src/pki/pem.ts';
import { adoptedCertificates, adoptedRequestOf, adoptedSecretOf } from '../../support/adopted-cluster.ts';
import {
  aCsr,
  aCsrPem,
  aKey,
  allGates,
  aSpec,
  craftCsr,
  defaultGates,
  type KeyKind,
  privateKeySpec,
} from '../../support/pki-builders.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const extensionsOf = (spec: Partial<CertificateSpec>, gates = allGates) =>
  csrTemplateOf(aSpec(spec), gates).extensions.map(
    ({ oid: type, critical, value }) => `${type}${critical ? ' critical' : ''} ${hex(value)}`,
  );

const san = (value: string, critical = false) => `2.5.29.17${critical ? ' critical' : ''} ${value}`;
const dnsA = '3003820161';
const usual = '2.5.29.15 critical 030205a0';
const notCA = '2.5.29.19 critical 3000';

const templates: [string, Partial<CertificateSpec>, typeof allGates, string[]][] = [
  ['names without a subject are critical', { dnsNames: ['a'] }, defaultGates, [san(dnsA, true), usual]],
  ['names besides a subject are not', { commonName: 'x', dnsNames: ['a'] }, defaultGates, [san(dnsA), usual]],
  ['a subject without names has no names', { commonName: 'x' }, defaultGates, [usual]],
  ['basic constraints by gate', { commonName: 'x' }, allGates, [usual, notCA]],
  ['a CA', { commonName: 'x', isCA: true }, allGates, ['2.5.29.15 critical 030202a4', '2.5.29.19 critical 30030101ff']],
  [
    'extended usages only',
    { commonName: 'x', usages: ['client auth', 'server auth'] },
    defaultGates,
    ['2.5.29.37 301406082b0601050507030206082b06010505070301'],
  ],
  ['no usages in the request', { commonName: 'x', encodeUsagesInRequest: false }, defaultGates, []],
  [
    'other names by gate',
    { commonName: 'x', otherNames: [{ oid: '1.2', utf8Value: 'a' }] },
    defaultGates,
    [san('300aa00806012aa0030c0161'), usual],
  ],
  [
    'no other names without it',
    { commonName: 'x', otherNames: [{ oid: '1.2', utf8Value: 'a' }] },
    { ...defaultGates, OtherNames: false },
    [usual],
  ],
  [
    'name constraints by gate',
    { commonName: 'x', nameConstraints: { critical: true, permitted: { dnsDomains: ['d'] } } },
    defaultGates,
    [usual, '2.5.29.30 critical 3007a0053003820164'],
  ],
  [
    'name constraints that are not critical',
    { commonName: 'x', nameConstraints: { permitted: { dnsDomains: ['d'] } } },
    defaultGates,
    [usual, '2.5.29.30 3007a0053003820164'],
  ],
  ['empty name constraints', { commonName: 'x', nameConstraints: { permitted: {} } }, defaultGates, [usual]],
  [
    'no name constraints without it',
    { commonName: 'x', nameConstraints: { permitted: { dnsDomains: ['d'] } } },
    { ...defaultGates, NameConstraints: false },
    [usual],
  ],
];
for (const [name, spec, gates, expected] of templates) {
  test(`csrTemplateOf: ${name}`, () => assert.deepEqual(extensionsOf(spec, gates), expected));
}

test('the literal subject replaces the fields, where its gate is on', () => {
  const spec = aSpec({ literalSubject: 'CN=a,O=b', commonName: 'c' });
  assert.equal(hex(csrTemplateOf(spec, allGates).subjectDer), hex(encodeName(parseLiteralSubject('CN=a,O=b'))));
  const off = { ...allGates, LiteralCertificateSubject: false };
  assert.equal(hex(csrTemplateOf(spec, off).subjectDer), hex(encodeName(parseLiteralSubject('CN=c'))));
});

const nameless =
  'at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set';
const impossible: [string, Partial<CertificateSpec>, string][] = [
  ['nothing', {}, nameless],
  ['organizations only', { subject: { organizations: ['o'] } }, nameless],
  ['empty lists', { commonName: '', dnsNames: [] }, nameless],
  ['a literal subject without common name', { literalSubject: 'O=o' }, nameless],
  ['a literal subject with an empty common name', { literalSubject: 'CN=' }, nameless],
  ['a broken literal subject', { literalSubject: 'O' }, 'DN ended with incomplete type, value pair'],
  ['an address that is none', { ipAddresses: ['x'] }, 'invalid IP address "x"'],
  [
    'a network that is none',
    { commonName: 'x', nameConstraints: { excluded: { ipRanges: ['10.0.0.0'] } } },
    'invalid CIDR address: 10.0.0.0',
  ],
  ['usages that are none', { commonName: 'x', usages: ['flying' as 'any'] }, 'unknown key usages: [flying]'],
];
for (const [name, spec, message] of impossible) {
  test(`csrTemplateOf refuses ${name}`, () => {
    assert.throws(
      () => csrTemplateOf(aSpec(spec), allGates),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

const algorithms: [KeyKind, string][] = [
  ['rsa2048', 'SHA256WithRSA'],
  ['rsa3072', 'SHA384WithRSA'],
  ['p256', 'ECDSAWithSHA256'],
  ['p384', 'ECDSAWithSHA384'],
  ['p521', 'ECDSAWithSHA512'],
  ['ed25519', 'PureEd25519'],
];
for (const [kind, algorithm] of algorithms) {
  test(`a ${kind} key signs with ${algorithm}, and everything comes back`, () => {
    const key = aKey(kind);
    const spec = {
      privateKey: privateKeySpec(key),
      commonName: 'a.example.com',
      subject: { organizations: ['b', 'a'], serialNumber: '7' },
      dnsNames: ['a.example.com', '*.b'],
      ipAddresses: ['10.0.0.1', '2001:DB8::1'],
      uris: ['spiffe://x/y'],
      emailAddresses: ['a@b'],
      otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'é' }],
    } as const;
    assert.equal(csrTemplateOf(aSpec(spec), allGates).signatureAlgorithm, algorithm);
    const csr = aCsr(spec, key);
    assert.deepEqual(csr.names, {
      ...noNames,
      commonName: 'a.example.com',
      organizations: ['a', 'b'],
      serialNumber: '7',
      dnsNames: ['a.example.com', '*.b'],
      ipAddresses: ['10.0.0.1', '2001:db8::1'],
      uris: ['spiffe://x/y'],
      emailAddresses: ['a@b'],
      otherNames: [{ oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'é' }],
    });
    assert.deepEqual(csr.keyFacts, keyFactsOf(key));
    assert.deepEqual([csr.keyUsage, csr.extKeyUsage, csr.basicConstraints], [5, undefined, { isCA: false }]);
    assert.deepEqual(csr.otherGeneralNames, []);
    assert.equal(verifyCsr(csr), true);
  });
}

test('spec.signatureAlgorithm counts, for the right kind of key', () => {
  const template = csrTemplateOf(aSpec({ commonName: 'x', signatureAlgorithm: 'SHA512WithRSA' }), allGates);
  assert.equal(verifyCsr(decodeCsr(signCsr(template, aKey('rsa2048')))), true);
  assert.throws(() => signCsr(template, aKey()), DecodeError);
});

test('a CSR that was changed, or signed by another key, does not verify', () => {
  const csr = aCsr({ commonName: 'x' });
  const changed = Uint8Array.from(csr.signed);
  changed[20]! ^= 1;
  assert.equal(verifyCsr({ ...csr, signed: changed }), false);
  assert.equal(verifyCsr(decodeCsr(craftCsr({ spki: spkiOf(aKey('p256', 'other')) }))), false);
  assert.equal(verifyCsr(decodeCsr(craftCsr({ spki: spkiOf(aKey('rsa2048')) }))), false);
  assert.equal(verifyCsr({ ...csr, signature: new Uint8Array() }), false);
  assert.equal(verifyCsr({ ...csr, signatureAlgorithm: sequence(oid('1.2.3')) }), false);
});

test('a point off its curve is no key', () => {
  const spki = Uint8Array.from(spkiOf(aKey()));
  spki[spki.length - 1]! ^= 1;
  assert.equal(verifyCsr(decodeCsr(craftCsr({ spki }))), false);
});

const extension = (type: string, value: Uint8Array, critical = false): Extension => ({ oid: type, critical, value });
const extensionRequest = (...values: Uint8Array[]) => sequence(oid('1.2.840.113549.1.9.14'), set(...values));
const plainSan = extension('2.5.29.17', sequence(encode(context(2), Buffer.from('a'))));

test('what is asked for beside the usual stays visible', () => {
  const directory = explicit(4, encodeName(parseLiteralSubject('CN=x')));
  const unknown = extension('1.2.3.4', nullValue(), true);
  const names = extension('2.5.29.17', sequence(encode(context(2), Buffer.from('a')), directory));
  const csr = decodeCsr(
    craftCsr({ extensions: [unknown, names], subjectDer: encodeName(parseLiteralSubject('CN=b,1.2.3=z,CN=a')) }),
  );
  assert.deepEqual(csr.commonNames, ['a', 'b']);
  assert.equal(csr.names.commonName, 'b');
  assert.deepEqual(
    csr.subject.flat().map(({ oid: type }) => type),
    ['2.5.4.3', '1.2.3', '2.5.4.3'],
  );
  assert.deepEqual(csr.names.dnsNames, ['a']);
  assert.deepEqual(
    csr.otherGeneralNames.map(({ form, value }) => [form, hex(value)]),
    [['directoryName', hex(directory)]],
  );
  assert.deepEqual(
    csr.extensions.map(({ oid: type, critical }) => [type, critical]),
    [
      ['1.2.3.4', true],
      ['2.5.29.17', false],
    ],
  );
});

test('a CSR without extensions, with other attributes, with another version number', () => {
  const challenge = sequence(oid('1.2.840.113549.1.9.7'), set(utf8('secret')));
  for (const pem of [
    craftCsr({ attributes: [] }),
    craftCsr({ attributes: [challenge] }),
    craftCsr({ attributes: [], version: integer(2) }),
  ]) {
    assert.deepEqual(decodeCsr(pem).extensions, []);
  }
});

const refused: [string, string, string][] = [
  ['no PEM', 'hello', 'error decoding certificate request PEM block: no PEM data was found in given input'],
  [
    'an empty block',
    encodePem('CERTIFICATE REQUEST', new Uint8Array()),
    'error parsing certificate request: truncated value',
  ],
  [
    'a duplicate extension',
    craftCsr({ extensions: [plainSan, plainSan] }),
    'error parsing certificate request: duplicate extension 2.5.29.17',
  ],
  [
    'two extension requests',
    craftCsr({ attributes: [extensionRequest(encodeExtensions([plainSan])), extensionRequest(encodeExtensions([]))] }),
    'error parsing certificate request: more than one extension request',
  ],
  [
    'an extension request with two values',
    craftCsr({ attributes: [extensionRequest(encodeExtensions([]), encodeExtensions([plainSan]))] }),
    'error parsing certificate request: trailing bytes',
  ],
  [
    'an extension request without a value',
    craftCsr({ attributes: [extensionRequest()] }),
    'error parsing certificate request: missing value',
  ],
  [
    'bytes behind the names',
    craftCsr({ extensions: [extension('2.5.29.17', Buffer.concat([sequence(), nullValue()]))] }),
    'error parsing certificate request: trailing bytes',
  ],
  [
    'names that are none',
    craftCsr({ extensions: [extension('2.5.29.17', octetString(ia5('a')))] }),
    'error parsing certificate request: unexpected tag 0x4, want 0x30',
  ],
  [
    'a negative path length',
    craftCsr({ extensions: [extension('2.5.29.19', sequence(boolean(true), integer(-1)))] }),
    'error parsing certificate request: integer out of range',
  ],
  [
    'a huge path length',
    craftCsr({ extensions: [extension('2.5.29.19', sequence(boolean(true), integer(1n << 80n)))] }),
    'error parsing certificate request: integer too large',
  ],
  ['a negative version', craftCsr({ version: integer(-1) }), 'error parsing certificate request: integer out of range'],
  [
    'a subject that is no name',
    craftCsr({ subjectDer: sequence(set(sequence(oid('2.5.4.3'), integer(1)))) }),
    'error parsing certificate request: unsupported string type',
  ],
  [
    'bytes behind it',
    encodePem('CERTIFICATE REQUEST', Buffer.concat([decodePem(craftCsr({}), 1e6)[0]!.der, nullValue()])),
    'error parsing certificate request: trailing bytes',
  ],
];
for (const [name, pem, message] of refused) {
  test(`decodeCsr refuses ${name}`, () => {
    assert.throws(
      () => decodeCsr(pem),
      (error) => error instanceof DecodeError && error.what === 'CSR' && error.message === message,
    );
  });
}

test('a thousand names are within the limits', () => {
  const dnsNames = Array.from({ length: 1000 }, (_, index) => `name-${index}.example.com`);
  assert.deepEqual(aCsr({ dnsNames }).names.dnsNames, dnsNames);
});

test('any single changed byte gives a CSR that does not verify, or a DecodeError', () => {
  const pem = aCsrPem({
    commonName: 'x',
    dnsNames: ['a.example.com'],
    ipAddresses: ['10.0.0.1'],
    otherNames: [{ oid: '1.2.3', utf8Value: 'y' }],
  });
  const { der } = decodePem(pem, 1e6)[0]!;
  fc.assert(
    fc.property(fc.nat({ max: der.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(der);
      changed[at]! ^= mask;
      try {
        assert.equal(verifyCsr(decodeCsr(encodePem('CERTIFICATE REQUEST', changed))), false);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 400 },
  );
});

test('any extension value gives a CSR or a DecodeError', () => {
  const types = fc.constantFrom('2.5.29.17', '2.5.29.15', '2.5.29.19', '2.5.29.30', '2.5.29.37', '1.2.3');
  const start = fc.constantFrom([], [0x30], [0x30, 0x80], [0x30, 3], [3, 2], [0x30, 0x82, 1, 0]);
  fc.assert(
    fc.property(types, start, fc.uint8Array({ maxLength: 30 }), (type, head, tail) => {
      try {
        decodeCsr(craftCsr({ extensions: [extension(type, Uint8Array.from([...head, ...tail]))] }));
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 200 },
  );
});

test('csrOf: decoded once, absent and bad are values', () => {
  const request = (text: string) =>
    ({ spec: { request: text, issuerRef: { name: 'ca' } } }) as Parameters<typeof csrOf>[0];
  const good = request(Buffer.from(aCsrPem({ commonName: 'x' })).toString('base64'));
  const first = csrOf(good);
  assert.equal(first.kind === 'ok' && first.value.names.commonName, 'x');
  assert.equal(csrOf(good), first);
  assert.deepEqual(csrOf(request('')), { kind: 'absent' });
  assert.deepEqual(csrOf(request('AAAA')), {
    kind: 'bad',
    error: 'error decoding certificate request PEM block: no PEM data was found in given input',
  });
});

for (const certificate of adoptedCertificates()) {
  const request = adoptedRequestOf(certificate);
  if (request === undefined) continue;
  test(`cert-manager's request of ${certificate.metadata.name} is what we would have asked, byte for byte`, () => {
    const csr = csrOf(request);
    assert.ok(csr.kind === 'ok');
    assert.equal(verifyCsr(csr.value), true);
    const secret = adoptedSecretOf(certificate);
    if (secret === undefined) return;
    const ours = decodeCsr(
      signCsr(csrTemplateOf(certificate.spec, defaultGates), decodePrivateKey(secret['tls.key']!)),
    );
    assert.equal(hex(ours.signed), hex(csr.value.signed));
    assert.equal(hex(ours.signatureAlgorithm), hex(csr.value.signatureAlgorithm));
  });
}
