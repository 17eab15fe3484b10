import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bundleWith, problemOfCA } from '../../../../src/controllers/cainjector/bundle.ts';
import { encodePem } from '../../../../src/pki/pem.ts';
import { aCaPem, injectionTime as now } from '../../../support/injection-builders.ts';

const rules = { merging: true, maximumBytes: 330_000 };
const one = aCaPem('one');
const two = aCaPem('two');
const old = aCaPem('old', -1);
const broken = encodePem('CERTIFICATE', Buffer.from('no certificate'));
const key = encodePem('PRIVATE KEY', Buffer.from('a key'));
const rubbish = 'rubbish\n';
const untidy = `# the CA\r\n${one.replaceAll('\n', '\r\n')}\n\n`;

const bundle = (existing: string, ca: string, merging = true): string =>
  bundleWith(Buffer.from(existing), Buffer.from(ca), now, { ...rules, merging }).toString();

/** [what, existing, CA, bundle]. */
const merged: readonly [string, string, string, string][] = [
  ['there was none', '', one, one],
  ['the same', one, one, one],
  ['another is appended', one, two, one + two],
  ['order is kept', two + one, one, two + one],
  ['repeated ones go', one + two + one, two, one + two],
  ['expired ones go', old + one, two, one + two],
  ['on both sides', old, old + two, two],
  ['several at once', '', one + two + one, one + two],
  ['it is encoded anew', '', untidy, one],
  ['so is what was there', untidy, two, one + two],
  ['rubbish is replaced', rubbish, one, one],
  ['a bundle with one broken block is replaced', one + broken, two, two],
  ['a CA with a broken block replaces what was there', one, two + broken, two + broken],
];

describe('the bundle with a new CA', () => {
  for (const [what, existing, ca, expected] of merged) it(what, () => assert.equal(bundle(existing, ca), expected));

  it('is the CA alone, where nothing is merged', () => {
    assert.equal(bundle(one, untidy, false), one);
    assert.equal(bundle('', old + two, false), old + two);
  });

  it('never grows beyond what can be read again', () => {
    const maximumBytes = one.length + 10;
    const result = bundleWith(Buffer.from(one), Buffer.from(two), now, { merging: true, maximumBytes });
    assert.equal(result.toString(), two);
  });

  it('is stable: with the result in place, the same CA changes nothing', () => {
    const part = fc.constantFrom(one, two, old, broken, key, rubbish, untidy, rubbish.trim(), '');
    const text = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text,
        text,
        fc.boolean(),
        fc.constantFrom(500, 1500, 330_000),
        (existing, ca, merging, maximumBytes) => {
          const added = Buffer.from(ca);
          fc.pre(problemOfCA(added, now, { merging, maximumBytes }) === undefined);
          const first = bundleWith(Buffer.from(existing), added, now, { merging, maximumBytes });
          assert.deepEqual(bundleWith(first, added, now, { merging, maximumBytes }), first);
          assert.ok(first.length > 0 && !first.includes('PRIVATE KEY'));
        },
      ),
    );
  });
});

/** [what, CA, problem]. */
const problems: readonly [string, string, string | undefined][] = [
  ['a CA', one, undefined],
  ['one that lives beside one that does not', old + one, undefined],
  ['an unreadable certificate is for the API server to judge', broken, undefined],
  ['nothing', '', 'is empty'],
  ['rubbish', rubbish, 'holds no PEM'],
  ['expired', old, 'holds expired certificates only'],
  ['a private key', one + key, 'holds PEM other than certificates'],
  ['too much', 'x'.repeat(330_001), 'is larger than 330000 bytes'],
];

describe('what is wrong with a CA', () => {
  for (const [what, ca, problem] of problems)
    it(what, () => assert.equal(problemOfCA(Buffer.from(ca), now, rules), problem));
});
