import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSpec, CertificateStatus } from '../../../../src/api/certificate.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { type BackoffLimits, backoffDelayMs, backoffUntil } from '../../../../src/controllers/certificate/backoff.ts';
import { generateKey } from '../../../../src/pki/keys.ts';
import { aCertificate } from '../../../support/certificate-builders.ts';
import { signedRequest } from '../../../support/signed-requests.ts';

const minute = 60_000;
const hour = 3_600_000;
const usual: BackoffLimits = { minimumBackoffMs: hour, maximumBackoffMs: 32 * hour };
const limits = (minimumBackoffMs: number, maximumBackoffMs: number): BackoffLimits => ({
  minimumBackoffMs,
  maximumBackoffMs,
});

const delays: readonly (readonly [string, number | undefined, BackoffLimits, number])[] = [
  ['no count', undefined, usual, hour],
  ['none', 0, usual, hour],
  ['a negative count', -3, usual, hour],
  ['the first failure', 1, usual, hour],
  ['the second', 2, usual, 2 * hour],
  ['the fifth', 5, usual, 16 * hour],
  ['the sixth', 6, usual, 32 * hour],
  ['the seventh', 7, usual, 32 * hour],
  ['the 64th, which overflows 64 bits', 64, usual, 32 * hour],
  ['the millionth, which overflows everything', 1_000_000, usual, 32 * hour],
  ['another minimum', 3, limits(10 * minute, hour), 40 * minute],
  ['another maximum', 4, limits(10 * minute, hour), hour],
  ['a maximum below the minimum', 4, limits(2 * hour, hour), 2 * hour],
  ['no minimum: no wait', 4, limits(0, hour), 0],
  ['a negative minimum: no wait', 4, limits(-hour, hour), 0],
];

for (const [name, attempts, given, expected] of delays) {
  test(`delay: ${name}`, () => {
    assert.equal(backoffDelayMs(attempts, given), expected);
  });
}

const key = await generateKey({ algorithm: 'ECDSA', size: 256 });
const spec: Partial<CertificateSpec> = { privateKey: { algorithm: 'ECDSA', size: 256 } };
const failed: CertificateStatus = { lastFailureTime: '2026-01-01T12:00:00Z', failedIssuanceAttempts: 2 };
const again: CertificateStatus = { ...failed, revision: 3 };
const same = signedRequest(aCertificate(spec), key, 1);
const other = signedRequest(aCertificate({ ...spec, dnsNames: ['old.example.com'] }), key, 1);
const unreadable: CertificateRequest = { ...same, spec: { ...same.spec, request: 'AAAA' } };
const revision = (request: CertificateRequest, number: number): CertificateRequest => ({
  ...request,
  metadata: { ...request.metadata, annotations: { 'cert-manager.io/certificate-revision': String(number) } },
});

type Row = readonly [string, CertificateStatus | undefined, readonly CertificateRequest[], string, string | undefined];

const rows: readonly Row[] = [
  ['never failed', {}, [same], '2026-01-01T12:00:00Z', undefined],
  ['no status', undefined, [], '2026-01-01T12:00:00Z', undefined],
  ['no request is left', failed, [], '2026-01-01T12:00:00Z', '2026-01-01T14:00:00Z'],
  ['the request that failed fits the spec', failed, [same], '2026-01-01T12:30:00Z', '2026-01-01T14:00:00Z'],
  ['the last second', failed, [same], '2026-01-01T13:59:59Z', '2026-01-01T14:00:00Z'],
  ['the wait is over', failed, [same], '2026-01-01T14:00:00Z', undefined],
  ['long over', failed, [same], '2026-02-01T14:00:00Z', undefined],
  ['the spec has changed since', failed, [other], '2026-01-01T12:30:00Z', undefined],
  ['the CSR cannot be read', failed, [unreadable], '2026-01-01T12:30:00Z', undefined],
  [
    'a changed request of another revision does not count',
    again,
    [other],
    '2026-01-01T12:30:00Z',
    '2026-01-01T14:00:00Z',
  ],
  ['the next revision does', again, [same, revision(other, 4)], '2026-01-01T12:30:00Z', undefined],
  ['of two one fits', failed, [other, same], '2026-01-01T12:30:00Z', '2026-01-01T14:00:00Z'],
  ['a time that cannot be read', { ...failed, lastFailureTime: 'yesterday' }, [], '2026-01-01T12:30:00Z', undefined],
];

for (const [name, status, requests, now, expected] of rows) {
  test(name, () => {
    const certificate = aCertificate(spec, status);
    const until = backoffUntil({ certificate, requests }, usual, new Date(now));
    assert.deepEqual(until, expected === undefined ? undefined : new Date(expected));
  });
}

test('without a minimum nothing waits', () => {
  const certificate = aCertificate(spec, failed);
  assert.equal(
    backoffUntil({ certificate, requests: [] }, limits(0, hour), new Date('2026-01-01T12:00:00Z')),
    undefined,
  );
});
