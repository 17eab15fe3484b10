import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockCheck, type Endpoints, healthAnswer } from '../../../src/cmd/health.ts';

const good = { name: 'good', problem: () => undefined };
const bad = { name: 'bad', problem: () => 'it broke' };
const endpoints: Endpoints = { livez: [good, { name: 'also', problem: () => undefined }], readyz: [good, bad] };
const missing = '404 page not found\n';

const rows: [string, string, number, string][] = [
  ['/livez', '', 200, 'ok'],
  ['/livez/', '', 200, 'ok'],
  ['/livez', 'verbose', 200, '[+]good ok\n[+]also ok\nlivez check passed\n'],
  ['/livez', 'verbose=1', 200, '[+]good ok\n[+]also ok\nlivez check passed\n'],
  ['/livez/good', '', 200, 'ok'],
  ['/livez/good', 'verbose', 200, 'ok'],
  ['/readyz', '', 500, '[+]good ok\n[-]bad failed: it broke\nreadyz check failed\n'],
  ['/readyz', 'exclude=bad', 200, 'ok'],
  ['/readyz/bad', '', 500, '[-]bad failed: it broke\nreadyz check failed\n'],
  ['/livez/bad', '', 404, missing],
  ['/livez/good/more', '', 404, missing],
  ['/', '', 404, missing],
  ['/metrics', '', 404, missing],
  ['/constructor', '', 404, missing],
];
for (const [path, query, status, body] of rows) {
  test(`healthAnswer: ${path}?${query}`, () => {
    assert.deepEqual(healthAnswer(endpoints, path, new URLSearchParams(query)), { status, body });
  });
}

const clocks: [string, number, number, string | undefined][] = [
  ['no skew', 1_000_000, 1_000_000, undefined],
  ['five minutes forward', 1_300_000, 1_000_000, undefined],
  [
    'more than five minutes forward',
    1_301_000,
    1_000_000,
    'the system clock has moved by 301s against the monotonic clock, more than the 300s allowed',
  ],
  [
    'more than five minutes back',
    0,
    301_000,
    'the system clock has moved by 301s against the monotonic clock, more than the 300s allowed',
  ],
];
for (const [name, wallMs, monotonicMs, expected] of clocks) {
  test(`clockCheck: ${name}`, () => {
    let [wall, monotonic] = [1e12, 500];
    const check = clockCheck(
      () => wall,
      () => monotonic,
    );
    [wall, monotonic] = [wall + wallMs, monotonic + monotonicMs];
    assert.equal(check.problem(), expected);
  });
}
