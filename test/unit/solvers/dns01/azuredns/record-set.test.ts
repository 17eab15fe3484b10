import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceOf } from '../../../../../src/solvers/dns01/azuredns/clouds.ts';
import {
  recordsIn,
  type SetEdit,
  withoutValue,
  withValue,
} from '../../../../../src/solvers/dns01/azuredns/record-set.ts';

const config = { subscriptionID: 's', resourceGroupName: 'g' };
const outside = serviceOf(config);
const inside = serviceOf({ ...config, zoneType: 'AzurePrivateZone' });
const set = (TTL: number, ...values: string[][]) => ({ TTL, TXTRecords: values.map((value) => ({ value })) });
const put = (properties: object): SetEdit => ({ kind: 'put', properties });

/** [what, found, edit that adds `a`]. */
const additions: readonly [string, unknown, SetEdit][] = [
  ['nothing is there', undefined, put(set(60, ['a']))],
  ['another value is there', set(300, ['b']), put(set(300, ['b'], ['a']))],
  ['it is there', set(300, ['b'], ['a']), undefined],
  ['the set is empty', { TTL: 300 }, put(set(300, ['a']))],
  [
    'users keep metadata there',
    { ...set(300, ['b']), metadata: { team: 'x' }, fqdn: 'f.', provisioningState: 'Succeeded' },
    put({ metadata: { team: 'x' }, ...set(300, ['b'], ['a']) }),
  ],
];

/** [what, found, edit that removes `a`]. */
const removals: readonly [string, unknown, SetEdit][] = [
  ['nothing is there', undefined, undefined],
  ['another value is there', set(300, ['b']), undefined],
  ['it is alone', set(300, ['a']), { kind: 'delete' }],
  ['it has siblings', set(300, ['a'], ['b']), put(set(300, ['b']))],
  ['a longer one has it', set(300, ['a', 'b']), undefined],
];

/** [what, properties, records]. */
const answers: readonly [string, unknown, unknown][] = [
  ['records', set(60, ['a', 'b']), [['a', 'b']]],
  ['no records', { TTL: 60 }, []],
  ['no properties', undefined, undefined],
  ['rubbish', { TXTRecords: 'x' }, undefined],
  ['rubbish within', { TXTRecords: [{ value: 'x' }] }, undefined],
];

describe('TXT record sets of Azure DNS', () => {
  for (const [what, found, edit] of additions) {
    test(`adds where ${what}`, () => assert.deepEqual(withValue(found, 'a', outside), edit));
  }
  for (const [what, found, edit] of removals) {
    test(`removes where ${what}`, () => assert.deepEqual(withoutValue(found, 'a', outside), edit));
  }
  for (const [what, found, records] of answers) {
    test(`reads ${what}`, () => assert.deepEqual(recordsIn(found, outside), records));
  }

  test('writes members as the private service does', () => {
    assert.deepEqual(withValue(undefined, 'a', inside), put({ ttl: 60, txtRecords: [{ value: ['a'] }] }));
  });

  test('cuts long values', () => {
    assert.deepEqual(withValue(undefined, 'a'.repeat(300), outside), put(set(60, ['a'.repeat(255), 'a'.repeat(45)])));
  });
});
