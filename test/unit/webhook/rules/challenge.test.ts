import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Challenge } from '../../../../src/api/challenge.ts';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { challengeRules } from '../../../../src/webhook/rules/challenge.ts';
import { aRuleContext } from '../../../support/rule-context.ts';

function updated(before: unknown, after: unknown): string[] {
  const found = challengeRules.update?.(before as Challenge, after as Challenge, aRuleContext());
  return (found?.errors ?? []).map(formatFieldError);
}

const spec = {
  url: 'https://acme/c/1',
  dnsName: 'example.com',
  solver: { http01: { ingress: { class: 'nginx' } }, waitInsteadOfSelfCheck: '60s' },
  issuerRef: { name: 'acme' },
};
const refused = ['spec: Forbidden: challenge spec is immutable after creation'];

const rows: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', { spec }, []],
  ['the status', { spec, status: { state: 'valid' } }, []],
  ['the order of members', { spec: Object.fromEntries(Object.entries(spec).toReversed()) }, []],
  [
    'what means the same',
    { spec: { ...spec, wildcard: false, solver: { ...spec.solver, waitInsteadOfSelfCheck: '1m' } } },
    [],
  ],
  ['a name', { spec: { ...spec, dnsName: 'other.example.com' } }, refused],
  ['something deep inside', { spec: { ...spec, solver: { ...spec.solver, http01: { ingress: {} } } } }, refused],
  ['no spec', {}, refused],
];

for (const [name, after, expected] of rows) {
  test(`challenge, changed: ${name}`, () => {
    assert.deepEqual(updated({ spec }, after), expected);
  });
}

test('creation asks nothing', () => {
  assert.equal(challengeRules.create, undefined);
});

test('whatever the specs are, equal ones pass', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.deepEqual(updated({ spec: one }, { spec: structuredClone(one) }), []);
      assert.deepEqual(updated({ spec: one }, { spec: other }), updated({ spec: other }, { spec: one }));
    }),
  );
});
