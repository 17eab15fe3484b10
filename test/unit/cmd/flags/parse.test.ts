import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flag } from '../../../../src/cmd/flags/flag.ts';
import { parseFlags } from '../../../../src/cmd/flags/parse.ts';

const flag = (name: string, type: Flag['type'], short?: string): Flag => ({
  name,
  type,
  default: undefined,
  description: '',
  ...(short === undefined ? {} : { short }),
});
const flags = [
  flag('text', 'string'),
  flag('on', 'bool'),
  flag('v', 'int', 'v'),
  flag('rate', 'float'),
  flag('period', 'duration'),
  flag('items', 'list'),
  flag('labels', 'map'),
  flag('gates', 'gates'),
  flag('vmodule', 'vmodule'),
];

const accepted: [string, string[], Record<string, unknown>][] = [
  ['value after =', ['--text=a=b'], { text: 'a=b' }],
  ['value as the next argument', ['--text', 'a'], { text: 'a' }],
  ['the next argument is the value whatever it looks like', ['--text', '--on'], { text: '--on' }],
  ['an empty value', ['--text='], { text: '' }],
  ['the last one counts', ['--text=a', '--text=b'], { text: 'b' }],
  ['bare switch', ['--on'], { on: true }],
  ['switch off', ['--on=false'], { on: false }],
  ['switch in the words of Go', ['--on=F'], { on: false }],
  ['a switch does not take the next argument', ['--on', '--text', 'x'], { on: true, text: 'x' }],
  ['short with =', ['-v=4'], { v: 4 }],
  ['short with the next argument', ['-v', '4'], { v: 4 }],
  ['short with the value attached', ['-v4'], { v: 4 }],
  ['long form of a one-letter flag', ['--v=4'], { v: 4 }],
  ['negative number', ['--rate=-1'], { rate: -1 }],
  ['fraction', ['--rate', '.5'], { rate: 0.5 }],
  ['duration as text', ['--period=1h30m'], { period: '1h30m' }],
  ['duration zero', ['--period=0'], { period: '0' }],
  ['list', ['--items=a, b,c'], { items: ['a', 'b', 'c'] }],
  ['list that begins with a dash', ['--items', '-a,b'], { items: ['-a', 'b'] }],
  ['repeated list', ['--items=a', '--items=b,c'], { items: ['a', 'b', 'c'] }],
  ['empty list', ['--items='], { items: [] }],
  ['map', ['--labels=a=1,b=x=y'], { labels: { a: '1', b: 'x=y' } }],
  ['repeated map', ['--labels=a=1', '--labels=b=2', '--labels=a=3'], { labels: { a: '3', b: '2' } }],
  ['gates', ['--gates=A=true,B=false'], { gates: { A: true, B: false } }],
  [
    'modules',
    ['--vmodule=a*=5,b=1'],
    {
      vmodule: [
        { filePattern: 'a*', verbosity: 5 },
        { filePattern: 'b', verbosity: 1 },
      ],
    },
  ],
  ['nothing after --', ['--on', '--', '--text=a'], { on: true }],
];

for (const [name, args, expected] of accepted) {
  test(`parseFlags: ${name}`, () => {
    const { values, problems } = parseFlags(flags, args);
    assert.deepEqual([Object.fromEntries(values), problems], [expected, []]);
  });
}

const refused: [string, string[], string[]][] = [
  ['unknown', ['--txet=a'], ['unknown flag --txet (did you mean --text?)']],
  ['unknown, nothing near', ['--something-else'], ['unknown flag --something-else']],
  ['unknown short', ['-x'], ['unknown flag -x']],
  [
    'inherited names are unknown',
    ['--constructor', '--__proto__=1'],
    ['unknown flag --constructor', 'unknown flag --__proto__'],
  ],
  ['no value', ['--text'], ['--text needs a value: text']],
  ['bad switch', ['--on=maybe'], ['--on: "maybe" is not true or false']],
  ['bad int', ['--v=1.5'], ['--v: "1.5" is not a whole number']],
  ['bad float', ['--rate=NaN'], ['--rate: "NaN" is not a number']],
  ['bad duration', ['--period=10'], ['--period: "10" is not a duration such as 90s or 1h30m']],
  ['bad map', ['--labels=a'], ['--labels: "a" is not key=value pairs, separated by commas']],
  ['bad gates', ['--gates=A'], ['--gates: "A" is not gate=true or gate=false pairs, separated by commas']],
  ['all problems at once', ['--a', '--v=x'], ['unknown flag --a', '--v: "x" is not a whole number']],
];

for (const [name, args, expected] of refused) {
  test(`parseFlags refuses: ${name}`, () => assert.deepEqual(parseFlags(flags, args).problems, expected));
}

test('parseFlags hands back what belongs to no flag', () => {
  assert.deepEqual(parseFlags(flags, ['--on', 'true', '--text', 'a', 'b']).positionals, ['true', 'b']);
});
