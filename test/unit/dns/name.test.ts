import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import { canonicalName, encodeName, formatName, isWithin, labelsOf, namesUpwards } from '../../../src/dns/name.ts';

const label63 = 'x'.repeat(63);

describe('canonicalName', () => {
  const rows: readonly (readonly [name: string, given: string, expected: string])[] = [
    ['a final dot', 'example.com', 'example.com.'],
    ['small letters', 'WWW.Example.COM.', 'www.example.com.'],
    ['the root', '.', '.'],
    ['nothing', '', '.'],
    ['an escaped dot', 'a\\.b.example.com', 'a\\.b.example.com.'],
    ['an escape that was not needed', '\\a\\098.example.com', 'ab.example.com.'],
    ['bytes', 'a\\000\\255', 'a\\000\\255.'],
    ['a space', 'a b', 'a\\032b.'],
    ['letters beyond ASCII', 'ü', '\\195\\188.'],
    ['the longest label', label63, `${label63}.`],
  ];
  for (const [name, given, expected] of rows) {
    it(`gives ${name}`, () => {
      assert.equal(canonicalName(given), expected);
      assert.equal(canonicalName(expected), expected);
    });
  }

  for (const given of [
    'a..b',
    '.a',
    '..',
    'a\\',
    'a\\.',
    'a\\25',
    'a\\256.b',
    'a\\2x5',
    `${label63}x`,
    `${`${label63}.`.repeat(4)}`,
  ]) {
    it(`refuses ${JSON.stringify(given.slice(0, 20))} (${given.length})`, () => {
      assert.throws(() => canonicalName(given), DecodeError);
      assert.throws(() => encodeName(given), DecodeError);
    });
  }

  it('has one text for any labels', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
        const text = formatName(labels);
        assert.equal(formatName(labelsOf(text)), text);
        assert.equal(
          encodeName(text).length,
          labels.reduce((sum, { length }) => sum + length + 1, 1),
        );
      }),
    );
  });
});

describe('names within names', () => {
  it('go upwards label by label', () => {
    assert.deepEqual(namesUpwards('_acme-challenge.a\\.b.example.com'), [
      '_acme-challenge.a\\.b.example.com.',
      'a\\.b.example.com.',
      'example.com.',
      'com.',
    ]);
    assert.deepEqual(namesUpwards('.'), []);
  });

  const rows: readonly (readonly [name: string, zone: string, expected: boolean])[] = [
    ['www.example.com.', 'example.com.', true],
    ['example.com.', 'example.com.', true],
    ['example.com.', 'www.example.com.', false],
    ['notexample.com.', 'example.com.', false],
    ['a\\.example.com.', 'example.com.', false],
    ['com.', '.', true],
  ];
  for (const [name, zone, expected] of rows) {
    it(`${name} is ${expected ? '' : 'not '}within ${zone}`, () => assert.equal(isWithin(name, zone), expected));
  }
});
