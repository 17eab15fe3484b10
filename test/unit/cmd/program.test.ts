import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../../../src/cmd/program.ts';
import { matchesGolden } from '../../support/golden.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runProgram({
    args,
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

for (const args of [[], ['help'], ['--help'], ['-h']]) {
  test(`the program shows its components: ${args.join(' ')}`, async () => {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, err], [0, '']);
    matchesGolden('help.txt', out);
  });
}

for (const args of [['version'], ['--version'], ['controller', '--version']]) {
  test(`the program shows its version: ${args.join(' ')}`, async () => {
    const { code, out } = await run(...args);
    assert.equal(code, 0);
    assert.match(out, /^certwright v\S+ \(in place of cert-manager v1\.21\.1\), Node\.js v\d+/);
  });
}

const refused: [string[], RegExp][] = [
  [['ctl'], /^certwright: this build does not have the component ctl yet; it has: controller, /m],
  [['contoller'], /unknown component "contoller" \(did you mean controller\?\); known: controller, webhook, /],
  [['--kubeconfig=x'], /the component comes first, as in: certwright controller --help/],
  [['controller', '--nope'], /^certwright controller: unknown flag --nope$/m],
  [['controller', '--config=/does/not/exist'], /^certwright controller: --config \/does\/not\/exist: ENOENT/m],
];
for (const [args, expected] of refused) {
  test(`the program refuses: ${args.join(' ')}`, async () => {
    const { code, out, err } = await run(...args);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, expected);
  });
}

const names: [string, RegExp][] = [
  ['controller', /^Issues and renews/],
  ['cert-manager-controller', /^Issues and renews/],
  ['/app/cmd/controller/controller', /^Issues and renews/],
  ['cert-manager-acmesolver', /^Answers one HTTP01 challenge/],
  ['/app/cmd/startupapicheck/startupapicheck', /^Waits until the API/],
];
for (const [name, expected] of names) {
  test(`a component by the name ${name}`, async () => {
    const { code, out } = await run(name, '--help');
    assert.equal(code, 0);
    assert.match(out, expected);
  });
}

for (const name of [
  '/app/cmd/controller/webhook',
  '/app/cmd/nope/nope',
  'cert-manager-nope',
  'cert-manager-cert-manager-controller',
]) {
  test(`no component by the name ${name}`, async () => {
    const { code, err } = await run(name, '--help');
    assert.equal(code, 1);
    assert.match(err, /^certwright: unknown component/);
  });
}

test('controller --help', async () => {
  const { code, out } = await run('controller', '--help');
  assert.equal(code, 0);
  matchesGolden('controller-help.txt', out);
});
