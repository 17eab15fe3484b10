import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { KubeObject } from '../../../../src/api/meta.ts';
import {
  issuerOf,
  type RequestCollections,
  requestIndexes,
  requestMappings,
} from '../../../../src/controllers/request/observe.ts';
import type { IssuerSeen } from '../../../../src/controllers/request/seen.ts';
import type { AnyBackend } from '../../../../src/issuers/backend.ts';
import { secretReferencesOf } from '../../../../src/issuers/references.ts';
import { keyText } from '../../../../src/kube/collection.ts';
import { collectionOf } from '../../../support/memory-collection.ts';
import { aCondition, anIssuer, aRequest, someTimeText } from '../../../support/request-builders.ts';
import { approvedBefore, backends as plainBackends } from './rules.ts';

const backends: readonly AnyBackend[] = plainBackends(true).map((backend) => ({
  ...backend,
  references: () => (backend.type === 'ca' ? [{ kind: 'Secret', name: 'ca-key-pair' }] : []),
  ...(backend.type === 'selfSigned'
    ? {
        requestReferences: (request: CertificateRequest) => [
          {
            kind: 'Secret' as const,
            name: request.metadata.annotations?.['cert-manager.io/private-key-secret-name'] ?? '',
          },
        ],
      }
    : {}),
}));

const own = anIssuer();
const selfSigned = anIssuer({ name: 'self', spec: { selfSigned: {} } });
const cluster = anIssuer({ kind: 'ClusterIssuer' });
const annotations = { 'cert-manager.io/private-key-secret-name': 'key' };

const requests = [
  aRequest({ name: 'fresh' }),
  aRequest({
    name: 'approved',
    conditions: [approvedBefore],
    spec: { issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' } },
  }),
  aRequest({ name: 'elsewhere', namespace: 'other' }),
  aRequest({ name: 'cluster', spec: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } }),
  aRequest({ name: 'self', annotations, spec: { issuerRef: { name: 'self' } } }),
  aRequest({ name: 'foreign', annotations, spec: { issuerRef: { name: 'ca', group: 'example.com' } } }),
  aRequest({ name: 'issued', annotations, conditions: [aCondition('Ready', 'True', 'Issued')] }),
  aRequest({ name: 'failed', conditions: [aCondition('Ready', 'False', 'Failed')] }),
  aRequest({ name: 'denied', conditions: [aCondition('Denied', 'True', 'No')] }),
  aRequest({ name: 'over', conditions: [aCondition('Denied', 'True', 'No'), aCondition('Ready', 'False', 'Denied')] }),
  aRequest({ name: 'deleted', deletionTimestamp: someTimeText }),
];
const issuerIndex = { secretReferences: (issuer: typeof own) => secretReferencesOf(issuer, backends, 'kube-system') };
const collections: RequestCollections = {
  requests: collectionOf(requests, requestIndexes(backends)),
  issuers: collectionOf([own, selfSigned], issuerIndex),
  clusterIssuers: collectionOf([cluster], issuerIndex),
};
const secret = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, uid: 'u', resourceVersion: '1', creationTimestamp: someTimeText },
});
const ownedBy = (change: object): KubeObject => {
  const owner = { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', name: 'web-1', uid: 'u', ...change };
  const order = secret('app', 'o');
  return { ...order, metadata: { ...order.metadata, ownerReferences: [owner] } };
};

describe('requestMappings', () => {
  const on = requestMappings(collections);
  const rows: [string, readonly { name: string; namespace?: string }[], readonly string[]][] = [
    ['an Issuer', on.issuers(own, undefined), ['app/fresh', 'app/approved', 'app/denied']],
    ['an Issuer that is gone', on.issuers(undefined, own), ['app/fresh', 'app/approved', 'app/denied']],
    ['a ClusterIssuer', on.clusterIssuers(cluster, cluster), ['app/cluster']],
    [
      'the Secret of an Issuer',
      on.secrets(secret('app', 'ca-key-pair'), undefined),
      ['app/fresh', 'app/approved', 'app/denied'],
    ],
    ['the Secret of a ClusterIssuer', on.secrets(undefined, secret('kube-system', 'ca-key-pair')), ['app/cluster']],
    ['the Secret that a request names', on.secrets(secret('app', 'key'), undefined), ['app/self']],
    ['any other Secret', on.secrets(secret('app', 'other'), undefined), []],
    ['an Order: the request that controls it', on.orders(ownedBy({ controller: true }), undefined), ['app/web-1']],
    ['an Order that is gone', on.orders(undefined, ownedBy({ controller: true })), ['app/web-1']],
    ['an Order of another kind of owner', on.orders(ownedBy({ controller: true, kind: 'Other' }), undefined), []],
    ['an Order that is owned, but not controlled', on.orders(ownedBy({}), undefined), []],
    ['an Order without an owner', on.orders(secret('app', 'o'), undefined), []],
  ];
  for (const [name, keys, expected] of rows) it(name, () => assert.deepEqual(keys.map(keyText), expected));

  it('requests: those with something left to do', () => {
    const open = requests.filter((request) => on.certificateRequests(request, undefined).length > 0);
    assert.deepEqual(
      open.map((request) => request.metadata.name),
      ['fresh', 'approved', 'elsewhere', 'cluster', 'self', 'foreign', 'denied'],
    );
    assert.deepEqual(on.certificateRequests(undefined, requests[0]), []);
  });
});

describe('issuerOf', () => {
  const rows: [string, { name: string; kind?: string; group?: string }, boolean, IssuerSeen][] = [
    ['an Issuer by default', { name: 'ca' }, false, { kind: 'found', issuer: own }],
    ['a ClusterIssuer', { name: 'ca', kind: 'ClusterIssuer' }, false, { kind: 'found', issuer: cluster }],
    ['none of that name', { name: 'x' }, false, { kind: 'missing' }],
    ['a foreign group', { name: 'ca', group: 'example.com' }, false, { kind: 'foreign' }],
    [
      'an unknown kind',
      { name: 'ca', kind: 'Other', group: 'cert-manager.io' },
      false,
      {
        kind: 'unreachable',
        message: 'invalid value "Other" for issuerRef.kind. Must be empty, "Issuer" or "ClusterIssuer"',
      },
    ],
    [
      'a ClusterIssuer with --namespace',
      { name: 'ca', kind: 'ClusterIssuer' },
      true,
      {
        kind: 'unreachable',
        message: 'cannot get ClusterIssuer named "ca" as cert-manager is scoped to a single namespace',
      },
    ],
  ];
  for (const [name, issuerRef, scoped, expected] of rows) {
    it(name, () => assert.deepEqual(issuerOf(aRequest({ spec: { issuerRef } }), collections, scoped), expected));
  }
});
