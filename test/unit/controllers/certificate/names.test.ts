import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { generatedName, requestNamePrefix, stableRequestName } from '../../../../src/controllers/certificate/names.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('stableRequestName', () => {
  const long = 'a'.repeat(234);
  const dotted = `${'b'.repeat(160)}........${'c'.repeat(80)}`;
  for (const [name, given, expected] of [
    ['joins name and revision', 'web', 'web-7'],
    ['keeps 233 characters', 'a'.repeat(233), `${'a'.repeat(233)}-7`],
    ['cuts 234 characters to 168 and a hash', long, `${'a'.repeat(168)}-${hash(long)}-7`],
    ['cuts down to the last alphanumeric', dotted, `${'b'.repeat(160)}-${hash(dotted)}-7`],
  ] as const) {
    it(name, () => assert.equal(stableRequestName(given, 7), expected));
  }
});

describe('generatedName', () => {
  it('adds five characters that the API server might have added', () => {
    assert.match(generatedName('web-', Math.random), /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('cuts the prefix so that 63 characters are never passed', () => {
    assert.equal(generatedName('x'.repeat(253), Math.random).length, 63);
  });
});

describe('requestNamePrefix', () => {
  it('is the name, cut to 52 characters and down to the last alphanumeric', () => {
    assert.equal(requestNamePrefix('web'), 'web-');
    assert.equal(requestNamePrefix(`${'x'.repeat(50)}..${'y'.repeat(20)}`), `${'x'.repeat(50)}-`);
  });
});
