import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CertificateSpec } from '../../../src/api/certificate.ts';
import type { CertificateRequest, CertificateRequestSpec } from '../../../src/api/certificate-request.ts';
import { DecodeError } from '../../../src/base/errors.ts';
import { encode, explicit, explicitTag, integer, oid, sequence } from '../../../src/pki/der.ts';
import { leafViolations, requestViolations } from '../../../src/pki/match.ts';
import { noNames, type SubjectNames } from '../../../src/pki/names.ts';
import { tlsFactsOf } from '../../../src/pki/secret-facts.ts';
import { adoptedCertificates, adoptedRequestOf, adoptedSecretOf } from '../../support/adopted-cluster.ts';
import { aCsrPem, aSpec, craftCsr } from '../../support/pki-builders.ts';

function requestOf(pem: string, more: Partial<CertificateRequestSpec> = {}): CertificateRequest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'r', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-22T19:06:29Z' },
    spec: { request: Buffer.from(pem).toString('base64'), issuerRef: { name: 'ca' }, ...more },
  };
}

const full: Partial<CertificateSpec> = {
  commonName: 'a',
  dnsNames: ['a', 'b'],
  ipAddresses: ['10.0.0.1', '2001:db8::1'],
  uris: ['http://x/y', 'spiffe://z'],
  emailAddresses: ['a@b', 'c@d'],
  otherNames: [{ oid: '1.2.3', utf8Value: 'o' }],
  subject: {
    organizations: ['o', 'p'],
    countries: ['SE'],
    organizationalUnits: ['u'],
    localities: ['l'],
    provinces: ['v'],
    streetAddresses: ['s'],
    postalCodes: ['1'],
    serialNumber: '7',
  },
  isCA: true,
  usages: ['server auth', 'client auth'],
  duration: '24h',
};
const asked = { isCA: true, usages: ['server auth', 'client auth'], duration: '24h' } as const;

const changes: [string, Partial<CertificateSpec>, string[]][] = [
  ['nothing', {}, []],
  [
    'the order of lists',
    {
      dnsNames: ['b', 'a'],
      usages: ['client auth', 'server auth'],
      subject: { ...full.subject, organizations: ['p', 'o'] },
    },
    [],
  ],
  ['how addresses are written', { ipAddresses: ['2001:DB8:0::1', '::ffff:10.0.0.1'] }, []],
  ['how URIs are written', { uris: ['HTTP://x/y', 'SPIFFE://z'] }, []],
  ['how the duration is written', { duration: '1440m' }, []],
  ['duration taken away', { duration: undefined as unknown as string }, []],
  ['other names left out', { otherNames: undefined as never }, []],
  [
    'what is not compared',
    {
      secretName: 'x',
      renewBefore: '1h',
      privateKey: { algorithm: 'RSA' },
      encodeUsagesInRequest: false,
      nameConstraints: { critical: true },
    },
    [],
  ],
  ['duration', { duration: '25h' }, ['spec.duration']],
  ['an address', { ipAddresses: ['10.0.0.2', '2001:db8::1'] }, ['spec.ipAddresses']],
  ['an address twice', { ipAddresses: ['10.0.0.1', '10.0.0.1', '2001:db8::1'] }, ['spec.ipAddresses']],
  ['a name more', { dnsNames: ['a', 'b', 'c'] }, ['spec.dnsNames']],
  ['one name twice for another', { dnsNames: ['a', 'a'] }, ['spec.dnsNames']],
  ['a URI', { uris: ['http://x/Y', 'spiffe://z'] }, ['spec.uris']],
  ['an e-mail address', { emailAddresses: [] }, ['spec.emailAddresses']],
  ['other names', { otherNames: [{ oid: '1.2.3', utf8Value: 'p' }] }, ['spec.otherNames']],
  ['other names, now none', { otherNames: [] }, ['spec.otherNames']],
  ['isCA', { isCA: false }, ['spec.isCA']],
  ['usages', { usages: ['server auth'] }, ['spec.usages']],
  ['the issuer', { issuerRef: { name: 'other' } }, ['spec.issuerRef']],
  ['the kind of issuer', { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } }, ['spec.issuerRef']],
  ['the issuer with its defaults', { issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } }, []],
  [
    'everything',
    {
      issuerRef: { name: 'x' },
      ...Object.fromEntries(Object.keys(full).map((key) => [key, undefined])),
      dnsNames: ['z'],
      otherNames: [],
    },
    [
      'spec.ipAddresses',
      'spec.uris',
      'spec.emailAddresses',
      'spec.dnsNames',
      'spec.otherNames',
      'spec.commonName',
      'spec.subject.serialNumber',
      'spec.subject.organizations',
      'spec.subject.countries',
      'spec.subject.localities',
      'spec.subject.organizationalUnits',
      'spec.subject.postCodes',
      'spec.subject.provinces',
      'spec.subject.streetAddresses',
      'spec.isCA',
      'spec.usages',
      'spec.issuerRef',
    ],
  ],
];
for (const [name, change, expected] of changes) {
  test(`request and spec, changed: ${name}`, () => {
    assert.deepEqual(requestViolations(requestOf(aCsrPem(full), asked), aSpec({ ...full, ...change })), expected);
  });
}

test('absent usages and explicit defaults differ', () => {
  const request = requestOf(aCsrPem({ commonName: 'a' }));
  assert.deepEqual(
    requestViolations(request, aSpec({ commonName: 'a', usages: ['digital signature', 'key encipherment'] })),
    ['spec.usages'],
  );
  assert.deepEqual(requestViolations(request, aSpec({ commonName: 'a', usages: [] })), []);
});

const literal = requestOf(aCsrPem({ literalSubject: 'CN=a,OU=b,O=c' }));
const literals: [string, Partial<CertificateSpec>, string[]][] = [
  ['the same', { literalSubject: 'CN=a,OU=b,O=c' }, []],
  ['written otherwise', { literalSubject: 'CN=\\61 , OU=b,O=c' }, []],
  ['another order', { literalSubject: 'OU=b,CN=a,O=c' }, ['spec.literalSubject']],
  ['fields instead', { commonName: 'a', subject: { organizations: ['c'], organizationalUnits: ['b'] } }, []],
];
for (const [name, spec, expected] of literals) {
  test(`literal subject: ${name}`, () => assert.deepEqual(requestViolations(literal, aSpec(spec)), expected));
}

test('other names need names in the CSR, and UTF8Strings', () => {
  const none = aSpec({ commonName: 'crafted', otherNames: [] });
  const wanted = aSpec({ commonName: 'crafted', otherNames: [{ oid: '1.2.3', utf8Value: 'a' }] });
  // Upstream takes an empty list for a change that no request can satisfy, and makes requests for ever.
  assert.deepEqual(requestViolations(requestOf(craftCsr({})), none), []);
  assert.deepEqual(requestViolations(requestOf(craftCsr({})), wanted), ['spec.otherNames']);
  const value = sequence(encode(explicitTag(0), oid('1.2.3'), explicit(0, integer(1))));
  const odd = requestOf(craftCsr({ extensions: [{ oid: '2.5.29.17', critical: false, value }] }));
  assert.throws(() => requestViolations(odd, wanted), new DecodeError('CSR', 'otherName value is not a UTF8String'));
  assert.deepEqual(requestViolations(odd, aSpec({ commonName: 'crafted' })), []);
});

test('what cannot be decoded is thrown', () => {
  for (const pem of ['', 'x'])
    assert.throws(() => requestViolations(requestOf(pem), aSpec({ commonName: 'a' })), DecodeError);
  assert.throws(() => requestViolations(literal, aSpec({ literalSubject: 'x' })), DecodeError);
});

const leafNames = (names: Partial<SubjectNames>) => ({ names: { ...noNames, ...names } });
const leaves: [string, Partial<SubjectNames>, Partial<CertificateSpec>, string[]][] = [
  ['the same', { commonName: 'a', dnsNames: ['b'] }, { commonName: 'a', dnsNames: ['b'] }, []],
  ['common name moved to the names', { dnsNames: ['b', 'a'] }, { commonName: 'a', dnsNames: ['b'] }, []],
  ['a name promoted to common name', { commonName: 'b', dnsNames: ['b'] }, { dnsNames: ['b'] }, []],
  ['a name missing', { dnsNames: ['a'] }, { dnsNames: ['a', 'b'] }, ['spec.dnsNames']],
  ['a name more', { dnsNames: ['a', 'b'] }, { dnsNames: ['a'] }, ['spec.dnsNames']],
  [
    'common name missing',
    { dnsNames: ['b'] },
    { commonName: 'a', dnsNames: ['b'] },
    ['spec.commonName', 'spec.dnsNames'],
  ],
  [
    'the common name of a literal subject',
    { commonName: 'a', dnsNames: ['b'] },
    { literalSubject: 'CN=a,O=o', dnsNames: ['b'] },
    [],
  ],
  ['a broken literal subject', { dnsNames: ['b'] }, { literalSubject: 'x', dnsNames: ['b'] }, []],
  ['addresses written otherwise', { ipAddresses: ['2001:db8::1'] }, { ipAddresses: ['2001:DB8:0::1'] }, []],
  ['addresses', { ipAddresses: ['10.0.0.1'] }, {}, ['spec.ipAddresses']],
  [
    'URIs and e-mail addresses',
    { uris: ['a:b'], emailAddresses: ['a@b'] },
    { uris: ['a:c'] },
    ['spec.uris', 'spec.emailAddresses'],
  ],
  [
    'what is not compared',
    { dnsNames: ['a'], organizations: ['x'] },
    { dnsNames: ['a'], isCA: true, usages: ['any'], duration: '1h' },
    [],
  ],
];
for (const [name, names, spec, expected] of leaves) {
  test(`leaf and spec: ${name}`, () => assert.deepEqual(leafViolations(leafNames(names), aSpec(spec)), expected));
}

test('a request made for a spec fits it, whatever the spec', () => {
  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
  const spec = fc.record(
    {
      commonName: text,
      dnsNames: list(fc.domain()),
      ipAddresses: list(fc.oneof(fc.ipV4(), fc.ipV6())),
      uris: list(fc.webPath().map((path) => `https://x.example.com${path}`)),
      emailAddresses: list(fc.emailAddress()),
      otherNames: list(fc.record({ oid: fc.constantFrom('1.2.3', '2.5.1'), utf8Value: text })),
      subject: fc.record(
        { organizations: list(text), postalCodes: list(text), serialNumber: text },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['commonName'] },
  );
  fc.assert(
    fc.property(spec, (given) => {
      const whole = aSpec({ ...given, dnsNames: [...(given.dnsNames ?? []), 'x'] });
      assert.deepEqual(requestViolations(requestOf(aCsrPem(whole)), whole), []);
    }),
    { numRuns: 40 },
  );
});

for (const certificate of adoptedCertificates()) {
  const request = adoptedRequestOf(certificate);
  const secret = adoptedSecretOf(certificate);
  test(`what cert-manager left of ${certificate.metadata.name} fits its spec`, () => {
    if (request !== undefined) assert.deepEqual(requestViolations(request, certificate.spec), []);
    if (secret === undefined) return;
    const { leaf, key } = tlsFactsOf(secret);
    assert.ok(leaf.kind === 'ok' && key.kind === 'ok');
    assert.equal(leaf.value.publicKey, key.value.publicKey);
    assert.deepEqual(leafViolations(leaf.value, certificate.spec), []);
  });
}
