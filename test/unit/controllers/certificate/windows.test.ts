import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import type { RenewalWindow } from '../../../../src/api/certificate.ts';
import { parseSchedule } from '../../../../src/base/cron.ts';
import { placeInWindows } from '../../../../src/controllers/certificate/windows.ts';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-04-01T00:00:00Z') };

const window = (cron: string, windowDuration: string, timezone?: string): RenewalWindow =>
  timezone === undefined ? { cron, windowDuration } : { cron, windowDuration, timezone };

const nights = window('0 2 * * *', '2h');
const weekends = window('0 22 * * fri', '48h');

type Row = readonly [name: string, desired: string, windows: readonly RenewalWindow[], expected: string];

const placed: readonly Row[] = [
  ['inside a window it stays', '2026-03-02T03:00:00Z', [nights], '2026-03-02T03:00:00Z'],
  ['so it does at the first second', '2026-03-02T02:00:00Z', [nights], '2026-03-02T02:00:00Z'],
  ['and at the last', '2026-03-02T04:00:00Z', [nights], '2026-03-02T04:00:00Z'],
  ['one second later it waits for the next', '2026-03-02T04:00:01Z', [nights], '2026-03-03T02:00:00Z'],
  ['one second before it waits for that second', '2026-03-02T01:59:59Z', [nights], '2026-03-02T02:00:00Z'],
  ['a window over several days', '2026-03-09T12:00:00Z', [weekends], '2026-03-13T22:00:00Z'],
  ['in the middle of a weekend', '2026-03-07T12:00:00Z', [weekends], '2026-03-07T12:00:00Z'],
  ['the earliest of several windows', '2026-03-04T12:00:00Z', [weekends, nights], '2026-03-05T02:00:00Z'],
  ['open in the second window', '2026-03-07T12:00:00Z', [nights, weekends], '2026-03-07T12:00:00Z'],
  ['windows that overlap themselves', '2026-03-04T12:00:00Z', [window('0 * * * *', '90m')], '2026-03-04T12:00:00Z'],
  [
    'a window that opened before notBefore',
    '2026-01-01T00:30:00Z',
    [window('0 23 * * *', '2h')],
    '2026-01-01T00:30:00Z',
  ],
  ['even after notAfter', '2026-03-31T23:00:00Z', [nights], '2026-04-01T02:00:00Z'],
  [
    'as late as one window length after notAfter',
    '2026-03-31T23:00:00Z',
    [window('0 12 1 4 *', '12h')],
    '2026-04-01T12:00:00Z',
  ],
  ['fractions of an hour', '2026-03-02T03:30:00Z', [window('0 2 * * *', '1.5h')], '2026-03-02T03:30:00Z'],
  [
    'a window in a time zone',
    '2026-03-02T02:30:00Z',
    [window('0 2 * * *', '1h', 'America/New_York')],
    '2026-03-02T07:00:00Z',
  ],
  [
    'open in its time zone',
    '2026-03-02T07:30:00Z',
    [window('0 2 * * *', '1h', 'America/New_York')],
    '2026-03-02T07:30:00Z',
  ],
  [
    'an opening that spring leaves out',
    '2026-03-29T00:30:00Z',
    [window('30 2 * * *', '1h', 'Europe/Berlin')],
    '2026-03-30T00:30:00Z',
  ],
  [
    'a window over the change in spring is as long as ever',
    '2026-03-29T02:59:00Z',
    [window('0 1 * * *', '3h', 'Europe/Berlin')],
    '2026-03-29T02:59:00Z',
  ],
  [
    'the second opening that autumn brings',
    '2026-10-25T01:10:00Z',
    [window('30 2 * * *', '30m', 'Europe/Berlin')],
    '2026-10-25T01:30:00Z',
  ],
  [
    '@every, counted from one window length before notBefore',
    '2026-03-02T00:00:00Z',
    [window('@every 168h', '1h')],
    '2026-03-04T23:00:00Z',
  ],
  ['open in @every', '2026-03-04T23:20:00Z', [window('@every 168h', '1h')], '2026-03-04T23:20:00Z'],
];

for (const [name, desired, windows, expected] of placed) {
  test(name, () => {
    const span = desired < '2026-04-01' ? validity : { ...validity, notAfter: new Date('2026-12-01T00:00:00Z') };
    assert.deepEqual(placeInWindows(new Date(desired), span, windows), { kind: 'at', at: new Date(expected) });
  });
}

const desired = new Date('2026-03-02T12:00:00Z');
const none = (error: string) => ({ kind: 'windowError', at: desired, error });
const noneInTime = none('no renewal window opens after 2026-03-02 12:00:00 +0000 UTC in time');
const bad = (error: string) => ({ kind: 'windowError', error });

const errors: readonly (readonly [string, readonly RenewalWindow[], object])[] = [
  ['no opening at all', [window('0 0 30 2 *', '1h')], noneInTime],
  ['one second later than one window length after notAfter', [window('1 12 1 4 *', '12h')], noneInTime],
  ['openings before the desired time only', [window('0 0 1 2 *', '1h')], noneInTime],
  [
    'a window that cannot be reached next to one that can',
    [window('0 0 30 2 *', '1h'), nights],
    { kind: 'at', at: new Date('2026-03-03T02:00:00Z') },
  ],
  [
    'an unknown time zone',
    [window('0 2 * * *', '1h', 'Europe/Nowhere')],
    bad('renewal window 1: provided bad location Europe/Nowhere: unknown time zone Europe/Nowhere'),
  ],
  [
    'a bad window counts even where another is open',
    [window('* * * * *', '1h'), window('x', '1h')],
    bad('renewal window 2: expected exactly 5 fields, found 1: [x]'),
  ],
  ['a length of zero', [window('0 2 * * *', '0s')], bad('renewal window 1: windowDuration must be greater than 0')],
  ['a negative length', [window('0 2 * * *', '-1h')], bad('renewal window 1: windowDuration must be greater than 0')],
  ['no length', [window('0 2 * * *', '')], bad('renewal window 1: windowDuration must be greater than 0')],
];

for (const [name, windows, expected] of errors) {
  test(`error: ${name}`, () => {
    assert.deepEqual(placeInWindows(desired, validity, windows), expected);
  });
}

test('a window for each minute of a century is as quick as any', () => {
  const century = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2126-01-01T00:00:00Z') };
  const far = new Date('2125-01-01T00:00:30Z');
  assert.deepEqual(placeInWindows(far, century, [window('* * * * *', '1s')]), {
    kind: 'at',
    at: new Date('2125-01-01T00:01:00Z'),
  });
});

// What the zone's clock shows, minute by minute: the slow way to the same schedule.
function slowNext(minute: number, hour: number, zone: string, after: Date): Date | undefined {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const shown = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const first = Math.floor(after.getTime() / 60_000) * 60_000 + 60_000;
  for (let time = first; time < first + 50 * 3_600_000; time += 60_000)
    if (clock.format(time) === shown) return new Date(time);
  return undefined;
}

test('schedules follow the clock of their zone through every change of it', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-28T00:00:00Z'],
    ['Europe/Berlin', '2026-10-24T00:00:00Z'],
    ['America/New_York', '2026-03-07T05:00:00Z'],
    ['America/New_York', '2026-10-31T05:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T00:00:00Z'],
    ['America/St_Johns', '2026-11-01T00:00:00Z'],
    ['Asia/Kathmandu', '2026-06-01T00:00:00Z'],
  ] as const;
  const given = fc.record({
    change: fc.constantFrom(...changes),
    offset: fc.integer({ min: 0, max: 60 * 48 }),
    minute: fc.integer({ min: 0, max: 59 }),
    hour: fc.integer({ min: 0, max: 4 }),
  });
  const property = fc.property(given, ({ change: [zone, start], offset, minute, hour }) => {
    const after = new Date(Date.parse(start) + offset * 60_000);
    const parsed = parseSchedule(`${minute} ${hour} * * *`, zone, after);
    assert.deepEqual(parsed.kind === 'ok' && parsed.schedule.next(after), slowNext(minute, hour, zone, after));
  });
  fc.assert(property, { numRuns: 60 });
});

test('never earlier than desired, and always inside a window', () => {
  const given = fc.record({
    at: fc.integer({ min: 0, max: 60 * 86_400 }),
    minute: fc.constantFrom('0', '*/7', '30', '15-20'),
    hour: fc.constantFrom('*', '2', '*/5', '22'),
    day: fc.constantFrom('*', '1,15', 'mon', '*/3'),
    lengthMinutes: fc.integer({ min: 1, max: 600 }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'),
  });
  const property = fc.property(given, ({ at, minute, hour, day, lengthMinutes, zone }) => {
    const wished = new Date(validity.notBefore.getTime() + at * 1000);
    const cron = day === 'mon' ? `${minute} ${hour} * * mon` : `${minute} ${hour} ${day} * *`;
    const windows = [window(cron, `${lengthMinutes}m`, zone)];
    const result = placeInWindows(wished, validity, windows);
    assert.ok(result.kind === 'at' && result.at >= wished);
    // What was placed is in a window, so placing it again leaves it where it is.
    assert.deepEqual(placeInWindows(result.at, validity, windows), result);
  });
  fc.assert(property, { numRuns: 100 });
});

describe('windows beyond all measure', () => {
  const desired = new Date('2026-03-01T00:00:00Z');
  const window = { cron: '0 3 * * *', windowDuration: '1h' };

  it('are not read where there are more than a hundred: the renewal goes on without them', () =>
    assert.deepEqual(
      placeInWindows(
        desired,
        validity,
        Array.from({ length: 101 }, () => window),
      ),
      {
        kind: 'windowError',
        at: desired,
        error: '101 renewal windows are more than 100',
      },
    ));

  it('are not read where one is longer than a thousand characters', () =>
    assert.deepEqual(placeInWindows(desired, validity, [{ ...window, cron: `${'1,'.repeat(500)}1 * * * *` }]), {
      kind: 'windowError',
      error: 'renewal window 1: longer than 1000 characters',
    }));
});
