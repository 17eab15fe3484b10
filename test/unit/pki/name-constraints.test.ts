import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../../../src/base/errors.ts';
import { context, encode, explicit, explicitTag, integer, sequence } from '../../../src/pki/der.ts';
import { encodeName, subjectOf } from '../../../src/pki/distinguished-name.ts';
import { decodeNameConstraints, encodeNameConstraints } from '../../../src/pki/name-constraints.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const none = { dnsDomains: [], ipRanges: [], emailAddresses: [], uriDomains: [], others: [] };

test('all forms come back, ranges without host bits', () => {
  const item = {
    dnsDomains: ['example.com', '.x'],
    ipRanges: ['10.1.2.3/8', '2001:db8::1/32'],
    emailAddresses: ['a@b'],
    uriDomains: ['.y'],
  };
  const value = encodeNameConstraints({ critical: true, permitted: item, excluded: { dnsDomains: ['z'] } });
  assert.deepEqual(decodeNameConstraints(value!), {
    permitted: { ...item, ipRanges: ['10.0.0.0/8', '2001:db8::/32'], others: [] },
    excluded: { ...none, dnsDomains: ['z'] },
  });
});

test('the encoding: permitted [0], excluded [1]; DNS, IP, email, URI', () => {
  const item = { uriDomains: ['u'], emailAddresses: ['e'], ipRanges: ['10.0.0.0/8'], dnsDomains: ['d'] };
  assert.equal(
    hex(encodeNameConstraints({ permitted: item })),
    '301da01b3003820164300a87080a000000ff0000003003810165' + '3003860175',
  );
  assert.equal(hex(encodeNameConstraints({ excluded: { dnsDomains: ['d'] } })), '3007a1053003820164');
});

test('nothing constrained is no extension', () => {
  assert.equal(encodeNameConstraints({}), undefined);
  assert.equal(encodeNameConstraints({ critical: true, permitted: { dnsDomains: [] }, excluded: {} }), undefined);
});

test('what is no network is refused', () => {
  for (const range of ['10.0.0.0', '10.0.0.0/33', 'x']) {
    assert.throws(
      () => encodeNameConstraints({ permitted: { ipRanges: [range] } }),
      new DecodeError('name constraints', `invalid CIDR address: ${range}`),
    );
  }
  assert.throws(() => encodeNameConstraints({ permitted: { dnsDomains: ['é'] } }), DecodeError);
});

test('subtrees of other forms stay visible', () => {
  const directory = explicit(4, encodeName(subjectOf(undefined, 'x')));
  const decoded = decodeNameConstraints(sequence(encode(explicitTag(0), sequence(directory))));
  assert.deepEqual(decoded.permitted.others.map(hex), [hex(directory)]);
});

const refused: [string, Uint8Array][] = [
  ['empty constraints', sequence()],
  ['a minimum', sequence(encode(explicitTag(0), sequence(encode(context(2)), encode(context(0), integer(1)))))],
  [
    'a mask with holes',
    sequence(encode(explicitTag(0), sequence(encode(context(7), Uint8Array.of(1, 0, 0, 0, 255, 0, 255, 0))))),
  ],
  ['an address instead of a range', sequence(encode(explicitTag(0), sequence(encode(context(7), new Uint8Array(4)))))],
  ['a third list', sequence(encode(explicitTag(2), sequence(encode(context(2)))))],
];
for (const [name, given] of refused) {
  test(`refuses ${name}`, () => assert.throws(() => decodeNameConstraints(given), DecodeError));
}
