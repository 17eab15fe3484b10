import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Route53Provider } from '../../../../../src/api/dns01.ts';
import { ApiError } from '../../../../../src/base/errors.ts';
import { regionOf, resolveAccess } from '../../../../../src/solvers/dns01/route53/credentials.ts';
import { route53 } from '../../../../../src/solvers/dns01/route53/provider.ts';
import type { Dns01Io } from '../../../../../src/solvers/dns01.ts';
import { dns01TestIo, secretsOf } from '../../../../support/dns01-io.ts';

const secrets = secretsOf({ aws: { id: 'AKIA1\n', secret: ' s3cret\n', empty: '' } });
const secretAccessKeySecretRef = { name: 'aws', key: 'secret' };
const accessKeyIDSecretRef = { name: 'aws', key: 'id' };
const auth = { kubernetes: { serviceAccountRef: { name: 'dns' } } };
const prefix = 'error instantiating route53 challenge solver: unable to construct route53 provider';

/** [what, configuration, upstream's words]. */
const failures: readonly (readonly [string, Route53Provider, string])[] = [
  ['nothing at all', {}, `${prefix}: empty credentials; perhaps you meant to enable ambient credentials?`],
  ['only an id', { accessKeyID: 'AKIA1' }, `${prefix}: only one of access and secret key was provided`],
  ['only a secret key', { secretAccessKeySecretRef }, `${prefix}: only one of access and secret key was provided`],
  [
    'an empty secret key',
    { accessKeyID: 'AKIA1', secretAccessKeySecretRef: { name: 'aws', key: 'empty' } },
    `${prefix}: only one of access and secret key was provided`,
  ],
  [
    'an id twice',
    { accessKeyID: 'AKIA1', accessKeyIDSecretRef, secretAccessKeySecretRef },
    'route53 accessKeyID and accessKeyIDSecretRef cannot both be specified',
  ],
  [
    'no key in a reference',
    { accessKeyIDSecretRef: { name: 'aws' } },
    'route53 accessKeyIDSecretRef requires a key field to be specified',
  ],
  [
    'no name in a reference',
    { accessKeyIDSecretRef: { name: '', key: 'id' } },
    'route53 accessKeyIDSecretRef requires a name field to be specified',
  ],
  [
    'no Secret for the id',
    { accessKeyIDSecretRef: { name: 'none', key: 'id' } },
    'error getting route53 secret access key id: secret "none" not found',
  ],
  [
    'no such key for the id',
    { accessKeyIDSecretRef: { name: 'aws', key: 'none' } },
    'no data found in Secret "aws" at Key "none"',
  ],
  [
    'no Secret for the secret key',
    { secretAccessKeySecretRef: { name: 'none', key: 'x' } },
    'error getting route53 secret access key: secret "none" not found',
  ],
  [
    'no such key for the secret key',
    { secretAccessKeySecretRef: { name: 'aws', key: 'none' } },
    "error getting route53 secret access key: key 'none' not found in secret",
  ],
  ['a token without a role', { auth }, `${prefix}: role must be set when web identity token is set`],
  [
    'a service account without a name',
    { auth: { kubernetes: { serviceAccountRef: { name: '' } } }, role: 'r' },
    'service account name is required for Kubernetes auth',
  ],
];

const io = (given: Partial<Dns01Io> = {}) =>
  dns01TestIo({ secrets, serviceAccountToken: async () => 'token', ...given });

describe('credentials for Route 53 that are not there', () => {
  for (const [what, config, message] of failures) {
    test(what, () =>
      assert.rejects(resolveAccess(config, io()), { name: 'ProviderError', code: 'NotConfigured', message }),
    );
  }

  test('a token that is refused', async () => {
    const refuse = () => Promise.reject(new ApiError(403, 'Forbidden', 'serviceaccounts "dns" is forbidden'));
    const message =
      'error getting service account token: failed to request token for dns: serviceaccounts "dns" is forbidden';
    await assert.rejects(resolveAccess({ auth, role: 'r' }, io({ serviceAccountToken: refuse })), {
      code: 'NotConfigured',
      message,
    });
  });
});

describe('credentials for Route 53', () => {
  it('are those of the issuer, without white space', async () => {
    const access = await resolveAccess({ accessKeyIDSecretRef, secretAccessKeySecretRef, region: 'eu-west-1' }, io());
    assert.deepEqual(access, { region: 'eu-west-1', credentials: { accessKeyId: 'AKIA1', secretAccessKey: 's3cret' } });
  });

  it("are never the process's own unless that is allowed", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'AKIA2',
      AWS_SECRET_ACCESS_KEY: 'own',
      AWS_SESSION_TOKEN: 'session',
      AWS_REGION: 'eu-north-1',
    };
    await assert.rejects(resolveAccess({}, io({ environment })), { code: 'NotConfigured' });
    assert.deepEqual(await resolveAccess({ region: 'eu-west-1' }, io({ environment, ambient: true })), {
      region: 'eu-north-1',
      credentials: { accessKeyId: 'AKIA2', secretAccessKey: 'own', sessionToken: 'session' },
    });
  });

  it("are the issuer's, although the process's own are allowed", async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'AKIA2', AWS_SECRET_ACCESS_KEY: 'own', AWS_REGION: 'eu-north-1' };
    const config = { accessKeyID: ' AKIA1 ', secretAccessKeySecretRef, region: 'eu-west-1' };
    assert.deepEqual(await resolveAccess(config, io({ environment, ambient: true })), {
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIA1', secretAccessKey: 's3cret' },
    });
  });
});

const own = { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'eu-south-1' };

/** [what, region of the issuer, whether the credentials are the process's, environment, region]. */
const regions: readonly (readonly [string, string | undefined, boolean, Dns01Io['environment'], string])[] = [
  ["the issuer's", 'eu-west-1', false, own, 'eu-west-1'],
  ["the environment's, with ambient credentials", 'eu-west-1', true, own, 'eu-north-1'],
  ["the issuer's, where the environment has none", 'eu-west-1', true, {}, 'eu-west-1'],
  ["the environment's, where the issuer has none", undefined, false, own, 'eu-north-1'],
  ['the default of the environment', '', false, { AWS_DEFAULT_REGION: 'eu-south-1' }, 'eu-south-1'],
  ['the first of the first AWS', undefined, false, { AWS_REGION: '' }, 'us-east-1'],
];

describe('the region for Route 53', () => {
  for (const [what, region, ambient, environment, expected] of regions) {
    test(what, () => assert.equal(regionOf(region === undefined ? {} : { region }, ambient, environment), expected));
  }
});

describe('what Route 53 needs', () => {
  it('is each Secret that is named', () => {
    assert.deepEqual(route53.credentials({ accessKeyIDSecretRef, secretAccessKeySecretRef }), [
      { name: 'aws', key: 'id' },
      { name: 'aws', key: 'secret' },
    ]);
    assert.deepEqual(route53.credentials({ accessKeyID: 'x', secretAccessKeySecretRef: { name: '' } }), []);
  });

  it('is the zone, unless its id is given', () => {
    assert.deepEqual(
      [{}, { hostedZoneID: '' }, { hostedZoneID: 'Z1' }].map((config) => route53.needsZone(config)),
      [true, true, false],
    );
  });
});
