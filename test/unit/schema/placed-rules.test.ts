import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../../src/api/kinds.ts';
import { atMostOne, type PlacedRule } from '../../../src/api/placed-rules.ts';
import { withRules } from '../../../src/schema/placed-rules.ts';
import type { StructuralSchema } from '../../../src/schema/structural-rules.ts';

const text: StructuralSchema = { type: 'string' };
const schema: StructuralSchema = {
  type: 'object',
  properties: {
    a: { type: 'array', items: { type: 'object', properties: { b: text } } },
    c: { ...text, 'x-kubernetes-validations': [{ rule: 'first', message: 'm' }] },
  },
};
const rule = (path: string): PlacedRule => ({ path, rule: 'r', message: 'm' });
const ruled = { ...text, 'x-kubernetes-validations': [{ rule: 'r', message: 'm' }] };

const rows: readonly [string, string, StructuralSchema][] = [
  [
    'a member of items',
    'a[].b',
    {
      ...schema,
      properties: { ...schema.properties, a: { type: 'array', items: { type: 'object', properties: { b: ruled } } } },
    },
  ],
  [
    'behind another rule',
    'c',
    {
      ...schema,
      properties: {
        ...schema.properties,
        c: {
          ...text,
          'x-kubernetes-validations': [
            { rule: 'first', message: 'm' },
            { rule: 'r', message: 'm' },
          ],
        },
      },
    },
  ],
];

for (const [name, path, expected] of rows) {
  test(`a rule stands at its path: ${name}`, () => assert.deepEqual(withRules(schema, [rule(path)]), expected));
}

for (const path of ['d', 'a.b', 'c[]', 'a[].d']) {
  test(`a path that leads nowhere is refused: ${path}`, () => {
    assert.throws(
      () => withRules(schema, [rule(path)]),
      new RegExp(`a rule stands at ${path.replaceAll(/[[\].]/g, '\\$&')}, but`),
    );
  });
}

test('the least chain', () => {
  assert.equal(
    atMostOne(['a', 'b', 'c']),
    'has(self.a) ? (has(self.b) || has(self.c) ? false : true) : has(self.b) ? (has(self.c) ? false : true) : true',
  );
});

test('no rule uses what Kubernetes 1.25 does not know: its members, and the libraries that came later', () => {
  const later =
    /\b(isIP|isCIDR|ip\(|cidr\(|format\.|quantity\(|optional|\.split\(|replace\(|isSorted|isURL|url\(|two_var|\.\?)/;
  for (const { kind, rules } of kinds) {
    for (const each of rules) {
      assert.deepEqual(Object.keys(each).toSorted(), ['message', 'path', 'rule'], kind);
      assert.doesNotMatch(each.rule, later, `${kind} ${each.path}`);
      assert.match(each.message, /^\S[^\n]{1,500}$/, `${kind} ${each.path}`);
    }
  }
});
