import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { type HttpAccess, HttpError, type HttpRequest, type Trust } from '../../../../../src/net/http.ts';
import { ambientCredentials, profileOf } from '../../../../../src/solvers/dns01/route53/ambient.ts';
import type { Dns01Io } from '../../../../../src/solvers/dns01.ts';
import { dns01TestIo } from '../../../../support/dns01-io.ts';

const prefix = 'error instantiating route53 challenge solver: no ambient AWS credentials';
const keys = JSON.stringify({ Code: 'Success', AccessKeyId: 'ASIA1', SecretAccessKey: 'hidden', Token: 'session' });
const found = { accessKeyId: 'ASIA1', secretAccessKey: 'hidden', sessionToken: 'session' };

type Answers = Readonly<Record<string, readonly [number, string]>>;

/** Answers by `METHOD URL`; all else cannot be reached. */
function world(
  environment: Dns01Io['environment'],
  answers: Answers = {},
  files: Readonly<Record<string, string>> = {},
) {
  const asked: { trust: Trust | undefined; request: HttpRequest }[] = [];
  const http: HttpAccess = {
    open: (trust) => async (request) => {
      asked.push({ trust, request });
      const [status, body] = answers[`${request.method} ${request.url}`] ?? [];
      if (status === undefined || body === undefined)
        throw new HttpError('EHOSTUNREACH', 'no way to 169.254.169.254:80');
      return { status, headers: {}, body: Buffer.from(body) };
    },
    close: () => {},
  };
  const readFile = (path: string) =>
    files[path] === undefined ? Promise.reject(new Error(`ENOENT ${path}`)) : Promise.resolve(files[path]);
  return { asked, io: dns01TestIo({ ambient: true, environment, http, readFile }) };
}

const metadata = 'http://169.254.169.254';
const roles = `${metadata}/latest/meta-data/iam/security-credentials/`;
const instance: Answers = {
  [`PUT ${metadata}/latest/api/token`]: [200, 'imds-token'],
  [`GET ${roles}`]: [200, 'node-role\n'],
  [`GET ${roles}node-role`]: [200, keys],
};
const oldInstance: Answers = { ...instance, [`PUT ${metadata}/latest/api/token`]: [404, ''] };
const file =
  '[other]\naws_access_key_id = no\n[default]\n; a comment\naws_access_key_id = ASIA1\nAWS_SECRET_ACCESS_KEY=hidden\naws_session_token=session\n';

/** [what, environment, answers, files]. */
const sources: readonly (readonly [string, Dns01Io['environment'], Answers, Record<string, string>])[] = [
  [
    'variables',
    { AWS_ACCESS_KEY_ID: 'ASIA1', AWS_SECRET_ACCESS_KEY: 'hidden', AWS_SESSION_TOKEN: 'session' },
    instance,
    {},
  ],
  ['a credentials file', { AWS_SHARED_CREDENTIALS_FILE: '/aws' }, {}, { '/aws': file }],
  ['ECS', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }, { 'GET http://169.254.170.2/v2/x': [200, keys] }, {}],
  [
    'EKS Pod Identity',
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/token',
    },
    { 'GET http://169.254.170.23/v1/credentials': [200, keys] },
    { '/token': 'eks-token\n' },
  ],
  ['the instance', {}, instance, {}],
  ['an instance that knows no tokens', {}, oldInstance, {}],
];

describe('AWS credentials of the process', () => {
  for (const [what, environment, answers, files] of sources) {
    test(`are those of ${what}`, async () => {
      const { asked, io } = world(environment, answers, files);
      assert.deepEqual(await ambientCredentials('us-east-1', io), found);
      for (const { trust } of asked) assert.deepEqual(trust, { proxied: false });
    });
  }

  it('are asked for with the token of the container', async () => {
    const [, environment, answers, files] = sources[3]!;
    const { asked, io } = world(environment, answers, files);
    await ambientCredentials('us-east-1', io);
    assert.deepEqual(
      asked.map(({ request }) => request.headers),
      [{ authorization: 'eks-token' }],
    );
  });

  it('are asked for with the token of the instance', async () => {
    const { asked, io } = world({}, instance);
    await ambientCredentials('us-east-1', io);
    assert.deepEqual(
      asked.map(({ request }) => request.headers),
      [
        { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
        { 'x-aws-ec2-metadata-token': 'imds-token' },
        { 'x-aws-ec2-metadata-token': 'imds-token' },
      ],
    );
  });
});

/** [what, environment, answers, code, what is said]. */
const failures: readonly (readonly [string, Dns01Io['environment'], Answers, string, string])[] = [
  ['nothing is there', {}, {}, 'Unreachable', 'the instance metadata cannot be reached: EHOSTUNREACH'],
  [
    'the instance is not to be asked',
    { AWS_EC2_METADATA_DISABLED: 'True' },
    instance,
    'NotConfigured',
    'the environment names none',
  ],
  [
    'the instance has no role',
    {},
    { ...instance, [`GET ${roles}`]: [404, ''] },
    'NotConfigured',
    'the instance metadata answers with HTTP status 404',
  ],
  [
    'the name of the role is none',
    {},
    { ...instance, [`GET ${roles}`]: [200, '../../../x'] },
    'NotConfigured',
    'the instance metadata names no role',
  ],
  [
    'the answer is rubbish',
    {},
    { ...instance, [`GET ${roles}node-role`]: [200, '<html>s3cret'] },
    'NotConfigured',
    'the instance metadata answers without keys',
  ],
  [
    'a token has no role',
    { AWS_WEB_IDENTITY_TOKEN_FILE: '/token' },
    {},
    'NotConfigured',
    'AWS_WEB_IDENTITY_TOKEN_FILE needs AWS_ROLE_ARN',
  ],
  [
    'a token cannot be read',
    { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'r' },
    {},
    'NotConfigured',
    'the web identity token cannot be read',
  ],
  [
    'the file cannot be read',
    { AWS_SHARED_CREDENTIALS_FILE: '/aws' },
    instance,
    'NotConfigured',
    'the credentials file cannot be read',
  ],
  [
    'the container asks in plain text far away',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.com/x' },
    {},
    'NotConfigured',
    'the address of the container credentials is not one that can be trusted',
  ],
  [
    'the container has no address',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'nowhere' },
    {},
    'NotConfigured',
    'the address of the container credentials is not one that can be trusted',
  ],
];

describe('AWS credentials of the process are not found where', () => {
  for (const [what, environment, answers, code, message] of failures) {
    test(what, async () => {
      const { io } = world(environment, answers);
      await assert.rejects(ambientCredentials('us-east-1', io), {
        name: 'ProviderError',
        code,
        message: `${prefix}: ${message}`,
      });
    });
  }
});

describe('a profile', () => {
  it('is one section of a file', () => {
    const text = '[a]\nx=1\n\n[ profile b ]\r\n  X = 2 \r\ny = a=b\r\n# z = 3\n[c]\nx=4';
    assert.deepEqual(profileOf(text, 'b'), { x: '2', y: 'a=b' });
    assert.deepEqual(profileOf(text, 'd'), {});
  });
});
