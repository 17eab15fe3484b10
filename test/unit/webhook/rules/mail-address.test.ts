import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mailAddressProblem } from '../../../../src/webhook/rules/mail-address.ts';

const notBare = 'make sure the supplied value only contains the email address itself';
const noEnd = 'mail: misformatted parenthetical comment';
const noWord = 'mail: missing word in phrase: mail: invalid string';

// What net/mail.ParseAddress of Go 1.26 says; undefined where it gives the very same address back.
const rows: readonly (readonly [string, string | undefined])[] = [
  ['jane@example.com', undefined],
  ['jane.doe+tag@localhost', undefined],
  ['é@é.example', undefined],
  ['😀@example.com', undefined],
  ["!#$%&'*+-/=?^_`{|}~@example.com", undefined],
  ['jane@[10.0.0.1]', undefined],
  ['jane@[::1]', undefined],

  ['"jane"@example.com', notBare],
  ['Jane <jane@example.com>', notBare],
  ['<jane@example.com>', notBare],
  ['"Jane Doe" <jane@example.com>', notBare],
  [' jane@example.com ', notBare],
  ['jane@example.com (Jane)', notBare],
  ['jane@example.com ((a) \\) b)', notBare],
  ['team:jane@example.com;', notBare],

  ['', 'mail: no address'],
  [' ', 'mail: no address'],
  ['jane', "mail: missing '@' or angle-addr"],
  ['jane.doe', "mail: missing '@' or angle-addr"],
  ['Jane Doe', 'mail: no angle-addr'],
  ['@example.com', noWord],
  ['jane@', "mail: missing '@' or angle-addr"],
  ['jane@example.com joe@example.com', 'mail: expected single address, got "joe@example.com"'],
  ['jane@example.com,', 'mail: expected single address, got ","'],
  ['.jane@example.com', "mail: missing '@' or angle-addr"],
  ['jane@example..com', "mail: missing '@' or angle-addr"],
  ['<.jane@example.com>', 'mail: leading dot in atom'],
  ['<jane.@example.com>', 'mail: trailing dot in atom'],
  ['<ja..ne@example.com>', 'mail: double dot in atom'],
  ['<jane@example.com', 'mail: unclosed angle-addr'],
  ['<jane>', 'mail: missing @ in addr-spec'],
  ['<jane@', 'mail: no domain in addr-spec'],
  ['<', 'mail: no addr-spec'],
  ['<""@example.com>', 'mail: empty quoted string in addr-spec'],
  ['<jane@[example]>', 'mail: invalid IP address in domain-literal: "example"'],
  ['<jane@[10.0.0.1', 'mail: unclosed domain-literal'],
  ['<jane@[[]>', "mail: bad character in domain-literal: '['"],
  ['"jane', 'mail: missing word in phrase: mail: unclosed quoted-string'],
  ['"a\u0001"@example.com', "mail: missing word in phrase: mail: bad character in quoted-string: '\\x01'"],
  ['jane@example.com (Jane', noEnd],
  ['Jane (a', noEnd],
  ['team:;', 'mail: empty group'],
  ['team:jane@example.com,joe@example.com;', 'mail: group with multiple addresses'],
  ['team:jane@example.com', 'mail: expected comma'],
  ['team:other:jane@example.com;;', "mail: missing '@' or angle-addr"],
];

for (const [text, expected] of rows) {
  test(`mail address ${JSON.stringify(text)}`, () => {
    assert.equal(mailAddressProblem(text), expected);
  });
}

test('any text is an address or has a problem', () => {
  const piece = fc.oneof(fc.constantFrom(...'@.<>()[]:;,"\\ a\t'), fc.string({ unit: 'binary', maxLength: 2 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const problem = mailAddressProblem(pieces.join(''));
      assert.ok(problem === undefined || problem.length > 0);
    }),
  );
});
