import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate, CertificateSpec, CertificateStatus } from '../../../../src/api/certificate.ts';
import { reissueReason } from '../../../../src/controllers/certificate/reissue.ts';
import type { SecretFacts } from '../../../../src/controllers/certificate/seen.ts';
import { generateKey, keyFactsOf } from '../../../../src/pki/keys.ts';
import { aCertificate, aLeaf, aSecretFor } from '../../../support/certificate-builders.ts';
import { signedRequest } from '../../../support/signed-requests.ts';

// The rules that come before the renewal have their rows in rules.test.ts.
const key = await generateKey({ algorithm: 'ECDSA', size: 256 });
const facts = keyFactsOf(key);
const fresh: CertificateStatus = { revision: 1, renewalTime: '2027-01-21T19:06:29Z' };
const wanted = (spec: Partial<CertificateSpec> = {}, status = fresh): Certificate =>
  aCertificate({ privateKey: { algorithm: 'ECDSA', size: 256 }, ...spec }, status);
const current = signedRequest(wanted(), key);
const stored = (): SecretFacts => aSecretFor(facts);

const scheduled = 'Renewing certificate as renewal was scheduled at 2027-01-21 19:06:29 +0000 UTC';
const never: CertificateSpec['renewal'] = {
  policy: 'RenewBefore',
  windows: [{ cron: '0 0 30 2 *', windowDuration: '1h' }],
};
const error = 'no renewal window opens after 2027-01-21 19:06:29 +0000 UTC in time';

const renewals: readonly (readonly [
  string,
  Partial<CertificateSpec>,
  CertificateStatus,
  string,
  object | undefined,
])[] = [
  ['one second before', {}, fresh, '2027-01-21T19:06:28Z', undefined],
  ['to the second', {}, fresh, '2027-01-21T19:06:29Z', { reason: 'Renewing', message: scheduled }],
  ['long after', {}, fresh, '2028-01-01T00:00:00Z', { reason: 'Renewing', message: scheduled }],
  [
    'the time of the status is only told',
    {},
    { revision: 1, renewalTime: '2030-01-01T00:00:00Z' },
    '2027-01-21T19:06:29Z',
    { reason: 'Renewing', message: 'Renewing certificate as renewal was scheduled at 2030-01-01 00:00:00 +0000 UTC' },
  ],
  [
    'without it',
    {},
    { revision: 1 },
    '2027-01-21T19:06:29Z',
    { reason: 'Renewing', message: 'Renewing certificate as renewal was scheduled at <nil>' },
  ],
  [
    'renewBefore counts at once',
    { renewBefore: '2159h' },
    fresh,
    '2026-11-22T20:06:29Z',
    { reason: 'Renewing', message: scheduled },
  ],
  ['switched off', { renewal: { policy: 'Disabled' } }, fresh, '2040-01-01T00:00:00Z', undefined],
  [
    'switched off, a changed spec still counts',
    { renewal: { policy: 'Disabled' }, dnsNames: ['x'] },
    fresh,
    '2026-11-22T20:00:00Z',
    {
      reason: 'RequestChanged',
      message: 'Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]',
    },
  ],
  [
    'a window holds it back',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: '0 2 * * *', windowDuration: '1h' }] } },
    fresh,
    '2027-01-22T01:59:59Z',
    undefined,
  ],
  [
    'and lets it go',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: '0 2 * * *', windowDuration: '1h' }] } },
    fresh,
    '2027-01-22T02:00:00Z',
    { reason: 'Renewing', message: scheduled },
  ],
  ['windows that never open, before', { renewal: never }, fresh, '2027-01-21T19:06:28Z', undefined],
  [
    'windows that never open, from then on',
    { renewal: never },
    fresh,
    '2027-01-21T19:06:29Z',
    {
      reason: 'Renewing',
      message: 'Renewing certificate without satisfying renewal windows at: 2027-01-21 19:06:29 +0000 UTC',
      windowWarning: `Renewing certificate without satisfying renewal windows due to ${error}`,
    },
  ],
  [
    'windows that cannot be read',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: 'x', windowDuration: '1h' }] } },
    fresh,
    '2027-01-21T19:06:29Z',
    undefined,
  ],
];

for (const [name, spec, status, time, expected] of renewals) {
  test(`9: ${name}`, () => {
    const seen = { certificate: wanted(spec, status), secret: stored(), requests: [current] };
    assert.deepEqual(reissueReason(seen, new Date(time)), expected);
  });
}

test('without a Secret there is nothing to renew', () => {
  const seen = { certificate: wanted(), secret: undefined, requests: [] };
  const expected = { reason: 'DoesNotExist', message: 'Issuing certificate as Secret does not exist' };
  assert.deepEqual(reissueReason(seen, new Date('2040-01-01T00:00:00Z')), expected);
});

test('a year in steps of an hour: a renewal each 60 days, each once and on its day', () => {
  const day = 86_400_000;
  const issuedAt: string[] = [];
  let notBefore = new Date('2026-01-01T00:00:00Z');
  for (let now = notBefore; now < new Date('2027-01-01T00:00:00Z'); now = new Date(now.getTime() + day / 24)) {
    const leaf = aLeaf({ publicKey: facts.publicKey, notBefore, notAfter: new Date(notBefore.getTime() + 90 * day) });
    const secret = aSecretFor(facts, { leaf: { kind: 'ok', value: leaf } });
    if (reissueReason({ certificate: wanted(), secret, requests: [current] }, now) === undefined) continue;
    issuedAt.push(now.toISOString().slice(0, 10));
    notBefore = now;
  }
  assert.deepEqual(issuedAt, ['2026-03-02', '2026-05-01', '2026-06-30', '2026-08-29', '2026-10-28', '2026-12-27']);
});
