import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTime, rfc1123Time } from '../../../../src/controllers/certificate/go-time.ts';

const rows: readonly (readonly [string, string, string, string])[] = [
  [
    'a time with two digits everywhere',
    '2027-01-21T19:06:29Z',
    '2027-01-21 19:06:29 +0000 UTC',
    'Thu, 21 Jan 2027 19:06:29 UTC',
  ],
  [
    'one-digit parts are padded',
    '2026-02-03T04:05:06Z',
    '2026-02-03 04:05:06 +0000 UTC',
    'Tue, 03 Feb 2026 04:05:06 UTC',
  ],
  ['fractions are cut', '2026-12-31T23:59:59.999Z', '2026-12-31 23:59:59 +0000 UTC', 'Thu, 31 Dec 2026 23:59:59 UTC'],
];

for (const [name, given, go, rfc1123] of rows) {
  test(name, () => {
    assert.deepEqual([goTime(new Date(given)), rfc1123Time(new Date(given))], [go, rfc1123]);
  });
}
