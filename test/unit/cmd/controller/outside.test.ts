import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameserversOf, openOutside } from '../../../../src/cmd/controller/outside.ts';

const files: readonly (readonly [string, string, readonly string[]])[] = [
  ['of a pod', 'search app.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n', ['10.96.0.10:53']],
  [
    'with IPv6, zones and comments',
    '# local\nnameserver fe80::1%eth0\n nameserver ::1 \n',
    ['[fe80::1]:53', '[::1]:53'],
  ],
  ['with nonsense', 'nameserver\nnameserver example.com\nnameservers 1.1.1.1', []],
  ['that is empty', '', []],
];

for (const [name, text, expected] of files) {
  test(`the name servers of a resolv.conf ${name}`, () => {
    assert.deepEqual(nameserversOf(text), expected);
  });
}

test('of the environment only what clouds need is handed on', async () => {
  const { environment, http } = await openOutside({
    AWS_REGION: 'eu-west-1',
    HOME: '/root',
    PASSWORD: 'x',
    AZURE_CLIENT_ID: 'y',
  });
  http.close();
  assert.deepEqual(environment, { AWS_REGION: 'eu-west-1', AZURE_CLIENT_ID: 'y' });
});
