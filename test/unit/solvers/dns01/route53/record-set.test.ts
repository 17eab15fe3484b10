import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { quotedStrings, recordSetFor } from '../../../../../src/solvers/dns01/route53/record-set.ts';
import { txtValue } from '../../../../../src/solvers/dns01/txt-text.ts';

const long = 'a'.repeat(300);

/** [what, value, as Route 53 writes it]. */
const values: readonly (readonly [string, string, string])[] = [
  ['a value of ACME', 'fRJ-qzCY_4g', '"fRJ-qzCY_4g"'],
  ['an empty one', '', '""'],
  ['255 bytes', 'a'.repeat(255), `"${'a'.repeat(255)}"`],
  ['more than one string holds', long, `"${'a'.repeat(255)}" "${'a'.repeat(45)}"`],
  ['quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
  ['what is not printable ASCII', 'a\u0001é', '"a\\001\\303\\251"'],
];

describe('the strings of a TXT value', () => {
  for (const [what, value, expected] of values) test(what, () => assert.equal(quotedStrings(value), expected));

  it('are no longer than 255 bytes, and are the value when put together', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), maxLength: 2000 }), (value) => {
        const strings = quotedStrings(value);
        assert.equal(txtValue(strings), value);
        for (const each of strings.split(' ')) assert.ok(each.length <= 257);
      }),
    );
  });
});

describe('a record set', () => {
  it('is as upstream makes it', () => {
    assert.deepEqual(recordSetFor({ fqdn: '_acme-challenge.example.com.', value: 'abc' }), {
      Name: '_acme-challenge.example.com.',
      Type: 'TXT',
      TTL: 10,
      MultiValueAnswer: true,
      SetIdentifier: '"abc"',
      ResourceRecords: [{ Value: '"abc"' }],
    });
  });

  it('has a short identifier of its own where the value is too long to be one', () => {
    const ids = [long, `${long}b`].map((value) => recordSetFor({ fqdn: 'x.', value }).SetIdentifier);
    assert.equal(new Set(ids).size, 2);
    for (const id of ids) assert.ok(id.length <= 128);
  });
});
