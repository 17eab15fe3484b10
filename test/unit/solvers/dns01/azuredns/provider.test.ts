import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AzureDNSProvider } from '../../../../../src/api/dns01.ts';
import { azureDns } from '../../../../../src/solvers/dns01/azuredns/provider.ts';

const base = { subscriptionID: 's', resourceGroupName: 'g' };
const ref = { name: 'azure', key: 'secret' };

/** [what, configuration, whether the zone must be looked up, credentials]. */
const configs: readonly [string, AzureDNSProvider, boolean, readonly object[]][] = [
  ['a secret', { ...base, clientSecretSecretRef: ref }, true, [ref]],
  ['a zone', { ...base, hostedZoneName: 'z' }, false, []],
];
for (const [what, config, needsZone, credentials] of configs) {
  test(`Azure DNS with ${what}`, () => {
    assert.equal(azureDns.config({ azureDNS: config }), config);
    assert.deepEqual([azureDns.needsZone(config), azureDns.credentials(config)], [needsZone, credentials]);
  });
}
