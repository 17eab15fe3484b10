import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificates as certificateKind } from '../../../src/api/kinds.ts';
import { apiVersionOf, certificates, leases, namespaces, resourcePath, secrets } from '../../../src/kube/resources.ts';

describe('the path of', () => {
  const table: readonly [string, string, string][] = [
    ['all Secrets', resourcePath(secrets), '/api/v1/secrets'],
    ['the Secrets of a namespace', resourcePath(secrets, { namespace: 'n' }), '/api/v1/namespaces/n/secrets'],
    ['a Secret', resourcePath(secrets, { namespace: 'n', name: 'a' }), '/api/v1/namespaces/n/secrets/a'],
    ['a Namespace', resourcePath(namespaces, { name: 'n' }), '/api/v1/namespaces/n'],
    [
      'a status',
      resourcePath(leases, { namespace: 'n', name: 'a' }, 'status'),
      '/apis/coordination.k8s.io/v1/namespaces/n/leases/a/status',
    ],
    [
      'a name that needs escaping',
      resourcePath(secrets, { namespace: 'n', name: 'a/b' }),
      '/api/v1/namespaces/n/secrets/a%2Fb',
    ],
  ];
  for (const [name, actual, expected] of table) it(name, () => assert.equal(actual, expected));
});

it('the apiVersion of core and other kinds', () => {
  assert.deepEqual([apiVersionOf(secrets), apiVersionOf(leases)], ['v1', 'coordination.k8s.io/v1']);
});

describe('our own kind among the others', () => {
  it('is as the list of our kinds has it', () => {
    const { group, version, plural, kind, namespaced } = certificateKind;
    assert.deepEqual(certificates, { group, version, plural, kind, namespaced });
  });
});
