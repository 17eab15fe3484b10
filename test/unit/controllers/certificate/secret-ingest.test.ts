import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../../../../src/api/meta.ts';
import { ownedBy, secretFactsOf, secretMetadataFacts } from '../../../../src/controllers/certificate/secret-ingest.ts';
import type { OwnedFields } from '../../../../src/controllers/certificate/seen.ts';
import { encodePrivateKey, generateKey, keyFactsOf } from '../../../../src/pki/keys.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { metadataOf } from '../../../support/certificate-builders.ts';

const key = await generateKey({ algorithm: 'ECDSA', size: 256 });
const keyData = Buffer.from(encodePrivateKey(key, 'PKCS8')).toString('base64');
const us = 'cert-manager-certificates-issuing';

const entry = (manager: string, fieldsV1: unknown, operation: 'Apply' | 'Update' = 'Apply'): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  time: '2026-11-22T19:06:29Z',
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsV1 as Record<string, unknown>,
});

const everything = {
  'f:data': { '.': {}, 'f:tls.crt': {}, 'f:key.der': {} },
  'f:metadata': {
    'f:annotations': { '.': {}, 'f:cert-manager.io/alt-names': {}, 'f:a:b': {} },
    'f:labels': { 'f:team': {} },
    'f:ownerReferences': { '.': {}, 'k:{"uid":"u-1"}': {} },
  },
  'f:type': {},
};

const owned = (given: Partial<OwnedFields>): OwnedFields => ({
  labels: [],
  annotations: [],
  data: [],
  owners: [],
  ...given,
});

const ownership: readonly (readonly [string, readonly ManagedFieldsEntry[], OwnedFields | 'bad' | undefined])[] = [
  ['no entries', [], undefined],
  ['entries of others', [entry('kubectl', everything)], undefined],
  ['an entry without fields', [{ manager: us, operation: 'Apply' }], undefined],
  [
    'one entry',
    [entry(us, everything)],
    owned({
      labels: ['team'],
      annotations: ['cert-manager.io/alt-names', 'a:b'],
      data: ['tls.crt', 'key.der'],
      owners: ['u-1'],
    }),
  ],
  ['an entry for nothing of interest', [entry(us, { 'f:type': {} })], owned({})],
  [
    'several entries together',
    [entry(us, { 'f:data': { 'f:a': {} } }), entry(us, { 'f:data': { 'f:b': {}, 'f:a': {} } }, 'Update')],
    owned({ data: ['a', 'b'] }),
  ],
  [
    'owner fields below the key',
    [entry(us, { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"u-2"}': { '.': {}, 'f:name': {} } } } })],
    owned({ owners: ['u-2'] }),
  ],
  ['an owner key that is no JSON', [entry(us, { 'f:metadata': { 'f:ownerReferences': { 'k:{uid}': {} } } })], 'bad'],
  ['an owner key without uid', [entry(us, { 'f:metadata': { 'f:ownerReferences': { 'k:{"name":"x"}': {} } } })], 'bad'],
  ['a path element of no known form', [entry(us, { data: {} })], 'bad'],
  ['a value that is no set', [entry(us, { 'f:data': 3 })], 'bad'],
  ['one bad entry among good ones', [entry(us, everything), entry(us, { x: {} })], 'bad'],
];

for (const [name, entries, expected] of ownership) {
  test(`owned: ${name}`, () => {
    assert.deepEqual(ownedBy(us, entries), expected);
  });
}

const raw = {
  metadata: {
    ...metadataOf('web-tls'),
    labels: { a: 'b' },
    annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"tls.key":"secret"}}' },
    managedFields: [
      entry(us, { 'f:data': { 'f:ca.crt': {} } }),
      entry('kubectl-edit', { 'f:data': { 'f:tls.crt': {} } }, 'Update'),
      entry('reflector', { 'f:data': { 'f:tls.key': {}, 'f:x': {} } }, 'Update'),
      entry('labeller', { 'f:metadata': { 'f:labels': { 'f:a': {} } } }, 'Update'),
    ],
  },
  type: 'kubernetes.io/tls',
  data: { 'tls.key': keyData, 'tls.crt': '', 'ca.crt': 'Q0E=' },
};

test('facts of a Secret read in full', () => {
  assert.deepEqual(secretFactsOf(raw, defaultPemLimits), {
    apiVersion: 'v1',
    kind: 'Secret',
    known: true,
    metadata: { ...metadataOf('web-tls'), labels: { a: 'b' }, annotations: { note: 'x' } },
    type: 'kubernetes.io/tls',
    hasData: true,
    tls: {
      keys: ['tls.key', 'ca.crt'],
      key: { kind: 'ok', value: keyFactsOf(key) },
      leaf: { kind: 'absent' },
      der: 'absent',
      combined: 'absent',
    },
    owned: owned({ data: ['ca.crt'] }),
    foreignWriters: [
      { manager: 'kubectl-edit', time: '2026-11-22T19:06:29Z' },
      { manager: 'reflector', time: '2026-11-22T19:06:29Z' },
    ],
  });
});

test('no byte of the private key is in the facts', () => {
  const text = JSON.stringify(secretFactsOf(raw, defaultPemLimits));
  assert.deepEqual([text.includes(keyData.slice(60, 120)), text.includes('secret')], [false, false]);
});

test('an empty Secret', () => {
  const facts = secretFactsOf({ metadata: metadataOf('x') }, defaultPemLimits);
  const { hasData, type, owned: fields, foreignWriters } = facts;
  assert.deepEqual(
    { hasData, type, fields, foreignWriters },
    { hasData: false, type: 'Opaque', fields: undefined, foreignWriters: [] },
  );
});

test('data that cannot be read is a fact', () => {
  const data = {
    'tls.key': Buffer.from('no key').toString('base64'),
    'tls.crt': Buffer.from('no PEM').toString('base64'),
  };
  const { key: keyFact, leaf } = secretFactsOf({ metadata: metadataOf('x'), data }, defaultPemLimits).tls;
  assert.deepEqual([keyFact.kind, leaf.kind], ['bad', 'bad']);
});

test('metadata alone: of labels and annotations only our own', () => {
  const ours = {
    labels: { 'controller.cert-manager.io/fao': 'false' },
    annotations: { 'cert-manager.io/certificate-name': 'web' },
  };
  const { labels, annotations, ...metadata } = raw.metadata;
  const mixed = { labels: { ...labels, ...ours.labels }, annotations: { ...annotations, ...ours.annotations } };
  const facts = { apiVersion: 'v1', kind: 'Secret', known: false };
  assert.deepEqual(
    [secretMetadataFacts(raw), secretMetadataFacts({ metadata: { ...metadata, ...mixed } })],
    [
      { ...facts, metadata: metadataOf('web-tls') },
      { ...facts, metadata: { ...metadataOf('web-tls'), ...ours } },
    ],
  );
});
