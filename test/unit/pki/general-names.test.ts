import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import {
  context,
  encode,
  explicit,
  explicitTag,
  ia5,
  integer,
  oid,
  readDer,
  sequence,
  utf8,
} from '../../../src/pki/der.ts';
import { encodeName, subjectOf } from '../../../src/pki/distinguished-name.ts';
import {
  decodeGeneralNames,
  encodeGeneralNames,
  type GeneralName,
  generalNamesOf,
  namesByKind,
} from '../../../src/pki/general-names.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('names of a spec: DNS, email, IP, URI, other, each in order', () => {
  const names = generalNamesOf({
    otherNames: [{ oid: '1.2.3', utf8Value: 'é' }],
    uris: ['HTTP://x/a b%zz', 'spiffe://y'],
    ipAddresses: ['2001:DB8::1', '10.0.0.1'],
    emailAddresses: ['a@b'],
    dnsNames: ['b', 'a'],
  });
  assert.equal(
    hex(encodeGeneralNames(names)),
    '304c' +
      '820162820161' +
      '8103614062' +
      '871020010db8000000000000000000000001' +
      '87040a000001' +
      `860f${Buffer.from('HTTP://x/a b%zz').toString('hex')}` +
      `860a${Buffer.from('spiffe://y').toString('hex')}` +
      'a00a06022a03a0040c02c3a9',
  );
});

test('a spec without names has none', () => assert.deepEqual(generalNamesOf({}), []));

const directoryName = explicit(4, encodeName(subjectOf(undefined, 'x')));
const upnInteger = encode(explicitTag(0), oid('1.2.3'), explicit(0, integer(1)));
const others: [string, Uint8Array, string][] = [
  ['directoryName', directoryName, 'directoryName'],
  ['registeredID', encode(context(8), Uint8Array.of(0x2a)), 'registeredID'],
  ['x400Address', encode(explicitTag(3)), 'x400Address'],
  ['ediPartyName', encode(explicitTag(5), encode(explicitTag(1), utf8('p'))), 'ediPartyName'],
  ['otherName that is no UTF8String', upnInteger, 'otherName'],
];
for (const [name, bytes, form] of others) {
  test(`${name} stays visible as its bytes`, () => {
    const [decoded] = decodeGeneralNames(readDer(sequence(bytes)));
    assert.ok(decoded?.kind === 'other');
    assert.equal(decoded.form, form);
    assert.equal(hex(decoded.value), hex(bytes));
    assert.equal(hex(encodeGeneralNames([decoded])), hex(sequence(bytes)));
  });
}

const refused: [string, Uint8Array][] = [
  ['IP of five bytes', encode(context(7), new Uint8Array(5))],
  ['DNS name with eight bits', encode(context(2), Uint8Array.of(0xe9))],
  ['constructed DNS name', encode(explicitTag(2), ia5('a'))],
  ['unknown form', encode(context(9), Uint8Array.of(1))],
  ['universal tag', ia5('a')],
  ['otherName without value', encode(explicitTag(0), oid('1.2.3'))],
  ['otherName with two values', encode(explicitTag(0), oid('1.2.3'), explicit(0, utf8('a'), utf8('b')))],
  [
    'otherName with a broken UTF8String',
    encode(explicitTag(0), oid('1.2.3'), explicit(0, encode(12, Uint8Array.of(0xff)))),
  ],
];
for (const [name, bytes] of refused) {
  test(`refuses ${name}`, () => assert.throws(() => decodeGeneralNames(readDer(sequence(bytes))), DecodeError));
}

const unencodable: [string, Parameters<typeof generalNamesOf>[0], string][] = [
  ['DNS name', { dnsNames: ['é'] }, '"é" cannot be encoded as an IA5String'],
  ['email', { emailAddresses: ['é@x'] }, '"é@x" cannot be encoded as an IA5String'],
  ['IP', { ipAddresses: ['1.2.3'] }, 'invalid IP address "1.2.3"'],
  ['URI', { uris: ['http://ä'] }, '"http://ä" cannot be encoded as an IA5String'],
  ['otherName oid', { otherNames: [{ oid: 'x', utf8Value: 'a' }] }, 'invalid oid syntax'],
  ['otherName without oid', { otherNames: [{ utf8Value: 'a' }] }, 'invalid oid syntax'],
  ['otherName without value', { otherNames: [{ oid: '1.2.3' }] }, 'must be set to a valid non-empty UTF8 string'],
];
for (const [name, given, message] of unencodable) {
  test(`a spec with an impossible ${name} is refused`, () => {
    assert.throws(
      () => encodeGeneralNames(generalNamesOf(given)),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

const ascii = fc.string({ unit: 'binary-ascii' });
const plain = { noNullPrototype: true };
const name: fc.Arbitrary<GeneralName> = fc.oneof(
  fc.record({ kind: fc.constantFrom('dns' as const, 'email' as const, 'uri' as const), value: ascii }, plain),
  fc.record({ kind: fc.constant('ip' as const), value: fc.ipV4() }, plain),
  fc.record(
    {
      kind: fc.constant('otherName' as const),
      value: fc.record({ oid: fc.constant('1.2.840.1'), utf8Value: fc.string({ unit: 'grapheme' }) }, plain),
    },
    plain,
  ),
);

test('any names come back, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 20 }), (names) => {
      const der = encodeGeneralNames(names);
      const decoded = decodeGeneralNames(readDer(der));
      assert.deepEqual(decoded, names);
      assert.equal(hex(encodeGeneralNames(decoded)), hex(der));
      const lists = namesByKind(decoded);
      const count = Object.values(lists).reduce((sum, list) => sum + list.length, 0);
      assert.equal(count, names.length);
    }),
  );
});
