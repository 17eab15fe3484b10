import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeDns } from '../../../../../src/solvers/dns01/acmedns/provider.ts';

test('acme-dns needs no zone, and its accounts', () => {
  const config = { host: 'auth.example', accountSecretRef: { name: 'acme-dns', key: 'accounts' } };
  assert.equal(acmeDns.config({ acmeDNS: config }), config);
  assert.deepEqual([acmeDns.needsZone(config), acmeDns.credentials(config)], [false, [config.accountSecretRef]]);
});
