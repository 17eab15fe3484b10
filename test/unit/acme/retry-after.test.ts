import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterOf } from '../../../src/acme/retry-after.ts';

const now = new Date('2026-11-23T03:00:00Z');

const rows: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['seconds', '120', '2026-11-23T03:02:00.000Z'],
  ['none at all', '0', '2026-11-23T03:00:00.000Z'],
  ['with space around', ' 5 ', '2026-11-23T03:00:05.000Z'],
  ['a date', 'Mon, 23 Nov 2026 04:00:00 GMT', '2026-11-23T04:00:00.000Z'],
  ['a date in the old form', 'Monday, 23-Nov-26 04:00:00 GMT', '2026-11-23T04:00:00.000Z'],
  ['a date in the oldest form', 'Mon Nov 23 04:00:00 2026', '2026-11-23T04:00:00.000Z'],
  ['a date in the oldest form, early in the month', 'Tue Dec  1 04:00:00 2026', '2026-12-01T04:00:00.000Z'],
  ['a date in the past: now', 'Mon, 23 Nov 2026 02:00:00 GMT', '2026-11-23T03:00:00.000Z'],
  ['beyond all reason: a month', '999999999', '2026-12-24T03:00:00.000Z'],
  ['missing', undefined, undefined],
  ['empty', '', undefined],
  ['a number that is none', '1e3', undefined],
  ['negative', '-5', undefined],
  ['a fraction', '1.5', undefined],
  ['a date without its zone', 'Mon, 23 Nov 2026 04:00:00', undefined],
  ['an ISO date', '2026-11-23T04:00:00Z', undefined],
  ['a word', 'soon', undefined],
];

for (const [name, header, expected] of rows) {
  test(`Retry-After: ${name}`, () => assert.equal(retryAfterOf(header, now)?.toISOString(), expected));
}
