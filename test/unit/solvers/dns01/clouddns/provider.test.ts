import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudDNSProvider } from '../../../../../src/api/dns01.ts';
import { cloudDns } from '../../../../../src/solvers/dns01/clouddns/provider.ts';

const ref = { name: 'google', key: 'key.json' };

/** [what, configuration, whether the zone must be looked up, credentials]. */
const configs: readonly [string, CloudDNSProvider, boolean, readonly object[]][] = [
  ['a key and no zone', { project: 'p', serviceAccountSecretRef: ref }, true, [ref]],
  [
    'a key of no name',
    { project: 'p', serviceAccountSecretRef: { name: 'google' } },
    true,
    [{ name: 'google', key: '' }],
  ],
  ['no key but a zone', { project: 'p', hostedZoneName: 'z' }, false, []],
  ['an empty zone', { project: 'p', hostedZoneName: '' }, true, []],
];
for (const [what, config, needsZone, credentials] of configs) {
  test(`Cloud DNS with ${what}`, () => {
    assert.equal(cloudDns.config({ cloudDNS: config }), config);
    assert.deepEqual([cloudDns.needsZone(config), cloudDns.credentials(config)], [needsZone, credentials]);
  });
}
