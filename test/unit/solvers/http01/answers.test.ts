// What the shared solver answers, as Challenges come, change and go.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Challenge } from '../../../../src/api/challenge.ts';
import { Answers, isAnswerable } from '../../../../src/solvers/http01/answers.ts';
import { anHttp01Challenge, someThumbprint, someToken } from '../../../support/http01-builders.ts';

const processing = { processing: true };
const of = (spec: Partial<Challenge['spec']> = {}, status: Challenge['status'] = processing, uid = 'uid-of-web') =>
  anHttp01Challenge(undefined, spec, status, { uid });
const key = `${someToken}.${someThumbprint}`;

describe('is answered', () => {
  const table: readonly (readonly [string, Challenge, boolean])[] = [
    ['one that is worked on', of(), true],
    ['not one that waits', of({}, {}), false],
    ['not one of another type', of({ type: 'DNS-01' }), false],
    ['not one with the key of another token', of({ key: `other.${someThumbprint}` }), false],
    ['not one with any text', of({ key: `${someToken}.<script>` }), false],
    ['not one without a token', of({ token: '', key: `.${someThumbprint}` }), false],
  ];
  for (const [what, challenge, expected] of table) it(what, () => assert.equal(isAnswerable(challenge), expected));
});

describe('the answers', () => {
  it('come and go with the Challenges', () => {
    const answers = new Answers();
    const first = of();
    answers.change(first, undefined);
    assert.deepEqual(answers.of(someToken), [{ dnsName: 'web.example.com', key }]);
    const done = of({}, { processing: false, state: 'valid' });
    answers.change(done, first);
    assert.deepEqual(answers.of(someToken), []);
    answers.change(undefined, done);
    assert.equal(answers.size, 0);
  });

  it('of one token may be several', () => {
    const answers = new Answers();
    const other = of({ dnsName: 'other.example.com' }, processing, 'other');
    answers.change(of(), undefined);
    answers.change(other, undefined);
    assert.deepEqual(
      answers.of(someToken).map(({ dnsName }) => dnsName),
      ['web.example.com', 'other.example.com'],
    );
    answers.change(undefined, other);
    assert.deepEqual(
      answers.of(someToken).map(({ dnsName }) => dnsName),
      ['web.example.com'],
    );
    assert.deepEqual(answers.of('unknown'), []);
  });
});
