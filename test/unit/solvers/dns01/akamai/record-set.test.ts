import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type RecordSet,
  recordSetIn,
  type SetEdit,
  withoutValue,
  withValue,
} from '../../../../../src/solvers/dns01/akamai/record-set.ts';

const name = '_acme-challenge.example.com';
const set = (ttl: number, ...rdata: string[]): RecordSet => ({ name, type: 'TXT', ttl, rdata });

/** [what, found, edit that adds `a`]. */
const additions: readonly [string, RecordSet | undefined, SetEdit][] = [
  ['nothing is there', undefined, { kind: 'create', set: set(300, '"a"') }],
  ['another value is there', set(60, '"b"'), { kind: 'replace', set: set(300, '"b"', '"a"') }],
  ['it is there', set(60, '"b"', '"a"'), undefined],
  ['it is there, unquoted', set(60, 'a'), undefined],
];

/** [what, found, edit that removes `a`]. */
const removals: readonly [string, RecordSet | undefined, SetEdit][] = [
  ['nothing is there', undefined, undefined],
  ['another value is there', set(60, '"b"'), undefined],
  ['it is alone', set(60, '"a"'), { kind: 'delete' }],
  ['it has siblings', set(60, '"a"', '"b"'), { kind: 'replace', set: set(60, '"b"') }],
];

/** [what, answer, found]. */
const answers: readonly [string, unknown, RecordSet | undefined][] = [
  ['a set', { name, type: 'TXT', ttl: 60, rdata: ['"a"'], active: true }, set(60, '"a"')],
  ['one without data', { name, type: 'TXT', ttl: 60 }, undefined],
  ['nothing', undefined, undefined],
];

describe('TXT record sets of Edge DNS', () => {
  for (const [what, found, edit] of additions) {
    test(`adds where ${what}`, () => assert.deepEqual(withValue(found, name, 'a'), edit));
  }
  for (const [what, found, edit] of removals) {
    test(`removes where ${what}`, () => assert.deepEqual(withoutValue(found, 'a'), edit));
  }
  for (const [what, json, found] of answers) test(`reads ${what}`, () => assert.deepEqual(recordSetIn(json), found));
});
