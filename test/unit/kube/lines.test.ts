import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/kube/lines.ts';

describe('a line splitter', () => {
  it('finds the same lines wherever the bytes were cut', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll(/[\n\r]/g, '')),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const found: string[] = [];
        const splitter = new LineSplitter((line) => found.push(line));
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value as number;
          splitter.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(
          found,
          lines.filter((line) => line !== ''),
        );
      }),
    );
  });

  it('keeps back what has no end yet', () => {
    const found: string[] = [];
    const splitter = new LineSplitter((line) => found.push(line));
    splitter.push(Buffer.from('{"type":"ADD'));
    assert.deepEqual(found, []);
    splitter.push(Buffer.from('ED"}\n{"typ'));
    assert.deepEqual(found, ['{"type":"ADDED"}']);
  });

  it('refuses a line without end', () => {
    const splitter = new LineSplitter(() => undefined, 10);
    splitter.push(Buffer.from('123456789\n12345'));
    assert.throws(() => splitter.push(Buffer.from('678901')), RangeError);
  });
});
