import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalIdOf } from '../../../src/pki/renewal-id.ts';

const aki = Buffer.from('0102', 'hex');

const rows: readonly (readonly [string, { aki: Uint8Array | undefined; serial: string }, string | undefined])[] = [
  // RFC 9773 section 4.1: the serial has its first bit set, so that DER puts a zero before it.
  [
    'the example of the RFC',
    { aki: Buffer.from('69885b6b87464041e1b37b847ba0ae2cde01c8d4', 'hex'), serial: '87654321' },
    'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
  ],
  ['a serial without its first bit', { aki, serial: '123' }, `${aki.toString('base64url')}.ASM`],
  ['no authority key id', { aki: undefined, serial: '1' }, undefined],
  ['an empty authority key id', { aki: new Uint8Array(), serial: '1' }, undefined],
];

for (const [name, certificate, expected] of rows) {
  test(`the id of a certificate for renewal information: ${name}`, () => {
    assert.equal(renewalIdOf(certificate), expected);
  });
}
