import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  durationProblem,
  formatDuration,
  formatNanoseconds,
  parseDuration,
  parseNanoseconds,
} from '../../../src/base/duration.ts';

// What Go's time.ParseDuration and Duration.String answer for the same text.
const asInGo: readonly [string, bigint | undefined, string | undefined][] = [
  ['0', 0n, '0s'],
  ['-0', 0n, '0s'],
  ['+0', 0n, '0s'],
  ['5s', 5000000000n, '5s'],
  ['30s', 30000000000n, '30s'],
  ['1478s', 1478000000000n, '24m38s'],
  ['-5s', -5000000000n, '-5s'],
  ['+5s', 5000000000n, '5s'],
  ['.5s', 500000000n, '500ms'],
  ['5.s', 5000000000n, '5s'],
  ['5.6s', 5600000000n, '5.6s'],
  ['1h30m', 5400000000000n, '1h30m0s'],
  ['1.004s', 1004000000n, '1.004s'],
  ['1.00040s', 1000400000n, '1.0004s'],
  ['100.00100s', 100001000000n, '1m40.001s'],
  ['10ns', 10n, '10ns'],
  ['11us', 11000n, '11µs'],
  ['12µs', 12000n, '12µs'],
  ['12μs', 12000n, '12µs'],
  ['13ms', 13000000n, '13ms'],
  ['14s', 14000000000n, '14s'],
  ['15m', 900000000000n, '15m0s'],
  ['16h', 57600000000000n, '16h0m0s'],
  ['3h30m', 12600000000000n, '3h30m0s'],
  ['10.5s4m', 250500000000n, '4m10.5s'],
  ['-2m3.4s', -123400000000n, '-2m3.4s'],
  ['1h2m3s4ms5us6ns', 3723004005006n, '1h2m3.004005006s'],
  ['39h9m14.425s', 140954425000000n, '39h9m14.425s'],
  ['52763797000ns', 52763797000n, '52.763797s'],
  ['0.3333333333333333333h', 1200000000000n, '20m0s'],
  ['9007199254740993ns', 9007199254740993n, '2501h59m59.254740993s'],
  ['9223372036854775807ns', 9223372036854775807n, '2562047h47m16.854775807s'],
  ['9223372036854775.807us', 9223372036854775807n, '2562047h47m16.854775807s'],
  ['9223372036s854ms775us807ns', 9223372036854775807n, '2562047h47m16.854775807s'],
  ['-9223372036854775808ns', -9223372036854775808n, '-2562047h47m16.854775808s'],
  ['-9223372036854775.808us', -9223372036854775808n, '-2562047h47m16.854775808s'],
  ['0.100000000000000000000h', 360000000000n, '6m0s'],
  ['0.9223372036854775807h', 3320413933267n, '55m20.413933267s'],
  ['0.830103483285477580700h', 2988372539827n, '49m48.372539827s'],
  ['2160h', 7776000000000000n, '2160h0m0s'],
  ['2160h0m0s', 7776000000000000n, '2160h0m0s'],
  ['', undefined, undefined],
  ['3', undefined, undefined],
  ['-', undefined, undefined],
  ['s', undefined, undefined],
  ['.', undefined, undefined],
  ['-.', undefined, undefined],
  ['.s', undefined, undefined],
  ['+.s', undefined, undefined],
  ['1d', undefined, undefined],
  ['1h 30m', undefined, undefined],
  [' 1h', undefined, undefined],
  ['1e3s', undefined, undefined],
  ['9223372036854775808ns', undefined, undefined],
  ['3000000h', undefined, undefined],
  ['--1s', undefined, undefined],
  ['1hh', undefined, undefined],
  ['1.2.3s', undefined, undefined],
  ['0.000000001s', 1n, '1ns'],
  ['1.9999999999s', 1999999999n, '1.999999999s'],
];

for (const [text, nanoseconds, printed] of asInGo) {
  test(`duration ${JSON.stringify(text)}`, () => {
    assert.equal(parseNanoseconds(text), nanoseconds);
    assert.equal(parseDuration(text) === undefined, nanoseconds === undefined);
    if (nanoseconds !== undefined) assert.equal(formatNanoseconds(nanoseconds), printed);
  });
}

const inMilliseconds: readonly [number, string][] = [
  [0, '0s'],
  [1, '1ms'],
  [1.5, '1.5ms'],
  [-1.5, '-1.5ms'],
  [0.000001, '1ns'],
  [999.999999, '999.999999ms'],
  [1000, '1s'],
  [90 * 24 * 3_600_000, '2160h0m0s'],
  [3_599_999, '59m59.999s'],
  [100 * 365 * 24 * 3_600_000, '876000h0m0s'],
];

for (const [ms, text] of inMilliseconds) {
  test(`${ms} ms is ${text}`, () => {
    assert.equal(formatDuration(ms), text);
    assert.equal(parseDuration(text), ms);
  });
}

test('every duration survives being written and read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (nanoseconds) => {
      assert.equal(parseNanoseconds(formatNanoseconds(nanoseconds)), nanoseconds);
    }),
  );
});

test('no text makes it throw', () => {
  const parts = fc.array(fc.constantFrom('1', '9', '.', '-', '+', 'h', 'm', 's', 'µ', 'u', 'n', ' ', '0'), {
    maxLength: 60,
  });
  fc.assert(fc.property(parts, (each) => void parseDuration(each.join(''))));
});

// What time.ParseDuration of Go says.
const problems: readonly (readonly [string, string | undefined])[] = [
  ['2160h', undefined],
  ['-1.5s', undefined],
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['90', 'time: missing unit in duration "90"'],
  ['1h30', 'time: missing unit in duration "1h30"'],
  ['90d', 'time: unknown unit "d" in duration "90d"'],
  ['1h 30m', 'time: unknown unit "h " in duration "1h 30m"'],
  ['1y2h', 'time: unknown unit "y" in duration "1y2h"'],
  ['h', 'time: invalid duration "h"'],
  ['.h', 'time: invalid duration ".h"'],
  ['1.2.3h', 'time: missing unit in duration "1.2.3h"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
  ['1é', 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
  ['1"', 'time: unknown unit "\\"" in duration "1\\""'],
  ['constructor', 'time: invalid duration "constructor"'],
  ['1constructor', 'time: unknown unit "constructor" in duration "1constructor"'],
];

for (const [text, expected] of problems) {
  test(`what is wrong with ${JSON.stringify(text)}`, () => {
    assert.equal(durationProblem(text), expected);
  });
}
