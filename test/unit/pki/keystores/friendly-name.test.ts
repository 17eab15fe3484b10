import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../../../../src/base/errors.ts';
import { explicit, integer, oid, printableString, sequence, set, utf8 } from '../../../../src/pki/der.ts';
import { friendlyNamesOf } from '../../../../src/pki/keystores/friendly-name.ts';

/** As much of a certificate as has a subject; `rdns` is a list of names, each a list of attributes. */
function certificateOf(rdns: readonly (readonly [type: string, value: string][])[]): Uint8Array {
  const subject = sequence(...rdns.map((rdn) => set(...rdn.map(([type, value]) => sequence(oid(type), utf8(value))))));
  return sequence(sequence(explicit(0, integer(2)), integer(1), sequence(), sequence(), sequence(), subject));
}

const one = (...attributes: [string, string][]) => certificateOf(attributes.map((attribute) => [attribute]));
const cn = '2.5.4.3';

// What Go 1.26 prints for pkix.Name.String() of the same subjects.
const subjects: readonly [name: string, given: Uint8Array, expected: string][] = [
  ['nothing', certificateOf([]), ''],
  ['a common name', one([cn, 'x']), 'CN=x'],
  ['the last of two common names', one([cn, 'x'], [cn, 'y']), 'CN=y'],
  ['no empty common name', one([cn, ''], ['2.5.4.10', 'o']), 'O=o'],
  [
    'all attributes that have a label, in one order',
    one(
      [cn, 'n'],
      ['2.5.4.5', '7'],
      ['2.5.4.6', 'DE'],
      ['2.5.4.7', 'l'],
      ['2.5.4.8', 'st'],
      ['2.5.4.9', 's'],
      ['2.5.4.10', 'o'],
      ['2.5.4.11', 'u'],
      ['2.5.4.17', 'p'],
    ),
    'SERIALNUMBER=7,CN=n,OU=u,O=o,POSTALCODE=p,STREET=s,L=l,ST=st,C=DE',
  ],
  ['values of one type together', one(['2.5.4.11', 'a'], [cn, 'x'], ['2.5.4.11', 'b']), 'CN=x,OU=a+OU=b'],
  [
    'attributes of one multi-valued name apart',
    certificateOf([
      [
        [cn, 'x'],
        ['2.5.4.10', 'o'],
      ],
    ]),
    'CN=x,O=o',
  ],
  [
    'other types at the end, in hex',
    one(['0.9.2342.19200300.100.1.25', 'org'], ['0.9.2342.19200300.100.1.25', 'ü'], [cn, 'x']),
    'CN=x,0.9.2342.19200300.100.1.25=#0c02c3bc,0.9.2342.19200300.100.1.25=#13036f7267',
  ],
  ['special characters escaped', one([cn, ' #a,b+c"d\\e<f>g;h ']), 'CN=\\ #a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ '],
  ['a leading number sign escaped', one([cn, '#a#']), 'CN=\\#a#'],
  ['one space escaped once', one([cn, ' ']), 'CN=\\ '],
];

for (const [name, given, expected] of subjects) {
  test(`shows ${name}`, () => {
    assert.deepEqual(friendlyNamesOf([given]), [expected]);
  });
}

test('no two certificates share a name, whatever its case', () => {
  const given = [one([cn, 'x']), one([cn, 'X']), one([cn, 'x-1']), one([cn, 'x']), one([cn, 'y'])];
  assert.deepEqual(friendlyNamesOf(given), ['CN=x', 'CN=X-1', 'CN=x-1-1', 'CN=x-2', 'CN=y']);
});

test('a certificate without a subject is refused', () => {
  assert.throws(() => friendlyNamesOf([sequence(printableString('x'))]), DecodeError);
  assert.throws(() => friendlyNamesOf([new Uint8Array()]), DecodeError);
});
