import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secretKeyOf, secretText } from '../../../../src/solvers/dns01/secret-text.ts';
import { dns01TestIo, secretsOf } from '../../../support/dns01-io.ts';

const io = dns01TestIo({ secrets: secretsOf({ google: { key: ' text\n', empty: ' \n' } }) });

/** [what, reference, text or message]. */
const reads: readonly [string, { name: string; key?: string }, string | { message: string }][] = [
  ['text without white space around it', { name: 'google', key: 'key' }, 'text'],
  ['no Secret', { name: 'none', key: 'key' }, { message: 'error getting token: secret "none" not found' }],
  ['no key', { name: 'google', key: 'no' }, { message: 'error getting token: no data at key "no" of secret "google"' }],
  [
    'a key that is not said',
    { name: 'google' },
    { message: 'error getting token: no data at key "" of secret "google"' },
  ],
  [
    'nothing at the key',
    { name: 'google', key: 'empty' },
    { message: 'error getting token: no data at key "empty" of secret "google"' },
  ],
  [
    'what every object has',
    { name: 'google', key: 'constructor' },
    { message: 'error getting token: no data at key "constructor" of secret "google"' },
  ],
];

describe('text in Secrets', () => {
  for (const [what, ref, expected] of reads) {
    test(`reads ${what}`, async () => {
      const read = secretText(io, 'test', 'token', secretKeyOf(ref));
      if (typeof expected === 'string') assert.equal(await read, expected);
      else await assert.rejects(read, { name: 'ProviderError', provider: 'test', code: 'NotConfigured', ...expected });
    });
  }
});
