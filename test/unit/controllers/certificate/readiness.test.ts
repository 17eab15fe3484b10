import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSpec } from '../../../../src/api/certificate.ts';
import { readinessOf } from '../../../../src/controllers/certificate/readiness.ts';
import type { SecretFacts } from '../../../../src/controllers/certificate/seen.ts';
import { aCertificate, aLeaf, aSecret, someSecretAnnotations, someTls } from '../../../support/certificate-builders.ts';

const times = {
  notBefore: '2026-11-22T19:06:29Z',
  notAfter: '2027-02-20T19:06:29Z',
  renewalTime: '2027-01-21T19:06:29Z',
};
const noTimes = { notBefore: undefined, notAfter: undefined, renewalTime: undefined };
const upToDate = ['Ready', 'Certificate is up to date and has not expired'] as const;

const annotated = (annotations: Record<string, string>) =>
  aSecret({}, { annotations: { ...someSecretAnnotations, ...annotations } });
const windows = (cron: string): Partial<CertificateSpec> => ({
  renewal: { policy: 'RenewBefore', windows: [{ cron, windowDuration: '1h' }] },
});

type Row = readonly [
  name: string,
  spec: Partial<CertificateSpec>,
  secret: SecretFacts | undefined,
  now: string,
  status: 'True' | 'False',
  told: readonly [reason: string, message: string],
  times: object,
];

const soon = '2026-11-23T00:00:00Z';
const rows: readonly Row[] = [
  ['ready', {}, aSecret(), soon, 'True', upToDate, times],
  ['a renewal that is due changes nothing', {}, aSecret(), '2027-02-01T00:00:00Z', 'True', upToDate, times],
  ['nor does the last second', {}, aSecret(), '2027-02-20T19:06:29Z', 'True', upToDate, times],
  [
    'expired',
    {},
    aSecret(),
    '2027-02-20T19:06:30Z',
    'False',
    ['Expired', 'Certificate expired on Sat, 20 Feb 2027 19:06:29 UTC'],
    times,
  ],
  [
    'no Secret',
    {},
    undefined,
    soon,
    'False',
    ['DoesNotExist', 'Issuing certificate as Secret does not exist'],
    noTimes,
  ],
  [
    'no data',
    {},
    aSecret({ hasData: false, tls: someTls({ keys: [], key: { kind: 'absent' }, leaf: { kind: 'absent' } }) }),
    soon,
    'False',
    ['MissingData', 'Issuing certificate as Secret does not contain any data'],
    noTimes,
  ],
  [
    'no private key: the times of the certificate are told',
    {},
    aSecret({ tls: someTls({ key: { kind: 'absent' } }) }),
    soon,
    'False',
    ['MissingData', 'Issuing certificate as Secret does not contain a private key'],
    times,
  ],
  [
    'a certificate that cannot be read',
    {},
    aSecret({ tls: someTls({ leaf: { kind: 'bad', error: 'no PEM' } }) }),
    soon,
    'False',
    ['InvalidCertificate', 'Issuing certificate as Secret contains an invalid certificate: no PEM'],
    noTimes,
  ],
  [
    'the Secret of another Certificate: its times are told',
    {},
    annotated({ 'cert-manager.io/certificate-name': 'x' }),
    soon,
    'False',
    [
      'IncorrectCertificate',
      'Secret was issued for "x". If this message is not transient, you might have two conflicting Certificates pointing to the same secret.',
    ],
    times,
  ],
  [
    'another violation counts more than the expiry',
    {},
    annotated({ 'cert-manager.io/issuer-name': 'old' }),
    '2028-01-01T00:00:00Z',
    'False',
    ['IncorrectIssuer', 'Issuing certificate as Secret was previously issued by "Issuer.cert-manager.io/old"'],
    times,
  ],
  [
    'renewal switched off',
    { renewal: { policy: 'Disabled' } },
    aSecret(),
    soon,
    'True',
    upToDate,
    { ...times, renewalTime: undefined },
  ],
  [
    'a window',
    windows('0 2 * * *'),
    aSecret(),
    soon,
    'True',
    upToDate,
    { ...times, renewalTime: '2027-01-22T02:00:00Z' },
  ],
  [
    'windows that never open: the time without them is told',
    windows('0 0 30 2 *'),
    aSecret(),
    soon,
    'False',
    [
      'WindowError',
      'Could not calculate renewal time: no renewal window opens after 2027-01-21 19:06:29 +0000 UTC in time',
    ],
    times,
  ],
  [
    'windows that cannot be read: no time',
    windows('x'),
    aSecret(),
    soon,
    'False',
    ['WindowError', 'Could not calculate renewal time: renewal window 1: expected exactly 5 fields, found 1: [x]'],
    { ...times, renewalTime: undefined },
  ],
  [
    'they count more than everything else',
    windows('x'),
    annotated({ 'cert-manager.io/issuer-name': 'old' }),
    '2028-01-01T00:00:00Z',
    'False',
    ['WindowError', 'Could not calculate renewal time: renewal window 1: expected exactly 5 fields, found 1: [x]'],
    { ...times, renewalTime: undefined },
  ],
  [
    'but not where there is no certificate',
    windows('x'),
    undefined,
    soon,
    'False',
    ['DoesNotExist', 'Issuing certificate as Secret does not exist'],
    noTimes,
  ],
];

for (const [name, spec, secret, now, status, [reason, message], expectedTimes] of rows) {
  test(name, () => {
    const seen = { certificate: aCertificate(spec), secret, requests: [] };
    assert.deepEqual(readinessOf(seen, new Date(now)), {
      ready: { type: 'Ready', status, reason, message, observedGeneration: 1 },
      ...expectedTimes,
    });
  });
}

test('times are cut to seconds', () => {
  const leaf = aLeaf({ notBefore: new Date('2026-11-22T19:06:29.999Z') });
  const secret = aSecret({ tls: someTls({ leaf: { kind: 'ok', value: leaf } }) });
  const { notBefore, notAfter } = readinessOf({ certificate: aCertificate(), secret, requests: [] }, new Date(soon));
  assert.deepEqual([notBefore, notAfter], [times.notBefore, times.notAfter]);
});
