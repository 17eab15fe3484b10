import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Gate, resolveGates } from '../../../src/cmd/feature-gates.ts';

const table = [
  { name: 'A1', stage: 'alpha', default: false, description: '' },
  { name: 'A2', stage: 'alpha', default: false, description: '' },
  { name: 'B1', stage: 'beta', default: true, description: '' },
  { name: 'G1', stage: 'GA', default: true, description: '' },
  { name: 'Gone', stage: 'removed', default: false, description: '' },
] as const satisfies readonly Gate[];
const defaults = { A1: false, A2: false, B1: true, G1: true, Gone: false };

const rows: [string, Record<string, boolean>, Record<string, boolean>][] = [
  ['nothing set', {}, defaults],
  ['one set', { A1: true }, { ...defaults, A1: true }],
  ['AllAlpha', { AllAlpha: true }, { ...defaults, A1: true, A2: true }],
  ['AllBeta', { AllBeta: false }, { ...defaults, B1: false }],
  ['a name wins over AllAlpha before it', { AllAlpha: true, A2: false }, { ...defaults, A1: true }],
  ['a name wins over AllAlpha after it', { A2: false, AllAlpha: true }, { ...defaults, A1: true }],
  ['a GA gate can still be set', { G1: false }, { ...defaults, G1: false }],
];
for (const [name, settings, expected] of rows) {
  test(`resolveGates: ${name}`, () => {
    const { gates, problems } = resolveGates(table, settings);
    assert.deepEqual([gates, problems], [expected, []]);
  });
}

test('resolveGates warns of gates that are on their way out', () => {
  assert.deepEqual(resolveGates(table, { G1: true, Gone: true, B1: true }).warnings, [
    'feature gate G1=true: the feature is generally available, the gate will be removed',
    'feature gate Gone=true: the feature was removed, the gate has no effect',
  ]);
});

test('resolveGates names the known gates for an unknown one', () => {
  assert.deepEqual(resolveGates(table, { G11: true, toString: true }).problems, [
    'unknown feature gate G11 (did you mean G1?); known: A1, A2, AllAlpha, AllBeta, B1, G1, Gone',
    'unknown feature gate toString; known: A1, A2, AllAlpha, AllBeta, B1, G1, Gone',
  ]);
});
