import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmesolverHelp } from '../../../../src/cmd/acmesolver/help.ts';
import { readCommandLine } from '../../../../src/cmd/acmesolver/settings.ts';
import { matchesGolden } from '../../../support/golden.ts';

const challenge = ['--domain=a.example', '--token=t', '--key=t.k'];

const table: [string[], object][] = [
  [challenge, { kind: 'start', settings: { port: 8089, domain: 'a.example', token: 't', key: 't.k' } }],
  [
    ['--listen-port=80', ...challenge],
    { kind: 'start', settings: { port: 80, domain: 'a.example', token: 't', key: 't.k' } },
  ],
  [
    ['acmesolver', ...challenge],
    { kind: 'start', settings: { port: 8089, domain: 'a.example', token: 't', key: 't.k' } },
  ],
  [['acmesolver', 'acmesolver', ...challenge], { kind: 'refused', problems: ['unexpected argument "acmesolver"'] }],
  [['--help'], { kind: 'help' }],
  [['--version'], { kind: 'version' }],
  [
    ['--listen-port=70000', '--domain=', '--token=t', 'x'],
    {
      kind: 'refused',
      problems: [
        'unexpected argument "x"',
        '--listen-port: must be a port, not 70000',
        '--domain: must not be empty',
        '--key: must not be empty',
      ],
    },
  ],
  [[...challenge, '--v=2'], { kind: 'refused', problems: ['unknown flag --v'] }],
];
for (const [args, expected] of table) {
  test(`acmesolver ${args.join(' ')}`, () => assert.deepEqual(readCommandLine(args), expected));
}

test('acmesolver --help', () => matchesGolden('acmesolver-help.txt', acmesolverHelp()));
