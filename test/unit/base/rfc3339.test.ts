import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMicroTime, formatTime, parseTime } from '../../../src/base/rfc3339.ts';

const texts: readonly [string, string | undefined][] = [
  ['2026-11-22T19:58:00Z', '2026-11-22T19:58:00.000Z'],
  ['2026-11-22t19:58:00z', '2026-11-22T19:58:00.000Z'],
  ['2026-11-22T19:58:00.5Z', '2026-11-22T19:58:00.500Z'],
  ['2026-11-22T19:58:00.123999Z', '2026-11-22T19:58:00.123Z'],
  ['2026-11-22T19:58:00+02:30', '2026-11-22T17:28:00.000Z'],
  ['2026-11-22T19:58:00-00:30', '2026-11-22T20:28:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ['2025-02-29T00:00:00Z', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-00-01T00:00:00Z', undefined],
  ['2026-01-01T24:00:00Z', undefined],
  ['2026-01-01T00:60:00Z', undefined],
  ['2026-01-01T00:00:60Z', undefined],
  ['2026-01-01T00:00:00+24:00', undefined],
  ['2026-01-01T00:00:00', undefined],
  ['2026-01-01', undefined],
  ['2026-01-01 00:00:00Z', undefined],
  ['', undefined],
  ['<nil>', undefined],
];

for (const [text, expected] of texts) {
  test(`time ${JSON.stringify(text)}`, () => assert.equal(parseTime(text)?.toISOString(), expected));
}

test('times are written in whole seconds, cut off', () => {
  assert.equal(formatTime(new Date('2026-11-22T19:58:59.999Z')), '2026-11-22T19:58:59Z');
});

test('micro times have six fraction digits', () => {
  assert.equal(formatMicroTime(new Date('2026-11-22T19:58:59.007Z')), '2026-11-22T19:58:59.007000Z');
});

test('a time survives being written and read', () => {
  const date = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, (each) => {
      assert.deepEqual(parseTime(formatMicroTime(each)), each);
      assert.equal(parseTime(formatTime(each))?.getTime(), Math.floor(each.getTime() / 1000) * 1000);
    }),
  );
});
