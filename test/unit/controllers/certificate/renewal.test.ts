import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RenewalSpec, renewalTimeOf } from '../../../../src/controllers/certificate/renewal.ts';

type Row = readonly [name: string, notBefore: string, notAfter: string, spec: RenewalSpec, expected: string];

const at: readonly Row[] = [
  ['a third of 90 days before expiry', '2026-11-22T19:06:29Z', '2027-02-20T19:06:29Z', {}, '2027-01-21T19:06:29Z'],
  ['a third of what the issuer made of it', '2026-11-22T19:06:30Z', '2027-02-20T19:06:29Z', {}, '2027-01-21T19:06:29Z'],
  ['a third of ten years', '2026-11-22T19:06:28Z', '2036-11-19T19:06:28Z', {}, '2033-07-22T03:06:28Z'],
  [
    'a third that is no whole second is cut down',
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:10Z',
    {},
    '2026-01-01T00:00:06Z',
  ],
  ['renewBefore', '2026-11-22T19:06:28Z', '2026-11-24T19:06:28Z', { renewBefore: '12h' }, '2026-11-24T07:06:28Z'],
  [
    'renewBefore with fractions of a second',
    '2026-01-01T00:00:00Z',
    '2026-01-02T00:00:00Z',
    { renewBefore: '1h0.5s' },
    '2026-01-01T22:59:59Z',
  ],
  [
    'renewBefore of the whole lifetime does not count',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: '72h' },
    '2026-01-03T00:00:00Z',
  ],
  [
    'one second less counts',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: '71h59m59s' },
    '2026-01-01T00:00:01Z',
  ],
  [
    'renewBefore longer than the lifetime does not count',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: '2000h' },
    '2026-01-03T00:00:00Z',
  ],
  ['nor one of zero', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z', { renewBefore: '0s' }, '2026-01-03T00:00:00Z'],
  [
    'nor a negative one',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: '-1h' },
    '2026-01-03T00:00:00Z',
  ],
  [
    'nor one that is no duration',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: 'soon' },
    '2026-01-03T00:00:00Z',
  ],
  [
    'a backdated notBefore is part of the lifetime (#1786)',
    '2026-01-01T00:00:00Z',
    '2026-01-01T02:00:00Z',
    { renewBefore: '55m' },
    '2026-01-01T01:05:00Z',
  ],
  [
    'renewBefore near the duration asked for, of a certificate cut short (#1786)',
    '2026-01-01T00:00:00Z',
    '2026-01-31T00:00:00Z',
    { renewBefore: '2150h' },
    '2026-01-21T00:00:00Z',
  ],
  [
    'a percentage of the lifetime',
    '2026-01-01T00:00:00Z',
    '2026-03-02T00:00:00Z',
    { renewBeforePercentage: 25 },
    '2026-02-15T00:00:00Z',
  ],
  ['one percent', '2026-01-01T00:00:00Z', '2026-04-11T00:00:00Z', { renewBeforePercentage: 1 }, '2026-04-10T00:00:00Z'],
  ['99 percent', '2026-01-01T00:00:00Z', '2026-04-11T00:00:00Z', { renewBeforePercentage: 99 }, '2026-01-02T00:00:00Z'],
  [
    '0 percent does not count',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBeforePercentage: 0 },
    '2026-01-03T00:00:00Z',
  ],
  [
    'nor do 100',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBeforePercentage: 100 },
    '2026-01-03T00:00:00Z',
  ],
  [
    'nor a negative percentage',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBeforePercentage: -5 },
    '2026-01-03T00:00:00Z',
  ],
  [
    'a percentage of more than three years (#8947)',
    '2026-01-01T00:00:00Z',
    '2036-01-01T00:00:00Z',
    { renewBeforePercentage: 50 },
    '2031-01-01T00:00:00Z',
  ],
  [
    'a percentage of 250 years (#8947)',
    '2026-01-01T00:00:00Z',
    '2276-01-01T00:00:00Z',
    { renewBeforePercentage: 90 },
    '2051-01-01T00:00:00Z',
  ],
  [
    'a valid renewBefore counts more than a percentage',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewBefore: '12h', renewBeforePercentage: 50 },
    '2026-01-03T12:00:00Z',
  ],
  [
    'an invalid one does not',
    '2026-01-01T00:00:00Z',
    '2026-01-05T00:00:00Z',
    { renewBefore: '200h', renewBeforePercentage: 50 },
    '2026-01-03T00:00:00Z',
  ],
  [
    'the policy RenewBefore changes nothing',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewal: { policy: 'RenewBefore' } },
    '2026-01-03T00:00:00Z',
  ],
  [
    'nor does an empty list of windows',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewal: { policy: 'RenewBefore', windows: [] } },
    '2026-01-03T00:00:00Z',
  ],
  [
    'a window postpones',
    '2026-01-01T00:00:00Z',
    '2026-01-04T00:00:00Z',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: '0 2 * * *', windowDuration: '1h' }] } },
    '2026-01-03T02:00:00Z',
  ],
];

for (const [name, notBefore, notAfter, spec, expected] of at) {
  test(name, () => {
    const validity = { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
    assert.deepEqual(renewalTimeOf(validity, spec), { kind: 'at', at: new Date(expected) });
  });
}

const threeDays = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-04T00:00:00Z') };

const others: readonly (readonly [string, RenewalSpec, object])[] = [
  ['the policy Disabled never renews (#9038)', { renewal: { policy: 'Disabled' } }, { kind: 'never' }],
  ['not even with a renewBefore', { renewBefore: '1h', renewal: { policy: 'Disabled' } }, { kind: 'never' }],
  [
    'nor with windows',
    { renewal: { policy: 'Disabled', windows: [{ cron: 'x', windowDuration: 'y' }] } },
    { kind: 'never' },
  ],
  ['no policy', { renewal: {} }, { kind: 'windowError', error: 'unknown renewal policy ""' }],
  [
    'another policy',
    { renewal: { policy: 'Sometimes' as 'Disabled' } },
    { kind: 'windowError', error: 'unknown renewal policy "Sometimes"' },
  ],
  [
    'windows that never open still say when to renew',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: '0 0 30 2 *', windowDuration: '1h' }] } },
    {
      kind: 'windowError',
      at: new Date('2026-01-03T00:00:00Z'),
      error: 'no renewal window opens after 2026-01-03 00:00:00 +0000 UTC in time',
    },
  ],
  [
    'windows that cannot be read do not',
    { renewal: { policy: 'RenewBefore', windows: [{ cron: 'never', windowDuration: '1h' }] } },
    { kind: 'windowError', error: 'renewal window 1: expected exactly 5 fields, found 1: [never]' },
  ],
];

for (const [name, spec, expected] of others) {
  test(name, () => {
    assert.deepEqual(renewalTimeOf(threeDays, spec), expected);
  });
}

test('a year of renewals, each issued the moment it is due', () => {
  const day = 86_400_000;
  const spec: RenewalSpec = {
    renewal: {
      policy: 'RenewBefore',
      windows: [{ cron: '0 3 * * sat', windowDuration: '4h', timezone: 'Europe/Berlin' }],
    },
  };
  const due: string[] = [];
  for (let issued = new Date('2026-01-01T00:00:00Z'); issued < new Date('2026-12-31T00:00:00Z'); ) {
    const renewal = renewalTimeOf({ notBefore: issued, notAfter: new Date(issued.getTime() + 90 * day) }, spec);
    assert.equal(renewal.kind, 'at');
    issued = renewal.kind === 'at' ? renewal.at : issued;
    due.push(issued.toISOString());
  }
  assert.deepEqual(due, [
    '2026-03-07T02:00:00.000Z',
    '2026-05-09T01:00:00.000Z',
    '2026-07-11T01:00:00.000Z',
    '2026-09-12T01:00:00.000Z',
    '2026-11-14T02:00:00.000Z',
    '2027-01-16T02:00:00.000Z',
  ]);
});

test('whatever the spec, without windows the time lies within the lifetime and in whole seconds', () => {
  const given = fc.record({
    start: fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
    lifetimeSeconds: fc.integer({ min: 60, max: 100 * 366 * 86_400 }),
    renewBefore: fc.option(fc.integer({ min: -10, max: 1_000_000 }), { nil: undefined }),
    renewBeforePercentage: fc.option(fc.integer({ min: -200, max: 200 }), { nil: undefined }),
  });
  const property = fc.property(given, ({ start, lifetimeSeconds, renewBefore, renewBeforePercentage }) => {
    const notBefore = new Date(Math.floor(start.getTime() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + lifetimeSeconds * 1000);
    const spec: RenewalSpec = {
      ...(renewBefore === undefined ? {} : { renewBefore: `${renewBefore}m` }),
      ...(renewBeforePercentage === undefined ? {} : { renewBeforePercentage }),
    };
    const result = renewalTimeOf({ notBefore, notAfter }, spec);
    assert.ok(result.kind === 'at' && result.at >= notBefore && result.at < notAfter);
    assert.equal(result.at.getTime() % 1000, 0);
  });
  fc.assert(property);
});
