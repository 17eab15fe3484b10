import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dnsNamesOf, verificationContext } from '../../../src/kube/client-verification.ts';
import { aRoot } from '../../support/pki-builders.ts';

describe('dnsNamesOf', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['nothing', '', []],
    ['one', 'DNS:a.example', ['a.example']],
    [
      'among others',
      'IP Address:10.0.0.1, DNS:a.example, email:x@y, DNS:b.example, URI:spiffe://a/b',
      ['a.example', 'b.example'],
    ],
    ['another type that looks like it', 'URI:DNS:a.example', []],
    ['a name that looks like several', 'DNS:"x, DNS:a.example"', ['x, DNS:a.example']],
    ['a quote in quotes', 'email:"a\\", DNS:b", DNS:c', ['c']],
    ['not what it should be', 'DNS:a.example, what is this', []],
    ['an open quote', 'DNS:a.example, DNS:"b', []],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.deepEqual(dnsNamesOf(text), expected));
});

test('the CAs of the text are taken, and what is no certificate is passed over', () => {
  const [one, two] = [aRoot('one').pem.trim(), aRoot('two').pem.trim()];
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  const { ca } = verificationContext({ caPem: `# CAs\n${one}\n${broken}\n${two}\n`, subjectNames: [] });
  assert.deepEqual(ca, [one, two]);
  for (const caPem of ['', 'x', broken]) {
    assert.throws(() => verificationContext({ caPem, subjectNames: [] }), { name: 'DecodeError', what: 'client CA' });
  }
});
