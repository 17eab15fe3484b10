import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startupapicheckHelp } from '../../../../src/cmd/startupapicheck/help.ts';
import { readCommandLine } from '../../../../src/cmd/startupapicheck/settings.ts';
import { matchesGolden } from '../../../support/golden.ts';

const settingsOf = (line: string) => {
  const command = readCommandLine(line.split(' '));
  assert.equal(command.kind, 'start', JSON.stringify(command));
  return command.kind === 'start' ? command.settings : assert.fail();
};

const waits: [string, number, number, number][] = [
  ['check api', 0, 5_000, 2],
  ['check api --wait=1m -v', 60_000, 5_000, 2],
  ['check api --wait=1m --v', 60_000, 5_000, 2],
  ['check -v api --wait 1m --interval=500ms', 60_000, 500, 2],
  ['check api -v=5', 0, 5_000, 5],
  ['check api -v 4 --wait 2s', 2_000, 5_000, 4],
  ['--wait=1m check api', 60_000, 5_000, 2],
];
for (const [line, waitMs, intervalMs, verbosity] of waits) {
  test(`startupapicheck ${line}`, () => {
    const { logging, ...settings } = settingsOf(line);
    assert.deepEqual([settings.waitMs, settings.intervalMs, logging.verbosity], [waitMs, intervalMs, verbosity]);
  });
}

test("startupapicheck with kubectl's flags", () => {
  const { access, requestTimeoutMs, warnings } = settingsOf(
    'check api -n shop -s https://a --context c --cluster k --user u --token t --certificate-authority ca --client-certificate cc ' +
      '--client-key ck --insecure-skip-tls-verify --tls-server-name n --as x --as-group g,h --as-group i --as-uid 7 ' +
      '--as-user-extra a=1 --as-user-extra a=2 --request-timeout 3 --kubeconfig f --cache-dir d --disable-compression',
  );
  assert.deepEqual(access, {
    kubeconfig: 'f',
    overrides: {
      context: 'c',
      cluster: 'k',
      user: 'u',
      namespace: 'shop',
      server: 'https://a',
      tlsServerName: 'n',
      certificateAuthority: 'ca',
      insecureSkipTlsVerify: true,
      token: 't',
      clientCertificate: 'cc',
      clientKey: 'ck',
    },
    impersonate: { user: 'x', groups: ['g', 'h', 'i'], uid: '7', extra: { a: ['1', '2'] } },
  });
  assert.equal(requestTimeoutMs, 3_000);
  assert.deepEqual(warnings, [
    'flag --cache-dir has no effect: nothing is kept on disk',
    'flag --disable-compression has no effect: answers are never compressed',
  ]);
});

const others: [string[], object][] = [
  [[], { kind: 'help' }],
  [['check'], { kind: 'help' }],
  [['check', 'api', '--help'], { kind: 'help' }],
  [['--version'], { kind: 'version' }],
  [
    ['check', 'apis'],
    { kind: 'refused', problems: ['unknown command "apis" (did you mean api?); the command is: check api'] },
  ],
  [['check', 'api', 'now'], { kind: 'refused', problems: ['unknown command "now"; the command is: check api'] }],
  [['check', 'api', '--waits=1m'], { kind: 'refused', problems: ['unknown flag --waits (did you mean --wait?)'] }],
  [
    ['check', 'api', '--wait=-1s', '--interval=0s', '--logging-format=xml', '--as-uid=1', '--request-timeout=x'],
    {
      kind: 'refused',
      problems: [
        '--wait: must not be negative, not -1s',
        '--interval: must be longer than 0, not 0s',
        '--logging-format: "xml" is not text or json',
        '--as-group, --as-uid and --as-user-extra need --as',
        '--request-timeout: "x" is not a duration such as 30s',
      ],
    },
  ],
];
for (const [args, expected] of others) {
  test(`startupapicheck ${args.join(' ')}`, () => assert.deepEqual(readCommandLine(args), expected));
}

test('startupapicheck --help', () => matchesGolden('startupapicheck-help.txt', startupapicheckHelp()));
