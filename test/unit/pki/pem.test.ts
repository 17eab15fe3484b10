import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../../../src/base/errors.ts';
import { decodePem, encodePem } from '../../../src/pki/pem.ts';

const mebibyte = 1 << 20;
const block = '-----BEGIN X-----\nAQID\n-----END X-----\n';
const found = { label: 'X', hex: '010203' };

const tables: [string, string, { label: string; hex: string }[]][] = [
  ['nothing', '', []],
  ['one block', block, [found]],
  ['two blocks', block + block, [found, found]],
  ['text around', `hello\n${block}between\n${block}bye`, [found, found]],
  ['no newline at the end', block.trimEnd(), [found]],
  ['Windows lines', block.replaceAll('\n', '\r\n'), [found]],
  ['spaces in and after lines', '-----BEGIN X-----  \n A Q\tI D \n-----END X-----  \n', [found]],
  ['headers', '-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: a\n\nAQID\n-----END X-----\n', [found]],
  ['an empty block', '-----BEGIN X-----\n-----END X-----\n', [{ label: 'X', hex: '' }]],
  ['padding', '-----BEGIN X-----\nAQ==\n-----END X-----\n', [{ label: 'X', hex: '01' }]],
  ['an empty label', '-----BEGIN -----\nAQID\n-----END -----\n', [{ label: '', hex: '010203' }]],
  ['missing padding', '-----BEGIN X-----\nAQ\n-----END X-----\n', []],
  ['padding in the middle', '-----BEGIN X-----\nAQ==AQID\n-----END X-----\n', []],
  ['characters that are not base64', '-----BEGIN X-----\nAQ!D\n-----END X-----\n', []],
  ['the URL alphabet', '-----BEGIN X-----\nAQ-_\n-----END X-----\n', []],
  ['another label at the end', '-----BEGIN X-----\nAQID\n-----END Y-----\n', []],
  ['text behind the end', '-----BEGIN X-----\nAQID\n-----END X-----AAAA\n', []],
  ['begin inside a line', `x${block}`, []],
  ['end inside a line', '-----BEGIN X-----\nAQID-----END X-----\n', []],
  ['no end', '-----BEGIN X-----\nAQID\n', []],
  ['an end alone', '-----END X-----\n', []],
  ['a broken block before a good one', `-----BEGIN X-----\nA!\n-----END X-----\n${block}`, [found]],
  ['a begin without end before a good block', `-----BEGIN Y-----\n${block}`, [found]],
];
for (const [name, given, expected] of tables) {
  test(`decodePem: ${name}`, () => {
    const list = ({ label, der }: { label: string; der: Uint8Array }) => ({
      label,
      hex: Buffer.from(der).toString('hex'),
    });
    assert.deepEqual(decodePem(given, mebibyte).map(list), expected);
    assert.deepEqual(decodePem(Buffer.from(given), mebibyte).map(list), expected);
  });
}

test('what is too large is refused before it is looked at', () => {
  assert.equal(decodePem(block, block.length).length, 1);
  const refusal = new DecodeError('PEM', `provided PEM data was larger than the maximum ${block.length - 1}B`);
  assert.throws(() => decodePem(block, block.length - 1), refusal);
  assert.throws(() => decodePem(Buffer.from(block), block.length - 1), refusal);
});

test('lines have 64 characters', () => {
  const lines = encodePem('A B', new Uint8Array(100)).split('\n');
  assert.deepEqual(
    lines.map((line) => line.length),
    [19, 64, 64, 8, 17, 0],
  );
});

test('any bytes come back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (list) => {
      const pem = list.map((der) => encodePem('CERTIFICATE', der)).join('');
      const back = decodePem(pem, mebibyte);
      assert.deepEqual(
        back.map(({ der }) => new Uint8Array(der)),
        list,
      );
    }),
  );
});

const pieces = [
  '-----BEGIN X-----',
  '-----END X-----',
  '-----BEGIN ',
  '-----END ',
  '-----',
  '\n',
  'AQID',
  '=',
  ':',
  'a: b\n',
  '\r',
  ' ',
];
test('any arrangement of PEM parts is read without an error', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 40 }), (parts) => {
      for (const { der } of decodePem(parts.join(''), mebibyte)) assert.ok(der.length <= parts.join('').length);
    }),
    { numRuns: 800 },
  );
});

/** Counts every character that a search or a slice passes over, by the length of what it is asked of. */
function workOf(text: string): number {
  let work = 0;
  const original = { indexOf: String.prototype.indexOf, lastIndexOf: String.prototype.lastIndexOf };
  String.prototype.indexOf = function (this: string, search: string, from = 0) {
    const at = original.indexOf.call(this, search, from);
    work += (at < 0 ? this.length : at) - Math.min(from, this.length) + 1;
    return at;
  };
  String.prototype.lastIndexOf = function (this: string, search: string) {
    const at = original.lastIndexOf.call(this, search);
    work += this.length - Math.max(at, 0);
    return at;
  };
  try {
    decodePem(text, 2 * mebibyte);
  } finally {
    Object.assign(String.prototype, original);
  }
  return work;
}

const adversaries: [string, string][] = [
  ['begin lines', '-----BEGIN X-----\n'],
  ['end lines', '-----END X-----\n'],
  ['end markers in one line', '-----END '],
  ['begin markers in one line', '-----BEGIN '],
  ['begin lines and one end', '-----BEGIN X-----\nAQID\n'],
  ['broken blocks', '-----BEGIN X-----\n!\n-----END X-----\n'],
  ['mismatched blocks', '-----BEGIN X-----\nAQID\n-----END Y-----\n'],
  ['header lines', 'a: b\n'],
  ['dashes', '-'],
  ['newlines', '\n'],
  ['empty blocks', '-----BEGIN X-----\n-----END X-----\n'],
];
for (const [name, unit] of adversaries) {
  test(`1 MiB of ${name} is read in linear time`, () => {
    const text = `-----BEGIN X-----\n${unit.repeat(mebibyte / unit.length)}\n-----END X-----\n`;
    assert.ok(workOf(text) < 12 * text.length, `${workOf(text)} steps for ${text.length} characters`);
  });
}
