import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Issuer, IssuerSpec } from '../../../src/api/issuer.ts';
import { issuerBackends } from '../../../src/issuers/index.ts';
import { issuerTypeOf } from '../../../src/issuers/issuer-type.ts';
import { backendOf, secretReferencesOf } from '../../../src/issuers/references.ts';
import { defaultPemLimits } from '../../../src/pki/limits.ts';
import { anIssuer } from '../../support/request-builders.ts';
import { noAcme } from '../../support/signing-builders.ts';

const backends = issuerBackends({ limits: defaultPemLimits, acme: noAcme });
const acme = { server: 's', privateKeySecretRef: { name: 'k' } };
const vault = { server: 's', path: 'p', auth: {} };

describe('issuers', () => {
  const types: [string, IssuerSpec, string | undefined, string | undefined][] = [
    ['ca', { ca: { secretName: 's' } }, 'ca', 'ca'],
    ['selfSigned', { selfSigned: {} }, 'selfSigned', 'selfSigned'],
    ['acme', { acme }, 'acme', 'acme'],
    ['acme goes before ca', { acme, ca: { secretName: 's' } }, 'acme', 'acme'],
    ['vault goes before selfSigned', { vault, selfSigned: {} }, 'vault', undefined],
    ['no type', {}, undefined, undefined],
  ];
  for (const [name, spec, type, backend] of types) {
    it(`of type ${name}`, () => {
      assert.equal(issuerTypeOf(anIssuer({ spec })), type);
      assert.equal(backendOf(anIssuer({ spec }), backends)?.type, backend);
    });
  }

  const references: [string, Issuer, readonly string[]][] = [
    ['an Issuer: its namespace', anIssuer({ namespace: 'app', spec: { ca: { secretName: 's' } } }), ['app/s']],
    ['a ClusterIssuer: theirs', anIssuer({ kind: 'ClusterIssuer', spec: { ca: { secretName: 's' } } }), ['system/s']],
    ['an empty name', anIssuer({ spec: { ca: { secretName: '' } } }), []],
    ['selfSigned', anIssuer({ spec: { selfSigned: {} } }), []],
    ["acme: the account's key", anIssuer({ spec: { acme } }), ['app/k']],
    ['a type without a backend', anIssuer({ spec: { vault } }), []],
    ['no type', anIssuer({ spec: {} }), []],
  ];
  for (const [name, issuer, expected] of references) {
    it(`Secrets of ${name}`, () => assert.deepEqual(secretReferencesOf(issuer, backends, 'system'), expected));
  }
});
