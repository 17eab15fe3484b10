import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitGroups } from '../../../../src/cmd/all/groups.ts';
import { parts } from '../../../../src/cmd/all/parts.ts';

const known = new Map(parts.map(({ name, flags }) => [name, flags]));

const table: [string, ReturnType<typeof splitGroups>][] = [
  [
    'controller --v=3 webhook --secure-port=1 cainjector',
    {
      before: [],
      groups: [
        { name: 'controller', args: ['--v=3'] },
        { name: 'webhook', args: ['--secure-port=1'] },
        { name: 'cainjector', args: [] },
      ],
      problems: [],
    },
  ],
  [
    'controller --default-issuer-name webhook --leader-elect webhook --v 3',
    {
      before: [],
      groups: [
        { name: 'controller', args: ['--default-issuer-name', 'webhook', '--leader-elect'] },
        { name: 'webhook', args: ['--v', '3'] },
      ],
      problems: [],
    },
  ],
  [
    'controller --default-issuer-name=x webhook',
    {
      before: [],
      groups: [
        { name: 'controller', args: ['--default-issuer-name=x'] },
        { name: 'webhook', args: [] },
      ],
      problems: [],
    },
  ],
  ['cert-manager-controller', { before: [], groups: [{ name: 'controller', args: [] }], problems: [] }],
  ['--v=2 controller', { before: ['--v=2'], groups: [{ name: 'controller', args: [] }], problems: [] }],
  [
    'controller webhook controller --v=1',
    {
      before: [],
      groups: [
        { name: 'controller', args: [] },
        { name: 'webhook', args: ['--v=1'] },
      ],
      problems: ['controller is named twice'],
    },
  ],
  ['ctl', { before: ['ctl'], groups: [], problems: [] }],
];
for (const [line, expected] of table) {
  test(`all ${line}`, () => assert.deepEqual(splitGroups(known, line.split(' ')), expected));
}
