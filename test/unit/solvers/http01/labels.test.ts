// The labels of HTTP-01 objects, and whose they are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject, ObjectMeta } from '../../../../src/api/meta.ts';
import { adler32, challengeUidOf, solverLabels, solverSelector } from '../../../../src/solvers/http01/labels.ts';

describe('Adler-32', () => {
  const table: readonly (readonly [string, number])[] = [
    ['', 1],
    ['a', 6422626],
    ['Wikipedia', 300286872],
    ['p.example.com', 578422008],
    ['75n_No7Z_Dw4D4QX9Zkw0ybPqmP25g_DnpldkennBRU', 914362025],
    ['\u{ff}'.repeat(100_000), 1840914372],
  ];
  for (const [text, expected] of table) it(text.slice(0, 50), () => assert.equal(adler32(text), expected));
});

it('a challenge is found by the sums of its name and token', () => {
  assert.deepEqual(
    solverLabels({ spec: { dnsName: 'p.example.com', token: '75n_No7Z_Dw4D4QX9Zkw0ybPqmP25g_DnpldkennBRU' } }),
    {
      'acme.cert-manager.io/http-domain': '578422008',
      'acme.cert-manager.io/http-token': '914362025',
      'acme.cert-manager.io/http01-solver': 'true',
    },
  );
  assert.equal(solverSelector, 'acme.cert-manager.io/http01-solver=true');
});

describe('whose object it is', () => {
  const shared = { namespace: 'cert-manager', name: 'solver' };
  const owner = { apiVersion: 'v1', kind: 'Challenge', name: 'web', uid: 'owner', controller: true };
  const labels = { 'acme.cert-manager.io/challenge-uid': 'label' };
  const table: readonly (readonly [string, Partial<ObjectMeta>, string | undefined])[] = [
    ['by its owner', { ownerReferences: [owner] }, 'owner'],
    ['by its label', { namespace: 'cert-manager', labels }, 'label'],
    ['by its owner first', { namespace: 'cert-manager', ownerReferences: [owner], labels }, 'owner'],
    ['not by its label elsewhere, where others write', { namespace: 'app', labels }, undefined],
    ['nobody’s', { namespace: 'cert-manager' }, undefined],
  ];
  const objectWith = (metadata: Partial<ObjectMeta>) => ({ apiVersion: 'v1', kind: 'Pod', metadata }) as KubeObject;
  for (const [what, metadata, expected] of table)
    it(what, () => assert.equal(challengeUidOf(objectWith(metadata), shared), expected));
  it('by its owner alone where nothing is shared', () => {
    assert.equal(challengeUidOf(objectWith({ namespace: 'cert-manager', labels })), undefined);
  });
});
