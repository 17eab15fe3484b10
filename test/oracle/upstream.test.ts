// Requests byte for byte as upstream makes them, so that a takeover changes nothing for issuers that look closely. The bytes were recorded
// from upstream's own code (upstream-requests.json says which); nothing is asked here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CertificateSpec } from '../../src/api/certificate.ts';
import { DecodeError } from '../../src/base/errors.ts';
import { csrTemplateOf } from '../../src/pki/csr.ts';
import { allGates } from './specs.ts';

type Case = { readonly name: string; readonly spec: CertificateSpec } & (
  | { readonly refused: true }
  | {
      readonly refused?: undefined;
      readonly signatureAlgorithm: string;
      /** Hex of the DER, as are the values. */
      readonly subject: string;
      readonly extensions: readonly { readonly oid: string; readonly critical: boolean; readonly value: string }[];
    }
);

const file = new URL('upstream-requests.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

for (const one of cases) {
  if (one.refused) {
    test(`refused as upstream refuses it: ${one.name.replace(/^refused: /, '')}`, () => {
      assert.throws(() => csrTemplateOf(one.spec, allGates), DecodeError);
    });
    continue;
  }
  test(`as upstream makes it: ${one.name}`, () => {
    const { subjectDer, extensions, signatureAlgorithm } = csrTemplateOf(one.spec, allGates);
    const { name: _name, spec: _spec, ...expected } = one;
    assert.deepEqual(
      {
        signatureAlgorithm,
        subject: hex(subjectDer),
        extensions: extensions.map(({ oid, critical, value }) => ({ oid, critical, value: hex(value) })),
      },
      expected,
    );
  });
}
