import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCredentials, parseServiceAccountKey } from '../../../../../src/solvers/dns01/clouddns/credentials.ts';

const key = { type: 'service_account', client_email: 'a@b', private_key_id: 'k', private_key: 'PEM' };
const parsedKey = {
  kind: 'serviceAccount',
  email: 'a@b',
  keyId: 'k',
  privateKeyPem: 'PEM',
  tokenUrl: 'https://oauth2.googleapis.com/token',
};
const user = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
const parsedUser = { kind: 'authorizedUser', clientId: 'c', clientSecret: 's', refreshToken: 'r' };
const external = {
  type: 'external_account',
  audience: '//iam',
  subject_token_type: 'jwt',
  credential_source: { file: '/t' },
};
const parsedExternal = {
  kind: 'externalAccount',
  audience: '//iam',
  subjectTokenType: 'jwt',
  tokenUrl: 'https://sts.googleapis.com/v1/token',
  source: { file: '/t', jsonMember: undefined },
  userProject: undefined,
  impersonationUrl: undefined,
};
const asJson = { type: 'json', subject_token_field_name: 'id' };
const impersonated = {
  type: 'impersonated_service_account',
  source_credentials: user,
  service_account_impersonation_url: 'https://iam/x',
};
const sourced = (credential_source: unknown) => ({ ...external, credential_source });

/** [what, JSON, credentials]. */
const files: readonly [string, unknown, unknown][] = [
  ['a service account', key, parsedKey],
  ['one with an address of its own', { ...key, token_uri: 'https://t/' }, { ...parsedKey, tokenUrl: 'https://t/' }],
  ['one without an id of its key', { ...key, private_key_id: undefined }, { ...parsedKey, keyId: '' }],
  ['one without a key', { ...key, private_key: undefined }, undefined],
  ['one whose key is no text', { ...key, private_key: 5 }, undefined],
  ['a user', user, parsedUser],
  ['a user without a refresh token', { ...user, refresh_token: undefined }, undefined],
  ['an external account', external, parsedExternal],
  [
    'one that impersonates',
    { ...external, service_account_impersonation_url: 'https://iam/x', workforce_pool_user_project: 'p' },
    { ...parsedExternal, impersonationUrl: 'https://iam/x', userProject: 'p' },
  ],
  [
    'one with a JSON file',
    sourced({ file: '/t', format: asJson }),
    { ...parsedExternal, source: { file: '/t', jsonMember: 'id' } },
  ],
  [
    'one with an address',
    sourced({ url: 'http://t/', headers: { a: 'b', c: 5 }, format: asJson }),
    { ...parsedExternal, source: { url: 'http://t/', headers: { a: 'b' }, jsonMember: 'id' } },
  ],
  ['one with an address that answers text', sourced({ url: 'http://t/' }), undefined],
  ['one whose JSON has no member', sourced({ file: '/t', format: { type: 'json' } }), undefined],
  ['one of AWS', sourced({ environment_id: 'aws1', url: 'http://t/', format: asJson }), undefined],
  ['one with a program', sourced({ executable: { command: '/bin/true' } }), undefined],
  ['one without a source', sourced(undefined), undefined],
  [
    'an impersonation',
    impersonated,
    { kind: 'impersonation', source: parsedUser, url: 'https://iam/x', delegates: [] },
  ],
  [
    'one with delegates',
    { ...impersonated, delegates: ['d'] },
    { kind: 'impersonation', source: parsedUser, url: 'https://iam/x', delegates: ['d'] },
  ],
  ['one of rubbish', { ...impersonated, source_credentials: 'x' }, undefined],
  ['an unknown kind', { type: 'gdch_service_account' }, undefined],
  ['no kind', {}, undefined],
  ['no object', 'text', undefined],
];

describe("Google's credential files", () => {
  for (const [what, json, credentials] of files) {
    test(what, () => assert.deepEqual(parseCredentials(JSON.stringify(json)), credentials));
  }

  test('a chain without an end is none', () => {
    const chain = (depth: number): unknown =>
      depth === 0 ? user : { ...impersonated, source_credentials: chain(depth - 1) };
    const found = [1, 2, 3, 50].map((depth) => parseCredentials(JSON.stringify(chain(depth)))?.kind);
    assert.deepEqual(found, ['impersonation', 'impersonation', undefined, undefined]);
  });

  test('only a key is taken from a Secret, with an address that is https', () => {
    const plain = { ...key, token_uri: 'http://inside.example/' };
    const found = [key, plain, user, external, impersonated].map(
      (file) => parseServiceAccountKey(JSON.stringify(file))?.kind,
    );
    assert.deepEqual(found, ['serviceAccount', undefined, undefined, undefined, undefined]);
  });

  test('nothing makes it throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseCredentials(text)));
  });
});
