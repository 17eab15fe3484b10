import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  breakerCondition,
  suspendedUntil,
  usedSlots,
  windowMs,
} from '../../../../src/controllers/certificate/breaker.ts';
import type { Seen } from '../../../../src/controllers/certificate/seen.ts';
import { aCertificate, aSecret } from '../../../support/certificate-builders.ts';

const now = new Date('2026-06-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function seen(change: Partial<Seen> = {}): Seen {
  const certificate = aCertificate();
  return {
    certificate,
    secret: aSecret(),
    sharing: [certificate],
    requests: [],
    nameHolder: undefined,
    keySecrets: [],
    issuer: { kind: 'foreign' },
    ...change,
  };
}

describe('the memory of the breaker', () => {
  it('is what the condition says, whether suspended or not', () => {
    const seconds = fc.uniqueArray(fc.integer({ min: 0, max: 86_399 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(seconds, fc.boolean(), (offsets, isSuspended) => {
        const used = offsets.toSorted((a, b) => b - a).map(ago);
        const until = { until: new Date('2026-06-02T00:00:00Z'), reason: 'SecretMismatch' };
        const condition = breakerCondition(seen(), used, isSuspended ? until : undefined);
        assert.ok(condition !== undefined);
        assert.deepEqual(usedSlots([condition], now), used);
      }),
    );
  });

  it('fades after 24 hours', () => {
    const condition = breakerCondition(seen(), [ago(86_401), ago(86_399)], undefined);
    assert.deepEqual(usedSlots(condition && [condition], now), [ago(86_399)]);
  });

  it('is empty without a condition', () => {
    assert.deepEqual(usedSlots(undefined, now), []);
    assert.equal(breakerCondition(seen(), [], undefined), undefined);
  });
});

describe('suspendedUntil', () => {
  const six = [6, 5, 4, 3, 2, 1].map(ago);
  it('is undefined while a slot is free', () => assert.equal(suspendedUntil(six.slice(1)), undefined));
  it('is when the oldest of the last six comes back', () =>
    assert.deepEqual(suspendedUntil(six), new Date(ago(6).getTime() + windowMs)));
});

describe('the culprit', () => {
  const twin = aCertificate({}, undefined, { name: 'twin', uid: 'twin' });
  const message = (given: Partial<Seen>, reason = 'InvalidKeyPair') =>
    breakerCondition(seen(given), [ago(1)], { until: now, reason })?.message ?? '';
  for (const [name, given, reason, expected] of [
    ['another Certificate', { sharing: [aCertificate(), twin] }, 'SecretMismatch', /also named by Certificate "twin"/],
    [
      'a foreign writer',
      { secret: aSecret({ foreignWriters: [{ manager: 'eso', time: undefined }] }) },
      'InvalidKeyPair',
      /overwritten by "eso"/,
    ],
    ['the issuer', {}, 'Renewing', /issuer "ca" returns certificates that are far shorter/],
    ['whoever deletes', { secret: undefined }, 'DoesNotExist', /keeps being deleted/],
  ] as const) {
    it(`is ${name}`, () => assert.match(message(given, reason), expected));
  }
});
