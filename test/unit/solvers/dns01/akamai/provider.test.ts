import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAkamai } from '../../../../../src/solvers/dns01/akamai/provider.ts';

test('Edge DNS needs the zone and three credentials', () => {
  const ref = (key: string) => ({ name: 'akamai', key });
  const config = {
    serviceConsumerDomain: 'h',
    clientTokenSecretRef: ref('a'),
    clientSecretSecretRef: ref('b'),
    accessTokenSecretRef: ref('c'),
  };
  const akamai = createAkamai();
  assert.equal(akamai.config({ akamai: config }), config);
  assert.deepEqual([akamai.needsZone(config), akamai.credentials(config)], [true, ['a', 'b', 'c'].map(ref)]);
});
