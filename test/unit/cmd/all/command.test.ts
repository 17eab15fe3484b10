import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAll } from '../../../../src/cmd/all/command.ts';
import { allHelp } from '../../../../src/cmd/all/help.ts';
import { parts } from '../../../../src/cmd/all/parts.ts';
import { idleSettings } from '../../../../src/cmd/all/shared-settings.ts';
import type { Member } from '../../../../src/cmd/run-together.ts';
import { matchesGolden } from '../../../support/golden.ts';

async function run(line: string): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runAll({
    args: line === '' ? [] : line.split(' '),
    env: {},
    stdout: (text) => {
      written.out += text;
    },
    stderr: (text) => {
      written.err += text;
    },
  });
  return { code, ...written };
}

const dynamic =
  '--dynamic-serving-ca-secret-namespace=a --dynamic-serving-ca-secret-name=b --dynamic-serving-dns-names=c';

const refused: [string, string[]][] = [
  ['', ['name the components to run: controller, webhook, cainjector']],
  [
    'acmesolver',
    [
      'argument "acmesolver" stands before the name of a component',
      'name the components to run: controller, webhook, cainjector',
    ],
  ],
  ['controller controller', ['controller is named twice']],
  [
    `controller --nope webhook ${dynamic} --secure-port=x cainjector --controllers=*`,
    [
      'controller: unknown flag --nope',
      'webhook: --secure-port: "x" is not a whole number',
      'cainjector: unknown flag --controllers',
    ],
  ],
];
for (const [line, problems] of refused) {
  test(`all ${line} is refused`, async () => {
    const { code, out, err } = await run(line);
    assert.deepEqual([code, out], [1, '']);
    const lines = err.trimEnd().split('\n');
    assert.deepEqual(lines, [
      ...problems.map((problem) => `certwright all: ${problem}`),
      'certwright all --help shows how it is started',
    ]);
  });
}

const shown: [string, RegExp][] = [
  ['--version', /^certwright v/],
  ['controller --version', /^certwright v/],
  ['controller webhook --help', /^Answers the API server/],
];
for (const [line, expected] of shown) {
  test(`all ${line}`, async () => {
    const { code, out } = await run(line);
    assert.equal(code, 0);
    assert.match(out, expected);
  });
}

test('all --help', async () => {
  assert.equal((await run('--help')).out, allHelp());
  matchesGolden('all-help.txt', allHelp());
});

async function memberOf(name: string, ...args: string[]): Promise<Member> {
  const line = await parts.find((part) => part.name === name)?.read(args, () => '');
  return line?.kind === 'start' ? line.settings.member() : assert.fail(JSON.stringify(line));
}

test('what only the first component can say is told where another says it', async () => {
  const first = await memberOf('controller', '--metrics-listen-address=:1');
  const idle = async (...args: string[]) => idleSettings(first, await memberOf('cainjector', ...args));
  assert.deepEqual(await idle('--v=5', '--leader-elect=false'), []);
  assert.deepEqual(await idle('--metrics-listen-address=:2', '--logging-format=json', '--enable-profiling'), [
    'metricsListenAddress of the cainjector has no effect: in one process it is that of the controller',
    'enablePprof of the cainjector has no effect: in one process it is that of the controller',
    'logging.format of the cainjector has no effect: in one process it is that of the controller',
  ]);
});
