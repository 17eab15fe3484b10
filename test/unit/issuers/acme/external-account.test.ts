import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ACMEIssuerSpec } from '../../../../src/api/acme-issuer.ts';
import { ApiError } from '../../../../src/base/errors.ts';
import { bindingKey } from '../../../../src/issuers/acme/external-account.ts';
import { secretData, testIo } from '../../../support/signing-builders.ts';

const config = (binding?: ACMEIssuerSpec['externalAccountBinding']): ACMEIssuerSpec => ({
  server: 's',
  privateKeySecretRef: { name: 'account' },
  ...(binding === undefined ? {} : { externalAccountBinding: binding }),
});
const bound = config({ keyID: 'kid', keySecretRef: { name: 'eab', key: 'secret' } });
const scope = { resourceNamespace: 'ns', signal: new AbortController().signal };
const undecodable = {
  kind: 'missing',
  error: 'failed to decode external account binding key data: it is not base64url without padding',
};

describe('the key of an external account', () => {
  const rows: [string, string, unknown][] = [
    ['base64url', '-_8', { kind: 'key', key: Buffer.from([0xfb, 0xff]) }],
    ['with a line break at the end', '-_8\r\n', { kind: 'key', key: Buffer.from([0xfb, 0xff]) }],
    ['padded', '-_8=', undecodable],
    ['plain base64', '+/8', undecodable],
    ['a length that no bytes have', 'abcde', undecodable],
    ['empty', '', undecodable],
    ['with a space', 'ab cd', undecodable],
  ];
  for (const [name, text, expected] of rows) {
    it(name, async () => {
      const io = testIo({ 'ns/eab': secretData({ secret: text }) });
      assert.deepEqual(await bindingKey(bound, io.factory.open(scope)), expected);
    });
  }

  it('none where the issuer has no external account; nothing is read', async () => {
    const io = testIo();
    assert.deepEqual(await bindingKey(config(), io.factory.open(scope)), { kind: 'none' });
    assert.deepEqual(io.fetched, []);
  });

  it('missing: the Secret, or its key, or the name of the key', async () => {
    const open = () => testIo({ 'ns/eab': secretData({ other: 'YWJj' }) }).factory.open(scope);
    const absent = (index: string) => ({
      kind: 'missing',
      error: `failed to find external account binding key data in Secret "eab" at index "${index}"`,
    });
    assert.deepEqual(await bindingKey(bound, testIo().factory.open(scope)), {
      kind: 'missing',
      error: 'secrets "eab" not found',
    });
    assert.deepEqual(await bindingKey(bound, open()), absent('secret'));
    assert.deepEqual(await bindingKey(config({ keyID: 'kid', keySecretRef: { name: 'eab' } }), open()), absent(''));
  });

  it('a Secret that cannot be read, and one that has changed since', async () => {
    const io = testIo({ 'ns/eab': secretData({ secret: 'YWJj' }) });
    const error = new ApiError(403, 'Forbidden', 'secrets "eab" is forbidden');
    io.failWith(error);
    assert.deepEqual(await bindingKey(bound, io.factory.open(scope)), {
      kind: 'failed',
      error: 'failed to get External Account Binding key from secret: secrets "eab" is forbidden',
      cause: error,
    });
    io.failWith(undefined);
    const key = async () => {
      const binding = await bindingKey(bound, io.factory.open(scope));
      return binding.kind === 'key' ? Buffer.from(binding.key).toString() : binding.kind;
    };
    assert.equal(await key(), 'abc');
    assert.equal(await key(), 'abc');
    io.put('ns/eab', secretData({ secret: 'eHl6' }));
    assert.equal(await key(), 'xyz');
    assert.deepEqual(io.fetched, ['ns/eab', 'ns/eab']);
  });
});
