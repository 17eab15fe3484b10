import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  additionOf,
  type RecordSet,
  recordSetIn,
  removalOf,
  type ZoneChange,
  zoneAmong,
} from '../../../../../src/solvers/dns01/clouddns/change.ts';

const name = '_acme-challenge.example.com.';
const set = (ttl: number, ...rrdatas: string[]): RecordSet => ({ name, type: 'TXT', ttl, rrdatas });

/** [what, found, change that adds `a`]. */
const additions: readonly [string, RecordSet | undefined, ZoneChange | undefined][] = [
  ['nothing is there', undefined, { additions: [set(60, '"a"')], deletions: [] }],
  ['another value is there', set(300, '"b"'), { additions: [set(60, '"a"', '"b"')], deletions: [set(300, '"b"')] }],
  ['it is there', set(300, '"b"', '"a"'), undefined],
  ['it is there, unquoted', set(300, 'a'), undefined],
  [
    'only a longer one is there',
    set(60, '"a" "b"'),
    { additions: [set(60, '"a"', '"a" "b"')], deletions: [set(60, '"a" "b"')] },
  ],
];

/** [what, found, change that removes `a`]. */
const removals: readonly [string, RecordSet | undefined, ZoneChange | undefined][] = [
  ['nothing is there', undefined, undefined],
  ['another value is there', set(300, '"b"'), undefined],
  ['it is alone', set(300, '"a"'), { additions: [], deletions: [set(300, '"a"')] }],
  ['it has siblings', set(300, '"b"', '"a"'), { additions: [set(300, '"b"')], deletions: [set(300, '"b"', '"a"')] }],
];

const zone = (name: string, visibility?: string) => ({ name, visibility });

/** [what, zones, chosen]. */
const zones: readonly [string, readonly unknown[], string | undefined][] = [
  ['none', [], undefined],
  ['a public one', [zone('inside', 'private'), zone('outside', 'public')], 'outside'],
  ['the first public one', [zone('a', 'public'), zone('b', 'public')], 'a'],
  ['a private one where there is no other', [zone('inside', 'private')], 'inside'],
  ['nothing of rubbish', ['rubbish'], undefined],
];

/** [what, record sets of an answer, found]. */
const answers: readonly [string, readonly unknown[], unknown][] = [
  ['nothing', [], undefined],
  ['the set', [{ ...set(60, '"a"'), signatureRrdatas: [] }], set(60, '"a"')],
  [
    'the set, as Google writes the name',
    [{ ...set(60, '"a"'), name: name.toUpperCase() }],
    { ...set(60, '"a"'), name: name.toUpperCase() },
  ],
  [
    'no other set',
    [
      { ...set(60, '"a"'), name: 'other.' },
      { ...set(60, '1'), type: 'A' },
    ],
    undefined,
  ],
  ['a set with a routing policy', [{ name, type: 'TXT', ttl: 60, routingPolicy: {} }], 'unusable'],
];

describe('changes of Cloud DNS', () => {
  for (const [what, found, change] of additions) {
    test(`adds where ${what}`, () => assert.deepEqual(additionOf(found, name, 'a'), change));
  }
  for (const [what, found, change] of removals) {
    test(`removes where ${what}`, () => assert.deepEqual(removalOf(found, 'a'), change));
  }
  for (const [what, given, chosen] of zones) test(`chooses ${what}`, () => assert.equal(zoneAmong(given), chosen));
  for (const [what, given, found] of answers)
    test(`finds ${what}`, () => assert.deepEqual(recordSetIn(given, name), found));
});
