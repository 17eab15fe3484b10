import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { CloudflareProvider } from '../../../../../src/api/dns01.ts';
import { credentialsFor } from '../../../../../src/solvers/dns01/cloudflare/credentials.ts';
import { cloudflare } from '../../../../../src/solvers/dns01/cloudflare/provider.ts';
import { dns01TestIo, secretsOf } from '../../../../support/dns01-io.ts';

const secrets = secretsOf({ cf: { good: 'token', newline: 'tok\nen', wide: 'tok€n', empty: '' } });
const ref = (key: string, name = 'cf') => ({ name, key });
const prefix = 'error instantiating cloudflare challenge solver';
const none = `${prefix}: no Cloudflare credential has been given (can be either an API key or an API token)`;
const badToken = `${prefix}: the Cloudflare API token is invalid (does the API token contain a newline?)`;

/** [what, configuration, upstream's words]. */
const failures: readonly (readonly [string, CloudflareProvider, string])[] = [
  ['nothing at all', {}, none],
  [
    'both',
    { apiKeySecretRef: ref('good'), apiTokenSecretRef: ref('good') },
    'API key and API token secret references are both present',
  ],
  ['no Secret', { apiTokenSecretRef: ref('good', 'none') }, 'error getting cloudflare secret: secret "none" not found'],
  ['no such key', { apiTokenSecretRef: ref('none') }, 'specified key "none" not found in secret "cf"'],
  ['no key in the reference', { apiTokenSecretRef: { name: 'cf' } }, 'specified key "" not found in secret "cf"'],
  ['an empty token', { apiTokenSecretRef: ref('empty') }, none],
  ['a key without an e-mail address', { apiKeySecretRef: ref('good') }, none],
  ['a line break in the token', { apiTokenSecretRef: ref('newline') }, badToken],
  ['what HTTP cannot carry in the token', { apiTokenSecretRef: ref('wide') }, badToken],
  [
    'a line break in the key',
    { apiKeySecretRef: ref('newline'), email: 'a@example.com' },
    `${prefix}: the Cloudflare API key is invalid (does the API key contain a newline?)`,
  ],
  [
    'a line break in the e-mail address',
    { apiKeySecretRef: ref('good'), email: 'a\r\nb' },
    `${prefix}: the Cloudflare email is invalid`,
  ],
];

describe('credentials for Cloudflare that are not there, or no good', () => {
  for (const [what, config, message] of failures) {
    test(what, () =>
      assert.rejects(credentialsFor(config, dns01TestIo({ secrets })), {
        name: 'ProviderError',
        code: 'NotConfigured',
        message,
      }),
    );
  }
});

describe('credentials for Cloudflare', () => {
  it('are a token, whatever the e-mail address', async () => {
    const config = { apiTokenSecretRef: ref('good'), email: 'a@example.com' };
    assert.deepEqual(await credentialsFor(config, dns01TestIo({ secrets })), { apiToken: 'token' });
  });

  it('are a key with an e-mail address', async () => {
    const config = { apiKeySecretRef: ref('good'), email: 'a@example.com' };
    assert.deepEqual(await credentialsFor(config, dns01TestIo({ secrets })), {
      apiKey: 'token',
      apiEmail: 'a@example.com',
    });
  });

  it('are in the Secrets that are named', () => {
    assert.deepEqual(cloudflare.credentials({ apiTokenSecretRef: ref('good') }), [{ name: 'cf', key: 'good' }]);
    assert.deepEqual(cloudflare.credentials({}), []);
  });
});
